"""How much a workbook comes to when it is read, counted before it is.

A reader of workbooks holds a whole table from its first cell to its last, and every text as often as a cell shows it:
a few kilobytes can come to more memory than there is, by what they unpack to, by one cell far away, or by one long
text shown everywhere. And it makes room at once for as many things as a part says that it has.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from itertools import zip_longest
from xml.parsers import expat

from schedules.logs.lines import MOST_LINES, LogUnreadable

MOST_UNPACKED = 64_000_000
MOST_ROWS = MOST_LINES + 100
MOST_COLUMNS = 100
_MOST_PARTS = 1000
_READ = ("[content_types].xml", "_rels/", "xl/")
_MALFORMED = (expat.ExpatError, ValueError)
_CELL = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})", re.ASCII)


def checked_workbook(data: bytes) -> bytes:
    """The same workbook, of its parts only those that are read, which must be well-formed, and no longer packed.

    So none unpacks to more than was counted here, none is of another kind of document, and what is read is what was
    checked. Raises LogUnreadable.
    """
    try:
        parts = _unpacked(data)
    # zipfile says NotImplementedError of a packing that it doesn't know, RuntimeError of one that is encrypted.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise LogUnreadable(problem="not_xlsx") from error
    texts = [_text_lengths(content) for content in parts.values() if b"sst" in content]
    lengths = [max(same) for same in zip_longest(*texts, fillvalue=0)]
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for name, content in parts.items():
            if _Reach(lengths).is_well_formed(content):
                archive.writestr(zipfile.ZipInfo(name), content)
            elif name.casefold().endswith((".xml", ".rels")):
                raise LogUnreadable(problem="not_xlsx")
    return stored.getvalue()


def _unpacked(data: bytes) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    left = MOST_UNPACKED
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if len(archive.infolist()) > _MOST_PARTS or sum(part.file_size for part in archive.infolist()) > left:
            raise LogUnreadable(problem="too_large", most=MOST_UNPACKED)
        for part in archive.infolist():
            if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise LogUnreadable(problem="not_xlsx")
            with archive.open(part) as source:
                content = source.read(left + 1)
            left -= len(content)
            if left < 0:
                raise LogUnreadable(problem="too_large", most=MOST_UNPACKED)
            if part.filename.casefold().startswith(_READ):
                parts[part.filename] = content
    return parts


def _parser() -> expat.XMLParserType:
    """Reads what the reader of workbooks reads: UTF-8 whatever a text says of itself, and no entities of its own."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def no_entities(*_: object) -> None:
        raise ValueError("a workbook declares no entities")

    parser.EntityDeclHandler = no_entities
    return parser


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _text_lengths(content: bytes) -> list[int]:
    """How long each of the texts is that cells name by number."""
    lengths: list[int] = []

    def started(name: str, _attributes: dict[str, str]) -> None:
        if _local(name) == "si":
            lengths.append(0)

    def said(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    parser = _parser()
    parser.StartElementHandler = started
    parser.CharacterDataHandler = said
    with suppress(*_MALFORMED):
        parser.Parse(content, True)  # noqa: FBT003 (expat takes it by position)
    return lengths


class _Reach:
    """How far the cells of one sheet that hold something reach, and how much text they show. Raises LogUnreadable."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self._lengths = lengths
        self._most = 0
        self._shown = 0
        self._row = 0
        self._column = 0
        self._named = False
        self._in_value = False
        self._value = ""

    def is_well_formed(self, content: bytes) -> bool:
        self._most = len(content)
        parser = _parser()
        parser.StartElementHandler = self._started
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._said
        try:
            parser.Parse(content, True)  # noqa: FBT003 (expat takes it by position)
        except _MALFORMED:
            return False
        return True

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        for attribute, value in attributes.items():
            # A reader makes room for as many as are announced.
            if attribute.casefold().endswith("count") and not 0 <= int(value) <= self._most:
                raise ValueError(value)
        match _local(name):
            case "row":
                self._row = int(attributes.get("r", self._row + 1))
                self._column = 0
            case "c":
                place = _CELL.fullmatch(attributes.get("r", ""))
                self._column += 1
                if place is not None:
                    self._column = _column(place[1])
                    self._row = int(place[2])
                elif "r" in attributes:
                    raise ValueError(attributes["r"])
                self._named = attributes.get("t") == "s"
            case "v" | "is" | "f":
                if self._row > MOST_ROWS:
                    raise LogUnreadable(problem="too_many_lines", most=MOST_LINES)
                if self._column > MOST_COLUMNS:
                    raise LogUnreadable(problem="too_many_columns", most=MOST_COLUMNS)
                self._in_value, self._value = name == "v" or name.endswith(":v"), ""

    def _said(self, text: str) -> None:
        if self._in_value:
            self._value += text

    def _ended(self, name: str) -> None:
        if _local(name) != "v" or not self._in_value:
            return
        self._in_value = False
        number = self._value.strip()
        if self._named and number.isdecimal() and len(number) < 10 and int(number) < len(self._lengths):
            self._shown += self._lengths[int(number)]
            if self._shown > MOST_UNPACKED:
                raise LogUnreadable(problem="too_large", most=MOST_UNPACKED)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
