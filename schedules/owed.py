"""Airings that a station owes: must-airs, and what urgent and priority segments ask for.

A segment's must-air and its priority are owed side by side, each answered by any airing within its own
bounds. Whether an urgent or priority segment has *room* looks at kept and relayed slots alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from schedules.instants import HOUR_MS, wall_ms
from schedules.laid_slots import LaidSlot
from schedules.plan import MustAirMissed
from schedules.problem import Segment
from schedules.problem_index import ProblemIndex, StationView, starting_from
from schedules.room import Room

PRIORITY_WITHIN_MS = 72 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """`times` airings of a segment that start within the half-open bounds (milliseconds since the epoch).

    `aim_ms`: where the answer should start at the latest to be in time beyond doubt: a priority airing
    in an occurrence that begins within the 72 hours counts, also when it starts after them.
    """

    segment: Segment
    kind: str
    times: int
    from_ms: int
    until_ms: int
    aim_ms: int

    def answered(self, laid: Iterable[LaidSlot], aired: Iterable[date], month_first: date) -> int:
        """Airings within the bounds; those of other months answer urgent and priority only."""
        here = sum(
            segment.id == self.segment.id
            for each in laid
            if self.from_ms <= each.start_ms < self.until_ms
            for segment in each.counted
        )
        if self.kind == "must_air":
            return here
        return here + sum(self.segment.valid_from <= day < month_first for day in aired)


def owed_airings(index: ProblemIndex, view: StationView, laid: list[LaidSlot]) -> Iterator[Owed]:
    """All that the station owes in the month; of `laid` only kept and relayed slots are looked at."""
    room: Room | None = None
    for segment in index.owed_somewhere:
        if segment.id not in view.meant:
            continue
        if segment.must_air is not None:
            yield from _must_air(index, segment)
        if segment.priority != "normal":
            room = room or Room(index, view, [each for each in laid if each.fixed])
            yield from _pressing(index, view, segment, room)


def missed_airings(index: ProblemIndex, view: StationView, laid: list[LaidSlot]) -> Iterator[MustAirMissed]:
    """Owed airings without an answer, summed over what a segment owes."""
    missed: dict[str, int] = {}
    first = index.month.first_date
    for owed in owed_airings(index, view, laid):
        segment = owed.segment.id
        answered = owed.answered(laid, view.aired.get(segment, ()), first)
        if answered < owed.times:
            missed[segment] = missed.get(segment, 0) + owed.times - answered
    for segment, times in missed.items():
        yield MustAirMissed(segment=segment, station=view.station.code, missed=times)


def _must_air(index: ProblemIndex, segment: Segment) -> Iterator[Owed]:
    must = segment.must_air
    if must is None:
        return
    first = max(must.from_date, index.month.first_date)
    last = min(must.to_date, index.month.last_date)
    if first <= last:
        until = wall_ms(last, 1440, index.zone)
        yield Owed(
            segment=segment,
            kind="must_air",
            times=must.times,
            from_ms=wall_ms(first, 0, index.zone),
            until_ms=until,
            aim_ms=until,
        )


def _pressing(index: ProblemIndex, view: StationView, segment: Segment, room: Room) -> Iterator[Owed]:
    valid_ms = wall_ms(segment.valid_from, 0, index.zone)
    moment = max(index.now_ms, valid_ms, index.first_ms)
    urgent = segment.priority == "urgent"
    not_before = index.now_ms if urgent else index.freeze_ms
    last_start = None if urgent else moment + PRIORITY_WITHIN_MS
    until = aim = None
    for occurrence in starting_from(view, moment):
        if last_start is not None and occurrence.start_ms >= last_start:
            break
        if room.has(segment, occurrence, not_before):
            until = occurrence.end_ms
            if last_start is not None:
                aim, until = last_start, max(last_start, _last_end(view, moment, last_start))
            break
    if until is not None:
        yield Owed(
            segment=segment,
            kind=segment.priority,
            times=1,
            from_ms=valid_ms,
            until_ms=until,
            aim_ms=aim or until,
        )


def _last_end(view: StationView, moment: int, last_start: int) -> int:
    inside = takewhile(lambda each: each.start_ms < last_start, starting_from(view, moment))
    return max((each.end_ms for each in inside), default=last_start)
