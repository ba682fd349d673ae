"""An instance as small integers: what all stations' drafts look up in their inner loops.

Segments, columns, first-level topics and languages are numbered in the instance's order, dates from 0
on the first of the month. A set of dates is an integer whose bit d stands for date d.
"""

from bisect import bisect_right
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from schedules.instants import wall_ms
from schedules.problem import Column, Segment
from schedules.problem_index import ProblemIndex, age

if TYPE_CHECKING:
    from schedules.planner.arrays import SharedArrays


class Tables:
    """Numbers of one instance; lists are indexed by segment unless their name says otherwise."""

    def __init__(self, index: ProblemIndex) -> None:
        instance = index.instance
        self.index = index
        self.segments: tuple[Segment, ...] = instance.segments
        self.columns: tuple[Column, ...] = instance.columns
        self.segment_number = {segment.id: number for number, segment in enumerate(self.segments)}
        self.column_number = {column.code: number for number, column in enumerate(self.columns)}
        self.topic_number = {code: number for number, code in enumerate(index.topic_weight)}
        languages = dict.fromkeys(segment.language for segment in self.segments)
        for station in instance.stations:
            languages.update(dict.fromkeys(station.language_shares))
        self.language_number = {code: number for number, code in enumerate(languages)}
        self.dates = list(index.month.dates())
        self.day_number = {day: number for number, day in enumerate(self.dates)}
        self.midnights = [wall_ms(day, 0, index.zone) for day in self.dates]
        self.week = [index.weeks[day] for day in self.dates]
        self.weeks = max(self.week) + 1
        self.duration = [segment.duration_ms for segment in self.segments]
        self.topic = [self.topic_number[index.first_level[segment.topic]] for segment in self.segments]
        self.language = [self.language_number[segment.language] for segment in self.segments]
        self.urgent = [segment.priority == "urgent" for segment in self.segments]
        self.column = [
            -1 if segment.column is None else self.column_number[segment.column] for segment in self.segments
        ]
        self.valid = [self._valid_days(segment) for segment in self.segments]
        self.ages = [[age(day, segment.valid_from) for day in self.dates] for segment in self.segments]
        self.any_column = [
            segment.column is None and (segment.separation_days is None or segment.max_per_month is None)
            for segment in self.segments
        ]
        """Segments whose separation or limit depends on the columns that they air in."""

    @cached_property
    def shared(self) -> "SharedArrays":
        from schedules.planner.arrays import SharedArrays

        return SharedArrays(self)

    def _valid_days(self, segment: Segment) -> int:
        return self.days_between(segment.valid_from, segment.valid_to)

    def days_between(self, first: date, last: date | None) -> int:
        """The month's dates from first to last, both inclusive; None: to the end."""
        days = 0
        for number, day in enumerate(self.dates):
            if first <= day and (last is None or day <= last):
                days |= 1 << number
        return days

    def day_of(self, start_ms: int) -> int:
        """The number of the date that a moment of the month lies on."""
        return bisect_right(self.midnights, start_ms) - 1

    def separation(self, segment: int, column: int) -> int:
        return self.segments[segment].separation_days or self.columns[column].separation_days

    def limit(self, segment: int, column: int) -> int:
        return self.segments[segment].max_per_month or self.columns[column].max_per_month
