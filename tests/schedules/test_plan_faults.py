"""What of a plan the instance knows nothing of, named by its path."""

from typing import Any

import pytest
from msgspec.structs import replace

from schedules.exchange import InvalidPlan
from schedules.plan import Conflict, MustAirMissed, Plan, TermScores, Verdict
from schedules.plan_faults import check_plan
from schedules.planner import make_plan
from schedules.problem import Instance
from tests.schedules.builders import at, instance, published, slot


def plan_of(**given: Any) -> Plan:
    facts: dict[str, Any] = {
        "format": "loa-plan/1",
        "month": "2026-12",
        "slots": (slot(at(2)),),
        "verdicts": (),
        "terms": (),
        "must_air_missed": (),
        "conflicts": (),
        "uncovered": 0.0,
    }
    return Plan(**(facts | given))


def refusal(plan: Plan, whole: Instance) -> tuple[str, str]:
    with pytest.raises(InvalidPlan) as refused:
        check_plan(plan, whole)
    return refused.value.path, refused.value.problem


@pytest.mark.parametrize(
    ("given", "path", "problem"),
    [
        ({"month": "2026-11"}, "month", "other_month"),
        ({"slots": (slot(at(2)), slot(at(2), on="E"))}, "slots[1].station", "unknown_station"),
        ({"slots": (slot(at(2), column="d"),)}, "slots[0].column", "unknown_column"),
        ({"slots": (slot(at(2), [("s1", 110), ("z", 60)]),)}, "slots[0].items[1].segment", "unknown_segment"),
        ({"slots": (slot(at(2), relayed_from="E"),)}, "slots[0].relayed_from", "unknown_station"),
        ({"slots": (slot(at(2)), slot(at(3), code="D.20261202T0500"))}, "slots[1].id", "duplicate"),
        ({"slots": (slot(at(1, month=1, year=2027)),)}, "slots[0].start", "outside_month"),
        (
            {"verdicts": (Verdict(rule="r", station="D", required_ms=0, planned_ms=0, short_ms=0),)},
            "verdicts[0].rule",
            "unknown_rule",
        ),
        ({"terms": (TermScores(station="E", column="c", terms={}, cost=0),)}, "terms[0].station", "unknown_station"),
        (
            {"must_air_missed": (MustAirMissed(segment="z", station="D", missed=1),)},
            "must_air_missed[0].segment",
            "unknown_segment",
        ),
        (
            {"conflicts": (Conflict(slot="x", station="E", code="H1", what="empty"),)},
            "conflicts[0].station",
            "unknown_station",
        ),
    ],
)
def test_what_the_instance_does_not_know_is_refused(given: dict[str, Any], path: str, problem: str) -> None:
    assert refusal(plan_of(**given), instance()) == (path, problem)


def test_the_first_minute_of_the_month_at_utc_plus_7_is_in_it_and_the_one_before_is_not() -> None:
    check_plan(plan_of(slots=(slot(at(1, 0)),)), instance())
    assert refusal(plan_of(slots=(slot(at(30, 23, 59, month=11)),)), instance())[1] == "outside_month"


def test_a_segment_that_only_a_published_slot_has_may_stay() -> None:
    kept = slot(at(2), [("gone", 100)])
    check_plan(plan_of(slots=(kept,)), instance(published=published(kept)))
    check_plan(plan_of(slots=(kept,)), instance(locked=(replace(kept, locked=True),)))


def test_what_the_planner_makes_is_known() -> None:
    check_plan(make_plan(instance()), instance())
