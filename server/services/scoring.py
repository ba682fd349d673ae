"""What a plan is worth, from an instance and a plan alone: no database, nothing that a planner said of itself."""

from collections.abc import Sequence
from itertools import chain
from zoneinfo import ZoneInfo

from msgspec import Struct

from schedules.breaks import Break, violations
from schedules.evaluation import evaluate
from schedules.exchange import read_instance, read_plan
from schedules.plan import Conflict, MustAirMissed, Plan, TermScores, Verdict
from schedules.plan_faults import check_plan
from schedules.problem import Instance
from schedules.problem_index import ProblemIndex
from server.services.break_sentences import break_sentence
from server.services.naming import Names, slot_names


class BrokenConstraint(Struct, frozen=True, kw_only=True):
    """`code` H1 to H7; `slot` the one to name of `slots`, all that take part; `what` a stable word with `facts`."""

    code: str
    station: str
    slot: str
    what: str
    facts: list[str | int]
    slots: list[str]
    sentence: str


class PlanScore(Struct, frozen=True, kw_only=True):
    """`broken` empty: it is a plan. `verdicts` of minima and maxima; `mean_wishes` over stations with any wish."""

    month: str
    broken: list[BrokenConstraint]
    shortfall_ms: int
    must_airs_missed: int
    mean_wishes: float
    uncovered: float
    verdicts: list[Verdict]
    must_air_missed: list[MustAirMissed]
    terms: list[TermScores]
    conflicts: list[Conflict]


def score(instance: bytes, plan: bytes) -> PlanScore:
    """Of a `loa-instance/1` and a `loa-plan/1`. Raises InvalidInstance, InvalidPlan."""
    problem = read_instance(instance)
    answer = read_plan(plan)
    check_plan(answer, problem)
    index = ProblemIndex(problem)
    evaluation = evaluate(problem, answer.slots, index=index)
    return PlanScore(
        month=problem.month,
        broken=_broken(problem, answer, violations(problem, answer.slots, index=index)),
        shortfall_ms=evaluation.shortfall_ms,
        must_airs_missed=sum(each.missed for each in evaluation.must_air_missed),
        mean_wishes=evaluation.mean_wishes,
        uncovered=evaluation.uncovered,
        verdicts=list(evaluation.verdicts),
        must_air_missed=list(evaluation.must_air_missed),
        terms=list(evaluation.terms),
        conflicts=list(evaluation.conflicts),
    )


def _broken(problem: Instance, plan: Plan, found: Sequence[Break]) -> list[BrokenConstraint]:
    given = chain(problem.published.slots if problem.published else (), problem.locked, plan.slots)
    names = Names(slots=slot_names(given, ZoneInfo(problem.timezone)))
    return [
        BrokenConstraint(
            code=each.code,
            station=each.station,
            slot=each.slot,
            what=each.what,
            facts=list(each.facts),
            slots=list(each.slots),
            sentence=break_sentence(each, names),
        )
        for each in found
    ]
