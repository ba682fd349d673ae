"""What differs between two plans of a month, slot by slot.

Only what is aired makes a difference: a slot's id, or whether it is locked, does not by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from schedules.problem import Slot

ChangeKind = Literal["added", "removed", "moved", "refilled", "resized", "relay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotChange:
    """`kinds` is ("added",) without `before`, ("removed",) without `after`, else all that hold of the pair.

    moved: another start; refilled: other segments, or in another order; resized: as long no more, whole or an item;
    relay: relayed from elsewhere, or no longer.
    """

    kinds: tuple[ChangeKind, ...]
    before: Slot | None
    after: Slot | None

    @property
    def slot(self) -> Slot:
        """As it was, or where it was not there as it is now."""
        return next(slot for slot in (self.before, self.after) if slot is not None)

    @property
    def airtime_ms(self) -> int:
        """Touched by the change: what `slot` airs."""
        return airtime_ms(self.slot)

    @property
    def gained_ms(self) -> int:
        """Airtime now less airtime before."""
        return airtime_ms(self.after) - airtime_ms(self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDifference:
    """At least one change, in order of `SlotChange.slot`'s start."""

    station: str
    changes: tuple[SlotChange, ...]

    @property
    def airtime_ms(self) -> int:
        return sum(change.airtime_ms for change in self.changes)

    @property
    def gained_ms(self) -> int:
        return sum(change.gained_ms for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The stations that differ, by code."""

    stations: tuple[StationDifference, ...]

    @property
    def slots(self) -> int:
        return sum(len(station.changes) for station in self.stations)

    @property
    def airtime_ms(self) -> int:
        return sum(station.airtime_ms for station in self.stations)


def difference(before: Sequence[Slot], after: Sequence[Slot]) -> Difference:
    """Slots of a station are paired by id within their column; ids keep their place, also where the content changes.

    Of what is left, slots of the same content are one slot that was moved: the nearest in time first. A slot with
    another start and other content is another slot.
    """
    were, are = _by_station(before), _by_station(after)
    found = []
    for station in sorted(were.keys() | are.keys()):
        changes = _changes(were.get(station, {}), are.get(station, {}))
        if changes:
            found.append(StationDifference(station=station, changes=tuple(changes)))
    return Difference(stations=tuple(found))


def airtime_ms(slot: Slot | None) -> int:
    return sum(item.duration_ms for item in slot.items) if slot is not None else 0


Key = tuple[str, str]  # column, id


def _by_station(slots: Iterable[Slot]) -> dict[str, dict[Key, Slot]]:
    found: dict[str, dict[Key, Slot]] = {}
    for slot in slots:
        found.setdefault(slot.station, {})[slot.column, slot.id] = slot
    return found


def _changes(were: dict[Key, Slot], are: dict[Key, Slot]) -> list[SlotChange]:
    gone = {key: slot for key, slot in were.items() if key not in are}
    new = {key: slot for key, slot in are.items() if key not in were}
    pairs = [(were[key], are[key]) for key in were.keys() & are.keys()]
    pairs += [(gone.pop(old), new.pop(place)) for old, place in _moved(gone, new)]
    changes = [
        SlotChange(kinds=kinds, before=one, after=other) for one, other in pairs if (kinds := _kinds(one, other))
    ]
    changes += [SlotChange(kinds=("removed",), before=slot, after=None) for slot in gone.values()]
    changes += [SlotChange(kinds=("added",), before=None, after=slot) for slot in new.values()]
    return sorted(changes, key=lambda change: (change.slot.start, change.slot.column, change.slot.id, change.kinds))


def _moved(gone: dict[Key, Slot], new: dict[Key, Slot]) -> list[tuple[Key, Key]]:
    places: dict[tuple[object, ...], list[Key]] = {}
    for key, slot in new.items():
        places.setdefault(_content(slot), []).append(key)
    near = sorted(
        (abs(new[place].start - slot.start), slot.start, old, new[place].start, place)
        for old, slot in gone.items()
        for place in places.get(_content(slot), ())
    )
    pairs: list[tuple[Key, Key]] = []
    paired: tuple[set[Key], set[Key]] = (set(), set())
    for _apart, _was, old, _is, place in near:
        if old not in paired[0] and place not in paired[1]:
            paired[0].add(old)
            paired[1].add(place)
            pairs.append((old, place))
    return pairs


def _content(slot: Slot) -> tuple[object, ...]:
    return (slot.column, slot.relayed_from, slot.length_ms, slot.items)


def _kinds(one: Slot, other: Slot) -> tuple[ChangeKind, ...]:
    kinds: list[ChangeKind] = []
    if one.start != other.start:
        kinds.append("moved")
    if [item.segment for item in one.items] != [item.segment for item in other.items]:
        kinds.append("refilled")
    elif (one.length_ms, one.items) != (other.length_ms, other.items):
        kinds.append("resized")
    if one.relayed_from != other.relayed_from:
        kinds.append("relay")
    return tuple(kinds)
