"""One station's problem cut out of the month's, to be planned again and again with something changed."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from schedules.breaks import relayed_slots, slots_by_station
from schedules.evaluation import evaluate
from schedules.laid_slots import lay
from schedules.narrowing import narrowed
from schedules.planner import make_plan
from schedules.planner.reasons import binding_reasons
from schedules.planner.station_plan import plan_station
from schedules.planner.tables import Tables
from schedules.problem import Instance, Slot
from schedules.problem_index import ProblemIndex, StationView, parents_of
from schedules.shortfall_reasons import DoesNotCombine, Reason

_TRIES = 60_000
"""Of the search in a trial: what the planner gives a station of a large province at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a station lacks: milliseconds by minimum, and owed airings."""

    short: dict[str, int]
    missed: int

    def mends(self, rule: str, before: "Standing") -> bool:
        """Whether the rule is met and nothing else is worse than before."""
        others = (self.short.get(each, 0) <= lacked for each, lacked in before.short.items() if each != rule)
        return self.short[rule] == 0 and self.missed <= before.missed and all(others)


class Trials:
    """Plans a station with changes; `instance` is the problem of the station alone.

    `before` is how it stands with the slots given; `done` counts plannings.
    """

    def __init__(self, instance: Instance, station: str, slots: Iterable[Slot]) -> None:
        slots = tuple(slots)
        self.station = station
        self.instance = alone(instance, station, slots)
        self.slots = tuple(slot for slot in slots if slot.station == station)
        self.done = 0
        evaluation = evaluate(
            self.instance, (*self.slots, *(slot for slot in self.instance.locked if slot.station != station))
        )
        self.before = Standing(
            short={each.rule: each.short_ms for each in evaluation.verdicts if each.station == station},
            missed=sum(each.missed for each in evaluation.must_air_missed if each.station == station),
        )

    def helps(self, rule: str, instance: Instance) -> bool:
        """Whether a plan of the changed problem meets the rule and makes nothing worse, by a short search."""
        index = ProblemIndex(instance)
        tables = Tables(index)
        view = index.view(self.station)
        fixed = self._fixed(index, view)
        if not _is_open(_reasons(tables, view, fixed, rule)):
            return False
        self.done += 1
        draft = plan_station(tables, view, fixed, _TRIES, 0)
        short = dict.fromkeys((each.id for each in view.min_rules), 0)
        short |= {totals.rule.id: totals.short() for totals in draft.minima}
        return Standing(short=short, missed=draft.missed()).mends(rule, self.before)

    def is_planned(self, rule: str, instance: Instance) -> bool:
        """The same of the plan that the planner makes in earnest."""
        self.done += 1
        plan = make_plan(instance)
        standing = Standing(
            short={each.rule: each.short_ms for each in plan.verdicts if each.station == self.station},
            missed=sum(each.missed for each in plan.must_air_missed if each.station == self.station),
        )
        return standing.mends(rule, self.before)

    def reasons(self, rule: str) -> tuple[Reason, ...]:
        """Why the rule can not be met as things are: DoesNotCombine where no bound forbids it."""
        index = ProblemIndex(self.instance)
        view = index.view(self.station)
        return _reasons(Tables(index), view, self._fixed(index, view), rule)

    def _fixed(self, index: ProblemIndex, view: StationView) -> list[Slot]:
        """Kept slots, and what the parents' slots make of the station's relaying sessions."""
        there = {(slot.relayed_from, slot.column, slot.start, slot.length_ms, slot.items) for slot in view.kept}
        relayed = []
        for slot, parent in relayed_slots(view, slots_by_station(index.instance.locked)):
            content = (parent, slot.column, slot.start, slot.length_ms, slot.items)
            if content not in there:
                there.add(content)
                relayed.append(
                    replace(slot, id=f"{slot.id}~{parent}", station=self.station, relayed_from=parent, locked=False)
                )
        return view.kept + relayed


def _reasons(tables: Tables, view: StationView, fixed: list[Slot], rule: str) -> tuple[Reason, ...]:
    asked = next(each for each in view.min_rules if each.id == rule)
    return binding_reasons(tables, view, lay(tables.index, view, fixed), asked)


def _is_open(reasons: tuple[Reason, ...]) -> bool:
    return all(isinstance(reason, DoesNotCombine) for reason in reasons)


def alone(instance: Instance, station: str, slots: tuple[Slot, ...]) -> Instance:
    """The station with its parents' slots as given, and without those who relay it."""
    own = next(each for each in instance.stations if each.code == station)
    there = {station, *parents_of(own)}
    smaller = replace(instance, stations=tuple(each for each in instance.stations if each.code in there))
    return narrowed(smaller, [station], slots).instance
