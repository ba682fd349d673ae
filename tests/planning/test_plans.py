"""Plans of many kinds of months, judged by a checker that shares no code with the planner."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.checker import check
from tests.checker.facts import Json, World, slot_of
from tests.planning.cases import CASES, Case, instance_of, solve, solve_bytes
from tests.planning.search import as_json, better, worth

SCHEMA = Draft202012Validator(json.loads((Path(__file__).parents[2] / "schedules" / "plan.schema.json").read_bytes()))
SOME: list[Case] = [("relays", 1), ("must_airs", 1), ("urgent_now", 1), ("mixed", 4)]
EFFORT = 800
"""States × choices that the search for a better plan looks at on each date."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_plan_breaks_no_rule_states_what_a_second_count_finds_and_leaves_nothing_avoidable(case: Case) -> None:
    instance = instance_of(case)
    plan = solve(instance)
    assert [error.message for error in SCHEMA.iter_errors(plan)] == []
    report = check(instance, plan)
    assert report.breaks == []
    assert report.differences == []
    assert_nothing_avoidable(World(instance), plan)


def assert_nothing_avoidable(world: World, plan: Json) -> None:
    """A station's better plan, where the search finds one, is shown: it is the proof."""
    slots = [slot_of(raw) for raw in plan["slots"]]
    for station in world.stations:
        theirs = [s for s in slots if s.station == station]
        found = better(world, station, theirs, EFFORT)
        if found is not None:
            new = [as_json(world, s) for s in found if s not in theirs]
            pytest.fail(
                f"{station}: (short, missed) {worth(world, station, theirs)}, "
                f"but {worth(world, station, found)} with {json.dumps(new)}"
            )


@pytest.mark.parametrize("case", SOME, ids=str)
def test_the_same_instance_gives_the_same_bytes(case: Case) -> None:
    assert solve_bytes(instance_of(case)) == solve_bytes(instance_of(case))
