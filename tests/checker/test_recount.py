"""What the checker counts, against numbers worked out by hand."""

from typing import Any

import pytest

from tests.checker import Report, check
from tests.checker.building import Json, column, instance, plan, relayed, right_slots, rule, segment, slot


def judged(about: Json, *slots: Json) -> Report:
    report = check(about, plan(about, list(slots)))
    assert not report.differences
    return report


def published(*slots: Json, **changes: Any) -> Json:
    return instance(published={"revision": 1, "slots": list(slots)}, **changes)


COUNTS: list[tuple[Json, int]] = [
    ({}, 900_000),
    ({"repeats": False}, 720_000),
    ({"relayed": False}, 540_000),
    ({"count_frame": True}, 930_000),
    ({"repeats": False, "count_frame": True}, 750_000),
    ({"languages": ["rad"]}, 180_000),
    ({"languages": ["rad"], "repeats": False, "relayed": False}, 0),
    ({"relayed": False, "repeats": False}, 540_000),
]


@pytest.mark.parametrize("case", COUNTS, ids=str)
def test_a_minimum_counts_as_its_rule_says(case: tuple[Json, int]) -> None:
    changes, expected = case
    about = instance(rules=[rule("R", ms=1_000_000, stations=["x1"], **changes)])
    about["segments"][5]["language"] = "rad"
    for station in about["stations"]:
        station["languages"] = ["vi", "rad"]
    evening = slot("h1", "09 17:00", "s5", "s6")
    slots = [evening, relayed(evening, "x1"), slot("x1", "11 05:00", "s4", "s5"), slot("x1", "14 05:00", "s3")]
    if changes == {}:
        assert judged(about, *slots).terms["x1", "cchc"]["target"] == pytest.approx(0.2 / 1.1)
    verdict = judged(about, *slots).verdicts["R", "x1"]
    assert (verdict.planned_ms, verdict.short_ms) == (expected, 1_000_000 - expected)


def test_a_relayed_item_in_a_foreign_language_counts_nowhere() -> None:
    about = instance(rules=[rule("III.4"), rule("R", stations=["x1"])])
    about["segments"][3]["language"] = "rad"
    about["stations"][0]["languages"] = ["vi", "rad"]
    evening = slot("h1", "09 17:00", "s4", "s5")
    report = judged(about, evening, relayed(evening, "x1"))
    assert report.verdicts["R", "x1"].planned_ms == 180_000
    assert report.verdicts["III.4", "h1"].planned_ms == 360_000
    assert report.uncovered == 4 / 6


def test_the_verdict_of_a_maximum_is_its_fullest_period() -> None:
    about = instance(rules=[rule("tran", kind="max", period="day", ms=400_000)])
    slots = [slot("h1", "07 05:00", "s1"), slot("h1", "07 06:00", "s2"), slot("h1", "08 05:00", "s3")]
    verdict = judged(about, *slots).verdicts["tran", "h1"]
    assert (verdict.required_ms, verdict.planned_ms, verdict.short_ms) == (400_000, 360_000, 0)


def test_the_terms_of_a_small_month_are_as_worked_out_by_hand() -> None:
    about = instance()
    terms = judged(about, *right_slots()).terms["h1", "cchc"]
    # six items of three minutes, half of topic a (weight 3 of 4): ½(│½ − ¾│ + │½ − ¼│)
    assert terms["topics"] == pytest.approx(0.25)
    # 1–6, 7–13, 14–20, 21–27 and 28–31 December: 6, 7, 7, 7, 4 of 31 days; all is aired in the second
    assert terms["spread"] == pytest.approx(1 - 7 / 31)
    assert terms["repetition"] == 0
    # three items 34 days old and three 36 days old
    assert terms["age"] == 1
    assert terms["target"] == pytest.approx(abs(1_080_000 - 990_000) / 990_000)
    assert terms["languages"] == 0
    assert terms["reach"] == pytest.approx(0.5)
    assert terms["change"] == 0
    child = judged(about, *right_slots()).terms["x1", "cchc"]
    assert child["target"] == pytest.approx(120_000 / 600_000)
    assert child["reach"] == 0


def test_the_terms_of_an_empty_month_are_their_worst() -> None:
    about = instance()
    about["stations"][0]["language_shares"] = {"vi": 0.4}
    report = judged(about)
    expected = {"topics": 1, "spread": 1, "repetition": 0, "age": 0, "target": 1, "languages": 1, "reach": 1}
    assert report.terms["h1", "cchc"] == expected | {"change": 0}
    assert report.costs["h1", "cchc"] == 4 + 2 + 2 + 3 + 2
    assert report.costs["x1", "cchc"] == 4 + 2 + 2
    assert report.mean_cost == (13 + 8) / 2
    assert report.uncovered == 1


def test_weights_of_the_instance_replace_the_defaults_one_by_one() -> None:
    about = instance(weights={"topics": 0, "reach": 10})
    report = judged(about)
    assert report.costs["h1", "cchc"] == 0 + 2 + 2 + 10


def test_age_repetition_and_shares_are_means_over_items_and_airtime() -> None:
    about = instance(segments=[segment("s1", valid_from="2026-12-01"), segment("s2", language="rad")])
    about["stations"][0] |= {"languages": ["vi", "rad"], "language_shares": {"rad": 0.8}}
    slots = [slot("h1", "01 05:00", "s1"), slot("h1", "15 05:00", "s1", "s2")]
    terms = judged(about, *slots).terms["h1", "cchc"]
    assert terms["age"] == pytest.approx((0 + 14 / 28 + 1) / 3)
    assert terms["repetition"] == pytest.approx(1 / 3)
    assert terms["languages"] == pytest.approx(0.8 - 1 / 3)


def test_first_level_weights_that_are_all_zero_are_equal_shares() -> None:
    about = instance()
    for topic in about["topics"]:
        topic["weight"] = 0
    assert judged(about, slot("h1", "07 05:00", "s1", "s2")).terms["h1", "cchc"]["topics"] == 0


def test_of_several_targets_the_largest_holds_and_zero_is_none() -> None:
    targets = [rule("t1", kind="target", ms=300_000), rule("t2", kind="target", ms=400_000), rule("III.4")]
    report = judged(instance(rules=targets), slot("h1", "07 05:00", "s1"))
    assert report.terms["h1", "cchc"]["target"] == pytest.approx(220 / 400)
    nothing = instance(rules=[rule("t0", kind="target", ms=0)])
    assert not judged(nothing).terms


def test_change_is_the_part_of_the_published_slots_after_the_freeze_that_is_not_as_it_was() -> None:
    before = [slot("h1", f"{date} 05:00", "s1") for date in ("03", "10", "14", "20", "28")]
    about = published(*before, now="2026-12-04T05:00:00+07:00")
    after = [before[0], before[1] | {"id": "new name"}, before[2], slot("h1", "20 05:01", "s1")]
    assert judged(about, *after).terms["h1", "cchc"]["change"] == pytest.approx(2 / 4)


def test_a_kept_slot_that_breaks_stays_and_is_a_conflict_not_a_break() -> None:
    kept = [slot("h1", "07 05:00", "s1", "s2"), slot("h1", "07 05:05", "s1", "gone")]
    about = published(*kept, now="2026-12-06T06:00:00+07:00")
    about["segments"][1]["valid_to"] = "2026-12-05"
    report = judged(about, *kept)
    assert not report.breaks
    one, two = (s["id"] for s in kept)
    assert report.conflicts == {(one, "H1"), (two, "H1"), (one, "H3"), (two, "H3"), (one, "H4"), (two, "H4")}
    # the withdrawn segment is aired all the same; what is not among the segments counts nowhere
    assert report.verdicts["III.4", "h1"].planned_ms == 540_000


def test_nothing_new_may_add_to_a_conflict() -> None:
    kept = [slot("h1", "07 05:00", "s1"), slot("h1", "07 06:00", "s1")]
    about = published(*kept, now="2026-12-06T07:00:00+07:00")
    new = slot("h1", "08 06:00", "s1")
    report = judged(about, *kept, new)
    assert {(b.code, b.slot) for b in report.breaks} == {("H4", new["id"])}
    assert report.conflicts == {(s["id"], "H4") for s in kept}


def test_a_kept_relayed_slot_that_its_parent_does_not_have_is_a_conflict() -> None:
    parent = slot("h1", "09 17:00", "s1")
    alone = relayed(parent, "x1", locked=True)
    report = judged(instance(locked=[alone]), alone)
    assert not report.breaks
    assert report.conflicts == {(alone["id"], "H7")}


def test_published_slots_that_break_nothing_and_changed_are_named() -> None:
    before = [slot("h1", f"{date} 05:00", s) for date, s in (("10", "s1"), ("14", "s2"), ("15", "s2"), ("20", "s3"))]
    about = published(*before, now="2026-12-04T05:00:00+07:00")
    about["segments"][2]["valid_to"] = "2026-12-03"
    assert judged(about).sound_changed == [("h1", before[0]["id"])]
    assert not judged(about, before[0] | {"id": "another name"}).sound_changed


OWED = "2026-12-07T04:00:00+07:00"


def urgent(**changes: Any) -> Json:
    about = instance(now=OWED, **changes)
    about["segments"].append(segment("gap", priority="urgent", stations=["h1"], valid_from="2026-12-06"))
    return about


def test_an_urgent_segment_owes_one_airing_in_the_next_occurrence() -> None:
    about = urgent()
    assert judged(about).missed == {("gap", "h1"): 1}
    assert not judged(about, slot("h1", "07 06:50", "gap")).missed
    evening = slot("h1", "07 17:00", "gap")
    assert judged(about, evening, relayed(evening, "x1")).missed == {("gap", "h1"): 1}


def test_an_occurrence_that_has_begun_is_not_the_next_one() -> None:
    about = urgent() | {"now": "2026-12-07T05:01:00+07:00"}
    evening = slot("h1", "07 17:00", "gap")
    assert not judged(about, evening, relayed(evening, "x1")).missed
    assert judged(about).missed == {("gap", "h1"): 1}


def test_an_airing_before_now_or_of_last_month_answers_what_is_owed() -> None:
    kept = slot("h1", "06 05:00", "gap")
    about = urgent(published={"revision": 1, "slots": [kept]})
    assert not judged(about, kept).missed
    about = urgent(aired=[{"station": "h1", "segment": "gap", "date": "2026-11-30"}])
    assert judged(about).missed == {("gap", "h1"): 1}
    about["segments"][-1]["valid_from"] = "2026-11-29"
    assert not judged(about).missed


def test_an_occurrence_without_room_is_passed_over() -> None:
    full = slot("h1", "07 05:00", *["s1", "s2", "s3", "s4"])
    about = urgent(locked=[full])
    about["stations"][0]["sessions"][0]["end"] = "05:15"
    evening = slot("h1", "07 17:00", "gap")
    assert not judged(about, full, evening, relayed(evening, "x1")).missed
    assert judged(about, full).missed == {("gap", "h1"): 1}


def test_where_no_occurrence_has_room_nothing_is_owed() -> None:
    about = urgent(columns=[column("cchc", slot_min_ms=20 * 60_000, slot_max_ms=21 * 60_000)])
    # seven segments of three minutes: with the frame 21 minutes 10 seconds at most, 18:10 without the last
    assert not judged(about).missed
    about = urgent(columns=[column("cchc", slot_min_ms=18 * 60_000, slot_max_ms=21 * 60_000)])
    assert judged(about).missed == {("gap", "h1"): 1}


def test_a_maximum_takes_room_away() -> None:
    tight = rule("tran", kind="max", period="session", ms=170_000)
    assert not judged(urgent(rules=[rule("III.4"), tight])).missed
    tight["languages"] = ["rad"]
    assert judged(urgent(rules=[rule("III.4"), tight])).missed == {("gap", "h1"): 1}


def test_fillers_that_a_maximum_does_not_count_make_room() -> None:
    about = urgent(
        columns=[column("cchc", slot_min_ms=500_000)],
        rules=[rule("III.4"), rule("tran", kind="max", period="day", ms=200_000, languages=["vi"])],
    )
    about["stations"][0]["languages"] = ["vi", "rad"]
    assert not judged(about).missed
    for n in (0, 1):
        about["segments"][n]["language"] = "rad"
    assert judged(about).missed == {("gap", "h1"): 1}


def test_priority_is_owed_within_three_days_and_not_before_the_freeze() -> None:
    about = urgent()
    about["segments"][-1]["priority"] = "priority"
    assert judged(about).missed == {("gap", "h1"): 1}
    assert not judged(about, slot("h1", "09 05:00", "gap")).missed
    assert judged(about, slot("h1", "10 05:00", "gap")).missed == {("gap", "h1"): 1}
    assert not judged(about | {"freeze_hours": 100}).missed


def test_must_air_is_owed_whole_in_each_month_and_beside_what_priority_owes() -> None:
    must = {"times": 3, "from": "2026-11-20", "to": "2026-12-09"}
    about = instance(aired=[{"station": "h1", "segment": "phai", "date": "2026-11-25"}])
    about["segments"].append(segment("phai", must_air=must, tiers=["district"]))
    slots = [slot("h1", f"{date} 05:00", "phai") for date in ("02", "07", "10")]
    assert judged(about, *slots).missed == {("phai", "h1"): 1}
    about["segments"][-1] |= {"priority": "urgent", "valid_from": "2026-12-01"}
    assert judged(about, *slots).missed == {("phai", "h1"): 2}
    about["segments"][-1]["must_air"] = {"times": 3, "from": "2027-01-01", "to": "2027-01-09"}
    assert judged(about).missed == {("phai", "h1"): 1}


def test_a_relayed_airing_answers_what_the_relaying_station_owes() -> None:
    about = instance()
    about["segments"].append(segment("phai", must_air={"times": 1, "from": "2026-12-01", "to": "2026-12-31"}))
    evening = slot("h1", "09 17:00", "phai")
    assert not judged(about, evening, relayed(evening, "x1")).missed
    assert judged(about, slot("h1", "09 05:00", "phai")).missed == {("phai", "x1"): 1}


def test_every_statement_that_differs_from_the_recount_is_named() -> None:
    about = instance()
    about["segments"].append(segment("phai", must_air={"times": 2, "from": "2026-12-01", "to": "2026-12-31"}))
    about["locked"] = [slot("h1", "07 04:00", "s1")]
    right = plan(about, [*right_slots()[1:], *about["locked"]])
    assert check(about, right).ok

    def found(**changes: Any) -> set[str]:
        return {d.about for d in check(about, right | changes).differences}

    verdict, term = right["verdicts"][0], right["terms"][0]
    assert found(verdicts=[verdict | {"planned_ms": verdict["planned_ms"] + 1}]) == {"verdict"}
    assert found(verdicts=[]) == {"verdict"}
    assert found(verdicts=[verdict, verdict]) == {"verdict"}
    assert found(terms=[term | {"cost": term["cost"] + 0.001}, right["terms"][1]]) == {"cost"}
    assert found(terms=[term | {"terms": term["terms"] | {"age": 0.5}}, right["terms"][1]]) == {"age"}
    assert found(terms=right["terms"][1:]) == {"terms"}
    assert found(must_air_missed=[]) == {"must_air_missed"}
    assert found(must_air_missed=[m | {"missed": 1} for m in right["must_air_missed"]]) == {"must_air_missed"}
    assert found(conflicts=[]) == {"conflict"}
    assert found(conflicts=[c | {"code": "H6"} for c in right["conflicts"]]) == {"conflict"}
    assert found(uncovered=right["uncovered"] + 0.01) == {"uncovered"}
