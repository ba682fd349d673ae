"""Where else on its station a slot that was refused could stand: the nearest places that would really work."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from heapq import heappop, heappush

from schedules.breaks import Break
from schedules.editing import STAYS, AddSlot, AlterSlot, Attempt, PlanInHand
from schedules.instants import MINUTE_MS, from_ms, to_ms, whole_minute
from schedules.new_breaks import by_contents
from schedules.occurrences import Occurrence
from schedules.problem import Slot

PLACES = 3
_MOST_TRIES = 250
"""Places looked at before giving up."""

_NOWHERE = STAYS | {"too_often"}
"""What no other place mends, beside what a slot breaks by its contents and a maximum of the month."""


def nearest_places(plan: PlanInHand, refused: Attempt) -> tuple[datetime, ...]:
    """Up to three starts at which the same change breaks nothing anew, the nearest to the wanted one first.

    One in each free stretch of a session, the nearest in it; of two as near the earlier first. None for a change that
    no other start mends: locking, removing, a slot that stays, contents that fit nowhere.
    """
    change, slot = refused.change, refused.changed[0].after
    if not isinstance(change, AddSlot | AlterSlot):
        return ()
    wanted = change.start or (slot.start if slot is not None else None)
    broken = refused.broken
    if slot is None:  # it would have started outside the month
        elsewhere = plan.attempt(replace(change, start=from_ms(plan.index.first_ms, plan.index.zone)), first=True)
        slot, broken = elsewhere.changed[0].after, elsewhere.broken
    if wanted is None or slot is None or any(_is_everywhere(each, slot.station) for each in broken):
        return ()
    return _Search(plan, change, slot, to_ms(wanted)).found()


def _is_everywhere(each: Break, station: str) -> bool:
    if each.station != station:
        return False
    return by_contents(each) or each.what in _NOWHERE or (each.what == "above_maximum" and _session_of(each) is None)


def _session_of(each: Break) -> tuple[str, str] | None:
    """What a maximum is counted in: a session and date, "day" and a date, or None for the month."""
    return (str(each.facts[1]), str(each.facts[2])) if len(each.facts) == 5 else None


@dataclass(slots=True, kw_only=True)
class _Stretch:
    """Starts from `first` to `last`, whole minutes. All between `low` and `high`, both excluded, are known to fail."""

    first: int
    last: int
    low: int
    high: int
    closed: bool = False


class _Search:
    """Outward from the wanted start in all stretches at once; what a try breaks says how far the next one lies."""

    def __init__(self, plan: PlanInHand, change: AddSlot | AlterSlot, slot: Slot, wanted: int) -> None:
        self._plan, self._change, self._slot, self._wanted = plan, change, slot, wanted
        before = plan.slot(change.station, change.slot) if isinstance(change, AlterSlot) else None
        self._own_start = to_ms(before.start) if before is not None else None
        self._waiting: list[tuple[int, int, int]] = []
        self._pushed: set[tuple[int, int]] = set()
        self._stretches = list(self._open())
        for number, stretch in enumerate(self._stretches):
            self._push(number, stretch.low)

    def found(self) -> tuple[datetime, ...]:
        places: list[int] = []
        tries = 0
        while self._waiting and len(places) < PLACES and tries < _MOST_TRIES:
            _, start, number = heappop(self._waiting)
            stretch = self._stretches[number]
            if stretch.closed or start in places:
                continue
            barred: tuple[int, int] | None = (start - MINUTE_MS, start + MINUTE_MS)
            if start != self._own_start:  # where it is refused, or is already
                tries += 1
                broken = self._plan.attempt(replace(self._change, start=self._time(start)), first=True).broken
                barred = self._barred(start, broken) if broken else None
                if not broken:
                    places.append(start)
            if barred is None:
                stretch.closed = True
                continue
            stretch.low, stretch.high = min(stretch.low, barred[0]), max(stretch.high, barred[1])
            self._push(number, stretch.low)
            self._push(number, stretch.high)
        return tuple(self._time(start) for start in places)

    def _push(self, number: int, start: int) -> None:
        stretch = self._stretches[number]
        if stretch.first <= start <= stretch.last and (number, start) not in self._pushed:
            self._pushed.add((number, start))
            heappush(self._waiting, (abs(start - self._wanted), start, number))

    def _time(self, start: int) -> datetime:
        return from_ms(start, self._plan.index.zone)

    def _open(self) -> Iterator[_Stretch]:
        """What sessions leave beside the station's other slots, from the moment on from which a slot may be placed."""
        index = self._plan.index
        known = (index.segments.get(item.segment) for item in self._slot.items)
        urgent = any(segment is not None and segment.priority == "urgent" for segment in known)
        taken = sorted(
            (to_ms(slot.start), to_ms(slot.start) + slot.length_ms)
            for slot in self._plan.by_station.get(self._slot.station, ())
            if slot.id != self._slot.id
        )
        # half a minute up is as near as half a minute down, and the earlier is taken
        wanted = -(-(self._wanted - MINUTE_MS // 2) // MINUTE_MS) * MINUTE_MS
        for occurrence in index.view(self._slot.station).occurrences:
            for begins, ends in occurrence.pieces:
                at = max(begins, index.now_ms if urgent else index.freeze_ms)
                for busy_from, busy_to in [*taken, (ends, ends)]:
                    first = whole_minute(at)
                    last = (min(busy_from, ends) - self._slot.length_ms) // MINUTE_MS * MINUTE_MS
                    if first <= last:
                        nearest = min(max(wanted, first), last)
                        yield _Stretch(first=first, last=last, low=nearest, high=nearest)
                    at = max(at, busy_to)
                    if at >= ends:
                        break

    def _barred(self, start: int, broken: Iterable[Break]) -> tuple[int, int] | None:
        """Starts between the two fail like this one; None: all of the stretch, for it lies on one date."""
        low, high = start - MINUTE_MS, start + MINUTE_MS
        for each in broken:
            session = _session_of(each) if each.what == "above_maximum" else None
            if each.station != self._slot.station:
                found = self._relayed_there(start, each)
            elif session is not None and session[0] != "day":
                # sessions may overlap: the slot counts in this one where it lies within it
                found = self._within(start, each.station, partial(_is_named, session))
            else:
                return None
            low, high = min(low, found[0]), max(high, found[1])
        return low, high

    def _relayed_there(self, start: int, each: Break) -> tuple[int, int]:
        """Of a station that relays the slot: until it is not relayed any more, or clear of the slot that it meets."""
        low, high = self._within(start, each.station, lambda held: held.relays is not None)
        if each.what == "overlap":
            for slot in self._plan.by_station.get(each.station, ()):
                if slot.id in each.slots and slot.relayed_from is None:
                    met = to_ms(slot.start)
                    low = max(low, (met - self._slot.length_ms) // MINUTE_MS * MINUTE_MS)
                    high = min(high, whole_minute(met + slot.length_ms))
        return low, high

    def _within(self, start: int, station: str, chosen: Callable[[Occurrence], bool]) -> tuple[int, int]:
        """The nearest starts at which the slot lies no more within any of those occurrences that it lies within."""
        length = self._slot.length_ms
        low, high = start - MINUTE_MS, start + MINUTE_MS
        for occurrence in self._plan.index.view(station).occurrences:
            for begins, ends in occurrence.pieces if chosen(occurrence) else ():
                if begins <= start and start + length <= ends:
                    low = min(low, whole_minute(begins) - MINUTE_MS)
                    high = max(high, (ends - length) // MINUTE_MS * MINUTE_MS + MINUTE_MS)
        return low, high


def _is_named(session: tuple[str, str], occurrence: Occurrence) -> bool:
    return (occurrence.session, occurrence.date.isoformat()) == session
