"""What a file says of itself in words: read for people, believed by nobody."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from media.containers import broadcast_extension

_MOST_TAGS = 64
_LONGEST_NAME = 64
_LONGEST_VALUE = 1_000
_LONGEST_FILE = 262_144
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# A break that something escapes does not end a line.
_LINE = re.compile(r"(?:\\.|[^\\\n])+", re.DOTALL)
# What programs leave for themselves: whole settings of editors, nothing that anybody reads.
_PRIVATE = "id3v2_priv"


def read_tags(metadata: Path, original: Path) -> dict[str, str]:
    """The tags that ffmpeg wrote to `metadata` (its "ffmetadata" text) and the `bext_…` of a broadcast WAV.

    At most 64, names in lower case and up to 64 characters long, values up to 1000, in composed Unicode without
    control characters other than line breaks. Bytes that are no UTF-8 show as U+FFFD.
    """
    with metadata.open("rb") as file:
        text = file.read(_LONGEST_FILE).decode(errors="replace")
    tags: dict[str, str] = {}
    for said_name, said_value in [*broadcast_extension(original).items(), *_entries(text)]:
        name, value = _clean(said_name).lower()[:_LONGEST_NAME], _clean(said_value)[:_LONGEST_VALUE]
        if name and value and not name.startswith(_PRIVATE) and len(tags) < _MOST_TAGS:
            tags.setdefault(name, value)
    return tags


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for line in _LINE.findall(text):
        if line[0] == "[":  # chapters follow
            return
        if line[0] in ";#":
            continue
        # The first "=" that nothing escapes stands between name and value.
        if found := re.match(r"((?:\\.|[^\\=])*)=(.*)", line, re.DOTALL):
            yield _ESCAPED.sub(r"\1", found[1]), _ESCAPED.sub(r"\1", found[2])


def _clean(value: str) -> str:
    composed = unicodedata.normalize("NFC", value)
    return "".join(sign for sign in composed if sign == "\n" or unicodedata.category(sign) not in {"Cc", "Cs"}).strip()
