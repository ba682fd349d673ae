"""The mend that is named, done to the problem, makes the minimum met: judged by another reader from exported JSON."""

import json
from datetime import date
from typing import Any

import pytest

from schedules.exchange import read_instance, write_instance, write_plan
from schedules.mends import Found, Mend, apply, find_mends
from schedules.mends.steps import (
    ApproveSegments,
    BroadcastOn,
    LengthenSessions,
    LowerMinimum,
    RaiseMaximum,
    RaiseSlotsPerDay,
)
from schedules.plan import Plan
from schedules.planner import make_plan
from schedules.problem import Blackout, Instance, Segment
from tests.benchmarks.instances import generate
from tests.checker import Report, check
from tests.schedules.builders import at, column, instance, maximum, minimum, published, segment, session, slot, station


def judged(problem: Instance, plan: Plan) -> Report:
    report = check(json.loads(write_instance(problem)), json.loads(write_plan(plan)))
    assert report.ok, (report.breaks, report.differences)
    return report


def mended(problem: Instance, plan: Plan, rule: str = "least", code: str = "D") -> Found:
    """What is found, having been done and judged: the mend and each alternative."""
    before = judged(problem, plan)
    assert before.verdicts[rule, code].short_ms > 0
    found = find_mends(problem, plan.slots, code, rule)
    for mend in (found.mend, *found.alternatives):
        if mend is not None:
            changed = apply(problem, mend)
            after = judged(changed, make_plan(changed))
            assert after.verdicts[rule, code].short_ms == 0
            assert sum(after.missed.values()) <= sum(before.missed.values())
            for key, verdict in before.verdicts.items():
                if key[1] == code:
                    assert after.verdicts[key].short_ms <= verdict.short_ms
    return found


def empty_plan(problem: Instance) -> Plan:
    """As if nothing had been planned: quicker than a search that finds nothing."""
    from schedules.evaluation import as_plan, evaluate

    slots = problem.locked
    return as_plan(problem, slots, evaluate(problem, slots))


def step_of(found: Found) -> Any:
    assert found.mend is not None
    [step] = found.mend.steps
    return step


@pytest.mark.parametrize(
    ("kind", "seed", "segments", "rule", "station"),
    [
        ("few_segments", 2, 3, "III.4", "h000"),
        ("tight", 1, 12, "III.4", "h000"),
        ("narrow", 3, 2, "III.4", "h000"),
        ("no_repeats", 1, 3, "khac-nhau", "x001"),
    ],
)
def test_the_mend_of_a_generated_problem_mends_it(kind: str, seed: int, segments: int, rule: str, station: str) -> None:
    problem = read_instance(json.dumps(generate(seed, stations=2, segments=segments, kind=kind)).encode())
    found = mended(problem, make_plan(problem), rule, station)
    assert found.mend is not None


def test_the_fewest_segments_that_help_are_asked_for() -> None:
    problem = instance(segments=(segment("a", 180),), rules=(minimum(2_400_000),))
    found = mended(problem, empty_plan(problem))
    step = step_of(found)
    # 180 s, four times a month: 720 s of each; 2400 s need four of them, three of them new
    assert step == ApproveSegments(
        segments=3, duration_ms=180_000, column="c", topic="t1", language="vi", valid_from=date(2026, 12, 1)
    )
    one_less = Mend(steps=(ApproveSegments(**{**_fields(step), "segments": 2}),), size=2)
    [verdict] = make_plan(apply(problem, one_less)).verdicts
    assert verdict.short_ms > 0


def _fields(step: ApproveSegments) -> dict[str, Any]:
    return {name: getattr(step, name) for name in step.__struct_fields__}


def test_no_segment_at_all_asks_for_segments() -> None:
    problem = instance(segments=(), rules=(minimum(600_000),))
    found = find_mends(problem, (), "D", "least")
    assert isinstance(step_of(found), ApproveSegments)
    assert found.mend is not None
    changed = apply(problem, found.mend)
    assert judged(changed, make_plan(changed)).shortfall_ms == 0


def test_segments_longer_than_any_slot_ask_for_one_that_fits() -> None:
    problem = instance(segments=(segment("a", 1000), segment("b", 2000)), rules=(minimum(600_000),))
    step = step_of(mended(problem, empty_plan(problem)))
    assert isinstance(step, ApproveSegments)
    assert step.duration_ms <= 875_000


def test_sessions_shorter_than_any_segment_are_lengthened() -> None:
    problem = instance(columns=(column(slot_min_ms=180_000),), stations=(station(sessions=(session(end="05:02"),)),))
    found = mended(problem, empty_plan(problem))
    kinds = {type(step) for mend in (found.mend, *found.alternatives) if mend for step in mend.steps}
    assert LengthenSessions in kinds


def test_a_station_that_is_dark_is_asked_to_broadcast_on_the_fewest_dates() -> None:
    dark = Blackout(from_time=at(1, 0), to_time=at(1, 0, month=1, year=2027))
    problem = instance(stations=(station(blackouts=(dark,)),))
    step = step_of(mended(problem, empty_plan(problem)))
    assert step == BroadcastOn(station="D", dates=(date(2026, 12, 1),))


def test_too_few_slots_a_day_are_more_sessions_or_more_slots() -> None:
    problem = instance(
        columns=(column(max_slots_per_day=1, slot_max_ms=300_000),),
        stations=(station(sessions=(session(weekdays=(1,)),)),),
        rules=(minimum(1_800_000),),
        segments=tuple(segment(f"s{number}", 90) for number in range(12)),
    )
    found = mended(problem, empty_plan(problem))
    codes = {type(step).__name__ for mend in (found.mend, *found.alternatives) if mend for step in mend.steps}
    assert "OpenSession" in codes
    assert RaiseSlotsPerDay.__name__ in codes


def test_rules_that_contradict_each_other_are_brought_together() -> None:
    problem = instance(rules=(minimum(900_000), maximum(600_000, "month")))
    found = mended(problem, empty_plan(problem))
    assert step_of(found) == RaiseMaximum(rule="most", ms=900_000) or isinstance(step_of(found), LowerMinimum)
    steps = [step for mend in (found.mend, *found.alternatives) if mend for step in mend.steps]
    assert LowerMinimum(rule="least", ms=600_000) in steps
    assert any(isinstance(step, RaiseMaximum) for step in steps)


def test_what_no_single_change_mends_takes_several() -> None:
    dark = Blackout(from_time=at(1, 0), to_time=at(1, 0, month=1, year=2027))
    problem = instance(stations=(station(blackouts=(dark,)),), segments=(segment("a", 100, column="c", tiers=()),))
    found = mended(problem, empty_plan(problem))
    assert found.mend is not None
    assert [type(step) for step in found.mend.steps] == [ApproveSegments, BroadcastOn]


def test_a_plan_older_than_its_problem_is_only_planned_anew() -> None:
    problem = instance(published=published(slot(at(3), (("s1", 110),))))
    found = mended(problem, _as_published(problem))
    assert found.mend == Mend(steps=(), size=0)
    assert found.alternatives == ()


def _as_published(problem: Instance) -> Plan:
    from schedules.evaluation import as_plan, evaluate

    assert problem.published is not None
    return as_plan(problem, problem.published.slots, evaluate(problem, problem.published.slots))


@pytest.mark.parametrize("now", [at(3, month=1, year=2027), at(31, 6)])
def test_nothing_is_promised_for_a_month_that_is_past_or_frozen(now: Any) -> None:
    problem = instance(now=now)
    found = find_mends(problem, (), "D", "least")
    assert (found.mend, found.alternatives, found.tried) == (None, (), 0)


def test_where_nothing_helps_no_mend_is_named() -> None:
    # no topic: nobody could say what a new segment should be about, and nothing else is short
    problem = instance(segments=(), topics=())
    found = find_mends(problem, (), "D", "least")
    assert (found.mend, found.alternatives) == (None, ())


def test_the_same_problem_has_the_same_mend_and_progress_is_told() -> None:
    problem = instance(segments=(segment("a", 180),), rules=(minimum(1_200_000),))
    told: list[tuple[int, int]] = []
    first = find_mends(problem, (), "D", "least", progress=lambda done, most: told.append((done, most)))
    assert find_mends(problem, (), "D", "least") == first
    assert told[-1][0] == first.tried
    assert all(done <= most for done, most in told)


def test_names_of_new_segments_do_not_meet_others() -> None:
    problem = instance(segments=(segment("new-1", 100), segment("new-3", 100)))
    step = ApproveSegments(
        segments=2, duration_ms=60_000, column="c", topic="t1", language="vi", valid_from=date(2026, 12, 1)
    )
    changed: tuple[Segment, ...] = apply(problem, Mend(steps=(step,), size=2)).segments
    assert [each.id for each in changed] == ["new-1", "new-3", "new-2", "new-4"]


def test_a_relaying_station_is_mended_with_its_parents_slots_as_given() -> None:
    child = station("X", tier="commune", sessions=(session(relays="D"),))
    problem = instance(
        stations=(station(), child),
        segments=(segment("a", 120), segment("b", 120)),
        rules=(minimum(480_000, tiers=("district",)), minimum(2_400_000, "child", tiers=("commune",))),
    )
    plan = make_plan(problem)
    found = mended(problem, plan, "child", "X")
    assert isinstance(step_of(found), ApproveSegments)
