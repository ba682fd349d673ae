"""The wishes of a station and column as an objective, linear at a point.

The cost is a sum of N ÷ A and M ÷ n, with A the airtime, n the number of items, N and M linear in the slots. At a
point of them it is as good as (N - N0 ÷ A0 × A) ÷ A0 + (M - M0 ÷ n0 × n) ÷ n0 nearby, and exact at the point, so
that solving again at what was found goes on until nothing nearby is better. (One model with the ratios in it, by
bins or by products, finds plans twice as dear in the same time.)

Airtime is counted in tenths of a second and cost in ten-thousandths, which steers the solver; what a plan
really costs is counted from its slots by the checker.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from tests.benchmarks.reference_slots import Airing, Expression, StationModel
from tests.checker.wishes import target_ms, week_of

SHARES = 1_000
WEIGHTS = 10
UNIT = SHARES * WEIGHTS
"""Of one unit of cost: shares of the airtime are whole thousandths, weights whole tenths."""
PRECISION = 10_000_000


def tenths(ms: float) -> int:
    return round(ms / 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where the cost is made linear: airtime and items, and the ratios' values there in `UNIT`s."""

    airtime: int
    items: int
    by_airtime: float
    by_items: float


class ColumnCost:
    def __init__(self, about: StationModel, column: str) -> None:
        self.about, self.model, self.world, self.column = about, about.model, about.world, column
        self.weights = self.world.weights
        self.own = [a for a in about.airings if a.column == column]
        self.given = [
            (slot, item, self.world.segments[item.segment])
            for slot in about.fixed
            if slot.column == column
            for item in slot.items
            if self.world.counts(slot, item)
        ]
        self.target = tenths(target_ms(self.world, about.station, column))
        self.shares: dict[str, float] = self.world.stations[about.station].get("language_shares") or {}
        self.reached = about.station in self.world.relayers
        before = sum(tenths(item.duration_ms) for _, item, _ in self.given)
        most = before + sum(self._ds(a) for a in self.own)
        self.airtime = self.model.new_int_var(before, most, f"airtime of {column}")
        self.model.add(self.airtime == before + sum(self._ds(a) * a.literal for a in self.own))
        self.items = self.model.new_int_var(len(self.given), len(self.given) + len(self.own), f"items of {column}")
        self.model.add(self.items == len(self.given) + sum(a.literal for a in self.own))
        self.numerator = self._sum(sum([*self._topics(), *self._spread(), *self._languages(), *self._reach()]))
        self.item_numerator = self._sum(self._repetition_and_age())
        self.off_target = self._deviation(self.airtime - self.target, most + self.target)
        self.changed = sum(self._change())

    def _ds(self, airing: Airing) -> int:
        return tenths(self.about.ms(airing))

    def first_point(self) -> Point:
        """Nothing found yet: as if the target were met, at a price that makes silence dear."""
        durations = sorted(self._ds(a) for a in self.own) or [self.target]
        weights = self.weights
        return Point(
            airtime=self.target,
            items=max(1, round(self.target / durations[len(durations) // 2])),
            by_airtime=UNIT * (weights["topics"] + weights["spread"]) / 3,
            by_items=UNIT * weights["age"] / 3,
        )

    def point(self, solver: cp_model.CpSolver) -> Point:
        airtime, items = max(1, solver.value(self.airtime)), max(1, solver.value(self.items))
        return Point(
            airtime=airtime,
            items=items,
            by_airtime=solver.value(self.numerator) / airtime,
            by_items=solver.value(self.item_numerator) / items,
        )

    def stay_near(self, model: cp_model.CpModel, point: Point, share: float) -> None:
        """Keeps a clone of the model where the linear cost is a good one."""
        for value, at, least in ((self.airtime, point.airtime, 1_000), (self.items, point.items, 2)):
            away = max(least, round(share * at))
            model.add_linear_constraint(value, max(0, at - away), at + away)

    def cost_near(self, point: Point) -> Expression:
        """In `UNIT` × `PRECISION`; the fixed part is left out."""
        by_airtime = self.numerator - round(point.by_airtime) * self.airtime
        by_items = self.item_numerator - round(point.by_items) * self.items
        return (
            round(PRECISION / point.airtime) * by_airtime
            + round(PRECISION / point.items) * by_items
            + round(PRECISION * UNIT * self.weights["target"] / self.target) * self.off_target
            + PRECISION * self.changed
        )

    def _deviation(self, difference: Expression, most: int) -> cp_model.IntVar:
        away = self.model.new_int_var(0, most, "deviation")
        self.model.add(away >= difference)
        self.model.add(away >= -difference)
        return away

    def _sum(self, parts: Expression) -> cp_model.IntVar:
        """One variable for what many constraints ask for."""
        total = self.model.new_int_var(0, SHARES * 10_000_000_000, "sum")
        self.model.add(total == parts)
        return total

    def _apart(self, heard: Sequence[Expression], share: float, weight: float) -> Expression:
        """weight × ½ │heard − share × airtime│."""
        if not weight:
            return 0
        difference = SHARES * sum(heard) - round(SHARES * share) * self.airtime
        return round(weight * WEIGHTS / 2) * self._deviation(difference, SHARES * 10_000_000)

    def _topics(self) -> Iterator[Expression]:
        world, about = self.world, self.about
        eligible = {world.roots[s.topic] for s in about.segments if s.column in {None, self.column}}
        weights = {k: world.topic_weights[k] for k in eligible}
        total = sum(weights.values())
        heard: dict[str, list[Expression]] = defaultdict(list)
        for airing in self.own:
            heard[world.roots[world.segments[airing.segment].topic]].append(self._ds(airing) * airing.literal)
        for _, item, segment in self.given:
            heard[world.roots[segment.topic]].append(tenths(item.duration_ms))
        for topic in sorted(eligible):
            share = weights[topic] / total if total else 1 / len(eligible)
            yield self._apart(heard[topic], share, self.weights["topics"])

    def _spread(self) -> Iterator[Expression]:
        world = self.world
        days: dict[tuple[int, int], int] = defaultdict(int)
        for date in {o.date for o in world.occurrences[self.about.station]}:
            days[week_of(date)] += 1
        total = sum(days.values())
        heard: dict[tuple[int, int], list[Expression]] = defaultdict(list)
        for airing in self.own:
            heard[week_of(airing.date)].append(self._ds(airing) * airing.literal)
        for slot, item, _ in self.given:
            heard[week_of(world.date_of(slot.start))].append(tenths(item.duration_ms))
        for week in sorted(days.keys() | heard.keys()):
            if total:
                yield self._apart(heard[week], days[week] / total, self.weights["spread"])
        if not total:
            yield round(self.weights["spread"] * UNIT) * self.airtime

    def _languages(self) -> Iterator[Expression]:
        world = self.world
        for language, share in self.shares.items():
            heard = sum(self._ds(a) * a.literal for a in self.own if world.segments[a.segment].language == language)
            heard += sum(tenths(item.duration_ms) for _, item, segment in self.given if segment.language == language)
            lacking = self.model.new_int_var(0, SHARES * 10_000_000, f"lacking {language}")
            self.model.add(lacking >= round(SHARES * share) * self.airtime - SHARES * heard)
            yield round(self.weights["languages"] * WEIGHTS) * lacking

    def _reach(self) -> Iterator[Expression]:
        """Airtime in slots that nobody relays."""
        if not self.reached:
            return
        world, weight = self.world, round(self.weights["reach"] * UNIT)
        theirs = [o for some in world.relayers[self.about.station].values() for o in some]
        unheard = sum(
            tenths(item.duration_ms) for slot, item, _ in self.given if not any(o.holds(slot) for o in theirs)
        )
        yield weight * unheard
        for place in self.about.places:
            if place.column != self.column:
                continue
            filled = sum(tenths(world.segments[code].duration_ms) * x for code, x in place.items.items())
            reaching = [chosen for gap, chosen in place.choices if gap.reach]
            if not reaching:
                yield weight * filled
            elif len(reaching) < len(place.choices):
                unrelayed = self.model.new_int_var(
                    0, tenths(world.columns[self.column]["slot_max_ms"]) + 100, "unheard"
                )
                for gap, chosen in place.choices:
                    if not gap.reach:
                        self.model.add(unrelayed >= filled).only_enforce_if(chosen)
                yield weight * unrelayed

    def _repetition_and_age(self) -> Expression:
        world, weights = self.world, self.weights
        given = {segment.id for _, _, segment in self.given}
        distinct: list[Expression] = [len(given)]
        by_segment: dict[str, list[Airing]] = defaultdict(list)
        for airing in self.own:
            by_segment[airing.segment].append(airing)
        for code, some in by_segment.items():
            if code not in given:
                heard = self.model.new_bool_var(f"{code} airs")
                self.model.add_bool_or([*(a.literal for a in some), ~heard])
                distinct.append(heard)
        old: list[Expression] = []
        for airing in self.own:
            days = (airing.date - world.segments[airing.segment].valid_from).days
            old.append(round(weights["age"] * UNIT * max(0.0, min(1.0, days / 28))) * airing.literal)
        for slot, _, segment in self.given:
            days = (world.date_of(slot.start) - segment.valid_from).days
            old.append(round(weights["age"] * UNIT * max(0.0, min(1.0, days / 28))))
        return round(weights["repetition"] * UNIT) * (self.items - sum(distinct)) + sum(old)

    def _change(self) -> Iterator[Expression]:
        """Published slots that may stay are places of the model; of the others some stay as relayed ones."""
        world, about = self.world, self.about
        before = [
            s
            for s in world.published
            if s.station == about.station and s.column == self.column and s.start >= world.freeze
        ]
        there = {s.content for s in about.fixed}
        places = {p.published.id: p for p in about.places if p.published is not None}
        for slot in before:
            weight = round(self.weights["change"] * UNIT / len(before))
            if slot.id in places:
                yield weight * (1 - places[slot.id].used)
            elif slot.content not in there:
                yield weight
