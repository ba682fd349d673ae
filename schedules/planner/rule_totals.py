"""Counted airtime of minimum and maximum rules, kept up to date while slots come and go."""

from schedules.laid_slots import LaidSlot
from schedules.occurrences import Occurrence
from schedules.planner.own_slots import OwnSlot
from schedules.planner.tables import Tables
from schedules.problem import Rule
from schedules.problem_index import StationView

Entry = tuple[int, bool, tuple[tuple[int, int], ...], int, int]
"""Start, whether the plan may change it, (segment, duration) of counted items, end, day."""


class RuleTotals:
    """One rule's counted airtime on a station; periods are 0 (month), the day, or (session, day) numbers.

    Where every airing counts, sums are kept as slots come and go; with `repeats` False the first airing in
    the month counts, so all is counted anew after each change.
    """

    def __init__(self, tables: Tables, view: StationView, rule: Rule, fixed: list[LaidSlot]) -> None:
        self.rule = rule
        self.column = tables.column_number[rule.column]
        self._tables = tables
        self.frame = tables.columns[self.column].frame_ms if rule.count_frame else 0
        languages = rule.languages
        self.counts = [languages is None or segment.language in languages for segment in tables.segments]
        self._occurrences = _by_day(tables, view.occurrences) if rule.period == "session" else []
        self.exact = not rule.repeats
        self.fixed_entries: list[Entry] = [
            self._fixed_entry(each) for each in fixed if each.slot.column == rule.column and (rule.relayed or each.own)
        ]
        self.totals: dict[int, int] = {}
        self.made: dict[int, int] = {}
        if not self.exact:
            for entry in self.fixed_entries:
                self._add(entry, 1)
        self.recount([])

    def _fixed_entry(self, each: LaidSlot) -> Entry:
        items = tuple(
            (self._tables.segment_number[segment.id], duration)
            for segment, duration in zip(each.counted, each.durations, strict=True)
            if self.counts[self._tables.segment_number[segment.id]]
        )
        return (each.start_ms, False, items, each.end_ms, self._tables.day_number[each.date])

    def _own_entry(self, slot: OwnSlot) -> Entry:
        duration = self._tables.duration
        items = tuple((segment, duration[segment]) for segment in slot.items if self.counts[segment])
        return (slot.start, True, items, slot.end, slot.day)

    def worth(self, items: tuple[int, ...]) -> int:
        """What a slot with these items counts, if every airing does."""
        duration, counts = self._tables.duration, self.counts
        total = sum(duration[segment] for segment in items if counts[segment])
        return total + self.frame if total else 0

    def periods(self, day: int, start: int, end: int) -> list[int]:
        if self.rule.period == "month":
            return [0]
        if self.rule.period == "day":
            return [day]
        return [number for number, occurrence in self._occurrences[day] if occurrence.holds(start, end)]

    def sessions_of(self, day: int) -> list[int]:
        """The periods of a date, for a maximum a session."""
        return [number for number, _ in self._occurrences[day]]

    def _add(self, entry: Entry, sign: int) -> None:
        start, own, items, end, day = entry
        total = sum(duration for _, duration in items)
        if total:
            for period in self.periods(day, start, end):
                added = sign * (total + self.frame)
                self.totals[period] = self.totals.get(period, 0) + added
                if own:
                    self.made[period] = self.made.get(period, 0) + added

    def add(self, slot: OwnSlot, sign: int) -> None:
        """Takes a slot in or out where every airing counts; else `recount` must follow."""
        if slot.column == self.column and not self.exact:
            self._add(self._own_entry(slot), sign)

    def recount(self, slots: list[OwnSlot]) -> None:
        """Counts first airings anew, in the order that verdicts do."""
        if not self.exact:
            return
        self.totals, self.made = {}, {}
        entries = self.fixed_entries + [self._own_entry(slot) for slot in slots if slot.column == self.column]
        entries.sort(key=lambda entry: entry[0])
        seen: set[int] = set()
        for start, own, items, end, day in entries:
            first = []
            for item in items:
                if item[0] not in seen:
                    seen.add(item[0])
                    first.append(item)
            if first:
                self._add((start, own, tuple(first), end, day), 1)

    def short(self) -> int:
        """Milliseconds that a minimum lacks."""
        return max(0, self.rule.ms - self.totals.get(0, 0))

    def admits(self, slot: OwnSlot) -> bool:
        """Whether a maximum that counts every airing holds with one more slot."""
        if slot.column != self.column or self.exact:
            return True
        added = self.worth(slot.items)
        return not added or all(
            self.totals.get(period, 0) + added <= self.rule.ms
            for period in self.periods(slot.day, slot.start, slot.end)
        )

    def holds(self) -> bool:
        """Whether no period with own counted airtime is above a maximum."""
        return all(self.totals[period] <= self.rule.ms for period, made in self.made.items() if made > 0)

    def headroom(self, day: int, start: int, end: int) -> int:
        """Milliseconds of counted airtime that a maximum that counts every airing leaves at a place."""
        if self.exact:
            return self.rule.ms
        used = [self.totals.get(period, 0) for period in self.periods(day, start, end)]
        return max(0, self.rule.ms - max(used, default=0))


def _by_day(tables: Tables, occurrences: tuple[Occurrence, ...]) -> list[list[tuple[int, Occurrence]]]:
    days: list[list[tuple[int, Occurrence]]] = [[] for _ in tables.dates]
    for number, occurrence in enumerate(occurrences):
        days[tables.day_number[occurrence.date]].append((number, occurrence))
    return days
