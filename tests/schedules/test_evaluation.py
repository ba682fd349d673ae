"""Each term and verdict on examples computed by hand."""

from datetime import date
from typing import Any

import pytest

from schedules.evaluation import evaluate
from schedules.problem import Airing, Instance, MustAir, Rule, Slot, Topic
from tests.schedules.builders import at, instance, maximum, minimum, published, segment, session, slot, station

TWO = (segment("a", 100, topic="t1"), segment("b", 300, topic="t2", valid_from=date(2026, 12, 1)))
A, B = ("a", 100), ("b", 300)


def terms(slots: list[Slot], on: str = "D", **given: Any) -> dict[str, float]:
    found = evaluate(instance(segments=TWO, **given) if "segments" not in given else instance(**given), slots)
    return next(each.terms for each in found.terms if each.station == on)


def test_a_plan_without_slots_has_the_worst_of_each_term_that_has_one() -> None:
    assert terms([]) == {
        "topics": 1, "spread": 1, "repetition": 0, "age": 0, "target": 1, "languages": 0, "reach": 0, "change": 0
    }  # fmt: skip


def test_topics_are_half_the_sum_of_the_distances_from_the_wished_shares() -> None:
    assert terms([slot(at(1), [A, B])])["topics"] == pytest.approx(0.25)


def test_topics_without_an_eligible_segment_leave_their_weight_to_the_others() -> None:
    topics = tuple(Topic(code=f"t{number}", parent=None, weight=1) for number in (1, 2, 3))
    assert terms([slot(at(1), [A, B])], topics=topics)["topics"] == pytest.approx(0.25)


def test_a_topic_counts_for_its_first_level() -> None:
    topics = (
        Topic(code="t1", parent=None, weight=3),
        Topic(code="t1.1", parent="t1", weight=9),
        Topic(code="t2", parent=None, weight=1),
    )
    segments = (segment("a", 300, topic="t1.1"), segment("b", 100, topic="t2"))
    assert terms([slot(at(1), [("a", 300), ("b", 100)])], topics=topics, segments=segments)["topics"] == 0


def test_spread_compares_iso_weeks_with_their_broadcast_dates() -> None:
    # December 2026 begins on a Tuesday: 6, 7, 7, 7 and 4 dates
    found = terms([slot(at(1), [A]), slot(at(31), [A], code="z")])["spread"]
    assert found == pytest.approx(((0.5 - 6 / 31) + (0.5 - 4 / 31) + 21 / 31) / 2)


def test_repetition_is_the_share_of_items_heard_before() -> None:
    assert terms([slot(at(1), [A]), slot(at(3), [A], code="z")])["repetition"] == 0.5


def test_age_is_the_mean_of_days_since_valid_over_four_weeks() -> None:
    # a: valid from 20 November, 11 days before; b: valid from 1 December
    assert terms([slot(at(1), [A, B])])["age"] == pytest.approx(11 / 28 / 2)


def test_age_is_at_most_one() -> None:
    assert terms([slot(at(31), [A])])["age"] == 1


def test_target_is_the_distance_from_a_tenth_above_the_minimum() -> None:
    assert terms([slot(at(1), [A, B])], rules=(minimum(1_000_000),))["target"] == pytest.approx(700 / 1100)


def test_a_target_rule_goes_before_the_minimum_and_is_not_capped() -> None:
    rules = (minimum(1_000_000), minimum(100_000, "t", kind="target"), minimum(50_000, "u", kind="target"))
    assert terms([slot(at(1), [A, B])], rules=rules)["target"] == pytest.approx(3)


def test_a_target_of_nothing_is_none() -> None:
    rules = (minimum(1_000_000), minimum(0, "t", kind="target"))
    assert terms([slot(at(1), [A, B])], rules=rules)["target"] == pytest.approx(700 / 1100)


def test_languages_count_only_what_lacks() -> None:
    stations = (station(languages=("vi", "ede"), language_shares={"vi": 0.5, "ede": 0.4}),)
    segments = (segment("a", 100), segment("b", 300, language="ede"))
    found = terms([slot(at(1), [A, B])], stations=stations, segments=segments)
    assert found["languages"] == pytest.approx(0.25)
    assert terms([], stations=stations, segments=segments)["languages"] == 1


def relaying(**given: Any) -> Instance:
    stations = (
        station("D", sessions=(session(), session("evening", "17:00", "18:30"))),
        station("C", sessions=(session("evening", "17:00", "18:00", relays="D"),)),
    )
    return instance(stations=stations, segments=TWO, **given)


def test_reach_is_the_airtime_that_nobody_relays() -> None:
    found = evaluate(relaying(), [slot(at(1), [A]), slot(at(1, 17), [B])])
    assert [each.terms["reach"] for each in found.terms] == [pytest.approx(0.25), 0]


def test_change_counts_published_slots_after_the_freeze_that_are_not_as_they_were() -> None:
    before = published(slot(at(1), [A]), slot(at(3), [B], code="x"), slot(at(5), [A], code="y"))
    slots = [slot(at(1), [A]), slot(at(3), [A], code="x"), slot(at(6), [A], code="y")]
    assert terms(slots, published=before)["change"] == pytest.approx(2 / 3)


def test_published_slots_before_the_freeze_are_not_compared() -> None:
    before = published(slot(at(1), [A]), slot(at(5), [B], code="y"))
    assert terms([slot(at(1), [A])], published=before, now=at(1, 4))["change"] == 1


def test_cost_is_the_weighted_sum() -> None:
    found = evaluate(instance(segments=TWO), [slot(at(1), [A, B])]).terms[0]
    weights = {
        "topics": 4,
        "spread": 2,
        "repetition": 3,
        "age": 2,
        "target": 2,
        "languages": 3,
        "reach": 2,
        "change": 6,
    }
    assert found.cost == pytest.approx(sum(weights[name] * value for name, value in found.terms.items()))


def test_a_station_with_neither_minimum_nor_target_has_no_terms() -> None:
    assert evaluate(instance(rules=(maximum(1, "day"),)), []).terms == ()


def counted(rule: Rule, slots: list[Slot], **given: Any) -> int:
    return evaluate(instance(segments=TWO, rules=(rule,), **given), slots).verdicts[0].planned_ms


def test_opening_and_closing_count_only_where_the_rule_says_so() -> None:
    slots = [slot(at(1), [A, B])]
    assert counted(minimum(), slots) == 400_000
    assert counted(minimum(count_frame=True), slots) == 425_000


def test_repeats_count_once_where_the_rule_says_so() -> None:
    slots = [slot(at(1), [A]), slot(at(3), [A, B], code="z")]
    assert counted(minimum(), slots) == 500_000
    assert counted(minimum(repeats=False), slots) == 400_000
    assert counted(minimum(repeats=False, count_frame=True), slots) == 450_000


def test_relayed_slots_count_unless_the_rule_says_not() -> None:
    slots = [slot(at(1), [A]), slot(at(3), [B], code="z", relayed_from="D")]
    assert counted(minimum(), slots) == 400_000
    assert counted(minimum(relayed=False), slots) == 100_000


def test_a_relayed_item_in_a_foreign_language_counts_nowhere() -> None:
    segments = (segment("a", 100, language="ede"), segment("b", 300))
    found = evaluate(instance(segments=segments), [slot(at(1), [A, B], relayed_from="D")])
    assert found.verdicts[0].planned_ms == 300_000


def test_a_verdict_on_a_maximum_tells_of_the_fullest_period() -> None:
    slots = [slot(at(1), [A]), slot(at(1, 6), [B], code="z"), slot(at(2), [B], code="y")]
    assert counted(maximum(500_000, "day"), slots) == 400_000
    assert counted(maximum(500_000, "session"), slots) == 400_000
    assert counted(maximum(500_000, "month"), slots) == 700_000


def test_a_missed_minimum_says_by_how_much() -> None:
    verdict = evaluate(instance(segments=TWO), [slot(at(1), [A, B])]).verdicts[0]
    assert (verdict.required_ms, verdict.planned_ms, verdict.short_ms) == (600_000, 400_000, 200_000)


def test_uncovered_is_the_share_of_eligible_segments_aired_nowhere() -> None:
    gone = segment("old", valid_to=date(2026, 11, 30))
    assert evaluate(instance(segments=(*TWO, gone)), [slot(at(1), [A])]).uncovered == 0.5


def missed(slots: list[Slot], what: Any, **given: Any) -> int:
    found = evaluate(instance(segments=(what, segment("b", 300)), **given), slots).must_air_missed
    return sum(each.missed for each in found)


def test_must_airs_are_answered_within_their_dates() -> None:
    must = segment("a", 100, must_air=MustAir(times=2, from_date=date(2026, 11, 28), to_date=date(2026, 12, 5)))
    assert missed([], must) == 2
    assert missed([slot(at(5), [A]), slot(at(7), [A], code="z")], must) == 1
    assert missed([], must, month="2027-01") == 0


def test_urgent_is_owed_in_the_first_occurrence_with_room() -> None:
    urgent = segment("a", 100, priority="urgent")
    assert missed([], urgent) == 1
    assert missed([slot(at(1), [A])], urgent) == 0
    assert missed([slot(at(2), [A])], urgent) == 1


def test_urgent_waits_where_a_kept_slot_leaves_no_room() -> None:
    urgent = segment("a", 100, priority="urgent")
    stations = (station(sessions=(session(end="05:09"),)),)
    locked = (slot(at(1, 5, 1), [B], code="k"),)
    assert missed([*locked, slot(at(2), [A])], urgent, stations=stations, locked=locked) == 0


def test_an_airing_of_the_month_before_answers_urgent_but_not_a_must_air() -> None:
    aired = (Airing(station="D", segment="a", date=date(2026, 11, 30)),)
    assert missed([], segment("a", 100, priority="urgent"), aired=aired) == 0
    must = MustAir(times=1, from_date=date(2026, 11, 1), to_date=date(2026, 12, 31))
    assert missed([], segment("a", 100, must_air=must), aired=aired) == 1


def test_priority_has_three_days() -> None:
    first = segment("a", 100, priority="priority", valid_from=date(2026, 12, 10))
    assert missed([slot(at(12), [A])], first) == 0
    assert missed([slot(at(13), [A])], first) == 1


def test_nothing_is_owed_without_room() -> None:
    urgent = segment("a", 7200, priority="urgent")
    assert missed([], urgent) == 0
