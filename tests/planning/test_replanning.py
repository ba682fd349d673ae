"""A published month planned again after something changed."""

import copy

import pytest

from tests.benchmarks.instances import CHANGES, perturb
from tests.checker import Report, check
from tests.checker.facts import Json
from tests.planning.cases import Case, instance_of, solve

CASES: list[Case] = [("easy", 1), ("relays", 1), ("two_columns", 1), ("must_airs", 1), ("maxima", 1), ("mixed", 5)]


def rank(report: Report) -> tuple[int, int]:
    return report.shortfall_ms, sum(report.missed.values())


def pinned(instance: Json, report: Report) -> Json:
    """The instance with every published slot that breaks nothing set by hand."""
    after = copy.deepcopy(instance)
    sound = {slot for _, slot in report.sound}
    after["locked"] = after.get("locked", []) + [s for s in after["published"]["slots"] if s["id"] in sound]
    return after


def judged(after: Json) -> Report:
    report = check(after, solve(after))
    assert report.breaks == []
    assert report.differences == []
    return report


@pytest.mark.parametrize("case", CASES, ids=str)
def test_after_a_change_no_rule_breaks_nothing_kept_is_lost_and_no_slot_moves_that_need_not(case: Case) -> None:
    instance = instance_of(case)
    plan = solve(instance)
    sound = rank(check(instance, plan)) == (0, 0)
    for change in CHANGES:
        after = perturb(instance, plan, seed=case[1], change=change) | {"replan": "least"}
        report = judged(after)
        if change == "none" and sound:
            assert report.sound_changed == []
        if report.sound_changed:
            # worth it only if leaving all of them as they were costs shortfall or must-airs
            left = check(after, solve(pinned(after, report)))
            assert left.breaks or rank(left) > rank(report), f"{change}: changed without need: {report.sound_changed}"


def test_a_plan_made_anew_freely_still_keeps_what_is_kept() -> None:
    instance = instance_of(("relays", 1))
    judged(perturb(instance, solve(instance), seed=1, change="withdraw") | {"replan": "free"})
