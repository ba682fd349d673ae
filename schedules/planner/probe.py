"""Many segments weighed for one place at once: what each would make of a column's cost."""

from bisect import bisect

from schedules.planner.column_wishes import Airing, ColumnWishes


class Probe:
    """The cost of a column with some airings out and one more on a day, for any segment.

    Of topics and weeks the sum Σ weight × │airtime − share × total│ is piecewise linear in the total, so
    sums up to each of its corners are made once and a segment costs two look-ups and its own corrections.
    """

    def __init__(self, wishes: ColumnWishes, day: int, out: list[Airing], *, reached: bool) -> None:
        ages = wishes.ages
        for segment, at, passed_on in out:
            wishes.count(segment, at, -1, reached=passed_on)
        tables = wishes.tables
        self._duration, self._topic_of, self._language_of = tables.duration, tables.topic, tables.language
        self._age_of = tables.ages
        self._day = day
        self._reached = reached
        topics, spread, repetition, age, target, languages, reach, change = wishes.weights
        self._weights = (topics, spread, repetition, age, target, languages, reach)
        self._fixed = change * (1 - wishes.unchanged / wishes.published) if wishes.published else 0.0
        self._air, self._items, self._distinct = wishes.air, wishes.items, wishes.distinct
        self._ages, self._passed_on, self._target = wishes.ages, wishes.reached, wishes.target
        self._by_topic, self._by_language = list(wishes.by_topic), list(wishes.by_language)
        self._times = wishes.times
        self._out = {segment for segment, _, _ in out}
        self._gone = {segment for segment in self._out if not wishes.times[segment]}
        self._topic_share = dict(wishes.topic_wish)
        self._language_wish = wishes.language_wish
        week = tables.week[day]
        self._week_air = wishes.by_week[week]
        parts = [(topics, wishes.by_topic[topic], share) for topic, share in wishes.topic_wish]
        if wishes.broadcasts:
            self._week_share = dict(wishes.week_wish)[week]
            parts += [(spread, wishes.by_week[each], share) for each, share in wishes.week_wish]
        else:
            self._week_share = 0.0
            self._fixed += 2 * spread
            self._weights = (topics, 0.0, *self._weights[2:])
        self._corners(parts)
        for segment, at, passed_on in out:
            wishes.count(segment, at, 1, reached=passed_on)
        wishes.ages = ages

    def _corners(self, parts: list[tuple[float, int, float]]) -> None:
        """Where a part changes its sign, and the line (slope, offset) that holds up to the next corner."""
        slope = -sum(weight * share for weight, _, share in parts)
        offset = sum(weight * airtime for weight, airtime, _ in parts)
        self._at: list[float] = []
        self._lines = [(slope, offset)]
        for corner, weight, airtime, share in sorted(
            (airtime / share, weight, airtime, share) for weight, airtime, share in parts if share > 0
        ):
            slope += 2 * weight * share
            offset -= 2 * weight * airtime
            self._at.append(corner)
            self._lines.append((slope, offset))

    def cost(self, segment: int) -> float:
        """The column's cost with the segment on the day; to rounding what ColumnWishes.cost_if says."""
        topics, spread, repetition, age, target, languages, reach = self._weights
        duration = self._duration[segment]
        air = self._air + duration
        slope, offset = self._lines[bisect(self._at, air)]
        apart = slope * air + offset
        topic = self._topic_of[segment]
        share = self._topic_share.get(topic)
        if share is not None:
            gap = self._by_topic[topic] - share * air
            apart += topics * (abs(gap + duration) - abs(gap))
        gap = self._week_air - self._week_share * air
        apart += spread * (abs(gap + duration) - abs(gap))
        if self._language_wish:
            spoken = self._language_of[segment]
            for language, wish in self._language_wish:
                lack = wish * air - self._by_language[language]
                if language == spoken:
                    lack -= duration
                if lack > 0:
                    apart += languages * lack
        times = self._times[segment]
        new = times == 0 or segment in self._gone
        items = self._items + 1
        repeated = items - self._distinct - new
        total = (repetition * repeated + age * (self._ages + self._age_of[segment][self._day])) / items
        total += target * abs(air - self._target) / self._target
        passed_on = self._passed_on + duration if self._reached else self._passed_on
        return self._fixed + apart / air + total + reach * (1 - passed_on / air)
