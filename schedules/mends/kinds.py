"""Kinds of change that may mend a shortfall, each in rising amounts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from statistics import median

from msgspec.structs import replace

from schedules.instants import from_ms
from schedules.laid_slots import lay
from schedules.mends.steps import (
    ApproveSegments,
    BroadcastOn,
    ExtendValidity,
    LengthenSessions,
    LowerSeparation,
    LowerSlotMinimum,
    OpenSession,
    RaiseMaximum,
    RaiseMonthlyLimit,
    RaiseSlotMaximum,
    RaiseSlotsPerDay,
    Step,
)
from schedules.occurrences import occurrences
from schedules.problem import Instance, Rule, Segment, Session, Slot
from schedules.problem_index import ProblemIndex

_A_COLUMN, _A_RULE = 20, 40
"""What concerns every station counts so much more than what concerns one."""

_MOST_SEGMENTS = 60
_MINUTE_MS = 60_000
_ROUND_MS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`step` makes the change of an amount from 1 to `most`; its size is `base` and the amount."""

    step: Callable[[int], Step]
    most: int
    base: int = 0


class Kinds:
    """The kinds that are open to a station for a rule; `short_ms` is what its plan of `slots` lacks."""

    def __init__(self, instance: Instance, station: str, slots: tuple[Slot, ...], rule: str, short_ms: int) -> None:
        self.index = ProblemIndex(instance)
        self.view = self.index.view(station)
        self.station = self.view.station
        self.rule: Rule = next(each for each in self.view.min_rules if each.id == rule)
        self.column = self.index.columns[self.rule.column]
        self.slots = slots
        self.short_ms = short_ms
        first = from_ms(self.index.freeze_ms, self.index.zone).date()
        self.first = max(first, self.index.month.first_date)
        self.last = self.index.month.last_date

    def all(self) -> list[Kind]:
        """In the order in which equals are preferred."""
        if self.first > self.last:
            return []
        return [
            *self._approve(),
            *self._extend(),
            *self._broadcast(),
            *self._open(),
            *self._lengthen(),
            *self._column(),
            *self._maxima(),
        ]

    # segments

    def _approve(self) -> Iterator[Kind]:
        least = max(1, self.column.slot_min_ms - self.column.frame_ms)
        most = self.column.slot_max_ms - self.column.frame_ms
        language, topic = self._language(), self._topic()
        if most < 1 or language is None or topic is None:
            return
        duration = self._duration(least, min(most, max(self._longest_ms - self.column.frame_ms, least)))
        yield Kind(
            step=lambda amount: ApproveSegments(
                segments=amount,
                duration_ms=duration,
                column=self.column.code,
                topic=topic,
                language=language,
                valid_from=self.first,
            ),
            most=min(_MOST_SEGMENTS, -(-self.short_ms // duration) + 3),
        )

    def _duration(self, least: int, most: int) -> int:
        """As long as segments usually are here; what a slot or the free time takes at the most where that is less."""
        usual = median([each.duration_ms for each in self._fitting] or [3 * _MINUTE_MS])
        wanted = max(min(int(usual), most), min(least, most), 1)
        rounded = wanted // _ROUND_MS * _ROUND_MS
        if rounded < least:
            rounded = -(-wanted // _ROUND_MS) * _ROUND_MS
        return rounded if rounded <= most else min(-(-wanted // 1000) * 1000, most)

    @cached_property
    def _fitting(self) -> list[Segment]:
        return [
            each
            for each in self.index.eligible(self.view, self.column.code)
            if self.rule.languages is None or each.language in self.rule.languages
        ]

    @cached_property
    def _longest_ms(self) -> int:
        """The longest piece of an occurrence, filled or not."""
        return max((end - start for each in self.view.occurrences for start, end in each.pieces), default=0)

    def _language(self) -> str | None:
        """The one that the rule counts; of several the one that most segments here have."""
        spoken = [each for each in self.station.languages if self.rule.languages is None or each in self.rule.languages]
        there = Counter(each.language for each in self._fitting)
        return max(spoken, key=lambda each: there[each], default=None)

    def _topic(self) -> str | None:
        """The first-level topic that has least of what its weight asks for."""
        weights = self.index.topic_weight
        total = sum(weights.values()) or 1.0
        airtime: dict[str, int] = defaultdict(int)
        for each in lay(self.index, self.view, self.slots):
            for segment, duration in zip(each.counted, each.durations, strict=True):
                airtime[self.index.first_level[segment.topic]] += duration
        aired = sum(airtime.values()) or 1
        return max(weights, key=lambda topic: weights[topic] / total - airtime[topic] / aired, default=None)

    def _extend(self) -> Iterator[Kind]:
        """Those that end before the month does, the last to end first."""
        ending = [
            each
            for each in self.index.instance.segments
            if each.id in self.view.meant
            and each.column in {None, self.column.code}
            and (self.rule.languages is None or each.language in self.rule.languages)
            and each.valid_to is not None
            and each.valid_from <= each.valid_to < self.last
        ]
        ending.sort(key=lambda each: (-(each.valid_to or self.last).toordinal(), each.id))
        if ending:
            yield Kind(
                step=lambda amount: ExtendValidity(
                    segments=tuple(each.id for each in ending[:amount]), to_date=self.last
                ),
                most=len(ending),
            )

    # the station's times

    def _broadcast(self) -> Iterator[Kind]:
        """Dates that blackouts or cancellations took, the first first."""
        moved = tuple(each for each in self.station.exceptions if each.start is not None)
        calm = replace(self.station, blackouts=(), exceptions=moved)
        pieces: dict[date, int] = defaultdict(int)
        for each in occurrences(calm, self.index.month, self.index.zone):
            pieces[each.date] += sum(end - start for start, end in each.pieces)
        for each in self.view.occurrences:
            pieces[each.date] -= sum(end - start for start, end in each.pieces)
        dark = sorted(day for day, lost in pieces.items() if lost > 0 and day >= self.first)
        if dark:
            yield Kind(
                step=lambda amount: BroadcastOn(station=self.station.code, dates=tuple(dark[:amount])), most=len(dark)
            )

    def _open(self) -> Iterator[Kind]:
        """On one date, then on one weekday, on two, up to every day: at hours when nothing is on yet."""
        hours = self._hours()
        if hours is None:
            return
        start, end = hours
        busy = {day for session in self.station.sessions for day in session.weekdays}
        order = sorted(range(1, 8), key=lambda day: (day in busy, day))
        ahead = [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]
        one = next((day for day in ahead if day > self.first and day.isoweekday() not in busy), None)
        one = one or next((day for day in ahead if day > self.first), None)

        def step(amount: int) -> Step:
            if amount == 1 and one is not None:
                weekdays: tuple[int, ...] = (one.isoweekday(),)
                dates, first, last = 1, one, one
            else:
                weekdays = tuple(sorted(order[: amount - 1]))
                dates, first, last = sum(day.isoweekday() in weekdays for day in ahead), self.first, self.last
            return OpenSession(
                station=self.station.code,
                weekdays=weekdays,
                start=start,
                end=end,
                from_date=first,
                to_date=last,
                dates=dates,
            )

        if one is not None:
            yield Kind(step=step, most=8)

    def _hours(self) -> tuple[str, str] | None:
        """The hours of the longest session where a weekday is free of it, else others of the same length."""
        sessions = self.station.sessions
        wanted = max([_length(each) for each in sessions] + [-(-self.column.slot_max_ms // (5 * _MINUTE_MS)) * 5])
        days = {day for each in sessions for day in each.weekdays}
        if sessions and len(days) < 7:
            longest = max(sessions, key=lambda each: (_length(each), each.id))
            starts = [_minutes(longest.start)]
        else:
            starts = [300, 1020, 690, 1170, 480, 840, 0, 1260]
        taken = [(_minutes(each.start), _minutes(each.end)) for each in sessions]
        for start in starts:
            end = start + wanted
            if end <= 1440 and (len(days) < 7 or all(end <= first or last <= start for first, last in taken)):
                return _wall(start), _wall(end)
        return None

    def _lengthen(self) -> Iterator[Kind]:
        """Sessions that are shorter than the longest slot, those on most weekdays first."""
        needed = -(-self.column.slot_max_ms // (5 * _MINUTE_MS)) * 5
        starts = sorted(_minutes(each.start) for each in self.station.sessions)
        ends = []
        for session in sorted(self.station.sessions, key=lambda each: (-len(each.weekdays), each.id)):
            start = _minutes(session.start)
            next_start = next((each for each in starts if each > start), 1440)
            end = min(start + needed, next_start)
            if end > _minutes(session.end):
                ends.append((session.id, _wall(end)))
        if ends:
            yield Kind(
                step=lambda amount: LengthenSessions(station=self.station.code, ends=tuple(ends[:amount])),
                most=len(ends),
            )

    # the column's settings and the rules

    def _column(self) -> Iterator[Kind]:
        column, code = self.column, self.column.code
        yield Kind(
            step=lambda amount: RaiseSlotsPerDay(column=code, most=column.max_slots_per_day + amount),
            most=3,
            base=_A_COLUMN,
        )
        yield Kind(
            step=lambda amount: RaiseMonthlyLimit(column=code, times=column.max_per_month + amount),
            most=max(1, 31 - column.max_per_month),
            base=_A_COLUMN,
        )
        apart = max(
            [column.separation_days, *(each.separation_days or 1 for each in self._fitting)],
        )
        if apart > 1:
            yield Kind(
                step=lambda amount: LowerSeparation(column=code, days=apart - amount), most=apart - 1, base=_A_COLUMN
            )
        shortest = min((each.duration_ms for each in self._fitting), default=None)
        if shortest is None:
            return
        if shortest + column.frame_ms < column.slot_min_ms:
            yield Kind(
                step=lambda _amount: LowerSlotMinimum(column=code, ms=shortest + column.frame_ms),
                most=1,
                base=_A_COLUMN,
            )
        longest = max(each.duration_ms for each in self._fitting) + column.frame_ms
        if longest > column.slot_max_ms:
            yield Kind(
                step=lambda _amount: RaiseSlotMaximum(column=code, ms=-(-longest // _ROUND_MS) * _ROUND_MS),
                most=1,
                base=_A_COLUMN,
            )

    def _maxima(self) -> Iterator[Kind]:
        """Each in whole minutes, up to what the minimum asks for or the fullest date could hold."""
        for most in self.view.max_rules:
            if most.column != self.column.code:
                continue
            enough = max(self.rule.ms, self.column.max_slots_per_day * self.column.slot_max_ms)
            minutes = -(-(enough - most.ms) // _MINUTE_MS)
            if minutes > 0:
                yield Kind(step=self._raising(most), most=minutes, base=_A_RULE)

    @staticmethod
    def _raising(most: Rule) -> Callable[[int], Step]:
        # to whole minutes, as rules are written
        return lambda amount: RaiseMaximum(rule=most.id, ms=(most.ms // _MINUTE_MS + amount) * _MINUTE_MS)


def _minutes(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _length(session: Session) -> int:
    return _minutes(session.end) - _minutes(session.start)
