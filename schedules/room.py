"""Whether a slot holding a segment could stand in an occurrence beside kept and relayed slots alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from schedules.instants import whole_minute
from schedules.laid_slots import LaidSlot, counted_by_period
from schedules.occurrences import Occurrence
from schedules.problem import Column, Rule, Segment
from schedules.problem_index import ProblemIndex, StationView

_MOST_SUMS = 4000
"""Different lengths of fillings that are looked at before giving up: an exact fit among more is not found."""


class Room:
    """Free room of a station beside `fixed`, its kept and relayed slots, sorted by start."""

    def __init__(self, index: ProblemIndex, view: StationView, fixed: list[LaidSlot]) -> None:
        self._index = index
        self._view = view
        self._fixed = fixed
        self._busy = [(each.start_ms, each.end_ms) for each in fixed]
        self._day_counts = Counter((each.slot.column, each.date) for each in fixed)
        self._airings: dict[str, list[LaidSlot]] = defaultdict(list)
        for each in fixed:
            for segment in each.counted:
                self._airings[segment.id].append(each)
        self._totals = {
            rule.id: {
                period: sum(total for _, total in slots)
                for period, slots in counted_by_period(rule, view, fixed).items()
            }
            for rule in view.max_rules
        }

    def has(self, segment: Segment, occurrence: Occurrence, not_before: int) -> bool:
        """Whether a slot with the segment, and others if the column's shortest slot asks for them, fits."""
        day = occurrence.date
        if not _valid(segment, day):
            return False
        codes = self._index.columns if segment.column is None else (segment.column,)
        for code in codes:
            column = self._index.columns[code]
            if self._day_counts[code, day] >= column.max_slots_per_day:
                continue
            if not self._may_air(segment, day, column):
                continue
            for start, end in self._gaps(occurrence, not_before):
                if self._fits(segment, day, column, start, end):
                    return True
        return False

    def _gaps(self, occurrence: Occurrence, not_before: int) -> Iterator[tuple[int, int]]:
        for first, last in occurrence.pieces:
            start = whole_minute(max(first, not_before))
            for busy_from, busy_to in self._busy:
                if busy_to <= start:
                    continue
                if busy_from >= last:
                    break
                if busy_from > start:
                    yield start, busy_from
                start = max(start, whole_minute(busy_to))
            if start < last:
                yield start, last

    def _may_air(self, segment: Segment, day: date, column: Column) -> bool:
        """H4, beside the fixed slots and the airings of other months."""
        there = self._airings.get(segment.id, [])
        columns = [each.column for each in there] + [column]
        if len(there) >= (segment.max_per_month or min(each.max_per_month for each in columns)):
            return False
        apart = segment.separation_days or max(each.separation_days for each in columns)
        if any(abs((each.date - day).days) < apart for each in there):
            return False
        apart = segment.separation_days or column.separation_days
        return all(abs((aired - day).days) >= apart for aired in self._view.aired.get(segment.id, ()))

    def _fits(self, segment: Segment, day: date, column: Column, start: int, end: int) -> bool:
        least = column.slot_min_ms - column.frame_ms
        most = min(column.slot_max_ms, end - start) - column.frame_ms
        if segment.duration_ms > most:
            return False
        if segment.duration_ms >= least:
            return self._within_maxima([segment], day, column, start)
        others = [
            other
            for other in self._index.eligible(self._view, column.code)
            if other.id != segment.id and _valid(other, day) and self._may_air(other, day, column)
        ]
        # a maximum may leave room for what it does not count only
        lists = [others]
        for rule in self._view.max_rules:
            if rule.column == column.code:
                lists.append([other for other in others if not self._counts(rule, other, start)])
                lists.append([other for other in lists[-2] if not self._counts(rule, other, start)])
        return any(
            self._within_maxima([segment, *chosen], day, column, start)
            for fillings in lists
            for chosen in self._fillings(fillings, least - segment.duration_ms, most - segment.duration_ms)
        )

    def _fillings(self, others: list[Segment], least: int, most: int) -> Iterator[list[Segment]]:
        """Sets of segments with a total between the bounds: each that does alone, then the shortest that are found."""
        # most ask for little more, and one segment is found in no time beside all the sums
        yield from ([other] for other in others if least <= other.duration_ms <= most)
        sums: dict[int, tuple[Segment, ...]] = {0: ()}
        for other in sorted(others, key=lambda each: (each.duration_ms, each.id)):
            for total, chosen in list(sums.items()):
                longer = total + other.duration_ms
                if longer <= most and longer not in sums:
                    sums[longer] = (*chosen, other)
            if len(sums) > _MOST_SUMS:
                break
        found = sorted(total for total in sums if total >= least)
        for total in found[:8]:
            yield list(sums[total])

    def _counts(self, rule: Rule, segment: Segment, start: int) -> bool:
        if rule.languages is not None and segment.language not in rule.languages:
            return False
        if rule.repeats:
            return True
        earlier = (each for each in self._airings.get(segment.id, ()) if each.start_ms < start)
        return not any(each.slot.column == rule.column and (rule.relayed or each.own) for each in earlier)

    def _within_maxima(self, chosen: Iterable[Segment], day: date, column: Column, start: int) -> bool:
        chosen = list(chosen)
        end = start + column.frame_ms + sum(segment.duration_ms for segment in chosen)
        for rule in self._view.max_rules:
            if rule.column != column.code:
                continue
            added = sum(segment.duration_ms for segment in chosen if self._counts(rule, segment, start))
            if not added:
                continue
            if rule.count_frame:
                added += column.frame_ms
            totals = self._totals[rule.id]
            for period in self._periods(rule, day, start, end):
                if totals.get(period, 0) + added > rule.ms:
                    return False
        return True

    def _periods(self, rule: Rule, day: date, start: int, end: int) -> list[tuple[str, str]]:
        if rule.period == "month":
            return [("month", "")]
        if rule.period == "day":
            return [("day", day.isoformat())]
        return [(each.session, each.date.isoformat()) for each in self._view.occurrences if each.holds(start, end)]


def _valid(segment: Segment, day: date) -> bool:
    return segment.valid_from <= day and (segment.valid_to is None or day <= segment.valid_to)
