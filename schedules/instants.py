"""Between aware times and whole milliseconds since 1970-01-01T00:00Z, the form that this room computes in."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


def to_ms(instant: datetime) -> int:
    """Milliseconds since the epoch of an aware time, rounded down."""
    return (instant - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int, zone: tzinfo) -> datetime:
    """The aware time in `zone`."""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).astimezone(zone)


@lru_cache(maxsize=16384)
def wall_ms(day: date, minutes: int, zone: ZoneInfo) -> int:
    """The instant of a wall time, minutes after local midnight (1440: the end of the day).

    A wall time that a clock change skips is read as before the change, one that comes twice as the first.
    """
    if minutes == 1440:
        day, minutes = day + timedelta(days=1), 0
    return to_ms(datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone))


def whole_minute(milliseconds: int) -> int:
    """The first whole minute at or after."""
    return -(-milliseconds // MINUTE_MS) * MINUTE_MS
