"""Reads the sample's files into values; nothing here knows a database or a clock."""

import csv
import tomllib
from collections.abc import Iterable
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

Structure = Literal["2021", "2025"]

_HERE = Path(str(files("server.sample")))
_FRESH_DAYS = 120
_STANDING_FROM = date(2021, 4, 1)


class UnitRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An administrative unit as the General Statistics Office lists it.

    Half-open: the unit is in force from `valid_from` until the day before `valid_to`; None is open. A code is no
    identity: the same code names another unit in the other structure.
    """

    code: str
    level: Literal["province", "district", "commune"]
    type: str
    name: str
    parent_code: str | None
    valid_from: date | None
    valid_to: date | None


class SuccessorRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a commune of the old Đắk Lắk half on 1 July 2025; `split` ones have two rows."""

    old_code: str
    old_name: str
    new_code: str
    new_name: str
    kind: Literal["whole", "split"]


class SampleOrganisation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: str
    name: str
    roles: tuple[str, ...]


class SampleTopic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`weight` is relative among topics with the same parent; `lead` is an organisation's code."""

    code: str
    name: str
    weight: float
    lead: str
    parent: str | None = None


class SampleSegment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A spoken segment; `voice` is espeak-ng's, `text` and `audio` are file names for `text()` and `audio_path()`."""

    code: str
    title: str
    topic: str
    language: str
    voice: str
    priority: Literal["normal", "priority", "urgent"]
    validity: Literal["standing", "fresh"]
    producer: str
    text: str
    audio: str
    fresh_days_before: int = 0
    note: str | None = None

    def valid(self, month: date) -> tuple[date, date | None]:
        """First and last day (inclusive, None: no end) for a sample loaded in the month that `month` lies in."""
        if self.validity == "standing":
            return _STANDING_FROM, None
        first = month.replace(day=1) - timedelta(days=self.fresh_days_before)
        return first, first + timedelta(days=_FRESH_DAYS - 1)


class SampleFrame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sound before or after a column's items."""

    code: str
    column: str
    kind: Literal["opening", "closing"]
    title: str
    voice: str
    text: str
    audio: str


def read_segments() -> list[SampleSegment]:
    return msgspec.convert(_toml("segments.toml")["segment"], list[SampleSegment])


def read_frames() -> list[SampleFrame]:
    return msgspec.convert(_toml("segments.toml")["frame"], list[SampleFrame])


def read_topics() -> list[SampleTopic]:
    """The tree of section II.1, parents before children."""
    return msgspec.convert(_toml("topics.toml")["topic"], list[SampleTopic])


def read_organisations() -> list[SampleOrganisation]:
    return msgspec.convert(_toml("topics.toml")["organisation"], list[SampleOrganisation])


def read_units(structure: Structure) -> list[UnitRow]:
    """The province's units in the file's order: the province first, a district before its communes."""
    return _rows(f"units_dak_lak_{structure}.csv", UnitRow)


def read_successors() -> list[SuccessorRow]:
    return _rows("units_dak_lak_successors_2025.csv", SuccessorRow)


def audio_path(name: str) -> Path:
    return _HERE / "audio" / name


def text(name: str) -> str:
    """What is spoken, paragraphs separated by an empty line."""
    return (_HERE / "texts" / name).read_text(encoding="utf-8")


_Row = TypeVar("_Row", UnitRow, SuccessorRow)


def _rows(name: str, row_type: type[_Row]) -> list[_Row]:
    lines: Iterable[str] = (_HERE / "units" / name).read_text(encoding="utf-8").splitlines()
    rows = [{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)]
    return msgspec.convert(rows, list[row_type])  # type: ignore[valid-type]  # a TypeVar's value, known at run time


def _toml(name: str) -> dict[str, list[dict[str, object]]]:
    return tomllib.loads((_HERE / name).read_text(encoding="utf-8"))
