"""A published month planned again after something changed."""

import copy

import pytest

from tests.benchmarks.instances import CHANGES, perturb
from tests.checker import Report, check
from tests.checker.facts import Json
from tests.planning.cases import Case, instance_of, plan_of, solve

CASES: list[Case] = [
    ("easy", 3),
    ("relays", 1),
    ("two_columns", 2),
    ("languages", 4),
    ("separations", 3),
    ("must_airs", 2),
    ("maxima", 3),
    ("mixed", 5),
]


def rank(report: Report) -> tuple[int, int]:
    return report.shortfall_ms, sum(report.missed.values())


def pinned(instance: Json, report: Report) -> Json:
    """The instance with every published slot that breaks nothing set by hand."""
    after = copy.deepcopy(instance)
    sound = {slot for _, slot in report.sound}
    after["locked"] = after.get("locked", []) + [s for s in after["published"]["slots"] if s["id"] in sound]
    return after


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_after_a_change_no_rule_breaks_nothing_kept_is_lost_and_no_slot_moves_that_need_not(
    case: Case, change: str
) -> None:
    instance, plan = instance_of(case), plan_of(case)
    after = perturb(instance, plan, seed=case[1], change=change)
    again = solve(after)
    report = check(after, again)
    assert report.breaks == []
    assert report.differences == []
    if report.sound_changed:
        # worth it only if leaving all of them as they were costs shortfall or must-airs
        left = check(after, solve(pinned(after, report)))
        assert left.breaks or rank(left) > rank(report), f"changed without need: {report.sound_changed}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_published_and_sound_stays_when_nothing_changed(case: Case) -> None:
    instance, plan = instance_of(case), plan_of(case)
    before = check(instance, plan)
    after = perturb(instance, plan, seed=case[1], change="none")
    report = check(after, solve(after))
    if rank(before) == (0, 0):
        assert report.sound_changed == []


@pytest.mark.parametrize("case", CASES[:4], ids=str)
def test_a_free_plan_anew_still_keeps_what_is_kept(case: Case) -> None:
    instance, plan = instance_of(case), plan_of(case)
    after = perturb(instance, plan, seed=case[1], change="withdraw") | {"replan": "free"}
    report = check(after, solve(after))
    assert report.breaks == []
    assert report.differences == []
