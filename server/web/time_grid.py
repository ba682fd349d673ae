"""The time grid of a calendar: bands of the day in which the station broadcasts, and in each what fills them, in order.

Everything is laid out as a flow of stretches with their heights, so that it stands and prints without script or style
of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from server.services.local_time import ZONE
from server.services.station_calendars import SessionSpan
from server.services.views import SlotView

SCALE = 5
"""Height of a minute, in CSS pixels."""
TICK = 15
_DAY = 24 * 60


class Stretch(Struct, frozen=True, kw_only=True):
    """`kind`: off (no session), free, blocked (an outage) or slot. `height` in CSS pixels."""

    kind: str
    height: int
    starts: str
    ends: str
    slot: SlotView | None = None


class Band(Struct, frozen=True, kw_only=True):
    """`first` and `last` in minutes of the day; `ticks` are clocks, each with the height down to the next."""

    name: str
    first: int
    last: int
    ticks: list[tuple[str, int]]
    days: list[list[Stretch]]

    @property
    def starts(self) -> str:
        return _clock(self.first)

    @property
    def ends(self) -> str:
        return _clock(self.last)


def bands(days: Sequence[date], sessions: Sequence[SessionSpan], slots: Sequence[SlotView]) -> list[Band]:
    """Of those days; a slot outside all sessions opens a band of its own."""
    by_day = {day: sessions_on(sessions, day) for day in days}
    slots_by_day = {day: [slot for slot in slots if _day(slot.starts_at) == day] for day in days}
    named = [(*_minutes(each.starts_at, each.ends_at), each.name) for held in by_day.values() for each in held]
    named += [(*_span(slot), "") for listed in slots_by_day.values() for slot in listed]
    found = []
    for begins, ends, name in _merged(named):
        first, last = begins // TICK * TICK, -(-ends // TICK) * TICK
        found.append(
            Band(
                name=name,
                first=first,
                last=last,
                ticks=[(_clock(at), SCALE * min(TICK, last - at)) for at in range(first, last, TICK)],
                days=[_stretches(first, last, by_day[day], slots_by_day[day]) for day in days],
            )
        )
    return found


def sessions_on(sessions: Iterable[SessionSpan], day: date) -> list[SessionSpan]:
    return [each for each in sessions if _day(each.starts_at) == day]


def _merged(named: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, list[str]]] = []
    for first, last, name in sorted(named):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last), [*found[-1][2], name])
        else:
            found.append((first, last, [name]))
    return [(first, last, ", ".join(name for name in dict.fromkeys(names) if name)) for first, last, names in found]


def _stretches(first: int, last: int, sessions: list[SessionSpan], slots: list[SlotView]) -> list[Stretch]:
    inside = sorted((slot for slot in slots if first <= _span(slot)[0] < last), key=lambda slot: slot.starts_at)
    found: list[Stretch] = []
    at = first
    for slot in inside:
        starts, ends = _span(slot)
        found += _between(at, starts, sessions)
        # Of two that overlap the later one stands below the earlier.
        ends = max(ends, max(starts, at) + 1)
        found.append(_stretch("slot", max(starts, at), ends, slot))
        at = ends
    return found + _between(at, last, sessions)


def _between(first: int, last: int, sessions: list[SessionSpan]) -> list[Stretch]:
    if last <= first:
        return []
    edges = {first, last}
    for each in sessions:
        for span in [(each.starts_at, each.ends_at), *each.pieces]:
            edges |= {edge for edge in _minutes(*span) if first < edge < last}
    found: list[Stretch] = []
    for begins, ends in pairwise(sorted(edges)):
        kind = _kind(begins, sessions)
        goes_on = bool(found) and found[-1].kind == kind
        found.append(_stretch(kind, _of_clock(found.pop().starts) if goes_on else begins, ends))
    return found


def _kind(minute: int, sessions: list[SessionSpan]) -> str:
    scheduled = False
    for each in sessions:
        begins, ends = _minutes(each.starts_at, each.ends_at)
        if begins <= minute < ends:
            scheduled = True
            if any(first <= minute < last for first, last in (_minutes(*piece) for piece in each.pieces)):
                return "free"
    return "blocked" if scheduled else "off"


def _stretch(kind: str, first: int, last: int, slot: SlotView | None = None) -> Stretch:
    return Stretch(kind=kind, height=SCALE * (last - first), starts=_clock(first), ends=_clock(last), slot=slot)


def _span(slot: SlotView) -> tuple[int, int]:
    return _minutes(slot.starts_at, slot.starts_at + timedelta(milliseconds=slot.length_ms))


def _minutes(first: datetime, last: datetime) -> tuple[int, int]:
    """Of the day on which `first` lies, the end rounded up; never beyond the day's end."""
    begins = first.astimezone(ZONE)
    midnight = begins.replace(hour=0, minute=0, second=0, microsecond=0)
    return (begins - midnight) // timedelta(minutes=1), min(_DAY, -((midnight - last) // timedelta(minutes=1)))


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _of_clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
