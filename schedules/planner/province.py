"""All stations of an instance: parents before those who relay them, alike stations once."""

from collections.abc import Callable

from schedules.breaks import relayed_slots
from schedules.evaluation import as_plan, evaluate, verdicts_of
from schedules.instants import from_ms, to_ms
from schedules.laid_slots import lay
from schedules.plan import Plan
from schedules.planner.coverage import Planned, cover
from schedules.planner.naming import SlotNames
from schedules.planner.own_slots import OwnSlot
from schedules.planner.reasons import Reasons
from schedules.planner.station_plan import plan_station, untouched
from schedules.planner.tables import Tables
from schedules.problem import Instance, Item, Slot
from schedules.problem_index import ProblemIndex, StationView, parents_of

Progress = Callable[[int, int, int], None]

_TRIES_AT_ONCE = 18_000_000
_FEWEST_TRIES, _MOST_TRIES = 60_000, 1_000_000
"""Tries of a search: shared among stations that are not alike, within bounds for each."""

_VARIANTS = 24
"""Different plans made for parents that are alike."""


def make_plan(instance: Instance, *, progress: Progress | None = None) -> Plan:
    """Plans the month. `progress` is told (stations done, all stations, shortfall of those done in
    milliseconds) after each station; what it raises ends the planning.

    The instance is taken to be one that `schedules.exchange` accepts. Same instance, same plan.
    """
    index = ProblemIndex(instance)
    slots = _Province(index, progress).slots()
    return as_plan(instance, slots, evaluate(instance, slots, index=index, reasons=Reasons(index, slots)))


class _Province:
    def __init__(self, index: ProblemIndex, progress: Progress | None) -> None:
        self.index = index
        self.tables = Tables(index)
        self.names = SlotNames(index)
        self.progress = progress
        self.order = relay_order(index)
        self.by_station: dict[str, list[Slot]] = {}
        self.planned: dict[str, Planned] = {}
        self.short_ms = 0
        self._seen: dict[tuple[object, ...], int] = {}
        self._alike: dict[tuple[object, ...], Planned] = {}
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
        for done, code in enumerate(self.order, 1):
            self.by_station[code] = self._station(code)
            if self.progress is not None:
                self.progress(done, len(self.order), self._short(code))
        aired = {item.segment for slots in self.by_station.values() for slot in slots for item in slot.items}
        for code, own in cover(self.tables, self.planned, aired).items():
            self.by_station[code] = self.planned[code].fixed + self._named(code, own)
        return [slot for slots in self.by_station.values() for slot in slots]

    def _short(self, code: str) -> int:
        """What all stations up to this one lack."""
        view = self.index.view(code)
        if any(rule.ms for rule in view.min_rules):
            laid = lay(self.index, view, self.by_station[code])
            self.short_ms += sum(verdict.short_ms for verdict in verdicts_of(view, laid))
        return self.short_ms

    def _station(self, code: str) -> list[Slot]:
        view = self.index.view(code)
        fixed = view.kept + self._relayed(view)
        kept_as_published = untouched(self.tables, view, fixed)
        if kept_as_published is not None:
            return fixed + kept_as_published
        key = (self._kinds[code], *(_content(slot) for slot in fixed))
        like = self._alike.get(key)
        if like is None:
            draft = plan_station(self.tables, view, fixed, self.tries, self._variants[code])
            like = self._alike[key] = Planned(
                kind=len(self._alike), fixed=fixed, own=list(draft.slots), cost=draft.cost
            )
        self.planned[code] = Planned(kind=like.kind, fixed=fixed, own=like.own, cost=like.cost)
        return fixed + self._named(code, like.own)

    def _named(self, code: str, own: list[OwnSlot]) -> list[Slot]:
        return [self._slot(code, slot) for slot in sorted(own, key=lambda slot: slot.start)]

    def _relayed(self, view: StationView) -> list[Slot]:
        """The parents' slots that the station passes on, but for those that a kept slot is already."""
        code = view.station.code
        there = {(slot.relayed_from, slot.column, slot.start, slot.length_ms, slot.items) for slot in view.kept}
        relayed = []
        for slot, parent in relayed_slots(self.index, view, self.by_station):
            content = (parent, slot.column, slot.start, slot.length_ms, slot.items)
            if content in there:
                continue
            there.add(content)
            relayed.append(
                Slot(
                    id=self.names.name(code, slot.column, to_ms(slot.start), parent),
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
            id=self.names.name(code, column.code, slot.start, None),
            station=code,
            column=column.code,
            start=from_ms(slot.start, self.index.zone),
            length_ms=slot.end - slot.start,
            items=tuple(items),
        )

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


def _content(slot: Slot) -> tuple[object, ...]:
    return (slot.column, slot.start, slot.length_ms, slot.items, slot.relayed_from is None)
