"""Many segments weighed for one place at once: what each would make of a column's cost."""

from bisect import bisect
from collections.abc import Iterable

from schedules.planner.column_wishes import Airing, ColumnWishes


class Probe:
    """The cost of a column with some airings out and one more on a day, for any segment.

    Of topics, weeks and languages the sums Σ weight × │airtime − share × total│ are piecewise linear in
    the total, so the line between any two corners is made once, and a segment costs one look-up and its
    own corrections.
    """

    def __init__(self, wishes: ColumnWishes, day: int, out: list[Airing], *, reached: bool) -> None:
        ages = wishes.ages
        for segment, at, passed_on in out:
            wishes.count(segment, at, -1, reached=passed_on)
        self._wishes = wishes
        self._day = day
        self._reached = reached
        topics, spread, _, _, _, languages, _, change = wishes.weights
        self._fixed = change * (1 - wishes.unchanged / wishes.published) if wishes.published else 0.0
        self._air, self._items, self._distinct = wishes.air, wishes.items, wishes.distinct
        self._ages, self._passed_on = wishes.ages, wishes.reached
        self._gone = {segment for segment, _, _ in out if not wishes.times[segment]}
        self._topic = {topic: (wishes.by_topic[topic], share) for topic, share in wishes.topic_wish}
        self._language = {language: (wishes.by_language[language], share) for language, share in wishes.language_wish}
        parts = [(topics, airtime, share) for airtime, share in self._topic.values()]
        week = wishes.tables.week[day]
        self._week_air, self._week_share, self._spread = wishes.by_week[week], 0.0, 0.0
        if wishes.broadcasts:
            self._week_share, self._spread = dict(wishes.week_wish)[week], spread
            parts += [(spread, wishes.by_week[each], share) for each, share in wishes.week_wish]
        else:
            self._fixed += 2 * spread
        # max(0, x) is (x + │x│) / 2: half of a language's lack is one more absolute part, half a line
        parts += [(languages / 2, airtime, share) for airtime, share in self._language.values()]
        self._corners(parts, languages / 2)
        for segment, at, passed_on in out:
            wishes.count(segment, at, 1, reached=passed_on)
        wishes.ages = ages

    def _corners(self, parts: list[tuple[float, int, float]], half: float) -> None:
        """Where a part changes its sign, and the line (slope, offset) that holds up to the next corner."""
        slope = -sum([weight * share for weight, _, share in parts])
        offset = sum([weight * airtime for weight, airtime, _ in parts])
        for airtime, share in self._language.values():
            slope += half * share
            offset -= half * airtime
        self._at: list[float] = []
        self._lines = [(slope, offset)]
        corners = [(airtime / share, weight, airtime, share) for weight, airtime, share in parts if share > 0]
        corners.sort()
        for corner, weight, airtime, share in corners:
            slope += 2 * weight * share
            offset -= 2 * weight * airtime
            self._at.append(corner)
            self._lines.append((slope, offset))

    def costs(self, segments: Iterable[int]) -> list[float]:
        """The column's cost with each of the segments on the day: to rounding what ColumnWishes.cost_if says."""
        wishes = self._wishes
        tables, target_ms, times = wishes.tables, wishes.target, wishes.times
        durations, topic_of, language_of, age_of = tables.duration, tables.topic, tables.language, tables.ages
        topics, _, repetition, age, target, languages, reach, _ = wishes.weights
        at, lines, gone, day = self._at, self._lines, self._gone, self._day
        week_air, week_share, spread = self._week_air, self._week_share, self._spread
        items = self._items + 1
        repeated = items - self._distinct
        costs = []
        for segment in segments:
            duration = durations[segment]
            air = self._air + duration
            slope, offset = lines[bisect(at, air)]
            apart = slope * air + offset
            wish = self._topic.get(topic_of[segment])
            if wish is not None:
                gap = wish[0] - wish[1] * air
                # │gap + duration│ − │gap│ by sign
                apart += topics * (duration if gap >= 0 else -duration if gap <= -duration else 2 * gap + duration)
            gap = week_air - week_share * air
            apart += spread * (duration if gap >= 0 else -duration if gap <= -duration else 2 * gap + duration)
            wish = self._language.get(language_of[segment])
            if wish is not None:
                lack = wish[1] * air - wish[0]
                if lack > 0:
                    apart -= languages * min(lack, duration)
            cost = self._fixed + apart / air + target * abs(air - target_ms) / target_ms
            new = times[segment] == 0 or segment in gone
            cost += (repetition * (repeated - new) + age * (self._ages + age_of[segment][day])) / items
            if reach:
                passed_on = self._passed_on + duration if self._reached else self._passed_on
                cost += reach * (1 - passed_on / air)
            costs.append(cost)
        return costs
