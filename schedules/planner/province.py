"""All stations of an instance: parents before those who relay them, alike stations once."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import count
from typing import NamedTuple

import msgspec

from schedules.breaks import relayed_slots
from schedules.evaluation import as_plan, evaluate, verdicts_of
from schedules.instants import from_ms, to_ms
from schedules.laid_slots import lay
from schedules.plan import Plan
from schedules.planner.coverage import Planned, cover, granted_of, missing_of
from schedules.planner.drafting import Drafter, Order, ThreadDrafter
from schedules.planner.naming import SlotNames
from schedules.planner.own_slots import OwnSlot
from schedules.planner.reasons import Reasons
from schedules.planner.relayed_coverage import RelayedCoverage
from schedules.planner.station_plan import untouched
from schedules.planner.tables import Tables
from schedules.problem import Instance, Item, Slot
from schedules.problem_index import ProblemIndex, StationView, parents_of

Progress = Callable[[int, int, int], None]

_TRIES_AT_ONCE = 12_000_000
_FEWEST_TRIES, _MOST_TRIES = 120_000, 1_000_000
"""Tries of a search: shared among stations that are not alike, within bounds for each. The fewest are what the stations
of a province have, of which a hundred are not alike: those of a country get plans as good."""

_PARENTS = 3
"""So many times as many for a station that others relay: all who relay it hear what comes of them."""

_VARIANTS = 24
"""Different plans made for parents that are alike."""


def make_plan(
    instance: Instance,
    *,
    index: ProblemIndex | None = None,
    progress: Progress | None = None,
    drafter: Drafter | None = None,
) -> Plan:
    """Plans the month; `index` saves work if the caller has one.

    `progress` is told (stations done, all stations, shortfall of those done in milliseconds) after each station; what
    it raises ends the planning. `drafter` makes the stations' drafts.

    The instance is taken to be one that `schedules.exchange` accepts. Same instance, same plan, whoever drafts.
    """
    index = index or ProblemIndex(instance)
    province = _Province(index, progress, drafter or ThreadDrafter())
    slots = province.slots()
    found = evaluate(instance, slots, index=index, reasons=Reasons(index, slots), alike=province.kind_of)
    return as_plan(instance, slots, found)


class _Begun(NamedTuple):
    """`slots`: the kept and relayed ones where a draft of the `kind` is to come, all where there is nothing to plan."""

    slots: list[Slot]
    kind: int | None


class _Province:
    def __init__(self, index: ProblemIndex, progress: Progress | None, drafter: Drafter) -> None:
        self.index = index
        self.tables = Tables(index)
        self.names = SlotNames(index)
        self.progress = progress
        self.drafter = drafter
        self.order = relay_order(index)
        self.by_station: dict[str, list[Slot]] = {}
        """What is planned so far, new slots under passing names."""
        self.planned: dict[str, Planned] = {}
        self._passing = count()
        self._seen: dict[tuple[object, ...], int] = {}
        self._alike: dict[tuple[object, ...], int] = {}
        self._drafted: list[Planned] = []
        """By kind: the number of a content that stations were planned for."""
        self._kinds: dict[str, int] = {}
        self._variants: dict[str, int] = {}
        alike: dict[tuple[object, ...], int] = {}
        for code in self.order:
            likeness = self._likeness(index.view(code))
            self._variants[code] = 0
            if index.view(code).reached is not None:
                # parents that are alike differ on purpose: together they air more of the segments
                self._variants[code] = alike.get(likeness, 0) % _VARIANTS
                alike[likeness] = alike.get(likeness, 0) + 1
            self._kinds[code] = self._number((*likeness, self._variants[code]))
        different = len(set(self._kinds.values()))
        self.tries = max(_FEWEST_TRIES, min(_MOST_TRIES, _TRIES_AT_ONCE // max(1, different)))

    def slots(self) -> list[Slot]:
        self._plan()
        self._cover()
        return [slot for code in self.order for slot in self._named(code)]

    def kind_of(self, code: str) -> int | None:
        """The same of stations that are planned alike, but for their names."""
        found = self.planned.get(code)
        return None if found is None else found.kind

    def _cover(self) -> None:
        """Where nobody relays a station an exchange is one station's alone: those come first."""
        missing, granted = missing_of(self.tables, self.by_station), granted_of(self.planned)
        changed, granted = cover(self.tables, self.planned, missing, granted)
        for code, planned in changed.items():
            self.planned[code] = planned
            self.by_station[code] = planned.fixed + [self._slot(code, slot) for slot in planned.own]
        RelayedCoverage(self.tables, self.planned, self.by_station, self._relayed, self._slot).cover(missing, granted)

    def _plan(self) -> None:
        """Stations that wait for no other are planned side by side: what comes out is the same in any order."""
        done = short_ms = 0
        for level in relay_levels(self.index, self.order):
            orders: list[Order] = []
            begun = [self._begin(code, orders) for code in level]
            with closing(self.drafter.drafts(self.tables, orders)) as drafts:
                for code, planned in zip(level, begun, strict=True):
                    if planned.kind is not None and planned.kind == len(self._drafted):
                        made, fixed = next(drafts), planned.slots
                        self._drafted.append(Planned(kind=planned.kind, fixed=fixed, own=made.own, cost=made.cost))
                    self._take(code, planned)
                    done += 1
                    if self.progress is not None:
                        short_ms += self._short(code)
                        self.progress(done, len(self.order), short_ms)

    def _begin(self, code: str, orders: list[Order]) -> _Begun:
        """Stations that are alike share one plan; of those that are like none before, the first is ordered."""
        view = self.index.view(code)
        fixed = view.kept + self._relayed(view, self.by_station)
        as_published = untouched(self.tables, view, fixed)
        if as_published is not None:
            return _Begun(fixed + as_published, None)
        key = (self._kinds[code], *(_content(slot) for slot in fixed))
        kind = self._alike.get(key)
        if kind is None:
            kind = self._alike[key] = len(self._alike)
            tries = self.tries if view.reached is None else min(_MOST_TRIES, _PARENTS * self.tries)
            orders.append(Order(station=code, fixed=fixed, tries=tries, variant=self._variants[code]))
        return _Begun(fixed, kind)

    def _take(self, code: str, begun: _Begun) -> None:
        if begun.kind is None:
            self.by_station[code] = begun.slots
            return
        found = self._drafted[begun.kind]
        self.planned[code] = replace(found, fixed=begun.slots)
        self.by_station[code] = begun.slots + [self._slot(code, slot) for slot in found.own]

    def _short(self, code: str) -> int:
        view = self.index.view(code)
        if not any(rule.ms for rule in view.min_rules):
            return 0
        laid = lay(self.index, view, self.by_station[code])
        return sum(verdict.short_ms for verdict in verdicts_of(view, laid))

    def _relayed(self, view: StationView, by_station: Mapping[str, list[Slot]]) -> list[Slot]:
        """The parents' slots that the station passes on, but for those that a kept slot is already."""
        code = view.station.code
        there = {(slot.relayed_from, slot.column, slot.start, slot.length_ms, slot.items) for slot in view.kept}
        relayed = []
        for slot, parent in relayed_slots(view, by_station):
            content = (parent, slot.column, slot.start, slot.length_ms, slot.items)
            if content in there:
                continue
            there.add(content)
            relayed.append(
                Slot(
                    id=f"\0{next(self._passing)}",
                    station=code,
                    column=slot.column,
                    start=slot.start,
                    length_ms=slot.length_ms,
                    items=slot.items,
                    relayed_from=parent,
                )
            )
        return relayed

    def _slot(self, code: str, slot: OwnSlot) -> Slot:
        tables = self.tables
        column = tables.columns[slot.column]
        at = column.opening_ms
        items = []
        for segment in slot.items:
            duration = tables.duration[segment]
            items.append(Item(segment=tables.segments[segment].id, start_ms=at, duration_ms=duration))
            at += duration
        return Slot(
            id=f"\0{next(self._passing)}",
            station=code,
            column=column.code,
            start=from_ms(slot.start, self.index.zone),
            length_ms=slot.end - slot.start,
            items=tuple(items),
        )

    def _named(self, code: str) -> list[Slot]:
        """The station's slots under names that last: relayed ones first, then its own by their start."""
        slots = self.by_station[code]
        ready = [slot for slot in slots if not slot.id.startswith("\0")]
        new = [slot for slot in slots if slot.id.startswith("\0")]
        new.sort(key=lambda slot: (slot.relayed_from is None, slot.relayed_from is None and slot.start))
        named = (self.names.name(code, slot.column, to_ms(slot.start), slot.relayed_from) for slot in new)
        return ready + [msgspec.structs.replace(slot, id=name) for slot, name in zip(new, named, strict=True)]

    def _number(self, content: tuple[object, ...]) -> int:
        return self._seen.setdefault(content, len(self._seen))

    def _likeness(self, view: StationView) -> tuple[object, ...]:
        """All that a station's own slots depend on, its names and its parents' plans left out."""
        station = view.station
        times = tuple((each.start_ms, each.end_ms, each.pieces) for each in view.occurrences)
        relays = tuple(self._kinds.get(each.relays or "", -1) for each in view.occurrences)
        return (
            self._number(times),
            self._number(relays),
            tuple(sorted(station.languages)),
            tuple(station.language_shares.items()),
            view.meant,
            tuple(sorted(view.targets.items())),
            tuple(rule.id for rule in (*view.min_rules, *view.max_rules)),
            None if view.reached is None else self._number(tuple(view.reached)),
            tuple((segment, tuple(days)) for segment, days in view.aired.items()),
            tuple(_content(slot) for slot in view.kept),
            tuple(_content(slot) for slot in view.open_published),
            tuple(_content(slot) for slot in self.index.published_after_freeze(station.code)),
        )


def relay_order(index: ProblemIndex) -> list[str]:
    """Stations in the instance's order, each after all that it relays."""
    order: dict[str, None] = {}
    for station in index.instance.stations:
        stack = [station.code]
        while stack:
            waiting = [code for code in parents_of(index.stations[stack[-1]]) if code not in order]
            if waiting:
                stack += waiting
            else:
                order[stack.pop()] = None
    return list(order)


def relay_levels(index: ProblemIndex, order: list[str]) -> list[list[str]]:
    """Stations that relay nobody, then those that relay only these, and so on."""
    depth: dict[str, int] = {}
    levels: list[list[str]] = []
    for code in order:
        depth[code] = 1 + max((depth[parent] for parent in parents_of(index.stations[code])), default=-1)
        levels += [[]] if depth[code] == len(levels) else []
        levels[depth[code]].append(code)
    return levels


def _content(slot: Slot) -> tuple[object, ...]:
    return (slot.column, slot.start, slot.length_ms, slot.items, slot.relayed_from is None)
