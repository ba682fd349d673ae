"""What any log comes to: lines that say what was aired, and lines that cannot be taken, each with its fault."""

import codecs
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from schedules.exports.printable import one_line
from schedules.refusals import ScheduleRefusal

MOST_BYTES = 5_000_000
MOST_LINES = 20_000
MOST_CODE = 64
MOST_TEXT = 500
MOST_DURATION_MS = 24 * 3_600_000


class Fault(StrEnum):
    """Why a line is not taken. Each value's text says what was expected."""

    NOT_A_DATE = "not_a_date"
    """Dates are dd/mm/yyyy (the day first, the year in full) or yyyy-mm-dd."""
    NOT_A_TIME = "not_a_time"
    """Times are HH:MM or HH:MM:SS, or a date and such a time, with an offset from UTC or without."""
    NOT_A_DURATION = "not_a_duration"
    """Durations are mm:ss, h:mm:ss or seconds."""
    DURATION_OUT_OF_RANGE = "duration_out_of_range"
    """What was aired lasted more than nothing and at most 24 hours."""
    NOT_YES_OR_NO = "not_yes_or_no"
    """Whether it was aired is said with "x", "có", "đã phát", "không", "chưa" and the like."""
    AIRED_UNCLEAR = "aired_unclear"
    """There is a reason for not airing, and nothing says plainly whether it was aired."""
    AIRED_AND_NOT = "aired_and_not"
    """It says that it was not aired, and how long it sounded."""
    WHEN_MISSING = "when_missing"
    """Neither a slot nor a date with a time: nobody can tell which airing is meant."""
    NAMES_NOTHING = "names_nothing"
    """Neither a slot, nor a segment, nor a title."""
    TOO_LONG = "too_long"
    """Codes and keys have at most 64 characters, titles and reasons 500."""
    QUOTE_UNCLOSED = "quote_unclosed"
    """A quotation mark was opened and not closed: the lines after it were taken for part of this one."""
    NOT_A_RECORD = "not_a_record"
    """A record of the source system is a JSON object."""
    MISSING = "missing"
    """The record lacks a field that it must have."""
    WRONG_TYPE = "wrong_type"
    """The record's field is of another type than it must be."""
    OUT_OF_RANGE = "out_of_range"
    """The record's number lies outside what it can mean."""
    NOT_AUDIO = "not_audio"
    """The record is of a bulletin that is not audio (LoaiBanTin other than 3)."""
    UNKNOWN_STATION = "unknown_station"
    """No station here is the record's CumLoaID or DichID."""
    CLOCK_UNSET = "clock_unset"
    """It was aired before 2001: the device's clock had lost its time."""
    IN_THE_FUTURE = "in_the_future"
    """It was aired later than can be forgiven after it was received."""


class LogLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a log says. `line` is its number in the log, from 1, for telling people.

    `station` None is the sender's own; `duration_ms` is how long it sounded, None as long as planned; `starts_at` is
    aware and by the clock of whoever wrote it. `corrects` is the `external_id` of another line of the same source.
    """

    line: int
    station: str | None = None
    slot: str | None = None
    segment: str | None = None
    title: str = ""
    starts_at: datetime | None = None
    duration_ms: int | None = None
    aired: bool = True
    reason: str = ""
    external_id: str | None = None
    corrects: str | None = None


class LineRefused(Struct, frozen=True, kw_only=True):
    """A line that is not taken: `field` is the name of a field of `LogLine`, `date`, or a path into a JSON text."""

    line: int
    field: str
    value: str
    code: Fault


class Reading(Struct, frozen=True, kw_only=True):
    """A whole log, both in the order of its lines."""

    lines: tuple[LogLine, ...]
    refused: tuple[LineRefused, ...]


class AiredFile(Struct, frozen=True, kw_only=True):
    """What the sound of a file is, for logs that name files only; without `segment` it is an opening or a closing."""

    segment: str | None
    title: str
    duration_ms: int


@dataclass(kw_only=True, eq=False)
class LogUnreadable(ScheduleRefusal):
    """No line of the log can be read.

    `problem` is too_large (`most` bytes), too_many_lines or too_many_columns (`most` of them), not_text, no_headings,
    heading_twice (`value` is the heading), cell_too_long (`value` is its line), not_xlsx or not_json.
    """

    code: ClassVar[str] = "log.unreadable"
    problem: str
    value: str = ""
    most: int | None = None


class LineFault(Exception):
    """Raised while a line is read and caught where it ends."""

    def __init__(self, field: str, value: object, code: Fault) -> None:
        super().__init__(field, value, code)
        self.field = field
        self.value = value
        self.code = code

    def refused(self, line: int) -> LineRefused:
        value = one_line("" if self.value is None else str(self.value)[: 4 * MOST_TEXT])
        return LineRefused(line=line, field=self.field, value=value[:MOST_TEXT], code=self.code)


def bounded(data: bytes, most_bytes: int = MOST_BYTES) -> bytes:
    """Raises LogUnreadable."""
    if len(data) > most_bytes:
        raise LogUnreadable(problem="too_large", most=most_bytes)
    return data


def decoded(data: bytes) -> str:
    """UTF-8 with its mark or without, or UTF-16 with it, as spreadsheets write "Unicode text". Raises LogUnreadable."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return bounded(data).decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise LogUnreadable(problem="not_text") from error


def code_text(field: str, value: str) -> str | None:
    """None when there is nothing in it. Raises LineFault."""
    text = one_line(value)
    if len(text) > MOST_CODE:
        raise LineFault(field, text, Fault.TOO_LONG)
    return text or None


def free_text(field: str, value: str) -> str:
    """Raises LineFault."""
    text = one_line(value)
    if len(text) > MOST_TEXT:
        raise LineFault(field, text, Fault.TOO_LONG)
    return text
