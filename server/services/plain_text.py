"""Texts that people give: one form for each, and nothing in them that a playlist, a calendar or a page could trip over."""

import re
import unicodedata

from server.services.refusals import BadField

# Control characters, line and paragraph separators, and halves of characters from names that were not UTF-8.
_REFUSED = {"Cc", "Zl", "Zp", "Cs"}
# They turn the order of what is written after them, also outside the title.
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(field: str, value: str, *, longest: int, required: bool = True) -> str:
    """NFC, single spaces, 1 to `longest` characters (0 where it is not required). Raises BadField."""
    if any(unicodedata.category(letter) in _REFUSED or letter in _TURNING for letter in value.strip()):
        raise BadField(field=field, value=shown(value), expected="one_line")
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if all(unicodedata.category(letter)[0] in "CZ" for letter in text):
        text = ""  # nothing in it that anybody could see
    if len(text) > longest or (required and not text):
        raise BadField(field=field, value=shown(text), expected=f"characters:{1 if required else 0}:{longest}")
    return text


def paragraphs(field: str, value: str, *, longest: int) -> str:
    """NFC, lines ended by newlines, at most `longest` characters. Raises BadField."""
    text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(letter) in _REFUSED - {"Zl", "Zp"} and letter not in "\n\t" for letter in text):
        raise BadField(field=field, value=shown(text), expected="printable")
    if len(text) > longest:
        raise BadField(field=field, value=shown(text), expected=f"characters:0:{longest}")
    return text


def file_name(given: str) -> str:
    """As the sender wrote it, for people to read only: never a path. What is not UTF-8 shows as question marks."""
    return given.encode("utf-8", "replace").decode()[:255]


def title_of(name: str, *, longest: int = 200) -> str:
    """What a file is called without folders and ending, in one line that is fit for a title; may be nothing."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    stem = re.sub(r"(?<=.)\.[A-Za-z0-9]{1,5}$", "", last, flags=re.ASCII | re.DOTALL)
    seen = "".join(" " if unicodedata.category(each) in _REFUSED or each in _TURNING else each for each in stem)
    title = " ".join(unicodedata.normalize("NFC", seen).split())
    return title if len(title) <= longest else f"{title[: longest - 1].rstrip()}…"


def shown(value: str, *, most: int = 60) -> str:
    """The first `most` characters of it, visible in one line."""
    shown = "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in value[:most])
    return shown if len(value) <= most else f"{shown}…"
