"""The playlists in the programs that stations use."""

import shutil
from pathlib import Path

import pytest

from schedules.exports.playlists import FORMATS, Playlist
from schedules.exports.printable import one_line
from tests.players import PlayerFailed, liquidsoap_plays, mpd_reads
from tests.schedules_exports.builders import NASTY_TITLES, playlist, track


def _exported(sounds: Path, folder: Path, name: str, titles: tuple[str, ...] = NASTY_TITLES) -> tuple[str, Playlist]:
    """The three sounds again and again, each time with another title."""
    for sound in sounds.glob("*.mp3"):
        shutil.copy(sound, folder)
    exported = playlist(
        *(
            track(title=title, location=f"{number % 3 + 1:03d}.mp3", duration_ms=(number % 3 + 1) * 600)
            for number, title in enumerate(titles)
        )
    )
    file_name = f"lich.{FORMATS[name].extension}"
    (folder / file_name).write_bytes(FORMATS[name].render(exported))
    return file_name, exported


def test_mpd_lists_and_plays_an_m3u8(sounds: Path, tmp_path: Path) -> None:
    file_name, exported = _exported(sounds, tmp_path, "m3u8")
    read = mpd_reads(tmp_path, file_name)
    shown = [f"Sở Nội vụ - {one_line(one.title)}".strip().replace("#{", "# {") for one in exported.tracks]
    assert [title for title, _ in read] == shown
    assert [seconds for _, seconds in read] == [max(1, (one.duration_ms + 500) // 1000) for one in exported.tracks]


def test_mpd_lists_and_plays_a_pls(sounds: Path, tmp_path: Path) -> None:
    file_name, exported = _exported(sounds, tmp_path, "pls")
    titles = [title.replace("＝", "=") for title, _ in mpd_reads(tmp_path, file_name)]
    assert titles == [one_line(one.title) for one in exported.tracks]


def test_mpd_lists_and_plays_an_xspf(sounds: Path, tmp_path: Path) -> None:
    file_name, exported = _exported(sounds, tmp_path, "xspf")
    read = mpd_reads(tmp_path, file_name)
    assert [title for title, _ in read] == [one_line(one.title) for one in exported.tracks]
    for (_, seconds), one in zip(read, exported.tracks, strict=True):
        assert seconds == pytest.approx(one.duration_ms / 1000, abs=0.1)


def test_liquidsoap_plays_an_m3u8_in_order(sounds: Path, tmp_path: Path) -> None:
    file_name, exported = _exported(sounds, tmp_path, "m3u8")
    played = liquidsoap_plays(tmp_path, file_name)
    assert len(played) == len(exported.tracks)
    for title, one in zip(played, exported.tracks, strict=True):
        known = one_line(one.title).replace("#{", "# {")
        assert title.removeprefix("Sở Nội vụ - ") == known or (known == "" and title == "Sở Nội vụ -")


def test_liquidsoap_plays_annotate_lines_with_the_titles(sounds: Path, tmp_path: Path) -> None:
    file_name, exported = _exported(sounds, tmp_path, "annotate", tuple(filter(None, NASTY_TITLES)))
    assert liquidsoap_plays(tmp_path, file_name) == [
        one_line(one.title).replace("#{", "# {") for one in exported.tracks
    ]


def test_liquidsoap_plays_a_pls_and_no_title_adds_an_entry(sounds: Path, tmp_path: Path) -> None:
    file_name, exported = _exported(sounds, tmp_path, "pls")
    assert liquidsoap_plays(tmp_path, file_name) == [one.location for one in exported.tracks]


def test_a_track_whose_file_is_missing_is_not_among_those_mpd_plays(sounds: Path, tmp_path: Path) -> None:
    file_name, _ = _exported(sounds, tmp_path, "m3u8", ("một", "hai", "ba"))
    (tmp_path / "002.mp3").unlink()
    assert [title for title, _ in mpd_reads(tmp_path, file_name)] == ["Sở Nội vụ - một", "Sở Nội vụ - ba"]


def test_a_playlist_that_is_missing_fails(tmp_path: Path) -> None:
    with pytest.raises(PlayerFailed):
        mpd_reads(tmp_path, "lich.m3u8")
    with pytest.raises(PlayerFailed):
        liquidsoap_plays(tmp_path, "lich.m3u8")
