"""Looks for a better plan of one station, its kept and relayed slots as given: date by date, best states first.

It owes the planner nothing and proves nothing by itself: what it finds is judged by the checker. Where a
station has few segments nothing is cut off, and then nothing better exists among what it looks at: one or
two slots a date in sessions that do not overlap.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

from tests.checker.counting import counted, verdicts
from tests.checker.facts import MINUTE_MS, Item, Json, Segment, Slot, World, without
from tests.checker.hard import airings, faults
from tests.checker.owed import missed_at, window_end

MANY = 7
"""Of more fitting segments than this a date tries some, drawn by its day."""

Content = tuple[str, tuple[str, ...]]
"""A column and the ids of the segments in a slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    segment: str
    times: int
    since: dt.date
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    last: tuple[int, ...]
    """ordinal of each segment's last airing, 0 for none"""
    times: tuple[int, ...]
    counted: tuple[int, ...]
    """per minimum"""
    paid: tuple[int, ...]
    """per debt"""
    laid: tuple[Slot, ...] = field(compare=False)


class Search:
    def __init__(self, world: World, station: str, fixed: Sequence[Slot], effort: int) -> None:
        self.world, self.station, self.fixed = world, station, list(fixed)
        self.effort = effort
        self.minima = [r for r in world.rules if r["kind"] == "min" and world.applies(r, station)]
        self.month_maxima = [
            r for r in world.rules if r["kind"] == "max" and r["period"] == "month" and world.applies(r, station)
        ]
        self.segments = [
            s for s in world.segments.values() if world.meant_for(s, station) and world.valid_this_month(s)
        ]
        self.index = {s.id: n for n, s in enumerate(self.segments)}
        self.heard = airings(world, fixed)
        self.debts = list(self._debts())
        aims = {r["column"] for r in world.rules if r["kind"] != "max" and r["ms"] and world.applies(r, station)}
        self.columns = [
            c
            for c in world.columns
            if c in {r["column"] for r in self.minima}
            or any(world.segments[d.segment].column in {None, c} for d in self.debts)
        ]
        self.aimless = set(self.columns) - aims

    def best(self) -> list[Slot]:
        """Own slots to lay beside the fixed ones: least shortfall, then fewest debts unpaid."""
        zero = (0,) * len(self.segments)
        start = State(
            last=zero,
            times=zero,
            counted=tuple(self._counted_before(rule) for rule in self.minima),
            paid=(0,) * len(self.debts),
            laid=(),
        )
        states = [start]
        for date in self.world.dates:
            options = list(self._options(date))
            if not options:
                continue
            following: dict[object, State] = {}
            for state, option in product(states, [(), *options]):
                after = self._after(state, date, option) if option else state
                if after is None:
                    continue
                key = (after.last, after.times, after.counted, after.paid)
                following.setdefault(key, after)
            states = sorted(following.values(), key=self._rank)
            if self._rank(states[0])[:2] == (0, 0):
                break
            states = states[: max(10, self.effort // (1 + len(options)))]
        return list(min(states, key=self._rank).laid)

    def _rank(self, state: State) -> tuple[int, int, int, int]:
        short = sum(max(0, r["ms"] - c) for r, c in zip(self.minima, state.counted, strict=True))
        unpaid = sum(max(0, d.times - n) for d, n in zip(self.debts, state.paid, strict=True))
        return short, unpaid, sum(state.times), sum(state.last)

    def _debts(self) -> Iterator[Debt]:
        """What is owed and not answered by fixed slots already."""
        world = self.world
        for segment in self.segments:
            starts = [slot.start for slot, _ in self.heard.get(segment.id, [])]
            if segment.must_air is not None:
                times, first, last = segment.must_air
                done = sum(first <= world.date_of(start) <= last for start in starts)
                if times > done and last >= world.first and first <= world.last:
                    until = world.at(last + dt.timedelta(days=1))
                    yield Debt(segment=segment.id, times=times - done, since=first, until=until)
            if segment.priority == "normal":
                continue
            end = window_end(world, segment, self.station, self.fixed)
            since = world.at(segment.valid_from)
            before = world.aired.get((self.station, segment.id), [])
            if end is None or any(since <= start < end for start in starts):
                continue
            if not any(segment.valid_from <= d <= world.date_of(end - 1) for d in before):
                yield Debt(segment=segment.id, times=1, since=segment.valid_from, until=end)

    def _counted_before(self, rule: Json) -> int:
        return sum(counted(self.world, rule, self.fixed).values())

    def _after(self, state: State, date: dt.date, option: tuple[Slot, ...]) -> State | None:
        last, times, today = list(state.last), list(state.times), date.toordinal()
        for slot in option:
            for item in slot.items:
                n = self.index[item.segment]
                if last[n] and today - last[n] < self._separation(self.segments[n]):
                    return None
                if times[n] + len(self.heard.get(item.segment, ())) >= self._limit(self.segments[n]):
                    return None
                last[n], times[n] = today, times[n] + 1
        if self._over_month([*state.laid, *option]):
            return None
        sums = tuple(
            have + sum(self._counts(rule, slot, state) for slot in option)
            for rule, have in zip(self.minima, state.counted, strict=True)
        )
        paid = tuple(
            have
            + sum(i.segment == d.segment and d.since <= date and s.start < d.until for s in option for i in s.items)
            for d, have in zip(self.debts, state.paid, strict=True)
        )
        return State(last=tuple(last), times=tuple(times), counted=sums, paid=paid, laid=(*state.laid, *option))

    def _counts(self, rule: Json, slot: Slot, state: State) -> int:
        if slot.column != rule["column"]:
            return 0
        languages = rule.get("languages")
        total = 0
        for item in slot.items:
            n = self.index[item.segment]
            again = state.times[n] > 0 or item.segment in self.heard
            if (languages is None or self.segments[n].language in languages) and (
                rule.get("repeats", True) or not again
            ):
                total += item.duration_ms
        return total + (self.world.frame_ms(slot.column) if total and rule.get("count_frame") else 0)

    def _over_month(self, laid: list[Slot]) -> bool:
        for rule in self.month_maxima:
            parts = counted(self.world, rule, [*self.fixed, *laid])
            if sum(parts.values()) > rule["ms"] and any(slot in parts for slot in laid):
                return True
        return False

    def _separation(self, segment: Segment) -> int:
        columns = self.world.columns.values() if segment.column is None else [self.world.columns[segment.column]]
        return segment.separation_days or max(int(c["separation_days"]) for c in columns)

    def _limit(self, segment: Segment) -> int:
        columns = self.world.columns.values() if segment.column is None else [self.world.columns[segment.column]]
        return segment.max_per_month or min(int(c["max_per_month"]) for c in columns)

    def _options(self, date: dt.date) -> Iterator[tuple[Slot, ...]]:
        """Every way to lay up to two slots of fitting segments on a date, as far as the width allows."""
        gaps = self._gaps(date)
        contents = list(self._contents(date, max((b - a for a, b in gaps), default=0)))
        seen: set[object] = set()
        for some in [*((c,) for c in contents), *combinations(contents, 2)]:
            if len(some) == 2 and set(some[0][1]) & set(some[1][1]):
                continue
            key = (frozenset(code for c in some for code in c[1]), tuple(sorted(c[0] for c in some)))
            if key in seen or not self._room_today(date, some):
                continue
            laid = self._lay(some, gaps)
            if laid is not None:
                seen.add(key)
                yield laid

    def _contents(self, date: dt.date, most: int) -> Iterator[Content]:
        far = self._far_enough(date)
        for column in self.columns:
            about = self.world.columns[column]
            fitting = [s for s in far if s.column in {None, column}]
            longest = min(most, int(about["slot_max_ms"])) - self.world.frame_ms(column)
            for count in range(1, 1 + min(5, len(fitting))):
                for some in combinations(fitting, count):
                    total = sum(s.duration_ms for s in some)
                    if total > longest or total + self.world.frame_ms(column) < about["slot_min_ms"]:
                        continue
                    if column in self.aimless and all(s.priority == "normal" and s.must_air is None for s in some):
                        continue
                    yield column, tuple(s.id for s in some)

    def _far_enough(self, date: dt.date) -> list[Segment]:
        found = []
        for segment in self.segments:
            near = [self.world.date_of(slot.start) for slot, _ in self.heard.get(segment.id, [])]
            near += self.world.aired.get((self.station, segment.id), [])
            if segment.valid_on(date) and all(abs((d - date).days) >= self._separation(segment) for d in near):
                found.append(segment)
        if len(found) > MANY:
            owing = {d.segment for d in self.debts if d.since <= date}
            turn = date.day % len(found)
            found = [*found[turn:], *found[:turn]]
            found = sorted(found, key=lambda s: s.id not in owing)[:MANY]
        return found

    def _gaps(self, date: dt.date) -> list[tuple[int, int]]:
        taken = sorted((s.start, s.end) for s in self.fixed)
        gaps = []
        for occurrence in self.world.occurrences[self.station]:
            if occurrence.date == date:
                for piece in occurrence.pieces:
                    for start, end in without(*piece, taken):
                        first = minute_from(max(start, self.world.now))
                        if first < end:
                            gaps.append((first, end))
        return gaps

    def _room_today(self, date: dt.date, some: Iterable[Content]) -> bool:
        columns = [c for c, _ in some]
        for column in set(columns):
            there = sum(s.column == column and self.world.date_of(s.start) == date for s in self.fixed)
            if there + columns.count(column) > self.world.columns[column]["max_slots_per_day"]:
                return False
        return True

    def _lay(self, some: Sequence[Content], gaps: Sequence[tuple[int, int]]) -> tuple[Slot, ...] | None:
        for places in product(range(len(gaps)), repeat=len(some)):
            for order in (range(len(some)), range(len(some) - 1, -1, -1)):
                at = {n: gaps[n][0] for n in places}
                laid: list[Slot] = []
                for n in order:
                    urgent = any(self.world.segments[code].priority == "urgent" for code in some[n][1])
                    earliest = self.world.now if urgent else self.world.freeze
                    slot = self._slot(some[n], minute_from(max(at[places[n]], earliest)))
                    if slot.end > gaps[places[n]][1]:
                        break
                    at[places[n]] = slot.end
                    laid.append(slot)
                else:
                    if not self._over_maxima(laid):
                        return tuple(laid)
        return None

    def _over_maxima(self, laid: list[Slot]) -> bool:
        ids = {s.id for s in laid}
        found = faults(self.world, self.station, [*self.fixed, *laid])
        return any(s.id in ids for fault in found for s in fault.slots)

    def _slot(self, content: Content, start: int) -> Slot:
        column, codes = content
        items, at = [], int(self.world.columns[column]["opening_ms"])
        for code in codes:
            duration = self.world.segments[code].duration_ms
            items.append(Item(segment=code, start_ms=at, duration_ms=duration))
            at += duration
        return Slot(
            id=f"better-{start}",
            station=self.station,
            column=column,
            start=start,
            length=at + int(self.world.columns[column]["closing_ms"]),
            items=tuple(items),
            relayed_from=None,
            locked=False,
        )


def minute_from(moment: int) -> int:
    return -(-moment // MINUTE_MS) * MINUTE_MS


def fixed_slots(world: World, slots: Sequence[Slot]) -> list[Slot]:
    return [s for s in slots if s.id in world.kept or s.relayed_from is not None]


def worth(world: World, station: str, slots: Sequence[Slot]) -> tuple[int, int]:
    """A station's shortfall in milliseconds, then its airings owed and missed."""
    short = sum(v.short_ms for v in verdicts(world, {station: slots}).values() if v.station == station)
    return short, sum(missed_at(world, station, slots, fixed_slots(world, slots)).values())


def better(world: World, station: str, slots: Sequence[Slot], effort: int) -> list[Slot] | None:
    """Slots for the station that leave less shortfall, or as much and fewer must-airs missed; None: none found."""
    now = worth(world, station, slots)
    if now == (0, 0):
        return None
    fixed = fixed_slots(world, slots)
    found = [*fixed, *Search(world, station, fixed, effort).best()]
    new = {s.id for s in found} - {s.id for s in fixed}
    if any(s.id in new for fault in faults(world, station, found) for s in fault.slots):
        return None
    return found if worth(world, station, found) < now else None


def as_json(world: World, slot: Slot) -> dict[str, Any]:
    start = dt.datetime.fromtimestamp(slot.start / 1000, world.zone)
    return {
        "id": slot.id,
        "station": slot.station,
        "column": slot.column,
        "start": start.isoformat(),
        "length_ms": slot.length,
        "items": [{"segment": i.segment, "start_ms": i.start_ms, "duration_ms": i.duration_ms} for i in slot.items],
        "relayed_from": None,
        "locked": False,
    }
