"""Fine print 10: whether a slot holding a segment could stand in an occurrence.

"Beside kept and relayed slots alone": other items may fill the slot up to the column's shortest length.
Where two maxima each count only a part of the fillers and neither part holds the other, a filler counted by
one is taken as counted by both, so that room is denied rather than imagined.
"""

from collections.abc import Sequence
from itertools import pairwise

from tests.checker.counting import counted
from tests.checker.facts import MINUTE_MS, Json, Occurrence, Segment, Slot, World, without
from tests.checker.hard import airings, monthly_limit, separation


def has_room(world: World, segment: Segment, station: str, occurrence: Occurrence, fixed: Sequence[Slot]) -> bool:
    columns = [segment.column] if segment.column is not None else list(world.columns)
    return any(_Place(world, station, occurrence, fixed, column).holds(segment) for column in columns)


class _Place:
    """One new slot of a column in an occurrence, beside the station's kept and relayed slots."""

    def __init__(self, world: World, station: str, occurrence: Occurrence, fixed: Sequence[Slot], column: str) -> None:
        self.world = world
        self.station = station
        self.occurrence = occurrence
        self.fixed = fixed
        self.column = column
        self.heard = airings(world, fixed)

    def holds(self, segment: Segment) -> bool:
        about = self.world.columns[self.column]
        date = self.occurrence.date
        same_day = [s for s in self.fixed if s.column == self.column and self.world.date_of(s.start) == date]
        if len(same_day) + 1 > about["max_slots_per_day"] or not self._could_air(segment):
            return False
        earliest = self.world.now if segment.priority == "urgent" else self.world.freeze
        longest = min(int(about["slot_max_ms"]), longest_gap(self.occurrence, self.fixed, earliest))
        taken = self.world.frame_ms(self.column) + segment.duration_ms
        most, least = longest - taken, int(about["slot_min_ms"]) - taken
        if most < max(0, least):
            return False
        caps = [_Cap(self.world, rule, self.occurrence, self.fixed) for rule in self._maxima()]
        if not all(cap.take(segment) for cap in caps):
            return False
        if least <= 0:
            return True
        others = [
            s
            for s in self.world.segments.values()
            if s.id != segment.id and s.column in {None, self.column} and s.duration_ms <= most and self._could_air(s)
        ]
        return _can_fill(least, most, others, caps)

    def _could_air(self, segment: Segment) -> bool:
        """H3 and H4 of one more airing on the occurrence's date."""
        world, date = self.world, self.occurrence.date
        if not segment.valid_on(date) or not world.meant_for(segment, self.station):
            return False
        aired = self.heard.get(segment.id, [])
        columns = {slot.column for slot, _ in aired} | {self.column}
        days = separation(world, segment, columns)
        if any(abs((world.date_of(slot.start) - date).days) < days for slot, _ in aired):
            return False
        days = separation(world, segment, {self.column})
        elsewhere = world.aired.get((self.station, segment.id), ())
        if any(abs((other - date).days) < days for other in elsewhere):
            return False
        return len(aired) + 1 <= monthly_limit(world, segment, columns)

    def _maxima(self) -> list[Json]:
        return [
            rule
            for rule in self.world.rules
            if rule["kind"] == "max" and rule["column"] == self.column and self.world.applies(rule, self.station)
        ]


def longest_gap(occurrence: Occurrence, fixed: Sequence[Slot], earliest: int) -> int:
    """The longest slot that can start on a whole minute from `earliest` on, in what is free."""
    taken = sorted((s.start, s.end) for s in fixed)
    best = -1
    for piece in occurrence.pieces:
        for start, end in without(*piece, taken):
            first = -(-max(start, earliest) // MINUTE_MS) * MINUTE_MS
            best = max(best, end - first)
    return best


class _Cap:
    """What a maximum leaves for a new slot of the occurrence."""

    def __init__(self, world: World, rule: Json, occurrence: Occurrence, fixed: Sequence[Slot]) -> None:
        self.rule = rule
        parts = counted(world, rule, fixed)
        if rule["period"] == "session":
            parts = {s: ms for s, ms in parts.items() if occurrence.holds(s)}
        elif rule["period"] == "day":
            parts = {s: ms for s, ms in parts.items() if world.date_of(s.start) == occurrence.date}
        self.left: int = rule["ms"] - sum(parts.values())
        self.frame = world.frame_ms(rule["column"]) if rule.get("count_frame", False) else 0
        # A second airing adds nothing where repeats do not count; one before all others is the first.
        self.heard = {
            item.segment
            for slot in fixed
            for item in slot.items
            if not rule.get("repeats", True)
            and slot.column == rule["column"]
            and world.counts(slot, item)
            and (slot.relayed_from is None or rule.get("relayed", True))
            and (rule["period"] == "month" or slot.start < occurrence.start)
        }

    def counts(self, segment: Segment) -> bool:
        languages = self.rule.get("languages")
        return (languages is None or segment.language in languages) and segment.id not in self.heard

    def take(self, segment: Segment) -> bool:
        """Count the segment itself; False where the maximum has no room for it."""
        if not self.counts(segment):
            return True
        self.left -= segment.duration_ms + self.frame
        self.frame = 0
        return self.left >= 0


def _can_fill(least: int, most: int, fillers: Sequence[Segment], caps: Sequence[_Cap]) -> bool:
    """Whether some fillers sum to [least, most] and keep within each cap.

    Sums are the bits of an integer: fillers counted by the narrowest cap first, masked by it, and so on out.
    """
    groups: dict[frozenset[int], list[int]] = {}
    for filler in fillers:
        by = frozenset(n for n, cap in enumerate(caps) if cap.counts(filler))
        groups.setdefault(by, []).append(filler.duration_ms)
    partial = sorted(groups, key=lambda by: (-len(by), sorted(by)))
    if any(not later <= earlier for earlier, later in pairwise(partial)):
        every = frozenset(range(len(caps)))
        groups = {
            every: [d for by in partial if by for d in groups[by]],
            frozenset(): groups.get(frozenset(), []),
        }
        partial = [every, frozenset()]
    sums = 1
    for n, by in enumerate(partial):
        # within every cap that this group or a narrower one keeps: found, whatever else could be added
        safe = min([most, *(_left(caps[cap]) for cap in by)])
        for duration in groups[by]:
            sums |= sums << duration
            sums &= (1 << (most + 1)) - 1
            if safe >= least and (sums & ((1 << (safe + 1)) - 1)) >> least:
                return True
        still = partial[n + 1] if n + 1 < len(partial) else frozenset()
        for cap in by - still:
            sums &= ((1 << (_left(caps[cap]) + 1)) - 1) | 1
    return sums >> least != 0


def _left(cap: _Cap) -> int:
    """What fillers may add, the frame they bring taken off; -1 where nothing may be added."""
    return max(-1, cap.left - cap.frame)
