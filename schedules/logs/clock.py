"""Clocks of devices: what no clock that was ever set can have said is refused, what is merely wrong is kept.

A clock that is off by minutes or by a day is told by the airings around it, when they are laid beside the plan.
"""

from datetime import UTC, datetime, timedelta

from schedules.logs.lines import Fault, LineRefused, LogLine, Reading

# Clocks that lost their time begin again at 1970-01-01, 1980-01-06 or 2000-01-01.
EARLIEST = datetime(2001, 1, 1, tzinfo=UTC)
# A clock may be wrong by a day, and its zone by half a day more.
MOST_AHEAD = timedelta(days=2)


def with_possible_times(reading: Reading, received_at: datetime, *, ahead: timedelta = MOST_AHEAD) -> Reading:
    """The same log with lines refused whose start is before 2001 or more than `ahead` after `received_at` (aware)."""
    lines: list[LogLine] = []
    refused = list(reading.refused)
    for line in reading.lines:
        fault = _fault(line, received_at + ahead)
        if fault is None or line.starts_at is None:
            lines.append(line)
        else:
            refused.append(LineRefused(line=line.line, field="starts_at", value=line.starts_at.isoformat(), code=fault))
    return Reading(lines=tuple(lines), refused=tuple(sorted(refused, key=lambda refusal: refusal.line)))


def _fault(line: LogLine, latest: datetime) -> Fault | None:
    if line.starts_at is None:
        return None
    if line.starts_at < EARLIEST:
        return Fault.CLOCK_UNSET
    return Fault.IN_THE_FUTURE if line.starts_at > latest else None
