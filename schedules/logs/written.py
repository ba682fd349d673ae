"""Dates, times, durations and yes or no, as people and spreadsheets write them."""

import math
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schedules.folding import fold
from schedules.logs.lines import MOST_DURATION_MS, Fault, LineFault

# A cell of a text file is a text; one of a spreadsheet can be any of these.
Cell = str | int | float | bool | date | datetime | time | timedelta | None

_DAY_FIRST = re.compile(r"(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2})\s?(?:[:hg]|giờ)\s?(?:(\d{1,2})(?:\s?[:pm']\s?(\d{1,2})(?:[.,](\d{1,6}))?)?)?"
    r"\s?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)
_CLOCKED = re.compile(r"(?:(\d{1,2}):)?(\d{1,4}):(\d{1,2})(?:[.,](\d{1,3}))?", re.ASCII)
_SECONDS = re.compile(r"(\d{1,6})(?:[.,](\d{1,3})\d*)?\s?(?:s|giây|seconds?)?", re.ASCII | re.IGNORECASE)

_YES = {
    "x", "v", "co", "da phat", "da phat song", "phat", "roi", "da", "dung", "yes", "y", "true", "1", "ok", "aired",
    "✓", "✔", "☑", "✅",
}  # fmt: skip
_NO = {
    "khong", "khong phat", "khong phat song", "chua", "chua phat", "k", "ko", "sai", "no", "n", "false", "0",
    "not aired", "✗", "✘",
}  # fmt: skip

# Day numbers of spreadsheets (day 1 is 1 January 1900, and 29 February 1900 is counted): 2000 to 2099.
_SHEET_DAYS = range(36_526, 73_051)
_SHEET_EPOCH = date(1899, 12, 30)


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text_of(cell: Cell) -> str:
    """A code of digits that a spreadsheet keeps as a number is those digits."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def read_date(field: str, cell: Cell) -> date:
    """Of a time with a date, its date. Raises LineFault."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        if int(cell) in _SHEET_DAYS:
            return _SHEET_EPOCH + timedelta(days=int(cell))
        raise LineFault(field, cell, Fault.NOT_A_DATE)
    found = _date_in(cell.strip()) if isinstance(cell, str) else None
    if found is None:
        raise LineFault(field, cell, Fault.NOT_A_DATE)
    return found


def _date_in(text: str) -> date | None:
    try:
        if found := _DAY_FIRST.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := _YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    return None


def read_moment(field: str, cell: Cell, day: date | None, zone: ZoneInfo) -> datetime | None:
    """A time on `day`, or a date and a time, which then needs no `day`; in `zone` where it has no offset of its own.

    None for a time without a day. Raises LineFault.
    """
    if isinstance(cell, datetime):
        return _aware(field, cell, cell, zone)
    if isinstance(cell, timedelta):
        cell = cell / timedelta(days=1)
    if isinstance(cell, time):
        if day is None:
            return None
        return _aware(field, cell, datetime.combine(day, cell), zone)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 73_051:
        days, seconds = int(cell), round((cell - int(cell)) * 86_400)
        if days and days not in _SHEET_DAYS:
            raise LineFault(field, cell, Fault.NOT_A_TIME)
        whole = _SHEET_EPOCH + timedelta(days=days) if days else day
        if whole is None:
            return None
        return _aware(field, cell, datetime.combine(whole, time()) + timedelta(seconds=seconds), zone)
    if isinstance(cell, str):
        return _moment_in(field, cell.strip(), day, zone)
    raise LineFault(field, cell, Fault.NOT_A_TIME)


def _moment_in(field: str, text: str, day: date | None, zone: ZoneInfo) -> datetime | None:
    found = _TIME.fullmatch(text)
    if found is None:
        # A date before the time or after it: 2/3/2026 05:00, 2026-03-02T05:00:00+07:00, 05:00 2/3/2026.
        words = re.split(r"[ \t,]+|(?<=\d)T(?=\d)", text, maxsplit=1)
        for written, clock in ((words[0], words[-1]), (words[-1], words[0])):
            own, found = _date_in(written), _TIME.fullmatch(clock)
            if len(words) == 2 and own is not None and found is not None:
                day = own
                break
        else:
            raise LineFault(field, text, Fault.NOT_A_TIME)
    hours, minutes, seconds = (int(part or 0) for part in (found[1], found[2], found[3]))
    whole = (hours, minutes, seconds) == (24, 0, 0)
    if minutes > 59 or seconds > 59 or (hours > 23 and not whole):
        raise LineFault(field, text, Fault.NOT_A_TIME)
    if day is None:
        return None
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=int((found[4] or "0").ljust(6, "0")))
    try:
        wall = datetime.combine(day, time()) + span
        if found[5]:
            offset = found[5].upper().replace("Z", "+00:00")
            wall = datetime.fromisoformat(f"{wall.isoformat()}{offset}")
    except (ValueError, OverflowError) as error:
        raise LineFault(field, text, Fault.NOT_A_TIME) from error
    return _aware(field, text, wall, zone)


def _aware(field: str, cell: Cell, moment: datetime, zone: ZoneInfo) -> datetime:
    """In `zone`. The first and last day of all years have no time in some zones."""
    try:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
            moment.utctimetuple()
            return moment
        return moment.astimezone(zone)
    except OverflowError as error:
        raise LineFault(field, cell, Fault.NOT_A_TIME) from error


def read_duration(field: str, cell: Cell) -> int:
    """Whole milliseconds. A number below 1 is a spreadsheet's part of a day, any other is seconds. Raises LineFault."""
    if isinstance(cell, datetime):  # a spreadsheet's duration of a day or more, seen as a date
        raise LineFault(field, cell, Fault.DURATION_OUT_OF_RANGE)
    if isinstance(cell, time):
        cell = timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond)
    if isinstance(cell, timedelta):
        length = cell // timedelta(milliseconds=1)
    elif isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        length = round(cell * 86_400) * 1000 if 0 < cell < 1 else round(cell * 1000)
    elif isinstance(cell, str):
        length = _duration_in(field, cell.strip())
    else:
        raise LineFault(field, cell, Fault.NOT_A_DURATION)
    if not 0 <= length <= MOST_DURATION_MS:
        raise LineFault(field, cell, Fault.DURATION_OUT_OF_RANGE)
    return length


def _duration_in(field: str, text: str) -> int:
    if found := _SECONDS.fullmatch(text):
        return int(found[1]) * 1000 + int((found[2] or "0").ljust(3, "0"))
    found = _CLOCKED.fullmatch(text)
    if found is None or int(found[3]) > 59 or (found[1] and int(found[2]) > 59):
        raise LineFault(field, text, Fault.NOT_A_DURATION)
    minutes = int(found[1] or 0) * 60 + int(found[2])
    return (minutes * 60 + int(found[3])) * 1000 + int((found[4] or "0").ljust(3, "0"))


def read_yes_or_no(field: str, cell: Cell) -> bool:
    """Raises LineFault."""
    if isinstance(cell, bool):
        return cell
    word = fold(text_of(cell)).strip(" .!")
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise LineFault(field, cell, Fault.NOT_YES_OR_NO)
