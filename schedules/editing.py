"""Changing a plan by hand, one slot at a time: what the change is, what follows from it, what it breaks anew.

A change is of a station's own slot. Those who relay the station get the changed slot too, and those who relay them.
It is refused for what it breaks that was not broken before: at the station itself anything, at those who relay it
what their own slots have a part in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from msgspec.structs import replace

from schedules.breaks import Break, breaks, slots_by_station
from schedules.instants import from_ms, to_ms, wall_ms
from schedules.laid_slots import lay
from schedules.new_breaks import Weighed, added, weighed
from schedules.problem import Instance, Item, Slot
from schedules.problem_index import ProblemIndex
from schedules.refusals import ScheduleRefusal

STAYS = frozenset({"relayed", "begun", "locked", "near"})
"""Words of breaks that refuse any change of a slot: it is not to be changed there, or not now."""

_LONGEST_CODE = 45
"""Of an id's 64 characters, so that a date, a time and a number follow."""


@dataclass(kw_only=True, eq=False)
class ChangesNothing(ScheduleRefusal):
    """The slot is as the change would have it already."""

    code = "slot.changes_nothing"
    slot: str
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSlot:
    """A slot of the station's own with these segments, each whole, in this order. `start` is aware, in any zone."""

    station: str
    column: str
    start: datetime
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterSlot:
    """The slot at another `start`, filled with other `segments`, or with `more` after those; None: as they are.

    Whatever changes, all segments that it then holds have the lengths of now.
    """

    station: str
    slot: str
    start: datetime | None = None
    segments: tuple[str, ...] | None = None
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSlot:
    """A locked slot stays as it is in all plans to come; not `locked`: it may change again."""

    station: str
    slot: str
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSlot:
    station: str
    slot: str


Change = AddSlot | AlterSlot | LockSlot | RemoveSlot


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSlot:
    """`before` None: it is new; `after` None: it goes. The id is the same in both."""

    station: str
    before: Slot | None
    after: Slot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a change comes to. `broken` empty: it can be made.

    `changed` has the station's slot first, then those of the stations that relay it. `instance` and `slots` are the
    problem and the whole plan as the change leaves them (as they were where it is refused): what is locked is part of
    the problem.
    """

    change: Change
    changed: tuple[ChangedSlot, ...]
    broken: tuple[Break, ...]
    instance: Instance
    slots: tuple[Slot, ...]

    @property
    def stations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.station for each in self.changed))


class PlanInHand:
    """A plan to be changed, whatever it breaks; all changes are tried on the plan as it was given."""

    def __init__(self, instance: Instance, slots: Iterable[Slot]) -> None:
        self.instance = instance
        self.index = ProblemIndex(instance)
        self.slots = tuple(slots)
        self.by_station = slots_by_station(self.slots)
        published = instance.published.slots if instance.published is not None else ()
        here = {slot.id for slot in self.slots}
        self._taken = here | {slot.id for slot in published}
        self._free = {(slot.station, slot.column, slot.start): slot.id for slot in published if slot.id not in here}
        self._broken: dict[tuple[str, frozenset[str]], Weighed] = {}

    def slot(self, station: str, slot: str) -> Slot | None:
        return next((each for each in self.by_station.get(station, ()) if each.id == slot), None)

    def attempt(self, change: Change, *, first: bool = False, alone: bool = False) -> Attempt:
        """Station, slot and column are there. With `first` the search for breaks ends at the first station with any.

        `alone`: only of the station itself, as if nobody relayed it. Raises ChangesNothing.
        """
        before = None if isinstance(change, AddSlot) else self.slot(change.station, change.slot)
        changed, refused = self._changed(change, before)
        if before is not None and changed.after == before:
            raise ChangesNothing(slot=before.id, station=before.station)
        if refused or isinstance(change, LockSlot):
            return self._attempt(change, (changed,), refused)
        followed = (changed,) if alone else self._followed(changed)
        return self._attempt(change, followed, tuple(self._new_breaks(followed, first=first)))

    def _attempt(self, change: Change, changed: tuple[ChangedSlot, ...], broken: tuple[Break, ...]) -> Attempt:
        instance, slots = self.instance, self.slots
        if not broken:
            gone = {(each.station, each.before.id) for each in changed if each.before is not None}
            instance = _with_lock(instance, changed[0].after, change)
            slots = (
                *(slot for slot in slots if (slot.station, slot.id) not in gone),
                *(each.after for each in changed if each.after is not None),
            )
        return Attempt(change=change, changed=changed, broken=broken, instance=instance, slots=slots)

    def _changed(self, change: Change, before: Slot | None) -> tuple[ChangedSlot, tuple[Break, ...]]:
        """The station's slot, and what refuses the change before the plan is looked at."""
        after: Slot | None
        if isinstance(change, AddSlot):
            after = self._made(change.station, change.column, change.start, change.segments, None)
            faults = self._place_faults(change.start, change.station, after) or self._unknown(after, change.segments)
            return ChangedSlot(station=change.station, before=None, after=after), faults
        if before is None:
            message = f"{change.station} has no slot {change.slot}"
            raise ValueError(message)
        if isinstance(change, LockSlot):
            after = replace(before, locked=change.locked)
            faults = self._stays(before) if change.locked and not before.locked else ()
        elif isinstance(change, RemoveSlot):
            after, faults = None, self._stays(before)
        else:
            there = tuple(item.segment for item in before.items)
            segments = (*(there if change.segments is None else change.segments), *change.more)
            start = before.start if change.start is None else change.start
            after = self._made(before.station, before.column, start, segments, before)
            faults = (
                self._stays(before)
                or self._place_faults(start, before.station, after)
                or self._unknown(before, [code for code in segments if code not in there])
            )
        return ChangedSlot(station=before.station, before=before, after=after), faults

    def _made(
        self, station: str, column: str, start: datetime, segments: Iterable[str], before: Slot | None
    ) -> Slot | None:
        """None where it would start outside the month. A segment that is gone keeps the length it was planned with."""
        start_ms = to_ms(start)
        if not self._in_month(start_ms):
            return None
        shape = self.index.columns[column]
        planned = {item.segment: item.duration_ms for item in (before.items if before is not None else ())}
        items, at = [], shape.opening_ms
        for code in segments:
            known = self.index.segments.get(code)
            duration = known.duration_ms if known is not None else planned.get(code, 0)
            items.append(Item(segment=code, start_ms=at, duration_ms=duration))
            at += duration
        begins = from_ms(start_ms, self.index.zone)
        return Slot(
            id=self._name(station, column, begins) if before is None else before.id,
            station=station,
            column=column,
            start=begins,
            length_ms=at + shape.closing_ms,
            items=tuple(items),
            locked=before is not None and before.locked,
        )

    def _in_month(self, start_ms: int) -> bool:
        return self.index.first_ms <= start_ms < wall_ms(self.index.month.last_date, 1440, self.index.zone)

    def _place_faults(self, start: datetime, station: str, after: Slot | None) -> tuple[Break, ...]:
        if after is not None:
            return ()
        return (_refusal("H1", station, "", "outside_month", start.isoformat()),)

    def _unknown(self, slot: Slot | None, segments: Iterable[str]) -> tuple[Break, ...]:
        """Without its length nothing else can be said of a slot."""
        return tuple(
            _refusal("H3", slot.station, slot.id, "unknown_segment", code)
            for code in dict.fromkeys(segments)
            if slot is not None and code not in self.index.segments
        )

    def _stays(self, slot: Slot) -> tuple[Break, ...]:
        """Why the slot may not be changed at all."""
        if slot.relayed_from is not None:
            return (_refusal("H7", slot.station, slot.id, "relayed", slot.relayed_from),)
        kept = any(each.id == slot.id for each in self.index.kept_of(slot.station))
        if to_ms(slot.start) < self.index.now_ms:
            what = "begun"
        elif slot.locked:
            what = "locked"
        else:
            what = "near" if kept else ""
        return (_refusal("H5", slot.station, slot.id, what),) if what else ()

    def _followed(self, changed: ChangedSlot) -> tuple[ChangedSlot, ...]:
        """With what becomes of it in the stations that relay it, and in those that relay them."""
        found = [changed]
        for each in found:  # it grows
            found += self._relayed(each)
        return tuple(found)

    def _relayed(self, changed: ChangedSlot) -> Iterator[ChangedSlot]:
        parent = changed.station
        for child in self.index.relayed_by.get(parent, ()):
            there = [slot for slot in self.by_station.get(child, ()) if slot.relayed_from == parent]
            kept = {slot.id for slot in self.index.kept_of(child)}
            copy = next((slot for slot in there if _same_broadcast(slot, changed.before) and slot.id not in kept), None)
            due = changed.after
            if due is not None and (
                not self._carries(child, parent, due)
                or any(_same_broadcast(slot, due) for slot in there if slot is not copy)
            ):
                due = None
            after = None
            if due is not None:
                after = replace(
                    due,
                    id=copy.id if copy is not None else self._name(child, due.column, due.start),
                    station=child,
                    relayed_from=parent,
                    locked=False,
                )
            if copy is not None or after is not None:
                yield ChangedSlot(station=child, before=copy, after=after)

    def _carries(self, child: str, parent: str, slot: Slot) -> bool:
        start, end = to_ms(slot.start), to_ms(slot.start) + slot.length_ms
        return any(
            occurrence.relays == parent and occurrence.holds(start, end)
            for occurrence in self.index.view(child).occurrences
        )

    def _new_breaks(self, changed: tuple[ChangedSlot, ...], *, first: bool) -> Iterator[Break]:
        after, untouched = dict(self.by_station), dict(self.by_station)
        gone: dict[str, set[str]] = {}
        for each in changed:
            if each.before is not None:
                gone.setdefault(each.station, set()).add(each.before.id)
        for station in dict.fromkeys(each.station for each in changed):
            left = [slot for slot in self.by_station.get(station, ()) if slot.id not in gone.get(station, ())]
            untouched[station] = left
            after[station] = left + [
                each.after for each in changed if each.station == station and each.after is not None
            ]
        for station in dict.fromkeys(each.station for each in changed):
            found = added(
                self._weighed(station, after),
                self._before(station, frozenset(), self.by_station),
                self._before(station, frozenset(gone.get(station, ())), untouched),
            )
            if station != changed[0].station:
                own = {slot.id for slot in after[station] if slot.relayed_from is None}
                found = [each for each in found if not own.isdisjoint(each.slots)]
            yield from found
            if found and first:
                return

    def _before(self, station: str, without: frozenset[str], by_station: dict[str, list[Slot]]) -> Weighed:
        """What the station's slots break without some: the same for all places that are tried for one slot."""
        found = self._broken.get((station, without))
        if found is None:
            found = self._broken[station, without] = self._weighed(station, by_station)
        return found

    def _weighed(self, station: str, by_station: dict[str, list[Slot]]) -> Weighed:
        view = self.index.view(station)
        laid = lay(self.index, view, by_station.get(station, ()))
        return weighed(breaks(self.index, view, laid, by_station), laid)

    def _name(self, station: str, column: str, start: datetime) -> str:
        """The id of the published slot that stood there, if it is free; else one that tells station and start."""
        if (station, column, start) in self._free:
            return self._free[station, column, start]
        if len(station) > _LONGEST_CODE:
            # a long code is cut, and kept apart from others with the same beginning
            station = f"{station[: _LONGEST_CODE - 9]}~{crc32(station.encode()):08x}"
        wanted = f"{station}.{start:%Y%m%dT%H%M}"
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}-{number}"
        return name


def _with_lock(instance: Instance, slot: Slot | None, change: Change) -> Instance:
    if not isinstance(change, LockSlot) or slot is None:
        return instance
    others = tuple(each for each in instance.locked if each.id != slot.id)
    if change.locked:
        return replace(instance, locked=(*others, slot))
    published = instance.published
    if published is not None:
        listed = tuple(replace(each, locked=False) if each.id == slot.id else each for each in published.slots)
        published = replace(published, slots=listed)
    return replace(instance, locked=others, published=published)


def _same_broadcast(one: Slot, other: Slot | None) -> bool:
    return other is not None and (one.column, one.start, one.length_ms, one.items) == (
        other.column,
        other.start,
        other.length_ms,
        other.items,
    )


def _refusal(code: str, station: str, slot: str, what: str, *facts: str | int) -> Break:
    return Break(
        code=code,
        station=station,
        slot=slot,
        what=what,
        facts=facts,
        slots=(slot,) if slot else (),
        conflict=False,
    )
