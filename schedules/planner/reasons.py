"""Why a minimum is missed: bounds that no plan of the station can pass, the binding ones named.

A bound below what is needed is a proof. What a bound is due to is found by taking it away: without the distance
between airings, or without the monthly limit, or with the dates that blackouts or the past took.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from msgspec.structs import replace

from schedules.breaks import slots_by_station
from schedules.instants import to_ms
from schedules.laid_slots import LaidSlot, counted_by_slot, lay
from schedules.occurrences import occurrences
from schedules.owed import owed_airings
from schedules.planner.rule_totals import RuleTotals
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables
from schedules.problem import Rule, Slot
from schedules.problem_index import ProblemIndex, StationView
from schedules.shortfall_reasons import (
    Dark,
    DarkDays,
    DaysPast,
    DoesNotCombine,
    Frozen,
    MaxRule,
    MonthlyLimit,
    MonthOver,
    NoOccurrence,
    NoRoom,
    NoSegments,
    NoSessions,
    NotEnoughSegments,
    Reason,
    RulesContradict,
    SegmentsTooLong,
    SegmentsTooShort,
    Separation,
    SessionsTooShort,
    SlotsPerDay,
    as_facts,
)


class Reasons:
    """Reasons of missed minima in a finished plan; called with (rule id, station)."""

    def __init__(self, index: ProblemIndex, slots: Iterable[Slot]) -> None:
        self._index = index
        self._slots = list(slots)
        self._by_station: dict[str, list[Slot]] | None = None
        self._tables: Tables | None = None

    def __call__(self, rule: str, station: str) -> tuple[dict[str, Any], ...]:
        if self._by_station is None or self._tables is None:
            self._by_station = slots_by_station(self._slots)
            self._tables = Tables(self._index)
        view = self._index.view(station)
        laid = lay(self._index, view, self._by_station.get(station, ()))
        missed = next(each for each in view.min_rules if each.id == rule)
        return tuple(as_facts(reason) for reason in binding_reasons(self._tables, view, laid, missed))


def binding_reasons(tables: Tables, view: StationView, laid: list[LaidSlot], rule: Rule) -> tuple[Reason, ...]:
    """Of `laid` only the kept and relayed slots are looked at. Only DoesNotCombine: no bound forbids the minimum."""
    return _Bounds(tables, view, laid, rule).reasons()


class _Bounds:
    """What can still be made for one minimum of a station beside its kept and relayed slots."""

    def __init__(self, tables: Tables, view: StationView, laid: list[LaidSlot], rule: Rule) -> None:
        fixed = [each for each in laid if each.fixed]
        self.tables = tables
        self.view = view
        self.rule = rule
        self.draft = StationDraft(tables, view, fixed, list(owed_airings(tables.index, view, fixed)), [])
        self.totals = RuleTotals(tables, view, rule, fixed)
        self.column = self.totals.column
        self.shape = tables.columns[self.column]
        self.needed = rule.ms - sum(total for _, total in counted_by_slot(rule, fixed))
        self.pool = self.draft.pools[self.column]
        self.counted = [segment for segment in self.pool if self.totals.counts[segment]]
        urgent = any(tables.urgent[segment] for segment in self.counted)
        # before the freeze only slots with something urgent are made
        self.from_ms = self.draft.now_ms if urgent else self.draft.freeze_ms
        self.free = [self.draft.free_length(day, self.from_ms) for day in range(len(tables.dates))]
        self.days = [day for day, free in enumerate(self.free) if free > 0]

    def reasons(self) -> tuple[Reason, ...]:
        if not self.days:
            return (self._nothing_left(),)
        contradictions = tuple(self._contradictions())
        if not self.counted:
            return (self._no_segments(), *contradictions)
        impossible = self._no_slot()
        if impossible is not None:
            return (impossible, *contradictions)
        frame = self.totals.frame * self.shape.max_slots_per_day * len(self.days)
        apart = self._supply(self.days) + frame
        room = sum(self._day_room(day, self.shape.max_slots_per_day) for day in self.days) + frame
        found: list[Reason] = [*self._of_supply(apart, frame)] if apart < self.needed else []
        if room < self.needed:
            found.append(NoRoom(available_ms=room, needed_ms=self.needed))
            if self._binding_slots_per_day():
                found.append(SlotsPerDay(most=self.shape.max_slots_per_day))
        if found:
            found += self._of_lost_days(apart - frame, short_of_room=room < self.needed)
        told = {each.rule for each in contradictions}
        for most in self.draft.maxima:
            left = _left(most, self.days) + (0 if most.rule.count_frame else frame)
            if most.column == self.column and left < self.needed and most.rule.id not in told and self._counts(most):
                found.append(MaxRule(rule=most.rule.id, available_ms=left, needed_ms=self.needed))
        return (*contradictions, *found) or (DoesNotCombine(needed_ms=self.needed),)

    def _nothing_left(self) -> Reason:
        index = self.tables.index
        month_end = to_ms(index.month.bounds(index.zone)[1])
        if index.now_ms >= month_end:
            return MonthOver()
        undisturbed = self._undisturbed()
        if not undisturbed:
            return NoSessions()
        if index.freeze_ms >= month_end:
            return Frozen()
        lost = [day for day in undisturbed - self.view.broadcast_dates if self._is_ahead(day)]
        return Dark(days=len(lost)) if lost else NoOccurrence()

    def _undisturbed(self) -> set[date]:
        """Broadcast dates without blackouts, exceptions aside that move."""
        index = self.tables.index
        moved = tuple(each for each in self.view.station.exceptions if each.start is not None and each.end is not None)
        calm = replace(self.view.station, blackouts=(), exceptions=moved)
        return {each.date for each in occurrences(calm, index.month, index.zone)}

    def _is_ahead(self, day: date) -> bool:
        number = self.tables.day_number[day]
        return number + 1 == len(self.tables.dates) or self.tables.midnights[number + 1] > self.from_ms

    def _no_segments(self) -> NoSegments:
        """Why none counts: each segment by the first that keeps it out."""
        station, languages = self.view.station, self.rule.languages
        column = language = meant = valid = 0
        for segment in self.tables.segments:
            if segment.column not in {None, self.rule.column}:
                column += 1
            elif segment.language not in station.languages or (
                languages is not None and segment.language not in languages
            ):
                language += 1
            elif segment.id not in self.view.meant:
                meant += 1
            else:
                valid += 1
        return NoSegments(
            column=self.rule.column,
            other_column=column,
            other_language=language,
            not_meant=meant,
            not_valid=valid,
            languages=languages or (),
        )

    def _no_slot(self) -> Reason | None:
        """Why no slot with a counted segment can be made at all, on any date."""
        duration, frame = self.tables.duration, self.shape.frame_ms
        shortest = min(duration[segment] for segment in self.counted)
        most, least = self.shape.slot_max_ms - frame, max(1, self.shape.slot_min_ms - frame)
        if shortest > most:
            return SegmentsTooLong(shortest_ms=shortest, most_ms=most)
        longest = max(self.free)
        if longest < frame + max(least, shortest):
            return SessionsTooShort(longest_ms=longest, least_ms=frame + max(least, shortest))
        fullest = max(sum(duration[segment] for segment in self._valid(day)) for day in self.days)
        if 0 < fullest < least:
            return SegmentsTooShort(total_ms=fullest, least_ms=least)
        return None

    def _valid(self, day: int) -> list[int]:
        return [segment for segment in self.pool if self.tables.valid[segment] >> day & 1]

    def _supply(self, days: list[int], *, apart: bool = True, limited: bool = True) -> int:
        """Milliseconds that segments can give on these days, with and without distance and monthly limit."""
        tables, draft, column = self.tables, self.draft, self.column
        total = 0
        for segment in self.counted:
            there = len(draft.airings.get(segment, ()))
            most = max(0, tables.limit(segment, column) - there) if limited else len(tables.dates)
            if self.totals.exact:
                most = min(most, 0 if there else 1)
            times, last = 0, None
            for day in days:
                if times >= most:
                    break
                if not tables.valid[segment] >> day & 1:
                    continue
                if apart:
                    if last is not None and day - last < tables.separation(segment, column):
                        continue
                    # what is there may stand in the way by its number too: that is the limit's affair
                    if limited and not draft.may_air(segment, day, column):
                        continue
                times, last = times + 1, day
            total += times * tables.duration[segment]
        return total

    def _of_supply(self, apart: int, frame: int) -> Iterator[Reason]:
        able = [segment for segment in self.counted if any(self.tables.valid[segment] >> day & 1 for day in self.days)]
        after, left = self._thinning()
        yield NotEnoughSegments(
            segments=len(able),
            available_ms=apart,
            needed_ms=self.needed,
            after=after,
            left=left,
            once=self.totals.exact,
        )
        if self._supply(self.days, apart=False) + frame >= self.needed:
            yield Separation(available_ms=apart, needed_ms=self.needed, days=self.shape.separation_days)
        if not self.totals.exact and self._supply(self.days, limited=False) + frame >= self.needed:
            yield MonthlyLimit(available_ms=apart, needed_ms=self.needed, times=self.shape.max_per_month)

    def _thinning(self) -> tuple[date | None, int]:
        """The last date after which fewer segments are valid than before, to the end of the month."""
        valid = self.tables.valid
        counts = [sum(valid[segment] >> day & 1 for segment in self.counted) for day in self.days]
        left = counts[-1]
        more = [number for number, count in enumerate(counts) if count > left]
        return (self.tables.dates[self.days[more[-1]]], left) if more else (None, left)

    def _day_room(self, day: int, slots_a_day: int) -> int:
        """The most content of a date, nothing where the free time or the valid segments make no slot."""
        duration, shape = self.tables.duration, self.shape
        longest = min(shape.slot_max_ms, self.free[day])
        valid = self._valid(day)
        if longest < shape.slot_min_ms or not valid:
            return 0
        content = longest - shape.frame_ms
        if content < min(duration[segment] for segment in valid):
            return 0
        slots = max(0, slots_a_day - self.draft.day_counts[self.column][day])
        return slots * content

    def _binding_slots_per_day(self) -> bool:
        """Whether a date has free time for one slot more than the column allows on it."""
        shape = self.shape
        least = max(shape.slot_min_ms, shape.frame_ms + min(self.tables.duration[each] for each in self.counted))
        for day in self.days:
            own = shape.max_slots_per_day - self.draft.day_counts[self.column][day]
            if self._valid(day) and self.free[day] >= (max(0, own) + 1) * least:
                return True
        return False

    def _of_lost_days(self, supply: int, *, short_of_room: bool) -> Iterator[Reason]:
        """Dates that would give more: those that blackouts took, and those that are past."""
        day_number = self.tables.day_number
        broadcast = self.view.broadcast_dates
        dark = sorted(day_number[day] for day in self._undisturbed() - broadcast if self._is_ahead(day))
        past = sorted(day_number[day] for day in broadcast if not self._is_ahead(day))
        for lost in (dark, past):
            if not lost or not (short_of_room or self._supply(sorted({*self.days, *lost})) > supply):
                continue
            if lost is dark:
                yield DarkDays(days=len(lost))
            else:
                yield DaysPast(days=len(lost), first=self.tables.dates[self.days[0]])

    def _contradictions(self) -> Iterator[RulesContradict]:
        """Maxima a month below the minimum that count all that it counts."""
        for most in self.view.max_rules:
            if most.period == "month" and most.ms < self.rule.ms and _counts_as_much(most, self.rule):
                yield RulesContradict(rule=most.id, most_ms=most.ms, least_ms=self.rule.ms)

    def _counts(self, most: RuleTotals) -> bool:
        """Whether the maximum counts every segment that the minimum does, so that what it leaves bounds both."""
        return all(most.counts[segment] for segment in self.counted) and (most.rule.repeats or self.totals.exact)


def _counts_as_much(most: Rule, least: Rule) -> bool:
    return (
        most.column == least.column
        and (most.languages is None or (least.languages is not None and set(least.languages) <= set(most.languages)))
        and (most.repeats or not least.repeats)
        and (most.relayed or not least.relayed)
        and (most.count_frame or not least.count_frame)
    )


def _left(most: RuleTotals, days: list[int]) -> int:
    """What a maximum leaves over the days, its sessions taken as one a day and more."""
    if most.rule.period == "month":
        return max(0, most.rule.ms - most.totals.get(0, 0))
    if most.rule.period == "day":
        return sum(max(0, most.rule.ms - most.totals.get(day, 0)) for day in days)
    return sum(max(0, most.rule.ms - most.totals.get(number, 0)) for day in days for number in most.sessions_of(day))
