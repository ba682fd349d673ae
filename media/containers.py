"""What ffmpeg does not tell of a file: how a cut-off or lying header shows, and what a broadcast WAV says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# Recorders that write to a pipe leave the size of the data open with one of these.
_OPEN_SIZES = frozenset({0, 0x7FFFFFFF, 0x7FFFF000, 0x80000000, 0xFFFFFFFF})
_LARGEST_OGG_PAGE = 27 + 255 + 255 * 255
# Real files have a dozen; a file of nothing but empty chunks would be walked for minutes.
_MOST_CHUNKS = 1_000
_LOOKED_AT = 1_048_576
# EBU Tech 3285, version 2: name, where it begins in the chunk, how long it is.
_BEXT_TEXTS = (
    ("description", 0, 256),
    ("originator", 256, 32),
    ("originator_reference", 288, 32),
    ("origination_date", 320, 10),
    ("origination_time", 330, 8),
)
_BEXT_TIME_REFERENCE = slice(338, 346)
_BEXT_UMID = slice(348, 412)
_BEXT_HISTORY = 602
_LONGEST_HISTORY = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """`at` is where its content begins, `end` where the next chunk does; `length` is what its header says."""

    name: bytes
    at: int
    length: int
    end: int

    @property
    def is_open(self) -> bool:
        """The header leaves the length open."""
        return self.length in _OPEN_SIZES


def missing_bytes(path: Path) -> int:
    """How many bytes a WAV (RIFF or RF64) or an Ogg file says it has and has not; 0 for every other kind.

    WAV: the size of the chunk "data" (RIFF, 1991; EBU Tech 3306). Ogg: the segment table of the last page
    (RFC 3533, 6); a file cut exactly between two pages shows no sign of it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if _is_wav(file):
            data = next((chunk for chunk in _chunks(file, size) if chunk.name == b"data"), None)
            return 0 if data is None or data.is_open else max(0, data.at + data.length - size)
        file.seek(0)
        if file.read(4) == b"OggS":
            return _missing_from_ogg(file, size)
    return 0


def hidden_bytes(path: Path) -> int:
    """How much of a WAV lies behind the sound that its header declares and belongs to no other part of the file.

    Zeros are no sound: some recorders take the room for a file beforehand.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if not _is_wav(file):
            return 0
        end = None
        for chunk in _chunks(file, size):
            if chunk.name == b"data":
                if chunk.is_open:
                    return 0
                end = chunk.end
            elif end is not None:
                if not chunk.name.isascii() or chunk.end > size + 1:
                    break
                end = chunk.end
        if end is None or end >= size:
            return 0
        file.seek(end)
        return size - end if any(file.read(_LOOKED_AT)) else 0


def broadcast_extension(path: Path) -> dict[str, str]:
    """The chunk "bext" of a broadcast WAV (EBU Tech 3285), its names with "bext_" before them; what is empty is left out.

    `bext_time_reference` counts samples since midnight; `bext_umid` is hexadecimal. Texts ought to be ASCII; UTF-8 is
    read too, other bytes show as U+FFFD.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if not _is_wav(file):
            return {}
        found = next((chunk for chunk in _chunks(file, size) if chunk.name == b"bext"), None)
        if found is None:
            return {}
        file.seek(found.at)
        content = file.read(min(found.length, _BEXT_HISTORY + _LONGEST_HISTORY))
    if len(content) < _BEXT_UMID.start:
        return {}
    said = {name: _text(content[begin : begin + length]) for name, begin, length in _BEXT_TEXTS}
    said["time_reference"] = str(int.from_bytes(content[_BEXT_TIME_REFERENCE], "little") or "")
    said["umid"] = content[_BEXT_UMID].rstrip(b"\x00").hex()
    said["coding_history"] = _text(content[_BEXT_HISTORY:])
    return {f"bext_{name}": value for name, value in said.items() if value}


def _is_wav(file: IO[bytes]) -> bool:
    start = file.read(12)
    return start[:4] in {b"RIFF", b"RF64", b"BW64"} and start[8:] == b"WAVE"


def _chunks(file: IO[bytes], size: int) -> Iterator[_Chunk]:
    """The chunks in their order; one whose length is not believable is the last."""
    at, long_data = 12, None
    for _ in range(_MOST_CHUNKS):
        if at + 8 > size:
            return
        file.seek(at)
        header = file.read(8)
        name, length = header[:4], int.from_bytes(header[4:], "little")
        if name == b"ds64":
            # The true sizes of a file of more than 4 GiB: of all, then of the data.
            long_data = int.from_bytes(file.read(16)[8:], "little")
        if name == b"data" and length == 0xFFFFFFFF and long_data:
            length = long_data
        end = at + 8 + length
        file.seek(min(end, size))
        # An odd length is followed by a zero, which some writers forget.
        end += length % 2 if file.read(1) in {b"", b"\x00"} else 0
        yield _Chunk(name=name, at=at + 8, length=length, end=end)
        at = end


def _missing_from_ogg(file: IO[bytes], size: int) -> int:
    begin = max(0, size - _LARGEST_OGG_PAGE)
    file.seek(begin)
    tail = file.read()
    at = tail.rfind(b"OggS\x00")
    if at < 0:
        return 1
    segments = tail[at + 26] if at + 26 < len(tail) else 255
    table = tail[at + 27 : at + 27 + segments]
    return max(0, at + 27 + segments + sum(table) - len(tail))


def _text(content: bytes) -> str:
    return content.partition(b"\x00")[0].decode(errors="replace").strip()
