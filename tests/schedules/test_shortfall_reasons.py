"""Each reason of a shortfall, from the smallest problem that has it."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from schedules.planner import make_plan
from schedules.planner.reasons import Reasons
from schedules.problem import Blackout, Instance, SessionException
from schedules.problem_index import ProblemIndex
from schedules.shortfall_reasons import read_reason
from tests.schedules.builders import at, column, instance, maximum, minimum, segment, session, slot, station


def reasons(problem: Instance, rule: str = "least") -> dict[str, dict[str, Any]]:
    """By code, beside nothing but what stays."""
    found = Reasons(ProblemIndex(problem), problem.locked)(rule, "D")
    assert all(read_reason(each) is not None for each in found)
    return {each["code"]: each for each in found}


def test_a_minimum_that_is_met_has_no_reason() -> None:
    [verdict] = make_plan(instance()).verdicts
    assert (verdict.short_ms, verdict.reasons) == (0, ())


def test_a_plan_carries_the_reasons_of_what_it_lacks() -> None:
    problem = instance(segments=(segment("a", 100),), rules=(minimum(3_600_000),))
    [verdict] = make_plan(problem).verdicts
    assert list(verdict.reasons) == list(reasons(problem).values())


def test_no_segment_at_all() -> None:
    assert reasons(instance(segments=())) == {"no_segments": {"code": "no_segments", "column": "c"} | _ZERO}


_ZERO: dict[str, Any] = {"other_column": 0, "other_language": 0, "not_meant": 0, "not_valid": 0, "languages": ()}


def test_segments_that_do_not_count_are_told_by_what_keeps_them_out() -> None:
    other = column("d")
    found = reasons(
        instance(
            columns=(column(), other),
            segments=(
                segment("a", column="d"),
                segment("b", language="rad"),
                segment("c", stations=()),
                segment("d", tiers=("commune",)),
                segment("e", valid_to=date(2026, 11, 30)),
            ),
        )
    )
    told = found["no_segments"]
    counts = {name: told[name] for name in ("other_column", "other_language", "not_meant", "not_valid")}
    assert counts == {"other_column": 1, "other_language": 1, "not_meant": 2, "not_valid": 1}


def test_a_rule_for_a_language_that_no_segment_has() -> None:
    found = reasons(
        instance(stations=(station(languages=("vi", "rad")),), rules=(minimum(60_000, languages=("rad",)),))
    )
    assert found["no_segments"]["languages"] == ("rad",)
    assert found["no_segments"]["other_language"] == 8


def test_a_station_without_sessions() -> None:
    assert list(reasons(instance(stations=(station(sessions=()),)))) == ["no_sessions"]


def test_a_station_that_is_dark_for_the_whole_month() -> None:
    dark = Blackout(from_time=at(1, 0), to_time=at(1, 0, month=1, year=2027))
    found = reasons(instance(stations=(station(blackouts=(dark,)),)))
    assert found == {"dark": {"code": "dark", "days": 31}}


def test_a_month_that_is_past() -> None:
    assert list(reasons(instance(now=at(3, month=1, year=2027)))) == ["month_over"]


def test_a_month_whose_rest_is_frozen() -> None:
    assert list(reasons(instance(now=at(31, 6)))) == ["frozen"]


def test_sessions_that_ended_before_now() -> None:
    ended = station(sessions=(session(to_date=date(2026, 12, 5)),))
    assert list(reasons(instance(stations=(ended,), now=at(10)))) == ["no_occurrence"]


def test_too_few_segments_are_left_from_a_date_on() -> None:
    problem = instance(
        segments=(
            segment("a", 100, valid_to=date(2026, 12, 12)),
            segment("b", 100, valid_to=date(2026, 12, 9)),
            segment("c", 100),
        ),
        rules=(minimum(3_600_000),),
    )
    told = reasons(problem)["not_enough_segments"]
    assert (told["segments"], told["after"], told["left"]) == (3, "2026-12-12", 1)
    assert told["available_ms"] == 1_200_000 < told["needed_ms"] == 3_600_000


def test_segments_that_count_once() -> None:
    problem = instance(segments=(segment("a", 100),), rules=(minimum(200_000, repeats=False),))
    assert reasons(problem)["not_enough_segments"]["once"] is True


@pytest.mark.parametrize(("limits", "code"), [((20, 31), "separation"), ((1, 1), "monthly_limit")])
def test_a_limit_is_named_where_without_it_there_would_be_enough(limits: tuple[int, int], code: str) -> None:
    apart, times = limits
    problem = instance(
        columns=(column(separation_days=apart, max_per_month=times),),
        segments=(segment("a", 100),),
        rules=(minimum(1_000_000),),
    )
    found = reasons(problem)
    assert {"separation", "monthly_limit"} & set(found) == {code}
    free = replace(problem, columns=(column(separation_days=1, max_per_month=31),))
    assert list(reasons(free)) == ["does_not_combine"]  # no bound forbids it any more


def test_all_segments_longer_than_any_slot() -> None:
    found = reasons(instance(segments=(segment("a", 1000), segment("b", 2000))))
    assert found == {"segments_too_long": {"code": "segments_too_long", "shortest_ms": 1_000_000, "most_ms": 875_000}}


def test_all_segments_together_shorter_than_any_slot() -> None:
    problem = instance(columns=(column(slot_min_ms=600_000),), segments=(segment("a", 100), segment("b", 100)))
    assert reasons(problem)["segments_too_short"]["total_ms"] == 200_000


def test_sessions_shorter_than_any_slot() -> None:
    problem = instance(stations=(station(sessions=(session(end="05:01"),)),))
    assert list(reasons(problem)) == ["sessions_too_short"]


def test_too_little_session_time_and_one_slot_a_day() -> None:
    problem = instance(
        columns=(column(max_slots_per_day=1, max_per_month=31, separation_days=1, slot_max_ms=300_000),),
        stations=(station(sessions=(session(weekdays=(1,)),)),),
        rules=(minimum(1_800_000),),
    )
    found = reasons(problem)
    assert found["no_room"]["available_ms"] == 4 * 275_000
    assert found["slots_per_day"]["most"] == 1


def test_blackouts_and_cancellations_that_take_the_room() -> None:
    dark = Blackout(from_time=at(1, 0), to_time=at(29, 0))
    problem = instance(
        stations=(
            station(blackouts=(dark,), exceptions=(SessionException(session="morning", date=date(2026, 12, 29)),)),
        ),
        rules=(minimum(3_600_000),),
    )
    assert reasons(problem)["dark_days"]["days"] == 29


def test_most_of_the_month_past() -> None:
    found = reasons(instance(now=at(28, 4), rules=(minimum(3_600_000),)))
    assert found["days_past"] == {"code": "days_past", "days": 28, "first": "2026-12-29"}


def test_a_maximum_below_the_minimum_is_a_contradiction() -> None:
    found = reasons(instance(rules=(minimum(900_000), maximum(600_000, "month"))))
    assert found == {
        "rules_contradict": {"code": "rules_contradict", "rule": "most", "most_ms": 600_000, "least_ms": 900_000}
    }


def test_a_maximum_of_a_date_that_leaves_too_little() -> None:
    found = reasons(instance(rules=(minimum(900_000), maximum(20_000, "day"))))
    assert found["max_rule"]["available_ms"] == 31 * 20_000


def test_a_maximum_that_does_not_count_what_the_minimum_does_is_no_reason() -> None:
    problem = instance(rules=(minimum(900_000), maximum(0, "month", languages=("rad",))), segments=())
    assert list(reasons(problem)) == ["no_segments"]


def test_limits_that_only_together_leave_too_little() -> None:
    problem = instance(
        columns=(column(slot_min_ms=300_000, slot_max_ms=301_000, separation_days=20, max_per_month=1),),
        segments=(segment("a", 200), segment("b", 70), segment("c", 150)),
        rules=(minimum(300_000),),
    )
    assert list(reasons(problem)) == ["does_not_combine"]


def test_what_stays_counts_before_what_is_needed() -> None:
    kept = slot(at(3), (("a", 100),), locked=True)
    problem = instance(segments=(segment("a", 100, max_per_month=2),), locked=(kept,), rules=(minimum(500_000),))
    told = reasons(problem)["not_enough_segments"]
    assert (told["needed_ms"], told["available_ms"]) == (400_000, 100_000)
