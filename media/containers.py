"""What ffmpeg does not tell about a cut-off file: it takes the length of such a WAV or Ogg from what is left."""

from pathlib import Path
from typing import IO

# Recorders that write to a pipe leave the size of the data open with one of these.
_OPEN_SIZES = frozenset({0, 0x7FFFFFFF, 0x7FFFF000, 0x80000000, 0xFFFFFFFF})
_LARGEST_OGG_PAGE = 27 + 255 + 255 * 255


def missing_bytes(path: Path) -> int:
    """How many bytes a RIFF WAV or an Ogg file says it has and has not; 0 for every other kind.

    WAV: the size of the chunk "data" (RIFF, 1991). Ogg: the segment table of the last page (RFC 3533, 6);
    a file cut exactly between two pages shows no sign of it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        if start[:4] == b"RIFF" and start[8:] == b"WAVE":
            return _missing_from_wav(file, size)
        if start[:4] == b"OggS":
            return _missing_from_ogg(file, size)
    return 0


def _missing_from_wav(file: IO[bytes], size: int) -> int:
    at = 12
    while at + 8 <= size:
        file.seek(at)
        header = file.read(8)
        length = int.from_bytes(header[4:], "little")
        if header[:4] == b"data":
            return 0 if length in _OPEN_SIZES else max(0, at + 8 + length - size)
        at += 8 + length + length % 2
    return 0


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
