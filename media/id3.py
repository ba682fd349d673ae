"""The tag in front of an MP3: ID3v2.4 in UTF-8 (id3.org, "ID3 tag version 2.4.0 - Main Structure").

ffmpeg writes a comment as a frame of its own invention, which players do not show.
"""

import struct
from collections.abc import Mapping

_FRAMES = {
    "title": b"TIT2",
    "artist": b"TPE1",
    "album": b"TALB",
    "language": b"TLAN",
    "date": b"TDRC",
    "comment": b"COMM",
}  # fmt: skip
_UTF_8 = b"\x03"
# Languages have three letters here (ISO 639-2); those of the Central Highlands have no shorter name anyway.
_LANGUAGES = {"vi": "vie", "en": "eng"}
_UNKNOWN_LANGUAGE = "XXX"  # what ID3v2.4 (section 4, TLAN and COMM) writes where the language is not known


def id3_tag(tags: Mapping[str, str]) -> bytes:
    """Whole tag, or nothing for no tags; KeyError for a name other than those of `media.renditions.TAGS`."""
    language = _LANGUAGES.get(tags.get("language", ""), tags.get("language", "") or _UNKNOWN_LANGUAGE)
    frames = b"".join(_frame(_FRAMES[name], value, language) for name, value in tags.items() if value)
    return b"ID3\x04\x00\x00" + _syncsafe(len(frames)) + frames if frames else b""


def _frame(name: bytes, value: str, language: str) -> bytes:
    if name == b"TLAN":
        value = language
    # A comment is headed by its language and by a short description, which is empty here.
    head = _UTF_8 + (language.encode()[:3].ljust(3) + b"\0" if name == b"COMM" else b"")
    body = head + value.encode()
    return name + _syncsafe(len(body)) + b"\0\0" + body


def _syncsafe(size: int) -> bytes:
    """Seven bits a byte, so that no length looks like the start of a frame of sound."""
    return struct.pack(">4B", *(size >> shift & 0x7F for shift in (21, 14, 7, 0)))
