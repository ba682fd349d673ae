"""Right plans broken on purpose: each break is found, named, and laid to the slot that makes it."""

from typing import Any

import pytest

from tests.checker import check
from tests.checker.building import Json, column, instance, plan, relayed, right_slots, rule, segment, slot

Pairs = set[tuple[str, str]]


def breaks(about: Json, slots: list[Json]) -> Pairs:
    report = check(about, plan(about, slots))
    assert not report.differences
    return {(b.code, b.slot) for b in report.breaks}


def published(*slots: Json, **changes: Any) -> Json:
    return instance(published={"revision": 1, "slots": list(slots)}, **changes)


def test_a_right_plan_has_no_break_and_no_difference() -> None:
    report = check(instance(), plan(instance(), right_slots()))
    assert report.ok
    assert report.shortfall_ms == 0
    assert report.verdicts["III.4", "h1"].planned_ms == 1_080_000
    assert not report.missed
    assert report.uncovered == 0


PLACES = {
    "before the session": ("07 04:59", "s1"),
    "over the session's end": ("07 06:58", "s1"),
    "between the sessions": ("07 12:00", "s1"),
}


@pytest.mark.parametrize("case", PLACES)
def test_h1_a_slot_outside_every_occurrence_is_found(case: str) -> None:
    wrong = slot("h1", *PLACES[case])
    assert breaks(instance(), [*right_slots()[1:], wrong]) == {("H1", wrong["id"])}


def test_h1_a_slot_off_the_whole_minute_is_found() -> None:
    wrong = slot("h1", "07 05:00", "s1") | {"start": "2026-12-07T05:00:30+07:00"}
    assert breaks(instance(), [wrong]) == {("H1", wrong["id"])}


def test_h1_two_overlapping_slots_are_both_named() -> None:
    one, two = slot("h1", "07 05:00", "s1"), slot("h1", "07 05:03", "s2")
    assert breaks(instance(), [one, two]) == {("H1", one["id"]), ("H1", two["id"])}
    assert not breaks(instance(), [one, slot("h1", "07 05:04", "s2")])


def test_h1_an_own_slot_over_a_relayed_one_is_named_and_the_relayed_one_is_not() -> None:
    wrong = slot("x1", "09 17:05", "s1")
    assert breaks(instance(), [*right_slots()[:3], wrong]) == {("H1", wrong["id"])}


def test_h1_a_slot_in_a_blackout_or_across_its_edge_is_found() -> None:
    about = instance()
    about["stations"][0]["blackouts"] = [
        {"from": "2026-12-06T22:02:00Z", "to": "2026-12-07T05:30:00+07:00"},
    ]
    for start in ("07 05:00", "07 05:28"):
        wrong = slot("h1", start, "s1")
        assert breaks(about, [wrong]) == {("H1", wrong["id"])}
    assert not breaks(about, [slot("h1", "07 05:30", "s1")])


def test_h1_an_exception_cancels_or_moves_its_occurrence() -> None:
    about = instance()
    about["stations"][0]["exceptions"] = [
        {"session": "sang", "date": "2026-12-07"},
        {"session": "sang", "date": "2026-12-08", "start": "23:50", "end": "24:00"},
    ]
    for start in ("07 05:00", "08 05:00", "08 23:57"):
        wrong = slot("h1", start, "s1")
        assert breaks(about, [wrong]) == {("H1", wrong["id"])}
    assert not breaks(about, [slot("h1", "08 23:56", "s1")])


def test_h1_a_session_lives_from_its_first_to_its_last_date() -> None:
    about = instance()
    about["stations"][0]["sessions"][0] |= {"from": "2026-12-08", "to": "2026-12-09"}
    early, late = slot("h1", "07 05:00", "s1"), slot("h1", "10 05:00", "s2")
    inside = [slot("h1", "08 05:00", "s3"), slot("h1", "09 05:00", "s4")]
    assert breaks(about, [early, *inside, late]) == {("H1", early["id"]), ("H1", late["id"])}


def test_h2_a_length_that_is_not_the_sum_of_its_parts_is_found() -> None:
    wrong = slot("h1", "07 05:00", "s1", length_ms=191_000)
    assert breaks(instance(), [wrong]) == {("H2", wrong["id"])}


def test_h2_a_gap_between_items_or_a_late_first_item_is_found() -> None:
    for n in (0, 1):
        wrong = slot("h1", "07 05:00", "s1", "s2")
        wrong["items"][n]["start_ms"] += 1
        assert breaks(instance(), [wrong]) == {("H2", wrong["id"])}


def test_h2_a_cut_segment_is_found() -> None:
    wrong = slot("h1", "07 05:00", "s1", length_ms=189_000)
    wrong["items"][0]["duration_ms"] = 179_000
    assert breaks(instance(), [wrong]) == {("H2", wrong["id"])}


def test_h2_slots_shorter_or_longer_than_the_column_allows_are_found() -> None:
    about = instance(columns=[column("cchc", slot_min_ms=190_001, slot_max_ms=550_000)])
    short, right, long = (
        slot("h1", "07 05:00", "s1"),
        slot("h1", "08 05:00", "s2", "s3", "s4"),
        slot("h1", "10 05:00", "s1", "s2", "s3", "s4"),
    )
    assert breaks(about, [short, right, long]) == {("H2", short["id"]), ("H2", long["id"])}


def test_h2_a_third_slot_of_the_column_on_a_date_is_found() -> None:
    three = [slot("h1", f"07 {clock}", s) for clock, s in (("05:00", "s1"), ("06:00", "s2"), ("17:00", "s3"))]
    child = relayed(three[2], "x1")
    assert breaks(instance(), [*three, child]) == {("H2", s["id"]) for s in three}


def test_h2_relayed_slots_count_on_a_date_but_never_break_it_alone() -> None:
    about = instance(columns=[column("cchc", max_slots_per_day=1)])
    about["stations"][0]["sessions"][1]["relays"] = None
    evening = slot("h1", "09 17:00", "s1")
    own = slot("x1", "09 05:00", "s2")
    assert not breaks(about, [evening, relayed(evening, "x1")])
    assert breaks(about, [evening, relayed(evening, "x1"), own]) == {("H2", own["id"])}


UNFIT: dict[str, Json] = {
    "of another column": {"column": "khac"},
    "not valid yet": {"valid_from": "2026-12-08"},
    "not valid any more": {"valid_to": "2026-12-06"},
    "in another language": {"language": "rad"},
    "for another station": {"stations": ["x1"]},
    "for another tier": {"tiers": ["commune"]},
    "for no station": {"stations": []},
}


@pytest.mark.parametrize("case", UNFIT)
def test_h3_an_item_that_does_not_fit_is_found(case: str) -> None:
    about = instance(columns=[column("cchc"), column("khac")])
    about["segments"].append(segment("la", **UNFIT[case]))
    wrong = slot("h1", "07 05:00", "la")
    assert breaks(about, [wrong]) == {("H3", wrong["id"])}


def test_h3_validity_includes_both_its_dates_and_no_column_fits_all() -> None:
    about = instance(segments=[segment("s1", column=None, valid_from="2026-12-07", valid_to="2026-12-07")])
    assert not breaks(about, [slot("h1", "07 05:00", "s1")])


def test_h3_an_unknown_segment_is_found() -> None:
    wrong = slot("h1", "07 05:00", "nowhere")
    assert breaks(instance(), [wrong]) == {("H3", wrong["id"])}


def test_h4_a_segment_on_two_dates_that_are_too_near_is_found() -> None:
    near = [slot("h1", "07 06:50", "s1"), slot("h1", "08 05:00", "s1")]
    assert breaks(instance(), near) == {("H4", s["id"]) for s in near}
    assert not breaks(instance(), [near[0], slot("h1", "09 05:00", "s1")])


def test_h4_a_segment_twice_in_a_slot_is_found() -> None:
    wrong = slot("h1", "07 05:00", "s1", "s1")
    assert breaks(instance(), [wrong]) == {("H4", wrong["id"])}


def test_h4_the_segments_own_separation_and_limit_go_before_the_columns() -> None:
    about = instance(segments=[segment("s1", separation_days=1, max_per_month=2)])
    three = [slot("h1", f"{date} 05:00", "s1") for date in ("07", "08", "20")]
    assert not breaks(about, three[:2])
    assert breaks(about, three) == {("H4", s["id"]) for s in three}


def test_h4_more_airings_than_the_month_allows_are_found() -> None:
    about = instance(columns=[column("cchc", max_per_month=2)])
    three = [slot("h1", f"{date} 05:00", "s1") for date in ("07", "11", "20")]
    assert breaks(about, three) == {("H4", s["id"]) for s in three}


def test_h4_a_relayed_airing_counts_for_the_distance() -> None:
    wrong = slot("x1", "10 05:00", "s4")
    assert breaks(instance(), [*right_slots()[:3], wrong]) == {("H4", wrong["id"])}


@pytest.mark.parametrize(("date", "start"), [("2026-11-30", "01 05:00"), ("2027-01-01", "31 05:00")])
def test_h4_an_airing_of_the_month_beside_counts_for_the_distance(date: str, start: str) -> None:
    about = instance(aired=[{"station": "h1", "segment": "s1", "date": date}])
    wrong = slot("h1", start, "s1")
    assert breaks(about, [wrong]) == {("H4", wrong["id"])}
    assert not breaks(about, [slot("h1", start, "s2")])


def test_h4_a_segment_without_column_keeps_the_larger_separation_of_the_columns_it_airs_in() -> None:
    about = instance(columns=[column("cchc"), column("khac", separation_days=5)])
    about["segments"] = [segment("s1", column=None)]
    pair = [slot("h1", "07 05:00", "s1"), slot("h1", "10 05:00", "s1")]
    assert not breaks(about, pair)
    other = [pair[0], pair[1] | {"column": "khac"}]
    found = breaks(about, other)
    assert {p for p in found if p[0] == "H4"} == {("H4", s["id"]) for s in other}


def test_h5_a_kept_slot_that_is_missing_moved_refilled_or_renamed_is_found() -> None:
    kept = slot("h1", "07 05:00", "s1", "s2")
    about = published(kept, now="2026-12-06T06:00:00+07:00")
    assert not breaks(about, [kept])
    assert ("H5", kept["id"]) in breaks(about, [])
    altered: list[Json] = [{"start": "2026-12-07T05:01:00+07:00"}, {"id": "other"}, {"items": kept["items"][::-1]}]
    for change in altered:
        assert ("H5", kept["id"]) in breaks(about, [kept | change])


def test_h5_a_published_slot_from_the_freeze_on_is_free_unless_it_is_locked() -> None:
    free = slot("h1", "07 05:00", "s1")
    about = published(free, now="2026-12-06T05:00:00+07:00")
    assert not breaks(about, [])
    about = published(free | {"locked": True}, now="2026-12-06T05:00:00+07:00")
    assert breaks(about, []) == {("H5", free["id"])}


def test_h5_a_slot_set_by_hand_stays_and_holds_over_the_published_one_of_its_id() -> None:
    before = slot("h1", "07 05:00", "s1")
    by_hand = slot("h1", "20 06:00", "s2", id=before["id"])
    about = published(before, locked=[by_hand], now="2026-12-06T06:00:00+07:00")
    assert not breaks(about, [by_hand])
    assert ("H5", before["id"]) in breaks(about, [before])


MAXIMA: list[tuple[Json, list[str]]] = [
    ({"period": "day", "ms": 359_999}, ["07 05:00", "07 17:00"]),
    ({"period": "day", "ms": 360_000}, []),
    ({"period": "session", "ms": 180_000}, []),
    ({"period": "session", "ms": 179_999}, ["07 05:00", "07 17:00", "20 05:00"]),
    ({"period": "session", "ms": 180_000, "count_frame": True}, ["07 05:00", "07 17:00", "20 05:00"]),
    ({"period": "month", "ms": 500_000}, ["07 05:00", "07 17:00", "20 05:00"]),
    ({"period": "month", "ms": 500_000, "repeats": False}, []),
    ({"period": "month", "ms": 300_000, "repeats": False}, ["07 05:00", "07 17:00"]),
    ({"period": "month", "ms": 0, "languages": ["rad"]}, []),
]


@pytest.mark.parametrize("case", MAXIMA, ids=str)
def test_h6_a_maximum_that_is_passed_is_found(case: tuple[Json, list[str]]) -> None:
    changes, expected = case
    about = instance(rules=[rule("III.4"), rule("tran", kind="max", **changes)])
    slots = [slot("h1", "07 05:00", "s1"), slot("h1", "07 17:00", "s2"), slot("h1", "20 05:00", "s1")]
    slots.append(relayed(slots[1], "x1"))
    assert breaks(about, slots) == {("H6", f"h1 {start}") for start in expected}


def test_h6_the_pieces_of_an_occurrence_are_one() -> None:
    about = instance(rules=[rule("III.4"), rule("tran", kind="max", period="session", ms=200_000)])
    about["stations"][0]["blackouts"] = [{"from": "2026-12-07T05:30:00+07:00", "to": "2026-12-07T06:00:00+07:00"}]
    two = [slot("h1", "07 05:00", "s1"), slot("h1", "07 06:00", "s2")]
    assert breaks(about, two) == {("H6", s["id"]) for s in two}


def test_h7_a_parents_slot_that_is_not_relayed_is_found() -> None:
    slots = right_slots()
    del slots[2]
    assert breaks(instance(), slots) == {("H7", "")}


def test_h7_a_relayed_slot_that_differs_from_its_parents_is_found_twice() -> None:
    slots = right_slots()
    slots[2]["start"] = "2026-12-09T17:20:00+07:00"
    assert breaks(instance(), slots) == {("H7", ""), ("H7", slots[2]["id"])}


def test_h7_only_what_lies_wholly_in_the_relaying_session_is_relayed() -> None:
    outside = slot("h1", "09 17:58", "s1")
    assert not breaks(instance(), [outside])
    wrong = relayed(outside, "x1")
    assert ("H7", wrong["id"]) in breaks(instance(), [outside, wrong])


def test_h7_a_chain_relays_through_and_names_the_station_next_to_it() -> None:
    about = instance()
    about["stations"].append(
        about["stations"][1] | {"code": "x2", "sessions": [dict(about["stations"][1]["sessions"][1], relays="x1")]}
    )
    first = slot("h1", "09 17:00", "s1")
    second = relayed(first, "x1")
    assert not breaks(about, [first, second, relayed(second, "x2")])
    assert breaks(about, [first, second]) == {("H7", "")}
    assert ("H7", "") in breaks(about, [first, second, relayed(first, "x2")])


def test_h7_what_does_not_fit_is_relayed_all_the_same() -> None:
    about = instance()
    about["segments"].append(segment("ede", language="rad"))
    about["stations"][0]["languages"] = ["vi", "rad"]
    parent = slot("h1", "09 17:00", "ede")
    assert not breaks(about, [parent, relayed(parent, "x1")])
    assert breaks(about, [parent]) == {("H7", "")}


def test_nothing_new_starts_before_now_and_only_urgent_before_the_freeze() -> None:
    about = instance(now="2026-12-07T05:00:00+07:00")
    about["segments"].append(segment("gap", priority="urgent"))
    for start, held, found in (
        ("07 05:00", "gap", False),
        ("07 05:00", "s1", True),
        ("08 05:00", "s1", False),
        ("06 17:00", "gap", True),
    ):
        new = slot("h1", start, held)
        slots = [new, relayed(new, "x1")] if start.endswith("17:00") else [new]
        assert breaks(about, slots) == ({("now", new["id"])} if found else set())


def test_a_column_that_nothing_asks_for_gets_slots_only_for_what_must_air() -> None:
    about = instance(rules=[rule("III.4")])
    about["segments"].append(segment("must", must_air={"times": 1, "from": "2026-12-01", "to": "2026-12-31"}))
    wrong = slot("x1", "07 05:00", "s1")
    assert breaks(about, [wrong]) == {("aim", wrong["id"])}
    assert not breaks(about, [slot("x1", "07 05:00", "s1", "must")])


def test_form_a_repeated_id_an_unknown_station_and_another_month_are_found() -> None:
    one = slot("h1", "07 05:00", "s1")
    assert ("form", one["id"]) in breaks(instance(), [one, one])
    assert ("form", one["id"]) in breaks(instance(), [one | {"station": "h9"}])
    january = one | {"start": "2027-01-01T00:00:00+07:00"}
    assert ("form", one["id"]) in breaks(instance(), [january])
