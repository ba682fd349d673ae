"""All stations of an instance: parents before those who relay them, alike stations once."""

from collections.abc import Callable

from schedules.breaks import relayed_slots
from schedules.evaluation import as_plan, evaluate
from schedules.instants import from_ms, to_ms
from schedules.plan import Plan
from schedules.planner.naming import SlotNames
from schedules.planner.own_slots import OwnSlot
from schedules.planner.station_plan import plan_station, untouched
from schedules.planner.tables import Tables
from schedules.problem import Instance, Item, Slot
from schedules.problem_index import ProblemIndex, StationView, parents_of

Progress = Callable[[int, int], None]

_TRIES_AT_ONCE = 300_000
_FEWEST_TRIES, _MOST_TRIES = 1_500, 20_000
"""Tries of the local search: so many for the province together, within bounds for each station."""


def make_plan(instance: Instance, *, progress: Progress | None = None) -> Plan:
    """Plans the month. `progress` is told (stations done, all stations) after each station.

    The instance is taken to be one that `schedules.exchange` accepts. Same instance, same plan.
    """
    index = ProblemIndex(instance)
    slots = _Province(index, progress).slots()
    return as_plan(instance, slots, evaluate(instance, slots, index=index))


class _Province:
    def __init__(self, index: ProblemIndex, progress: Progress | None) -> None:
        self.index = index
        self.tables = Tables(index)
        self.names = SlotNames(index)
        self.progress = progress
        self.by_station: dict[str, list[Slot]] = {}
        self.alike: dict[tuple[object, ...], list[OwnSlot]] = {}
        self.tries = max(_FEWEST_TRIES, min(_MOST_TRIES, _TRIES_AT_ONCE // max(1, len(index.instance.stations))))

    def slots(self) -> list[Slot]:
        order = relay_order(self.index)
        for done, code in enumerate(order, 1):
            self.by_station[code] = self._station(code)
            if self.progress is not None:
                self.progress(done, len(order))
        return [slot for slots in self.by_station.values() for slot in slots]

    def _station(self, code: str) -> list[Slot]:
        view = self.index.view(code)
        fixed = view.kept + self._relayed(view)
        kept_as_published = untouched(self.tables, view, fixed)
        if kept_as_published is not None:
            return fixed + kept_as_published
        key = _likeness(self.index, view, fixed)
        own = self.alike.get(key)
        if own is None:
            own = self.alike[key] = list(plan_station(self.tables, view, fixed, self.tries))
        return fixed + [self._slot(code, slot) for slot in sorted(own, key=lambda slot: slot.start)]

    def _relayed(self, view: StationView) -> list[Slot]:
        """The parents' slots that the station passes on, but for those that a kept slot is already."""
        code = view.station.code
        kept = {(slot.relayed_from, slot.column, slot.start, slot.length_ms, slot.items) for slot in view.kept}
        relayed = []
        for slot, parent in relayed_slots(self.index, view, self.by_station):
            content = (parent, slot.column, slot.start, slot.length_ms, slot.items)
            if content in kept:
                continue
            kept.add(content)
            start_ms = to_ms(slot.start)
            relayed.append(
                Slot(
                    id=self.names.name(code, slot.column, start_ms, parent),
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


def _likeness(index: ProblemIndex, view: StationView, fixed: list[Slot]) -> tuple[object, ...]:
    """All that a station's own slots depend on, its names left out."""
    station = view.station
    return (
        tuple((each.start_ms, each.end_ms, each.pieces) for each in view.occurrences),
        tuple(sorted(station.languages)),
        tuple(station.language_shares.items()),
        view.meant,
        tuple(sorted(view.targets.items())),
        tuple(rule.id for rule in (*view.min_rules, *view.max_rules)),
        None if view.reached is None else tuple(view.reached),
        tuple((segment, tuple(days)) for segment, days in view.aired.items()),
        tuple(_content(slot) for slot in fixed),
        tuple(_content(slot) for slot in view.open_published),
        tuple(_content(slot) for slot in index.published_after_freeze(station.code)),
    )


def _content(slot: Slot) -> tuple[object, ...]:
    return (slot.column, slot.start, slot.length_ms, slot.items, slot.relayed_from is None)
