"""Archives read back by Python's zipfile and by Info-ZIP, and begun at every place."""

import io
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.exports.archives import LARGEST_FILE, Archive, Member, Span
from tests.schedules_exports.builders import bounded

WHEN = datetime(2026, 11, 20, 8, 0, 5)  # noqa: DTZ001 (times in a ZIP are local)
PARTS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=8)
NAMES = st.lists(PARTS, min_size=1, max_size=3).map("/".join)


def archive_of(files: dict[str, bytes]) -> Archive:
    members = [Member(name=name, size=len(content), crc32=zlib.crc32(content)) for name, content in files.items()]
    return Archive(members, modified=WHEN)


def filled(archive: Archive, files: dict[str, bytes], start: int = 0, end: int | None = None) -> bytes:
    contents = list(files.values())
    return b"".join(
        contents[part.member][part.start : part.end] if isinstance(part, Span) else part
        for part in archive.parts(start, end)
    )


@bounded
@given(st.dictionaries(NAMES, st.binary(max_size=300), max_size=6), st.data())
def test_what_is_put_in_comes_out_and_any_part_is_a_part_of_the_whole(
    files: dict[str, bytes], data: st.DataObject
) -> None:
    archive = archive_of(files)
    whole = filled(archive, files)
    assert len(whole) == archive.size
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == files
        assert all(each.date_time == (2026, 11, 20, 8, 0, 4) for each in opened.infolist())
    start = data.draw(st.integers(0, archive.size))
    end = data.draw(st.integers(start, archive.size))
    assert filled(archive, files, start, end) == whole[start:end]


def test_info_zip_finds_nothing_wrong(tmp_path: Path) -> None:
    files = {"index.html": b"<p>", "am-thanh/001.mp3": bytes(70_000), "trong.txt": b""}
    path = tmp_path / "goi.zip"
    path.write_bytes(filled(archive_of(files), files))
    said = subprocess.run(["unzip", "-t", str(path)], capture_output=True, text=True, check=True).stdout
    assert "No errors detected" in said
    assert subprocess.run(["unzip", "-q", str(path), "-d", str(tmp_path / "usb")], check=True).returncode == 0
    assert (tmp_path / "usb/am-thanh/001.mp3").stat().st_size == 70_000
    # Whoever unpacked it may change it, everybody may read it.
    assert oct((tmp_path / "usb/index.html").stat().st_mode)[-3:] == "644"


class Far(io.RawIOBase):
    """An archive whose large members are all zeros, read at any place without being anywhere."""

    def __init__(self, archive: Archive, small: dict[int, bytes]) -> None:
        self.archive, self.small, self.at = archive, small, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.archive.size)[whence]
        return self.at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        got = b"".join(self._pieces(self.at, self.at + len(buffer)))
        buffer[: len(got)] = got
        self.at += len(got)
        return len(got)

    def _pieces(self, start: int, end: int) -> Iterator[bytes]:
        for part in self.archive.parts(start, end):
            if isinstance(part, bytes):
                yield part
            elif part.member in self.small:
                yield self.small[part.member][part.start : part.end]
            else:
                yield bytes(part.end - part.start)


def test_beyond_4_gb_it_is_zip64_and_still_read() -> None:
    """Nine gigabytes, of which only what the reader asks for is ever made."""
    content = b"hai buoi phat"
    members = [
        Member(name="am-thanh/001.mp3", size=LARGEST_FILE, crc32=1),
        Member(name="am-thanh/002.mp3", size=LARGEST_FILE, crc32=2),
        Member(name="am-thanh/003.mp3", size=len(content), crc32=zlib.crc32(content)),
    ]
    archive = Archive(members, modified=WHEN)
    assert archive.size > 8 * 2**30
    with zipfile.ZipFile(Far(archive, {2: content})) as opened:
        assert [each.file_size for each in opened.infolist()] == [LARGEST_FILE, LARGEST_FILE, len(content)]
        assert opened.read("am-thanh/003.mp3") == content
        with opened.open("am-thanh/002.mp3") as second:
            assert second.read(5) == bytes(5)


def test_more_files_than_a_plain_zip_counts_are_all_there() -> None:
    files = {f"{number:05d}.txt": b"" for number in range(66_000)}
    with zipfile.ZipFile(io.BytesIO(filled(archive_of(files), files))) as opened:
        assert opened.namelist() == list(files)


@pytest.mark.parametrize("names", [["đài.mp3"], ["a/../b"], ["/a"], ["a//b"], ["a."], ["a "], [""], ["a", "A"]])
def test_names_that_some_system_would_not_take_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match="name"):
        Archive([Member(name=name, size=0, crc32=0) for name in names], modified=WHEN)


def test_a_file_that_fat32_does_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        Archive([Member(name="a", size=LARGEST_FILE + 1, crc32=0)], modified=WHEN)


def test_times_before_ms_dos_are_its_first_day() -> None:
    archive = Archive([Member(name="a", size=0, crc32=0)], modified=datetime(1979, 12, 31))  # noqa: DTZ001
    with zipfile.ZipFile(io.BytesIO(filled(archive, {"a": b""}))) as opened:
        assert opened.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)
