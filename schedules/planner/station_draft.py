"""A station's plan in the making: own slots beside fixed ones, every hard constraint asked before a slot goes in."""

from bisect import insort
from collections.abc import Iterator
from itertools import pairwise
from operator import attrgetter

from schedules.evaluation_terms import is_reached
from schedules.instants import to_ms, whole_minute
from schedules.laid_slots import LaidSlot
from schedules.owed import Owed
from schedules.planner.column_wishes import ColumnWishes
from schedules.planner.own_slots import OwnSlot
from schedules.planner.rule_totals import RuleTotals
from schedules.planner.tables import Tables
from schedules.problem import Slot
from schedules.problem_index import StationView

Score = tuple[int, int, float]
"""Shortfall in milliseconds, owed airings missed, cost of the wishes: compared in this order."""

_by_start = attrgetter("start")


class StationDraft:
    """Mutable. `fixed` are kept and relayed slots, `owed` what their room leaves owed."""

    def __init__(
        self, tables: Tables, view: StationView, fixed: list[LaidSlot], owed: list[Owed], published: list[Slot]
    ) -> None:
        index = tables.index
        self.tables = tables
        self.view = view
        self.freeze_ms = whole_minute(index.freeze_ms)
        self.now_ms = whole_minute(index.now_ms)
        codes = [column.code for column in tables.columns]
        self.wishes = [
            ColumnWishes(tables, view, number, [slot for slot in published if slot.column == code])
            for number, code in enumerate(codes)
        ]
        self.minima = [RuleTotals(tables, view, rule, fixed) for rule in view.min_rules if rule.ms]
        self.maxima = [RuleTotals(tables, view, rule, fixed) for rule in view.max_rules]
        self.pools = [[tables.segment_number[segment.id] for segment in index.eligible(view, code)] for code in codes]
        self._eligible = [frozenset(pool) for pool in self.pools]
        self.slots: list[OwnSlot] = []
        self.by_day: list[list[OwnSlot]] = [[] for _ in tables.dates]
        self.day_counts = [[0] * len(tables.dates) for _ in codes]
        self.airings: dict[int, list[tuple[int, int]]] = {}
        self.cost = 0.0
        self._column_costs = [0.0] * len(codes)
        self._publish(published)
        self._block_aired()
        for each in fixed:
            self._lay_fixed(each)
        self.reached_gaps, self.gaps = self._free_gaps(fixed)
        self._owe(owed, fixed)
        for rule in (*self.minima, *self.maxima):
            rule.recount([])
        self._exact = [rule for rule in (*self.minima, *self.maxima) if rule.exact]
        self._recost(range(len(codes)))

    def _publish(self, published: list[Slot]) -> None:
        """What the term *change* counts as unchanged: the contents of published slots that can still be made."""
        self.published_contents: dict[tuple[int, int, tuple[int, ...]], int] = {}
        self._open_contents = [(slot.column, slot.start, slot.length_ms, slot.items) for slot in published]
        for slot in published:
            made = self.tables_slot(slot)
            if made is not None:
                self.published_contents[made.content] = self.published_contents.get(made.content, 0) + 1

    def tables_slot(self, slot: Slot, *, held: bool = False) -> OwnSlot | None:
        """A slot in numbers, None if its segments are unknown or its lengths are not what they should be."""
        tables = self.tables
        column = tables.column_number[slot.column]
        at = tables.columns[column].opening_ms
        items = []
        for item in slot.items:
            segment = tables.segment_number.get(item.segment)
            if segment is None or item.start_ms != at or item.duration_ms != tables.duration[segment]:
                return None
            items.append(segment)
            at += item.duration_ms
        if slot.length_ms != at + tables.columns[column].closing_ms:
            return None
        start = to_ms(slot.start)
        day = slot.start.astimezone(tables.index.zone).date()
        return self.make(column, tables.day_number[day], start, tuple(items), held=held)

    def make(self, column: int, day: int, start: int, items: tuple[int, ...], *, held: bool = False) -> OwnSlot:
        """A slot of these items at this start; not yet asked whether it may stand there."""
        end = start + self.length(column, items)
        return OwnSlot(column, day, start, end, items, is_reached(self.view, start, end), held)

    def length(self, column: int, items: tuple[int, ...]) -> int:
        duration = self.tables.duration
        return self.tables.columns[column].frame_ms + sum([duration[segment] for segment in items])

    def _block_aired(self) -> None:
        """Dates too near to airings of other months, by segment and column."""
        tables = self.tables
        self.blocked: dict[tuple[int, int], int] = {}
        first = tables.dates[0]
        for code, aired in self.view.aired.items():
            segment = tables.segment_number[code]
            for column in range(len(tables.columns)):
                apart = tables.separation(segment, column)
                days = 0
                for day in range(len(tables.dates)):
                    if any(abs(day - (at - first).days) < apart for at in aired):
                        days |= 1 << day
                self.blocked[segment, column] = days

    def _lay_fixed(self, each: LaidSlot) -> None:
        tables = self.tables
        column = tables.column_number[each.slot.column]
        day = tables.day_number[each.date]
        self.day_counts[column][day] += 1
        self.wishes[column].count_fixed(each, reached=is_reached(self.view, each.start_ms, each.end_ms))
        for segment in each.counted:
            self.airings.setdefault(tables.segment_number[segment.id], []).append((day, column))
        slot = each.slot
        key = (slot.column, slot.start, slot.length_ms, slot.items)
        if key in self._open_contents:
            self.wishes[column].unchanged += self._open_contents.count(key)
            self._open_contents = [other for other in self._open_contents if other != key]
            made = self.tables_slot(slot)
            if made is not None:
                # answered by the fixed slot: an own slot cannot stand there to answer it again
                self.published_contents.pop(made.content, None)

    def _free_gaps(self, fixed: list[LaidSlot]) -> tuple[list[list[tuple[int, int]]], list[list[tuple[int, int]]]]:
        """By day: where own slots may stand, and of that where others relay the station."""
        tables = self.tables
        gaps: list[list[tuple[int, int]]] = [[] for _ in tables.dates]
        busy = [(each.start_ms, each.end_ms) for each in fixed]
        for occurrence in self.view.occurrences:
            day = tables.day_number[occurrence.date]
            for first, last in occurrence.pieces:
                start = whole_minute(max(first, self.now_ms))
                for busy_from, busy_to in busy:
                    if busy_to <= start:
                        continue
                    if busy_from >= last:
                        break
                    if busy_from > start:
                        gaps[day].append((start, busy_from))
                    start = max(start, whole_minute(busy_to))
                if start < last:
                    gaps[day].append((start, last))
        if self.view.reached is None:
            return [[] for _ in gaps], gaps
        midnights = [*tables.midnights, tables.midnights[-1] + 2 * 86_400_000]
        reached: list[list[tuple[int, int]]] = []
        for day, free in enumerate(gaps):
            spans = [span for span in self.view.reached if midnights[day] <= span[0] < midnights[day + 1]]
            crossed = {
                (whole_minute(max(first, start)), min(last, end)) for first, last in spans for start, end in free
            }
            reached.append(sorted((start, end) for start, end in crossed if start < end))
        return reached, gaps

    def _owe(self, owed: list[Owed], fixed: list[LaidSlot]) -> None:
        tables = self.tables
        self.owed = owed
        self.answered = [
            each.answered(fixed, self.view.aired.get(each.segment.id, ()), tables.dates[0]) for each in owed
        ]
        self._owed_by_segment: dict[int, list[int]] = {}
        for number, each in enumerate(owed):
            self._owed_by_segment.setdefault(tables.segment_number[each.segment.id], []).append(number)

    def is_owed(self, segment: int) -> bool:
        return segment in self._owed_by_segment

    # the score

    def short(self) -> int:
        return sum([rule.short() for rule in self.minima])

    def missed(self) -> int:
        return sum([max(0, each.times - times) for each, times in zip(self.owed, self.answered, strict=True)])

    def score(self) -> Score:
        return (self.short(), self.missed(), self.cost)

    def _recost(self, columns: Iterator[int] | range | tuple[int, ...]) -> None:
        for column in columns:
            self._column_costs[column] = self.wishes[column].cost()
        self.cost = sum(self._column_costs)

    def others_cost(self, column: int) -> float:
        return self.cost - self._column_costs[column]

    # may it stand there?

    def may_air(self, segment: int, day: int, column: int) -> bool:
        """H3 and H4 of one more airing beside all that are there."""
        tables = self.tables
        if not tables.valid[segment] >> day & 1 or segment not in self._eligible[column]:
            return False
        if self.blocked and self.blocked.get((segment, column), 0) >> day & 1:
            return False
        there = self.airings.get(segment)
        return not there or self._may_repeat(segment, day, column, there)

    def _may_repeat(self, segment: int, day: int, column: int, there: list[tuple[int, int]]) -> bool:
        tables = self.tables
        if tables.any_column[segment]:
            return self._may_air_any(segment, day, column, there)
        if len(there) >= tables.limit(segment, column):
            return False
        apart = tables.separation(segment, column)
        return all(at - day >= apart or day - at >= apart for at, _ in there)

    def _may_air_any(self, segment: int, day: int, column: int, there: list[tuple[int, int]]) -> bool:
        """A segment of no column keeps the larger separation and the smaller limit of those it airs in."""
        tables = self.tables
        columns = {at for _, at in there} | {column}
        if len(there) >= min(tables.limit(segment, at) for at in columns):
            return False
        apart = max(tables.separation(segment, at) for at in columns)
        days = sorted([at for at, _ in there] + [day])
        return all(later - earlier >= apart for earlier, later in pairwise(days))

    def fits(self, slot: OwnSlot) -> bool:
        """Whether the slot, not yet in, breaks nothing (maxima of first airings apart: `put` looks at those)."""
        tables = self.tables
        column = tables.columns[slot.column]
        length = slot.end - slot.start
        if not slot.items or length < column.slot_min_ms or length > column.slot_max_ms:
            return False
        if self.day_counts[slot.column][slot.day] >= column.max_slots_per_day:
            return False
        if len(slot.items) > 1 and len(set(slot.items)) < len(slot.items):
            return False
        for segment in slot.items:
            if not self.may_air(segment, slot.day, slot.column):
                return False
        if slot.start < self.not_before(slot.items) or slot.start % 60_000:
            return False
        return self._stands_free(slot) and all(rule.admits(slot) for rule in self.maxima)

    def not_before(self, items: tuple[int, ...]) -> int:
        """The earliest start: now with an urgent segment, else the freeze."""
        urgent = self.tables.urgent
        return self.now_ms if any(urgent[segment] for segment in items) else self.freeze_ms

    def _stands_free(self, slot: OwnSlot) -> bool:
        start, end = slot.start, slot.end
        for other in self.by_day[slot.day]:
            if other.start < end and start < other.end:
                return False
        return any(first <= start and end <= last for first, last in self.gaps[slot.day])

    def starts(self, day: int, length: int, not_before: int) -> Iterator[int]:
        """Free starts on a date, first where others relay the station, the earliest of each gap."""
        taken = self.by_day[day]
        for first, last in (*self.reached_gaps[day], *self.gaps[day]):
            start = max(first, not_before)
            for other in taken:
                if other.end <= start:
                    continue
                if other.start >= start + length:
                    break
                start = -(-other.end // 60_000) * 60_000
            if start + length <= last:
                yield start

    def free_length(self, day: int, not_before: int) -> int:
        """The longest free span of a date, in milliseconds."""
        longest = 0
        for first, last in self.gaps[day]:
            start = max(first, not_before)
            for other in self.by_day[day]:
                if other.end <= start:
                    continue
                if other.start >= last:
                    break
                longest = max(longest, other.start - start)
                start = -(-other.end // 60_000) * 60_000
            longest = max(longest, last - start)
        return longest

    def placed(self, column: int, day: int, items: tuple[int, ...], before: int | None = None) -> OwnSlot | None:
        """A slot of these items somewhere on the date (starting before a moment), None if it fits nowhere."""
        if self.day_counts[column][day] >= self.tables.columns[column].max_slots_per_day:
            return None
        for start in self.starts(day, self.length(column, items), self.not_before(items)):
            if before is not None and start >= before:
                continue
            slot = self.make(column, day, start, items)
            if self.fits(slot):
                return slot
        return None

    # changes

    def add(self, slot: OwnSlot) -> None:
        self._move(slot, 1)
        self.slots.append(slot)
        insort(self.by_day[slot.day], slot, key=_by_start)
        for segment in slot.items:
            self.airings.setdefault(segment, []).append((slot.day, slot.column))
        self._settle(slot.column)

    def remove(self, slot: OwnSlot) -> None:
        self._move(slot, -1)
        self.slots.remove(slot)
        self.by_day[slot.day].remove(slot)
        for segment in slot.items:
            self.airings[segment].remove((slot.day, slot.column))
        self._settle(slot.column)

    def _move(self, slot: OwnSlot, sign: int) -> None:
        wishes = self.wishes[slot.column]
        wishes.count_slot(slot, sign)
        if self.published_contents and slot.content in self.published_contents:
            wishes.unchanged += sign * self.published_contents[slot.content]
        self.day_counts[slot.column][slot.day] += sign
        for rule in self.minima:
            rule.add(slot, sign)
        for rule in self.maxima:
            rule.add(slot, sign)
        if self._owed_by_segment:
            for segment in slot.items:
                for number in self._owed_by_segment.get(segment, ()):
                    if self.owed[number].from_ms <= slot.start < self.owed[number].until_ms:
                        self.answered[number] += sign

    def _settle(self, column: int) -> None:
        for rule in self._exact:
            rule.recount(self.slots)
        cost = self.wishes[column].cost()
        self._column_costs[column] = cost
        self.cost = sum(self._column_costs)

    def put(self, slot: OwnSlot) -> bool:
        """Adds the slot if it breaks nothing; says whether."""
        if not self.fits(slot):
            return False
        self.add(slot)
        if self._exact and not self.holds():
            self.remove(slot)
            return False
        return True

    def holds(self) -> bool:
        """Whether maxima of first airings hold: taking a slot out can break them too."""
        return all(rule.holds() for rule in self.maxima if rule.exact)

    def exchange(self, out: tuple[OwnSlot, ...], into: tuple[OwnSlot, ...]) -> bool:
        """Takes slots out and puts others in, wholly or not at all; says which."""
        for slot in out:
            self.remove(slot)
        done = []
        for slot in into:
            if not self.fits(slot):
                break
            self.add(slot)
            done.append(slot)
        if len(done) == len(into) and (not self._exact or self.holds()):
            return True
        self.undo(out, tuple(done))
        return False

    def undo(self, out: tuple[OwnSlot, ...], into: tuple[OwnSlot, ...]) -> None:
        """Takes back an exchange that was made."""
        for slot in reversed(into):
            self.remove(slot)
        for slot in out:
            self.add(slot)

    def try_exchange(self, out: tuple[OwnSlot, ...], into: tuple[OwnSlot, ...], *, worse_by: float = 0.0) -> bool:
        """Exchanges if the score does not get worse (of the wishes: by no more than `worse_by`)."""
        short, missed, cost = self.score()
        if not self.exchange(out, into):
            return False
        if self.score() <= (short, missed, cost + worse_by):
            return True
        self.undo(out, into)
        return False

    def restore(self, slots: list[OwnSlot]) -> None:
        """Goes back to these own slots, known to fit together."""
        keep = set(slots)
        for slot in list(self.slots):
            if slot not in keep:
                self.remove(slot)
        there = set(self.slots)
        for slot in slots:
            if slot not in there:
                self.add(slot)
