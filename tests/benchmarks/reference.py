"""One station's month by a monolithic CP-SAT model: what the planner is measured against.

The slots that the station relays and those that are kept are given. In order: least shortfall, fewest airings owed
and missed, fewest sound published slots changed (where the instance asks for least change), least cost of
the wishes. The model knows nothing of the planner; `seed` hands it a plan to begin with and to better.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from tests.benchmarks.reference_slots import Expression, Place, StationModel
from tests.benchmarks.reference_wishes import ColumnCost
from tests.checker.counting import counted
from tests.checker.facts import MINUTE_MS, Item, Slot, World
from tests.checker.hard import faults
from tests.checker.owed import missed_at
from tests.checker.wishes import aims, cost, terms


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Worth:
    """What the slots of a station are worth, the most important first; counted by the checker alone."""

    short_ms: int
    missed: int
    sound_changed: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`short_bound_ms`, `missed_bound`: no plan has less."""

    slots: list[Slot]
    worth: Worth
    short_bound_ms: int
    missed_bound: int
    seconds: float


class NoAnswer(Exception):
    """The solver found nothing in the time given."""


def fixed_slots(world: World, slots: Sequence[Slot]) -> list[Slot]:
    return [s for s in slots if s.id in world.kept or s.relayed_from is not None]


def sound_slots(world: World, station: str, fixed: Sequence[Slot]) -> list[Slot]:
    """Own published slots after the freeze that break nothing."""
    before = [
        s
        for s in world.published
        if s.station == station and s.start >= world.freeze and s.relayed_from is None and s.id not in world.kept
    ]
    broken = {s.id for fault in faults(world, station, [*fixed, *before]) for s in fault.slots} if before else set()
    return [s for s in before if s.id not in broken]


def worth(world: World, station: str, slots: Sequence[Slot]) -> Worth:
    fixed = fixed_slots(world, slots)
    short = sum(
        max(0, r["ms"] - sum(counted(world, r, slots).values()))
        for r in world.rules
        if r["kind"] == "min" and world.applies(r, station)
    )
    there = {s.content for s in slots}
    least = world.published and world.raw.get("replan", "least") == "least"
    changed = sum(s.content not in there for s in sound_slots(world, station, fixed)) if least else 0
    total = sum(cost(world, terms(world, station, column, slots)) for code, column in aims(world) if code == station)
    return Worth(
        short_ms=short,
        missed=sum(missed_at(world, station, slots, fixed).values()),
        sound_changed=changed,
        cost=total,
    )


def solve(
    world: World, station: str, slots: Sequence[Slot], *, seconds: float, seed: bool = False, workers: int = 8
) -> Answer:
    """`slots` are the station's in a plan: the kept and relayed among them are given, the own ones only where `seed`.

    Raises NoAnswer where no plan is found in time, and AssertionError where the checker finds a break in its own.
    """
    begun = time.monotonic()
    search = _Search(StationModel(world, station, fixed_slots(world, slots)), begun + seconds, workers)
    if seed:
        own = [s for s in slots if s not in search.about.fixed]
        search.note(own)
        search.values = _hint(search.about, own)
    bounds = search.first_things(seconds)
    search.wishes(seconds)
    if search.best is None:
        raise NoAnswer(station)
    return Answer(
        slots=[*search.about.fixed, *search.best],
        worth=search.best_worth,
        short_bound_ms=bounds[0],
        missed_bound=bounds[1],
        seconds=time.monotonic() - begun,
    )


class _Search:
    def __init__(self, about: StationModel, until: float, workers: int) -> None:
        self.about, self.until, self.workers = about, until, workers
        self.world = about.world
        self.values: dict[int, int] = {}
        """of variables by their number, in the plan that the next search begins with"""
        self.runs = 0
        self.improved = False
        self.best: list[Slot] | None = None
        self.best_worth = Worth(short_ms=0, missed=0, sound_changed=0, cost=0.0)

    @property
    def left(self) -> float:
        return self.until - time.monotonic()

    def note(self, own: list[Slot]) -> bool:
        """Keeps the slots if they are the best so far, and says so."""
        about = self.about
        answer = [*about.fixed, *own]
        new = {s.id for s in own}
        broken = [f for f in faults(self.world, about.station, answer) for s in f.slots if s.id in new]
        assert not broken, (about.station, broken)
        found = worth(self.world, about.station, answer)
        better = self.best is None or found < self.best_worth
        if better:
            self.best, self.best_worth = own, found
        return better

    def first_things(self, seconds: float) -> list[int]:
        """What comes before the wishes, each then held; how much of shortfall and airings missed none can avoid."""
        about = self.about
        least = self.world.raw.get("replan", "least") == "least"
        steps = [about.short_ms, about.missed, about.sound_changed if least else []]
        bounds = []
        for step in steps:
            bound = 0
            if step:
                solver = self.run(about.model, sum(step), seconds / 4)
                if solver is not None:
                    bound = round(solver.best_objective_bound)
                    about.model.add(sum(step) <= round(solver.objective_value))
            bounds.append(bound)
        return bounds

    def wishes(self, seconds: float) -> None:
        """Solves near the best plan found, again and again; nearer where the last went astray."""
        costs = [ColumnCost(self.about, column) for column in sorted(self.about.aimed)]
        points = [c.first_point() for c in costs]
        near = 0.25
        if self.values and costs:
            solver = self.run(self.about.model, sum(c.numerator + c.item_numerator for c in costs), 20, fixed=True)
            points = points if solver is None else [c.point(solver) for c in costs]
        while costs and self.left > 1 and near > 0.01:
            model = self.about.model.clone()
            begins = dict(self.values)
            if begins:
                for c, at in zip(costs, points, strict=True):
                    c.stay_near(model, at, near)
            aim = sum(c.cost_near(p) for c, p in zip(costs, points, strict=True))
            solver = self.run(model, aim, seconds / (6 if begins else 3))
            if solver is None:
                return
            if self.improved:
                points = [c.point(solver) for c in costs]
            elif solver.objective_value == solver.best_objective_bound:
                near /= 2
                self.values = begins
            else:
                self.values = begins

    def run(
        self, model: cp_model.CpModel, aim: Expression, seconds: float, *, fixed: bool = False
    ) -> cp_model.CpSolver | None:
        """None where nothing is found; `fixed`: completes the plan it begins with and looks no further."""
        model.clear_hints()
        for index, value in self.values.items():
            model.add_hint(model.get_int_var_from_proto_index(index), value)
        model.minimize(aim)
        self.runs += 1
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = max(1.0, min(seconds, self.left))
        solver.parameters.num_workers = self.workers
        solver.parameters.random_seed = self.runs
        solver.parameters.fix_variables_to_their_hinted_value = fixed
        if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        every = range(len(model.proto.variables))
        self.values = {n: solver.value(model.get_int_var_from_proto_index(n)) for n in every}
        self.improved = self.note(_slots(self.about, solver))
        return solver


def _hint(about: StationModel, own: Sequence[Slot]) -> dict[int, int]:
    """The given slots as values of the model's variables, as far as they are such as the model has."""
    world = about.world
    values: dict[int, int] = {}
    left = list(own)
    for place in about.places:
        if place.published is not None:
            same = next((s for s in left if s.content == place.published.content), None)
            values[place.used.index] = int(same is not None)
            if same is not None:
                left.remove(same)
    for place in about.places:
        if place.published is not None:
            continue
        date = place.date
        slot = next((s for s in left if s.column == place.column and world.date_of(s.start) == date), None)
        values[place.used.index] = int(slot is not None)
        there = {i.segment for i in slot.items} if slot else set()
        for code, x in place.items.items():
            values[x.index] = int(code in there)
        if slot is None:
            continue
        left.remove(slot)
        if place.starts is not None:
            values[place.starts.index] = (slot.start - world.at(date)) // MINUTE_MS
    return values


def _slots(about: StationModel, solver: cp_model.CpSolver) -> list[Slot]:
    found: list[Slot] = []
    taken: dict[int, int] = {}
    for place in about.places:
        if not solver.boolean_value(place.used):
            continue
        if place.published is not None:
            found.append(place.published)
            continue
        gap = next(gap for gap, chosen in place.choices if solver.boolean_value(chosen))
        if place.starts is None:
            start = taken.get(gap.start, gap.start)
        else:
            start = about.world.at(place.date) + solver.value(place.starts) * MINUTE_MS
        slot = _slot(about, place, start, [c for c, x in place.items.items() if solver.boolean_value(x)])
        taken[gap.start] = -(-slot.end // MINUTE_MS) * MINUTE_MS
        found.append(slot)
    return found


def _slot(about: StationModel, place: Place, start: int, codes: Sequence[str]) -> Slot:
    column = about.world.columns[place.column]
    items, at = [], int(column["opening_ms"])
    for code in codes:
        duration = about.world.segments[code].duration_ms
        items.append(Item(segment=code, start_ms=at, duration_ms=duration))
        at += duration
    return Slot(
        id=f"reference {about.station} {start}",
        station=about.station,
        column=place.column,
        start=start,
        length=at + int(column["closing_ms"]),
        items=tuple(items),
        relayed_from=None,
        locked=False,
    )
