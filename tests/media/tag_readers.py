"""Tags read byte by byte, as the formats' own documents describe them."""

import struct
from pathlib import Path


def id3_frames(path: Path) -> dict[str, str]:
    """The text frames of an ID3v2.4 tag by their names; a comment as "vie:words"."""
    data = path.read_bytes()
    assert data[:5] == b"ID3\x04\x00"
    end = 10 + _syncsafe(data[6:10])
    frames: dict[str, str] = {}
    at = 10
    while at < end:
        name, size = data[at : at + 4].decode("ascii"), _syncsafe(data[at + 4 : at + 8])
        body = data[at + 10 : at + 10 + size]
        assert body[0] == 3, "UTF-8"
        if name == "COMM":
            language, (description, _, words) = body[1:4].decode("ascii"), body[4:].partition(b"\0")
            assert description == b""
            frames[name] = f"{language}:{words.decode()}"
        else:
            frames[name] = body[1:].decode()
        at += 10 + size
    assert at == end
    # The first frame of sound stands right behind.
    assert data[end] == 0xFF
    assert data[end + 1] & 0xE0 == 0xE0
    return frames


def opus_comments(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    return _vorbis_comments(data[data.index(b"OpusTags") + 8 :])


def flac_comments(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    assert data[:4] == b"fLaC"
    at = 4
    while data[at] & 0x7F != 4:
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    return _vorbis_comments(data[at + 4 :])


def _vorbis_comments(data: bytes) -> dict[str, str]:
    at = 4 + struct.unpack_from("<I", data)[0]
    count = struct.unpack_from("<I", data, at)[0]
    at += 4
    comments: dict[str, str] = {}
    for _ in range(count):
        (size,) = struct.unpack_from("<I", data, at)
        name, _equals, value = data[at + 4 : at + 4 + size].decode().partition("=")
        comments[name.upper()] = value
        at += 4 + size
    return comments


def _syncsafe(data: bytes) -> int:
    assert max(data) < 0x80
    return sum(byte << shift for byte, shift in zip(data, (21, 14, 7, 0), strict=True))
