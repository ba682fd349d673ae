"""The wishes of a station and column, kept up to date while slots come and go."""

from schedules.evaluation_terms import topic_shares, week_shares
from schedules.laid_slots import LaidSlot
from schedules.planner.own_slots import OwnSlot
from schedules.planner.tables import Tables
from schedules.problem import Slot
from schedules.problem_index import StationView

Airing = tuple[int, int, bool]
"""Segment, day, and whether it lies where others relay the station."""


class ColumnWishes:
    """Sums over the counted items of a column from which `cost` computes the weighted terms."""

    def __init__(self, tables: Tables, view: StationView, column: int, published: list[Slot]) -> None:
        index = tables.index
        code = tables.columns[column].code
        self.tables = tables
        self.target = view.targets.get(code, 0.0)
        self.active = self.target > 0
        shares = topic_shares(index, view, code)
        self.topic_wish = [(tables.topic_number[topic], share) for topic, share in shares.items()]
        self.week_wish = list(week_shares(index, view).items())
        self.broadcasts = bool(view.broadcast_dates)
        self.language_wish = [
            (tables.language_number[language], share) for language, share in view.station.language_shares.items()
        ]
        self.relayed_on = view.reached is not None
        weights = index.instance.weights
        self.all_weights = (
            weights.topics,
            weights.spread,
            weights.repetition,
            weights.age,
            weights.target,
            weights.languages,
            weights.reach if self.relayed_on else 0.0,
            weights.change,
        )
        self.weights = (
            weights.topics / 2,
            weights.spread / 2,
            weights.repetition,
            weights.age,
            weights.target,
            weights.languages,
            weights.reach if self.relayed_on else 0.0,
            weights.change,
        )
        self.air = 0
        self.by_topic = [0] * len(tables.topic_number)
        self.by_week = [0] * tables.weeks
        self.by_language = [0] * len(tables.language_number)
        self.items = 0
        self.distinct = 0
        self.times = [0] * len(tables.segments)
        self.ages = 0.0
        self.reached = 0
        self.published = len(published)
        self.unchanged = 0

    def count_fixed(self, each: LaidSlot, *, reached: bool) -> None:
        """Takes a kept or relayed slot of the column into the sums."""
        tables = self.tables
        day = tables.day_number[each.date]
        for segment, duration in zip(each.counted, each.durations, strict=True):
            number = tables.segment_number[segment.id]
            self._count(number, day, duration, 1, reached=reached)

    def count(self, segment: int, day: int, sign: int, *, reached: bool) -> None:
        """Takes one airing in (`sign` 1) or out (-1)."""
        self._count(segment, day, self.tables.duration[segment], sign, reached=reached)

    def _count(self, segment: int, day: int, duration: int, sign: int, *, reached: bool) -> None:
        tables = self.tables
        signed = duration * sign
        self.air += signed
        self.by_topic[tables.topic[segment]] += signed
        self.by_week[tables.week[day]] += signed
        self.by_language[tables.language[segment]] += signed
        self.items += sign
        before = self.times[segment]
        self.times[segment] = before + sign
        if before == 0:
            self.distinct += 1
        elif before + sign == 0:
            self.distinct -= 1
        self.ages += tables.ages[segment][day] * sign
        if reached:
            self.reached += signed

    def count_slot(self, slot: OwnSlot, sign: int) -> None:
        for segment in slot.items:
            self.count(segment, slot.day, sign, reached=slot.reached)

    def cost(self) -> float:
        """The weighted sum of the terms; 0 for a column with neither minimum nor target."""
        if not self.active:
            return 0.0
        topics, spread, repetition, age, target, languages, reach, change = self.weights
        total = change * (1 - self.unchanged / self.published) if self.published else 0.0
        air = self.air
        if air <= 0:
            return total + 2 * topics + 2 * spread + target + reach + (languages if self.language_wish else 0.0)
        apart = 0.0
        by_topic = self.by_topic
        for topic, share in self.topic_wish:
            apart += abs(by_topic[topic] / air - share)
        total += topics * apart
        if self.broadcasts:
            apart = 0.0
            by_week = self.by_week
            for week, share in self.week_wish:
                apart += abs(by_week[week] / air - share)
            total += spread * apart
        else:
            total += 2 * spread
        if self.language_wish:
            short = 0.0
            for language, share in self.language_wish:
                gap = share - self.by_language[language] / air
                if gap > 0:
                    short += gap
            total += languages * short
        items = self.items
        total += (repetition * (items - self.distinct) + age * self.ages) / items
        total += target * abs(air - self.target) / self.target
        return total + reach * (1 - self.reached / air)

    def cost_if(self, out: list[Airing], into: list[Airing]) -> float:
        """The cost with some airings taken out and others in, without doing it."""
        ages = self.ages
        for segment, day, reached in out:
            self.count(segment, day, -1, reached=reached)
        for segment, day, reached in into:
            self.count(segment, day, 1, reached=reached)
        cost = self.cost()
        for segment, day, reached in into:
            self.count(segment, day, -1, reached=reached)
        for segment, day, reached in out:
            self.count(segment, day, 1, reached=reached)
        # the same sum again bit by bit: rounding must not depend on what was only tried
        self.ages = ages
        return cost
