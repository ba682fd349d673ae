"""Each hard constraint: what breaks it, what just does not, and what is only a conflict."""

from datetime import date
from typing import Any

import pytest

from schedules.breaks import violations
from schedules.evaluation import evaluate
from schedules.problem import Airing, Instance, Item, Slot
from tests.schedules.builders import at, column, instance, maximum, published, segment, session, slot, station

SEGMENTS = (segment("a", 100), segment("b", 300), segment("e", 100, language="ede"))
A, B = ("a", 100), ("b", 300)


def problem(**given: Any) -> Instance:
    return instance(**({"segments": SEGMENTS} | given))


def broken(*slots: Slot, **given: Any) -> list[tuple[str, str]]:
    return [(each.code, each.what) for each in violations(problem(**given), slots)]


def conflicts(*slots: Slot, **given: Any) -> list[tuple[str, str]]:
    found = evaluate(problem(**given), slots).conflicts
    return [(each.slot, each.code) for each in found]


def test_slots_that_keep_everything_break_nothing() -> None:
    assert broken(slot(at(1), [A]), slot(at(1, 5, 3), [B]), slot(at(3), [A, B])) == []


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (at(1, 4, 59), [("H1", "outside_sessions")]),
        (at(1, 5), []),
        (at(1, 6, 27), []),
        (at(1, 6, 28), [("H1", "outside_sessions")]),
        (at(1).replace(second=30), [("H1", "not_on_a_minute")]),
    ],
)
def test_h1_a_slot_lies_within_a_session_on_a_whole_minute(start: Any, what: list[tuple[str, str]]) -> None:
    assert broken(slot(start, [A])) == what


def test_h1_slots_do_not_overlap_relayed_ones_included() -> None:
    stations = (station("D"), station("C", sessions=(session(relays="D"),)))
    slots = [slot(at(1), [A]), slot(at(1), [A], on="C", relayed_from="D"), slot(at(1, 5, 1), [B], on="C")]
    assert broken(*slots, stations=stations) == [("H1", "overlap")]


def test_h1_a_slot_ends_where_the_last_session_of_the_month_ends() -> None:
    stations = (station(sessions=(session(start="23:00", end="24:00"),)),)
    exact = slot(at(31, 23, 53), [("b", 300), ("c", 95)])
    segments = (*SEGMENTS, segment("c", 95))
    assert broken(exact, stations=stations, segments=segments) == []
    assert broken(slot(at(31, 23, 54), [("b", 300), ("c", 95)]), stations=stations, segments=segments) == [
        ("H1", "outside_sessions")
    ]


def test_h2_shape_is_that_of_the_column() -> None:
    columns = (column(slot_min_ms=200_000, slot_max_ms=400_000),)
    assert broken(slot(at(1), [A]), columns=columns) == [("H2", "too_short")]
    assert broken(slot(at(1), [A, B]), columns=columns) == [("H2", "too_long")]
    assert broken(slot(at(1), [B]), columns=columns) == []


def test_h2_items_follow_each_other_whole() -> None:
    good = slot(at(1), [A, B])
    gap = Slot(
        id="x",
        station="D",
        column="c",
        start=good.start,
        length_ms=good.length_ms,
        items=(good.items[0], Item(segment="b", start_ms=116_000, duration_ms=300_000)),
    )
    assert broken(gap) == [("H2", "not_in_a_row")]
    assert broken(slot(at(1), [("a", 90)])) == [("H2", "not_whole")]


def test_h2_slots_a_day_count_relayed_ones_but_blame_own_ones_only() -> None:
    slots = [slot(at(1), [A]), slot(at(1, 5, 10), [B]), slot(at(1, 5, 20), [("c", 60)])]
    segments = (*SEGMENTS, segment("c", 60))
    assert broken(*slots, segments=segments) == [("H2", "too_many_a_day")]
    stations = (station("D"), station("C", sessions=(session(relays="D"),)))
    columns = (column(max_slots_per_day=1),)
    relayed = [
        slot(each.start, [(each.items[0].segment, each.items[0].duration_ms // 1000)], on="C", relayed_from="D")
        for each in slots
    ]
    found = violations(problem(segments=segments, columns=columns, stations=stations), [*slots, *relayed])
    assert {each.station for each in found} == {"D"}


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"valid_from": date(2026, 12, 2)}, "not_valid"),
        ({"valid_to": date(2026, 11, 30)}, "not_valid"),
        ({"language": "ede"}, "not_meant"),
        ({"stations": ("E",)}, "not_meant"),
        ({"tiers": ("commune",)}, "not_meant"),
        ({"column": "other"}, "other_column"),
    ],
)
def test_h3_a_segment_fits_column_date_target_and_language(given: dict[str, Any], what: str) -> None:
    columns = (column(), column("other"))
    stations = (station("D"), station("E"))
    found = broken(slot(at(1), [A]), segments=(segment("a", 100, **given),), columns=columns, stations=stations)
    assert found == [("H3", what)]


@pytest.mark.parametrize(("given", "day", "ok"), [({"valid_from": date(2026, 12, 1), "valid_to": date(2026, 12, 1)}, 1, True), ({"column": None}, 1, True)])  # fmt: skip
def test_h3_bounds_are_inclusive_and_no_column_is_any(given: dict[str, Any], day: int, *, ok: bool) -> None:
    assert (broken(slot(at(day), [A]), segments=(segment("a", 100, **given),)) == []) is ok


@pytest.mark.parametrize(("day", "what"), [(1, ["too_near"]), (2, ["too_near"]), (3, [])])
def test_h4_two_days_apart_means_monday_then_wednesday(day: int, what: list[str]) -> None:
    found = broken(slot(at(1), [A]), slot(at(day, 6), [A], code="x"))
    assert [each for _, each in found] == what


def test_h4_the_segments_own_separation_and_limit_go_before_the_columns() -> None:
    segments = (segment("a", 100, separation_days=5, max_per_month=2),)
    near = [slot(at(day), [A]) for day in (1, 5)]
    assert broken(*near, segments=segments) == [("H4", "too_near")]
    often = [slot(at(day), [A]) for day in (1, 6, 11)]
    assert broken(*often, segments=segments) == [("H4", "too_often")]


def test_h4_airings_of_the_month_before_count_for_distance() -> None:
    aired = (Airing(station="D", segment="a", date=date(2026, 11, 30)),)
    assert broken(slot(at(1), [A]), aired=aired) == [("H4", "too_near")]
    assert broken(slot(at(2), [A]), aired=aired) == []


def test_h4_a_segment_of_no_column_keeps_the_larger_separation_of_those_it_airs_in() -> None:
    columns = (column(), column("d", separation_days=5))
    segments = (segment("a", 100, column=None),)
    slots = [slot(at(1), [A]), slot(at(4), [A], column="d")]
    assert broken(*slots, segments=segments, columns=columns) == [("H4", "too_near")]


def test_h5_kept_slots_stay_as_they_are() -> None:
    before = published(slot(at(1), [A], code="p"), slot(at(9), [A], code="q", locked=True))
    given = {"published": before, "now": at(1, 4), "locked": (slot(at(12), [B], code="r"),)}
    slots = [slot(at(1), [A], code="p"), slot(at(9), [B], code="q")]
    assert broken(*slots, **given) == [("H5", "changed"), ("H5", "missing")]


def test_h5_no_new_slot_before_now_and_only_urgent_ones_before_the_freeze() -> None:
    segments = (segment("a", 100), segment("u", 100, priority="urgent"))
    now = at(2, 5, 10)
    assert broken(slot(at(2), [("u", 100)]), segments=segments, now=now) == [("H5", "before_now")]
    assert broken(slot(at(3), [A]), segments=segments, now=now) == [("H5", "before_freeze")]
    assert broken(slot(at(3), [A, ("u", 100)]), segments=segments, now=now) == []
    assert broken(slot(at(3, 5, 10), [A]), segments=segments, now=now) == []


@pytest.mark.parametrize(("period", "most"), [("session", 399_999), ("day", 499_999), ("month", 799_999)])
def test_h6_maxima_hold_in_their_period(period: str, most: int) -> None:
    stations = (station(sessions=(session(), session("evening", "17:00", "18:00"))),)
    slots = [slot(at(1), [A, B]), slot(at(1, 17), [("c", 100)]), slot(at(3), [B])]
    segments = (*SEGMENTS, segment("c", 100))
    given = {"segments": segments, "stations": stations}
    assert broken(*slots, rules=(maximum(most, period),), **given) == [("H6", "above_maximum")]
    assert broken(*slots, rules=(maximum(most + 1, period),), **given) == []


def relaying() -> dict[str, Any]:
    return {"stations": (station("D"), station("C", sessions=(session(end="05:30", relays="D"),)))}


def test_h7_the_parents_slots_within_the_session_are_relayed_and_no_others() -> None:
    own = [slot(at(1), [A]), slot(at(1, 6), [B])]
    assert broken(*own, **relaying()) == [("H7", "not_relayed")]
    relayed = slot(at(1), [A], on="C", relayed_from="D")
    assert broken(*own, relayed, **relaying()) == []
    stray = slot(at(3), [B], on="C", relayed_from="D")
    assert broken(*own, relayed, stray, **relaying()) == [("H7", "parent_has_no_such_slot")]


def test_h7_a_relayed_item_that_does_not_fit_is_no_break() -> None:
    given = {"stations": (station("D", languages=("vi", "ede")), station("C", sessions=(session(relays="D"),)))}
    item = [("e", 100)]
    assert broken(slot(at(1), item), slot(at(1), item, on="C", relayed_from="D"), **given) == []


def test_what_kept_slots_break_is_a_conflict_and_no_violation() -> None:
    locked = (slot(at(1), [A], code="k"), slot(at(2), [A], code="l"))
    assert broken(*locked, locked=locked) == []
    assert conflicts(*locked, locked=locked) == [("k", "H4"), ("l", "H4")]


def test_a_kept_slot_with_a_withdrawn_segment_is_a_conflict() -> None:
    locked = (slot(at(9), [A], code="k"), slot(at(3), [("gone", 60)], code="l"))
    segments = (segment("a", 100, valid_to=date(2026, 12, 8)),)
    assert conflicts(*locked, locked=locked, segments=segments) == [("l", "H3"), ("k", "H3")]


def test_nothing_new_may_add_to_a_conflict() -> None:
    locked = (slot(at(1), [B], code="k"),)
    rules = (maximum(200_000, "day"),)
    assert broken(*locked, locked=locked, rules=rules) == []
    assert broken(*locked, slot(at(1, 6), [A]), locked=locked, rules=rules) == [("H6", "above_maximum")]
