"""mpd's log: which files were played to their end, or until they were stopped.

mpd writes a line when a track is over (one that is skipped gets none), until 0.23 to the minute and without a year,
since then with date and seconds; through syslog there are seconds and no year.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from schedules.logs.file_names import file_name
from schedules.logs.lines import (
    MOST_LINES,
    AiredFile,
    Fault,
    LineFault,
    LineRefused,
    LogLine,
    LogUnreadable,
    Reading,
    bounded,
    free_text,
)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLAYED = re.compile(r'(.{1,80}?) ?:? ?player: played "(.*)"')
_YEARLESS = re.compile(
    rf"({'|'.join(_MONTHS)}) {{1,2}}(\d{{1,2}}) (\d\d):(\d\d)(?::(\d\d))?(?: \S+ \S*mpd\S*)?", re.ASCII
)
_DATED = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:?\d\d)?(?: \S+ \S*mpd\S*)?", re.ASCII
)
_AHEAD = timedelta(days=2)


def read_mpd(data: bytes, zone: ZoneInfo, received_on: date, files: Mapping[str, AiredFile] | None = None) -> Reading:
    """`zone` is the device's; `files` knows what the exported files are, by their names without folders.

    A line without a year is of the last year in which it lies at most two days after `received_on`, the local date on
    which the log came. `starts_at` is the written time less the file's length, and the written time of files whose
    length is unknown: to the minute, it is up to a minute early. Openings and closings are left out. Raises
    LogUnreadable.
    """
    lines: list[LogLine] = []
    refused: list[LineRefused] = []
    for number, text in enumerate(bounded(data).decode(errors="replace").split("\n"), 1):
        found = _PLAYED.fullmatch(text.rstrip("\r"))
        if found is None:
            continue
        if len(lines) + len(refused) >= MOST_LINES:
            raise LogUnreadable(problem="too_many_lines", most=MOST_LINES)
        name = file_name(found[2])
        known = (files or {}).get(name)
        if known is not None and known.segment is None:
            continue
        try:
            lines.append(
                LogLine(
                    line=number,
                    segment=known.segment if known else None,
                    title=free_text("title", (known.title if known else "") or name),
                    starts_at=_began(found[1], zone, received_on, known.duration_ms if known else 0),
                )
            )
        except LineFault as fault:
            refused.append(fault.refused(number))
    return Reading(lines=tuple(lines), refused=tuple(refused))


def _began(written: str, zone: ZoneInfo, received_on: date, duration_ms: int) -> datetime:
    """Raises LineFault."""
    try:
        ended = _ended(written, zone, received_on)
        if ended is not None:
            # Elapsed time, not wall time, where a clock change lies between.
            return (ended.astimezone(UTC) - timedelta(milliseconds=duration_ms)).astimezone(zone)
    except (ValueError, OverflowError) as error:
        raise LineFault("starts_at", written, Fault.NOT_A_TIME) from error
    raise LineFault("starts_at", written, Fault.NOT_A_TIME)


def _ended(written: str, zone: ZoneInfo, received_on: date) -> datetime | None:
    """Raises ValueError, OverflowError."""
    if dated := _DATED.fullmatch(written):
        moment = datetime.fromisoformat(dated[1] + (dated[2] or "").replace("Z", "+00:00"))
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    found = _YEARLESS.fullmatch(written)
    if found is None:
        return None
    month, day = _MONTHS.index(found[1]) + 1, int(found[2])
    hour, minute, second = int(found[3]), int(found[4]), int(found[5] or 0)
    latest = received_on + _AHEAD
    for year in range(latest.year, latest.year - 9, -1):  # 29 February comes every four years, at turns every eight
        if (month, day) == (2, 29) and not _leap(year):
            continue
        if date(year, month, day) <= latest:
            return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    return None


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
