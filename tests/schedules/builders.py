"""Small instances for tests: one column `c`, one station `D`, December 2026 in Asia/Ho_Chi_Minh, all changeable."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from schedules.problem import (
    Column,
    Instance,
    Item,
    Published,
    Rule,
    Segment,
    Session,
    Slot,
    Station,
    Topic,
)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def at(day: int, hour: int = 5, minute: int = 0, month: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


def column(code: str = "c", **given: Any) -> Column:
    facts: dict[str, Any] = {
        "opening_ms": 15_000,
        "closing_ms": 10_000,
        "slot_min_ms": 60_000,
        "slot_max_ms": 900_000,
        "max_slots_per_day": 2,
        "separation_days": 2,
        "max_per_month": 4,
    }
    return Column(code=code, **(facts | given))


def segment(code: str = "s1", seconds: int = 120, **given: Any) -> Segment:
    facts: dict[str, Any] = {
        "duration_ms": seconds * 1000,
        "topic": "t1",
        "language": "vi",
        "valid_from": date(2026, 11, 20),
        "priority": "normal",
        "column": "c",
    }
    return Segment(id=code, **(facts | given))


def session(code: str = "morning", start: str = "05:00", end: str = "06:30", **given: Any) -> Session:
    facts: dict[str, Any] = {"weekdays": EVERY_DAY, "start": start, "end": end}
    return Session(id=code, **(facts | given))


def station(code: str = "D", **given: Any) -> Station:
    facts: dict[str, Any] = {"tier": "district", "languages": ("vi",), "sessions": (session(),)}
    return Station(code=code, **(facts | given))


def minimum(ms: int = 600_000, code: str = "least", **given: Any) -> Rule:
    facts: dict[str, Any] = {"kind": "min", "period": "month", "ms": ms, "column": "c"}
    return Rule(id=code, **(facts | given))


def maximum(ms: int, period: str, code: str = "most", **given: Any) -> Rule:
    facts: dict[str, Any] = {"kind": "max", "period": period, "ms": ms, "column": "c"}
    return Rule(id=code, **(facts | given))


def instance(**given: Any) -> Instance:
    facts: dict[str, Any] = {
        "format": "loa-instance/1",
        "month": "2026-12",
        "timezone": "Asia/Ho_Chi_Minh",
        "now": at(25, 8, month=11),
        "topics": (Topic(code="t1", parent=None, weight=1), Topic(code="t2", parent=None, weight=1)),
        "columns": (column(),),
        "segments": tuple(segment(f"s{number}", 90 + 20 * number, topic=f"t{1 + number % 2}") for number in range(8)),
        "stations": (station(),),
        "rules": (minimum(),),
    }
    return Instance(**(facts | given))


def slot(
    start: datetime,
    segments: Sequence[tuple[str, int]] = (("s1", 110),),
    *,
    code: str | None = None,
    on: str = "D",
    frame: tuple[int, int] = (15_000, 10_000),
    **given: Any,
) -> Slot:
    """A well-formed slot: `segments` are (id, seconds)."""
    place, items = frame[0], []
    for name, seconds in segments:
        items.append(Item(segment=name, start_ms=place, duration_ms=seconds * 1000))
        place += seconds * 1000
    facts: dict[str, Any] = {
        "station": on,
        "column": "c",
        "start": start,
        "length_ms": place + frame[1],
        "items": tuple(items),
    }
    return Slot(id=code or f"{on}.{start:%Y%m%dT%H%M}", **(facts | given))


def published(*slots: Slot) -> Published:
    return Published(revision=1, slots=slots)
