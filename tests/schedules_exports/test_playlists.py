"""Each format read back by a parser that is not ours."""

import configparser
import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.exports.locations import UnsafeLocation
from schedules.exports.playlists import FORMATS, Playlist, UnknownFormat, playlist_format
from schedules.exports.printable import one_line
from tests.schedules_exports.builders import bounded, nasty_texts, playlist, titled, track

_XSPF = "{http://xspf.org/ns/0/}"

nasty_playlists = st.lists(
    st.builds(
        lambda title, creator, duration_ms, position: track(
            title=title, creator=creator, album=title, duration_ms=duration_ms, location=f"{position:03d}-bai.mp3"
        ),
        nasty_texts,
        st.none() | nasty_texts,
        st.integers(0, 90_000_000),
        st.integers(1, 999),
    ),
    max_size=6,
).flatmap(lambda tracks: nasty_texts.map(lambda title: playlist(*tracks, title=title)))


def _rendered(name: str, given_playlist: Playlist) -> str:
    return FORMATS[name].render(given_playlist).decode("utf-8")


def test_an_m3u8_says_artist_title_and_whole_seconds() -> None:
    short, long = track(duration_ms=300), track(duration_ms=192_500, location="https://loa.example/audio/ab.mp3")
    assert _rendered("m3u8", playlist(short, long, title="Tháng 12")) == (
        "#EXTM3U\n#EXTENC:UTF-8\n#PLAYLIST:Tháng 12\n"
        "#EXTINF:1,Sở Nội vụ - Một cửa điện tử\n001-mot-cua.mp3\n"
        "#EXTINF:193,Sở Nội vụ - Một cửa điện tử\nhttps://loa.example/audio/ab.mp3\n"
    )


def test_an_m3u8_names_the_column_where_nobody_made_a_track() -> None:
    opening = track(creator=None, title="Nhạc hiệu", kind="opening")
    assert "#EXTINF:192,Tuyên truyền CCHC - Nhạc hiệu\n" in _rendered("m3u8", playlist(opening))
    assert "#EXTINF:192,T - Nhạc hiệu\n" in _rendered(
        "m3u8", playlist(track(creator=None, album=None, title="Nhạc hiệu"), title="T")
    )


@bounded
@given(nasty_playlists)
def test_an_m3u8_has_two_lines_a_track_whatever_the_titles(given_playlist: Playlist) -> None:
    lines = _rendered("m3u8", given_playlist).splitlines()
    assert lines[:2] == ["#EXTM3U", "#EXTENC:UTF-8"]
    assert lines[2].startswith("#PLAYLIST:")
    assert all(line.startswith("#EXTINF:") for line in lines[3::2])
    assert lines[4::2] == [track.location for track in given_playlist.tracks]
    assert "#{" not in "".join(lines[3:])


@bounded
@given(nasty_playlists)
def test_a_pls_read_by_configparser_has_the_titles(given_playlist: Playlist) -> None:
    read = configparser.ConfigParser(interpolation=None)
    read.read_string(_rendered("pls", given_playlist))
    assert read.sections() == ["playlist"]
    section = read["playlist"]
    assert section["NumberOfEntries"] == str(len(given_playlist.tracks))
    assert len(section) == 3 * len(given_playlist.tracks) + 2
    for number, given_track in enumerate(given_playlist.tracks, 1):
        assert section[f"File{number}"] == given_track.location
        assert section[f"Title{number}"].replace("＝", "=") == one_line(given_track.title).replace("＝", "=")
        assert abs(int(section[f"Length{number}"]) * 1000 - given_track.duration_ms) < 1000


@bounded
@given(nasty_playlists)
def test_an_xspf_read_by_an_xml_parser_has_every_fact(given_playlist: Playlist) -> None:
    root = ET.fromstring(FORMATS["xspf"].render(given_playlist))  # noqa: S314  # our own document
    assert (root.tag, root.attrib) == (f"{_XSPF}playlist", {"version": "1"})
    assert (root.findtext(f"{_XSPF}title") or "") == one_line(given_playlist.title)
    read = root.findall(f"{_XSPF}trackList/{_XSPF}track")
    assert [entry.findtext(f"{_XSPF}location") for entry in read] == [one.location for one in given_playlist.tracks]
    assert [entry.findtext(f"{_XSPF}title") or "" for entry in read] == [
        one_line(one.title) for one in given_playlist.tracks
    ]
    assert [int(entry.findtext(f"{_XSPF}duration") or "") for entry in read] == [
        one.duration_ms for one in given_playlist.tracks
    ]
    assert [entry.findtext(f"{_XSPF}trackNum") for entry in read] == [str(n + 1) for n in range(len(read))]


@bounded
@given(nasty_playlists)
def test_a_csv_has_a_row_a_track_and_no_cell_that_is_a_formula(given_playlist: Playlist) -> None:
    rendered = FORMATS["csv"].render(given_playlist)
    assert rendered.startswith(b"\xef\xbb\xbf")
    assert rendered.endswith(b"\r\n")
    rows = list(csv.DictReader(io.StringIO(rendered.decode("utf-8-sig"), newline=""), strict=True))
    assert len(rows) == len(given_playlist.tracks)
    for row, given_track in zip(rows, given_playlist.tracks, strict=True):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
        title = one_line(given_track.title)
        assert row["title"] in (title, f"'{title}")
        assert int(row["duration_ms"]) == given_track.duration_ms
        assert row["starts_at"] == "2026-12-01T05:10:00+07:00"


@bounded
@given(nasty_playlists)
def test_a_json_playlist_has_every_fact(given_playlist: Playlist) -> None:
    read = json.loads(FORMATS["json"].render(given_playlist))
    assert read["title"] == one_line(given_playlist.title)
    assert (read["station"], read["revision"]) == ("h654", 1)
    for entry, given_track in zip(read["tracks"], given_playlist.tracks, strict=True):
        assert entry["title"] == one_line(given_track.title)
        assert entry["duration_ms"] == given_track.duration_ms
        assert entry["starts_at"] == "2026-12-01T05:10:00+07:00"
        assert (entry["sha256"], entry["size"]) == (given_track.sha256, given_track.size)


def test_an_annotate_line_says_what_a_log_needs() -> None:
    assert _rendered("annotate", playlist(track(title='Một "cửa"'))) == (
        'annotate:title="Một \\"cửa\\"",artist="Sở Nội vụ",album="Tuyên truyền CCHC",duration="192.360",'
        'loa_kind="segment",loa_segment="seg-1",loa_language="vi",loa_starts_at="2026-12-01T05:10:00+07:00",'
        f'loa_sha256="{"ab" * 32}":001-mot-cua.mp3\n'
    )


@bounded
@given(nasty_playlists)
def test_annotate_has_one_line_a_track(given_playlist: Playlist) -> None:
    lines = _rendered("annotate", given_playlist).splitlines()
    assert len(lines) == len(given_playlist.tracks)
    assert all(line.startswith('annotate:title="') and "#{" not in line for line in lines)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_playlist_without_tracks_is_rendered(name: str) -> None:
    assert FORMATS[name].render(playlist()) == FORMATS[name].render(playlist())


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_format_is_known_by_its_name(name: str) -> None:
    assert playlist_format(name).name == name
    assert FORMATS[name].render(titled("a")) == playlist_format(name).render(titled("a"))


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownFormat) as refused:
        playlist_format("wpl")
    assert refused.value.code == "export.unknown_format"
    assert refused.value.facts == {"name": "wpl", "known": ["annotate", "csv", "json", "m3u8", "pls", "xspf"]}


@pytest.mark.parametrize(
    "location",
    [
        "",
        "a\nb.mp3",
        "có dấu.mp3",
        "two words.mp3",
        "#EXTINF.mp3",
        "annotate:a=1:b.mp3",
        "process:touch",
        "file:///etc/passwd",
        "http://example.org/a b",
        'a".mp3',
        "=1+1",
        "C:\\audio\\a.mp3",
    ],
)
def test_a_location_some_player_would_misread_is_refused(location: str) -> None:
    with pytest.raises(UnsafeLocation):
        track(location=location)


@pytest.mark.parametrize(
    "location", ["001-a.mp3", "./audio/001-a.mp3", "../a.mp3", "/srv/a.mp3", "https://x.vn/a?b=c&d=%20"]
)
def test_a_plain_location_is_kept(location: str) -> None:
    assert location in _rendered("m3u8", playlist(track(location=location)))
