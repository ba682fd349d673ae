"""What plain statements show of a station's items, and in which slots they leave a doubt: `schedules.claims` in bulk.

A statement is plain when it corrects nothing and speaks of one item, or of one whole slot, whatever the others say. So
is one without a slot that can only mean one item that no other of its grade speaks of, or nothing planned at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from schedules.as_run import Grade, Tolerances
from schedules.claims import is_less
from schedules.clock_shifts import FEWEST
from schedules.instants import DAY_MS
from schedules.station_plans import SlotPlaces, StationPlan

Row = tuple[int, str | None, str | None, int, bool | int, int | None, str | None, str | int, object]
"""A statement but for its start: station (one and the same), slot, segment, grade, aired, duration_ms, corrects, source;
as in `schedules.as_run.AsRun`, but sources may be numbers, 0 where nobody's clock is shared. What comes last is nobody's
concern."""

_REPORTED, _LOGGED, _HEARD = int(Grade.REPORTED), int(Grade.LOGGED), int(Grade.HEARD)

_Timed = tuple[Row, int | None]
_Said = tuple[int, bool | int, int | None]
"""What a statement shows of an item, in milliseconds, whether it says that it was aired, and from when on."""


@dataclass(slots=True, kw_only=True)
class QuickClaims:
    """`shown`: for REPORTED, LOGGED and HEARD the most that a statement shows of each item, -1 where nothing was said;
    empty: nothing at all. `doubtful`: the ids of the slots on the review queue. `last_ms`: when the last item begins of
    which anything was said (0: none was). `beside`: something was said that belongs to nothing planned."""

    shown: list[list[int]]
    last_ms: int
    beside: bool = False
    doubtful: set[str] = field(default_factory=set)


def quick_claims(
    ready: StationPlan, rows: Sequence[Row], starts: Sequence[int | None], tolerances: Tolerances
) -> QuickClaims | None:
    """`starts`: the `start_ms` of each row. None: not all are plain, or a device's clock may have been wrong."""
    if 0 in ready.planned:
        return None
    return _Gathering(ready, tolerances).gathered(rows, starts)


class _Gathering:
    def __init__(self, ready: StationPlan, tolerances: Tolerances) -> None:
        self.ready, self.tolerances = ready, tolerances
        self.said: list[list[_Said | None]] = [[], [], []]
        # Where several statements of one grade speak of one item, all of them.
        self.again: dict[tuple[int, int], list[_Said]] = {}
        self.doubtful: set[str] = set()
        self.beside = False
        self._places: dict[str, list[int]] | None = None

    def gathered(self, rows: Sequence[Row], said_starts: Sequence[int | None]) -> QuickClaims | None:  # noqa: C901, PLR0912 (a call a row would double its time)
        ready, tolerances, doubtful = self.ready, self.tolerances, self.doubtful
        slots, planned, starts = ready.slots, ready.planned, ready.starts
        near_ms, match_ms, short_ms = (
            tolerances.late_ms - tolerances.clock_agree_ms,
            tolerances.match_ms,
            tolerances.short_ms,
        )
        wholes: dict[tuple[int, str], list[_Timed]] = {}
        open_ones: list[_Timed] = []
        far: dict[str | int, int] = {}
        for row, start_ms in zip(rows, said_starts, strict=True):
            _, slot, segment, grade, aired, duration_ms, corrects, source, _ = row
            if corrects is not None or (grade == _HEARD and not aired):
                # where a recording missed it depends on what it covers
                return None
            if grade < _REPORTED:
                self.beside = True
                continue
            places = slots.get(slot) if slot is not None else None
            if places is None:
                open_ones.append((row, start_ms))
                continue
            if segment is None:
                wholes.setdefault((grade, slot or ""), []).append((row, start_ms))
                if source and start_ms is not None and abs(start_ms - places.start_ms) > near_ms:
                    far[source] = far.get(source, 0) + 1
                continue
            number = places.numbers.get(segment)
            if number is None:
                return None
            ms = planned[number]
            if not aired:
                ms = 0
            elif duration_ms is not None:
                if duration_ms < ms:
                    ms = max(0, duration_ms)
                elif duration_ms - ms > short_ms and is_less(ms, duration_ms, tolerances):
                    doubtful.add(slot or "")
            if start_ms is not None:
                off_ms = start_ms - starts[number]
                if off_ms > near_ms or off_ms < -near_ms:
                    if source:
                        far[source] = far.get(source, 0) + 1
                    if abs(off_ms) > match_ms:
                        doubtful.add(slot or "")
            self._add(grade - _REPORTED, number, (ms, aired, start_ms))
        if not all(self._placed(row, start_ms, far, near_ms) for row, start_ms in open_ones):
            return None
        for source, many in far.items():
            if many >= FEWEST and self._may_be_shifted(source, zip(rows, said_starts, strict=True), many):
                return None
        for (grade, slot), listed in wholes.items():
            self._spread(grade - _REPORTED, slot, listed)
        shown = self._shown()
        last = max(
            (next(n for n in range(len(known) - 1, -1, -1) if known[n] >= 0) for known in shown if known), default=-1
        )
        return QuickClaims(
            shown=shown,
            last_ms=starts[last] if last >= 0 else 0,
            beside=self.beside,
            doubtful=self._all_doubtful(shown),
        )

    def _add(self, place: int, number: int, said: _Said) -> None:
        known = self.said[place]
        if not known:
            known += [None] * len(self.ready.planned)
        before = known[number]
        if before is None:
            known[number] = said
        else:
            self.again.setdefault((place, number), [before]).append(said)

    def _places_of(self, segment: str | None) -> list[int]:
        if self._places is None:
            self._places = {}
            for number, code in enumerate(self.ready.segments):
                self._places.setdefault(code, []).append(number)
        return self._places.get(segment or "", [])

    def _placed(self, row: Row, start_ms: int | None, far: dict[str | int, int], near_ms: int) -> bool:
        """Takes in a statement without a slot of the station; False: it may mean several things."""
        _, _, segment, grade, aired, duration_ms, _, source, _ = row
        if start_ms is None:
            self.beside = True
            return True
        ready = self.ready
        starts = ready.starts
        places = self._places_of(segment)
        if source and any(abs(each) > near_ms for each in self._offsets(row, start_ms)):
            far[source] = far.get(source, 0) + 1
        close = [number for number in places if abs(start_ms - starts[number]) <= self.tolerances.match_ms]
        if not close:
            self.beside = True
            return not aired or not any(_holds(each, start_ms) for each in ready.slots.values())
        number = close[0]
        known = self.said[grade - _REPORTED]
        if len(close) > 1 or (known and known[number] is not None):
            return False
        planned_ms = ready.planned[number]
        if aired and duration_ms is not None and is_less(planned_ms, duration_ms, self.tolerances):
            self.doubtful.add(ready.slot_of(number))
        ms = 0 if not aired else planned_ms if duration_ms is None else max(0, min(duration_ms, planned_ms))
        self._add(grade - _REPORTED, number, (ms, aired, start_ms))
        return True

    def _offsets(self, row: Row, start_ms: int | None) -> list[int]:
        """As `schedules.clock_shifts` counts them."""
        _, slot, segment, *_ = row
        if start_ms is None:
            return []
        places = self.ready.slots.get(slot) if slot is not None else None
        if places is None:
            farthest_ms = DAY_MS + self.tolerances.late_ms
            offsets = [start_ms - self.ready.starts[number] for number in self._places_of(segment)]
            return [each for each in offsets if abs(each) <= farthest_ms]
        if segment is None:
            return [start_ms - places.start_ms]
        number = places.numbers.get(segment)
        return [] if number is None else [start_ms - self.ready.starts[number]]

    def _may_be_shifted(self, source: str | int, said: Iterable[_Timed], far: int) -> bool:
        """Whether so many are off that they could outvote those that are right."""
        offsets_of = [found for row, start_ms in said if row[-2] == source and (found := self._offsets(row, start_ms))]
        late_ms = self.tolerances.late_ms
        right = sum(any(abs(each) <= late_ms for each in offsets) for offsets in offsets_of)
        return far >= max(FEWEST + right, -(-2 * len(offsets_of) // 3))

    def _spread(self, place: int, slot: str, said: Sequence[_Timed]) -> None:
        """Statements on a whole slot, where their grade says nothing of the item itself, or says otherwise."""
        ready = self.ready
        places = ready.slots[slot]
        known = self.said[place]
        numbers = []
        flags = set()
        for number in range(places.first, places.end):
            named = known[number] if known else None
            if named is None:
                numbers.append(number)
            else:
                flags |= {bool(each[1]) for each in self.again.get((place, number), (named,))}
        if flags and len(flags.union(bool(row[4]) for row, _ in said)) > 1:
            self.doubtful.add(slot)
        if not numbers:
            return
        for (*_, aired, duration_ms, _, _, _), start_ms in said:
            if aired and duration_ms is not None and is_less(places.length_ms, duration_ms, self.tolerances):
                self.doubtful.add(slot)
            if start_ms is not None and abs(start_ms - places.start_ms) > self.tolerances.match_ms:
                self.doubtful.add(slot)
            for number in numbers:
                ms = ready.planned[number]
                if not aired:
                    ms = 0
                elif duration_ms is not None:
                    ms = max(0, min(ms, duration_ms - (ready.starts[number] - places.start_ms)))
                self._add(place, number, (ms, aired, start_ms))

    def _shown(self) -> list[list[int]]:
        shown = [[-1 if said is None else said[0] for said in known] for known in self.said]
        for (place, number), listed in self.again.items():
            shown[place][number] = max(said[0] for said in listed)
        return shown

    def _all_doubtful(self, shown: Sequence[list[int]]) -> set[str]:
        doubtful, slot_of = self.doubtful, self.ready.slot_of
        doubtful |= {slot_of(number) for (_, number), listed in self.again.items() if self._disagree(listed)}
        for weaker, stronger in combinations(shown, 2):
            # Of all that say something, one shows nothing.
            if 0 in weaker or 0 in stronger:
                doubtful |= {
                    slot_of(number)
                    for number, (less, more) in enumerate(zip(weaker, stronger, strict=False))
                    if less >= 0 and more >= 0 and (less > 0) is not (more > 0)
                }
        for number in self.ready.doubted:
            told_ms = [known[number] for known in shown if known and known[number] >= 0]
            if told_ms and told_ms[-1] > 0:
                doubtful.add(slot_of(number))
        return doubtful

    def _disagree(self, listed: Sequence[_Said]) -> bool:
        shown = [said[0] for said in listed]
        starts = [said[2] for said in listed if said[2] is not None]
        apart = max(starts) - min(starts) if starts else 0
        return (
            len({bool(said[1]) for said in listed}) > 1
            or max(shown) - min(shown) > self.tolerances.short_ms
            or apart > self.tolerances.late_ms
        )


def _holds(places: SlotPlaces, instant_ms: int) -> bool:
    return places.start_ms <= instant_ms < places.start_ms + places.length_ms
