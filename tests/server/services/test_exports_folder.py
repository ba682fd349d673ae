import errno
import os
from pathlib import Path

import pytest

from media.refusals import MissingAudio
from server.services.exports import export_folder
from server.services.plans import make_plan, publish_plan, station_month
from server.services.refusals import NotPublished, OutputUnwritable
from server.services.views import FolderExport
from tests.players import liquidsoap_plays, mpd_reads
from tests.server.worlds import MONTH, World


def export(world: World, output: Path, *, shape: str = "m3u8", slot: str | None = None) -> FolderExport:
    return export_folder(world.context, "h654", MONTH, slot=slot, format=shape, output=output)


def locations(playlist: Path) -> list[str]:
    return [line for line in playlist.read_text().splitlines() if line and not line.startswith("#")]


def test_a_folder_holds_each_sound_once_under_an_ascii_name(sounding: World, tmp_path: Path) -> None:
    done = export(sounding, tmp_path / "ra" / "tháng 12")

    slots = station_month(sounding.context, "h654", MONTH).slots
    folder = tmp_path / "ra" / "tháng 12"
    played = locations(folder / done.playlist)
    assert len(played) == sum(len(slot.items) + 2 for slot in slots)
    assert {path.name for path in folder.iterdir()} == {"audio", "h654-2026-12.m3u8"}
    files = sorted(path.relative_to(folder).as_posix() for path in (folder / "audio").iterdir())
    assert sorted(set(played)) == files
    assert all(name.isascii() for name in files)
    assert files[0] == "audio/001-mo-dau-chuyen-muc-tuyen-truyen-cchc.mp3"
    assert (done.files, done.size) == (len(files), sum((folder / name).stat().st_size for name in files))
    assert done.duration_ms == sum(slot.length_ms for slot in slots)
    by_content = {path.read_bytes() for path in (folder / "audio").iterdir()}
    assert b"".join(sounding.context.store.read(slots[0].items[0].sha256)) in by_content


@pytest.mark.parametrize("name", ["m3u8", "pls", "xspf"])
def test_mpd_plays_an_exported_folder(sounding: World, tmp_path: Path, name: str) -> None:
    done = export(sounding, tmp_path / "ra", shape=name)

    slots = station_month(sounding.context, "h654", MONTH).slots
    read = mpd_reads(tmp_path / "ra", done.playlist)
    assert len(read) == sum(len(slot.items) + 2 for slot in slots)
    assert slots[0].items[0].title in read[1][0]


@pytest.mark.parametrize("name", ["m3u8", "annotate"])
def test_liquidsoap_plays_an_exported_folder(sounding: World, tmp_path: Path, name: str) -> None:
    done = export(sounding, tmp_path / "ra", shape=name)

    slots = station_month(sounding.context, "h654", MONTH).slots
    titles = []
    for slot in slots:
        titles += ["Mở đầu chuyên mục Tuyên truyền CCHC", *(item.title for item in slot.items)]
        titles += ["Kết thúc chuyên mục Tuyên truyền CCHC"]
    played = liquidsoap_plays(tmp_path / "ra", done.playlist)
    assert len(played) == len(titles)
    assert all(title in heard for title, heard in zip(titles, played, strict=True))


def test_a_slot_alone_brings_only_its_own_sounds(sounding: World, tmp_path: Path) -> None:
    slot = station_month(sounding.context, "h654", MONTH).slots[0]
    done = export(sounding, tmp_path / "ra", slot=slot.key)

    assert done.files == len({item.sha256 for item in slot.items}) + 2


def test_a_second_export_keeps_right_files_mends_wrong_ones_and_leaves_others_alone(
    sounding: World, tmp_path: Path
) -> None:
    folder = tmp_path / "ra"
    export(sounding, folder)
    (folder / "của tôi.txt").write_text("ghi chú")
    wrong, right = sorted((folder / "audio").iterdir())[:2]
    content = wrong.read_bytes()
    wrong.write_bytes(b"x" * len(content))
    os.utime(right, (1, 1))
    export(sounding, folder)

    assert wrong.read_bytes() == content
    assert right.stat().st_mtime == 1
    assert (folder / "của tôi.txt").read_text() == "ghi chú"
    assert not [path for path in folder.rglob("*") if path.name.endswith(".part")]


def test_what_changed_since_comes_into_the_same_folder(sounding: World, tmp_path: Path) -> None:
    export(sounding, tmp_path / "ra")
    sounding.withdraw("b0003")
    make_plan(sounding.context, MONTH)
    publish_plan(sounding.context, MONTH)
    done = export(sounding, tmp_path / "ra")

    played = locations(tmp_path / "ra" / done.playlist)
    assert all((tmp_path / "ra" / name).is_file() for name in played)
    assert not any("hoi-dap-so-3" in name for name in played)


def test_a_sound_that_is_missing_leaves_no_folder(sounding: World, tmp_path: Path) -> None:
    slot = station_month(sounding.context, "h654", MONTH).slots[-1]
    sounding.context.store.delete(slot.items[-1].sha256)

    with pytest.raises(MissingAudio):
        export(sounding, tmp_path / "ra")
    assert not list(tmp_path.glob("*ra*"))


def test_a_copy_that_fails_leaves_a_folder_without_its_playlist(sounding: World, tmp_path: Path) -> None:
    folder = tmp_path / "ra"
    done = export(sounding, folder)
    (folder / done.playlist).unlink()
    blocked = sorted((folder / "audio").iterdir())[1]
    blocked.unlink()
    blocked.mkdir()

    with pytest.raises(OutputUnwritable) as refused:
        export(sounding, folder)
    assert refused.value.reason == os.strerror(errno.EISDIR)
    assert not (folder / done.playlist).exists()
    assert not [path for path in folder.rglob("*") if path.name.endswith(".part")]


@pytest.mark.parametrize("below", ["tep", "tep/duoi"])
def test_an_output_that_can_t_be_written_is_refused(sounding: World, tmp_path: Path, below: str) -> None:
    (tmp_path / "tep").write_text("một tệp")

    with pytest.raises(OutputUnwritable):
        export(sounding, tmp_path / below)
    assert (tmp_path / "tep").read_text() == "một tệp"


def test_nothing_is_written_of_what_is_not_published(district: World, tmp_path: Path) -> None:
    make_plan(district.context, MONTH)

    with pytest.raises(NotPublished):
        export(district, tmp_path / "ra")
    assert not (tmp_path / "ra").exists()
