"""A log as rows of a table under headings, from whichever file they came: rows in, lines out.

* Columns with headings that nobody knows are left alone, rows with nothing in them too.
* Where there is a column for yes and no, a row that has nothing in any of the columns to fill in says nothing: it is
  a line of a template that nobody has filled in. Where there is none, a row says that it was aired.
* A time without a date is one of its row's date; where the row also has the planned time, the one nearest to it,
  so that 00:02 for what was planned at 23:58 is of the next day.
* Spreadsheets take "1:35" for an hour and 35 minutes: where the row has the planned length and it lies nearer to the
  sixtieth, the sixtieth is meant.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from schedules.logs.headings import known_fields
from schedules.logs.lines import (
    MOST_LINES,
    Fault,
    LineFault,
    LineRefused,
    LogLine,
    LogUnreadable,
    Reading,
    code_text,
    free_text,
)
from schedules.logs.written import Cell, is_empty, read_date, read_duration, read_moment, read_yes_or_no, text_of

# Above the headings there may be a title, the station's name and the like.
_ROWS_ABOVE = 30
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000

Row = tuple[int, Sequence[Cell]]


def find_headings(rows: Iterable[Row]) -> tuple[int, dict[str, int]] | None:
    """The number of the row with the headings and what stands where; None when there is none. Raises LogUnreadable."""
    for number, row in islice(rows, _ROWS_ABOVE):
        places = known_fields(row)
        if places is not None:
            return number, places
    return None


def read_rows(rows: Iterable[Row], zone: ZoneInfo) -> Reading:
    """Rows with their numbers, headings among the first; times without an offset are in `zone`. Raises LogUnreadable.

    No row is held longer than it takes to read it, but for those down to the headings.
    """
    each = iter(rows)
    above: list[Row] = []
    places: dict[str, int] | None = None
    for number, row in islice(each, _ROWS_ABOVE):
        above.append((number, row))
        places = known_fields(row)
        if places is not None:
            break
    if places is None:
        raise LogUnreadable(problem="no_headings")
    lines: list[LogLine] = []
    refused: list[LineRefused] = []
    for count, (number, row) in enumerate(each, 1):
        if count > MOST_LINES:
            raise LogUnreadable(problem="too_many_lines", most=MOST_LINES)
        cells = {field: row[place] for field, place in places.items() if place < len(row) and not is_empty(row[place])}
        if not cells:
            continue
        try:
            _check_whole(row, places)
            line = _line(number, cells, zone, asks="aired" in places)
        except LineFault as fault:
            refused.append(fault.refused(number))
        else:
            if line is not None:
                lines.append(line)
    return Reading(lines=tuple(lines), refused=tuple(refused))


def _check_whole(row: Sequence[Cell], places: Mapping[str, int]) -> None:
    """A cell of several lines in a row that is too short has swallowed the rows after it."""
    if len(row) <= max(places.values()):
        swallowed = next((cell for cell in row if isinstance(cell, str) and "\n" in cell), None)
        if swallowed is not None:
            raise LineFault("title", swallowed, Fault.QUOTE_UNCLOSED)


def _text(cells: Mapping[str, Cell], field: str) -> str:
    return text_of(cells.get(field))


def _line(number: int, cells: Mapping[str, Cell], zone: ZoneInfo, *, asks: bool) -> LogLine | None:
    if asks and not cells.keys() & {"aired", "starts_at", "duration", "reason"}:
        return None
    slot = code_text("slot", _text(cells, "slot"))
    segment = code_text("segment", _text(cells, "segment"))
    title = free_text("title", _text(cells, "title"))
    if not (slot or segment or title):
        raise LineFault("title", "", Fault.NAMES_NOTHING)
    duration = _duration(cells)
    aired = _aired(cells)
    if not aired and duration:
        raise LineFault("duration", cells["duration"], Fault.AIRED_AND_NOT)
    if aired and duration == 0:
        raise LineFault("duration", cells["duration"], Fault.DURATION_OUT_OF_RANGE)
    starts_at = _starts_at(cells, zone)
    if starts_at is None and slot is None:
        raise LineFault("starts_at", text_of(cells.get("starts_at")), Fault.WHEN_MISSING)
    return LogLine(
        line=number,
        station=code_text("station", _text(cells, "station")),
        slot=slot,
        segment=segment,
        title=title,
        starts_at=starts_at,
        duration_ms=duration if aired else None,
        aired=aired,
        reason=free_text("reason", _text(cells, "reason")),
        external_id=code_text("external_id", _text(cells, "external_id")),
        corrects=code_text("corrects", _text(cells, "corrects")),
    )


def _aired(cells: Mapping[str, Cell]) -> bool:
    if "aired" in cells:
        return read_yes_or_no("aired", cells["aired"])
    if "reason" in cells:
        raise LineFault("aired", "", Fault.AIRED_UNCLEAR)
    return True


def _duration(cells: Mapping[str, Cell]) -> int | None:
    if "duration" not in cells:
        return None
    duration = read_duration("duration", cells["duration"])
    said = cells["duration"]
    with_hours = not isinstance(said, str) or said.count(":") == 2
    if with_hours and duration >= _HOUR_MS and duration % _MINUTE_MS == 0 and "planned_duration" in cells:
        try:
            planned = read_duration("planned_duration", cells["planned_duration"])
        except LineFault:
            return duration
        if abs(duration // 60 - planned) < abs(duration - planned):
            return duration // 60
    return duration


def _starts_at(cells: Mapping[str, Cell], zone: ZoneInfo) -> datetime | None:
    """None when nothing says when, or only the day."""
    day = read_date("date", cells["date"]) if "date" in cells else None
    if "starts_at" not in cells:
        return None
    said = cells["starts_at"]
    moment = read_moment("starts_at", said, day, zone)
    if moment is None or day is None or "planned_at" not in cells:
        return moment
    if read_moment("starts_at", said, None, zone) is not None:
        return moment  # it has a date of its own
    try:
        planned = read_moment("planned_at", cells["planned_at"], day, zone)
    except LineFault:
        return moment
    if planned is None:
        return moment
    # Wall times of one zone: a day more or less is the same time on the other date.
    near = [moment + timedelta(days=days) for days in (0, -1, 1) if moment.year not in {1, 9999}] or [moment]
    return min(near, key=lambda other: abs(other - planned))
