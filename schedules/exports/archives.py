"""A ZIP whose every byte follows from what is in it: its length is known ahead, and it can be begun anywhere.

Files are stored as they are (sound does not get smaller), without data descriptors, so that simple readers take them
too. What is at an offset is found without looking at what comes before, which is what a download that was cut off
needs; libraries that stream archives have to read all that was sent already. Beyond 4 GB the archive is ZIP64.

APPNOTE.TXT 6.3.10, 4.3.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate

from msgspec import Struct

LARGEST_FILE = 2**32 - 2  # what FAT32 holds, and what needs no ZIP64 in the file's own header
_LOCAL = struct.Struct("<4s5H3L2H")
_ENTRY = struct.Struct("<4s4B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_OFFSET_64 = struct.Struct("<2HQ")
_PLAIN, _ZIP64 = 20, 45
_UNIX = 3
_MODE = 0o100644 << 16
_MOST_16, _MOST_32 = 2**16 - 1, 2**32 - 1
_FIRST_YEAR = 1980


class Member(Struct, frozen=True, kw_only=True):
    """A file in the archive: an ASCII name with "/" between folders, bytes, and the CRC-32 of its content."""

    name: str
    size: int
    crc32: int


class Span(Struct, frozen=True, kw_only=True):
    """The content of the member at this place, from `start` up to but not including `end`."""

    member: int
    start: int
    end: int


class Archive:
    """`modified` is local, as times in a ZIP are; all files have it. `size` is the archive's, in bytes.

    Raises ValueError for names that some system would not take and for a file over LARGEST_FILE.
    """

    def __init__(self, members: Sequence[Member], *, modified: datetime) -> None:
        _require_good(members)
        self.members = tuple(members)
        self._when = _dos_time(modified)
        heads = [_LOCAL.size + len(member.name) for member in members]
        ends = accumulate(head + member.size for head, member in zip(heads, members, strict=True))
        self._starts = [0, *ends]
        self._tail = self._directory()
        self.size = self._starts[-1] + len(self._tail)

    def parts(self, start: int = 0, end: int | None = None) -> Iterator[bytes | Span]:
        """What the archive is made of from `start` up to but not including `end`: bytes, and spans of its files."""
        end = self.size if end is None else min(end, self.size)
        place = bisect_right(self._starts, start) - 1
        for number in range(place, len(self.members)):
            at = self._starts[number]
            if at >= end:
                return
            head = self._head(self.members[number])
            content = at + len(head)
            if start < content:
                yield head[max(start - at, 0) : end - at]
            first, last = max(start - content, 0), min(end - content, self.members[number].size)
            if first < last:
                yield Span(member=number, start=first, end=last)
        at = self._starts[-1]
        if start < end and end > at:
            yield self._tail[max(start - at, 0) : end - at]

    def _head(self, member: Member) -> bytes:
        name = member.name.encode("ascii")
        return (
            _LOCAL.pack(b"PK\3\4", _PLAIN, 0, 0, *self._when, member.crc32, member.size, member.size, len(name), 0)
            + name
        )

    def _directory(self) -> bytes:
        entries = b"".join(map(self._entry, self.members, self._starts))
        count, at = len(self.members), self._starts[-1]
        end = _END.pack(
            b"PK\5\6",
            0,
            0,
            min(count, _MOST_16),
            min(count, _MOST_16),
            min(len(entries), _MOST_32),
            min(at, _MOST_32),
            0,
        )
        if count < _MOST_16 and at + len(entries) < _MOST_32:
            return entries + end
        end_64 = _END_64.pack(
            b"PK\6\6", _END_64.size - 12, _UNIX << 8 | _ZIP64, _ZIP64, 0, 0, count, count, len(entries), at
        )
        locator = _LOCATOR_64.pack(b"PK\6\7", 0, at + len(entries), 1)
        return entries + end_64 + locator + end

    def _entry(self, member: Member, at: int) -> bytes:
        name = member.name.encode("ascii")
        far = at >= _MOST_32
        extra = _OFFSET_64.pack(1, 8, at) if far else b""
        version = _ZIP64 if far else _PLAIN
        return (
            _ENTRY.pack(
                b"PK\1\2",
                version,
                _UNIX,
                version,
                0,
                0,
                0,
                *self._when,
                member.crc32,
                member.size,
                member.size,
                len(name),
                len(extra),
                0,
                0,
                0,
                _MODE,
                _MOST_32 if far else at,
            )
            + name
            + extra
        )


def _require_good(members: Sequence[Member]) -> None:
    seen: set[str] = set()
    for member in members:
        parts = member.name.split("/")
        if not member.name.isascii() or any(part in {"", ".", ".."} or part.endswith((" ", ".")) for part in parts):
            raise ValueError(f"no name for a file in an archive: {member.name!r}")
        if member.name.lower() in seen:
            raise ValueError(f"two files of the name {member.name!r}")
        seen.add(member.name.lower())
        if not 0 <= member.size <= LARGEST_FILE:
            raise ValueError(f"{member.name} has {member.size} bytes; at most {LARGEST_FILE}")


def _dos_time(value: datetime) -> tuple[int, int]:
    """Time and date as MS-DOS keeps them, in steps of two seconds, from 1980 on."""
    if value.year < _FIRST_YEAR:
        return 0, 1 << 5 | 1
    date = (value.year - _FIRST_YEAR) << 9 | value.month << 5 | value.day
    return value.hour << 11 | value.minute << 5 | value.second // 2, date
