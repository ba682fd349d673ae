"""Slots added to a station's plan: all that is there stays, nothing breaks, also at those who relay it."""

import json
from datetime import date

from msgspec.structs import replace

from schedules.editing import AddSlot, PlanInHand
from schedules.evaluation import as_plan, evaluate
from schedules.exchange import write_instance, write_plan
from schedules.instants import to_ms
from schedules.mends.more_airtime import MoreAirtime, more_airtime
from schedules.problem import Instance, Slot
from schedules.shortfall_reasons import Frozen, MonthOver, NotEnoughSegments
from tests.checker import Report, check
from tests.schedules.builders import at, column, instance, minimum, published, segment, session, slot, station

BEGUN = [slot(at(day), [("s2", 130), ("s5", 190)]) for day in (3, 8, 12)]
AHEAD = [slot(at(20), [("s4", 170), ("s1", 110)])]
LONG_MONTH = {"now": at(14, 8), "published": published(*BEGUN, *AHEAD)}
KEPT_MS = 3 * 320_000 + 280_000


def judged(problem: Instance, slots: tuple[Slot, ...], found: MoreAirtime) -> tuple[Report, tuple[Slot, ...]]:
    """The whole plan with the new slots and what becomes of them where they are relayed, by another reader."""
    hand = PlanInHand(problem, slots)
    for each in found.slots:
        segments = tuple(item.segment for item in each.items)
        attempt = hand.attempt(AddSlot(station="D", column="c", start=each.start, segments=segments))
        assert attempt.broken == ()
        hand = PlanInHand(attempt.instance, attempt.slots)
    plan = as_plan(problem, hand.slots, evaluate(problem, hand.slots))
    report = check(json.loads(write_instance(problem)), json.loads(write_plan(plan)))
    assert report.ok, (report.breaks, report.differences)
    return report, hand.slots


def test_what_was_lost_is_made_up_after_the_freeze_and_nothing_else_changes() -> None:
    problem = instance(**LONG_MONTH)
    slots = (*BEGUN, *AHEAD)
    found = more_airtime(problem, slots, "D", {"least": KEPT_MS + 600_000})
    report, whole = judged(problem, slots, found)
    assert set(slots) <= set(whole)
    assert found.planned_ms == {"least": report.verdicts["least", "D"].planned_ms}
    assert found.planned_ms["least"] >= KEPT_MS + 600_000
    assert found.reasons == {}
    assert all(each.start >= at(15, 8) for each in found.slots)
    least = min(sum(item.duration_ms for item in each.items) for each in found.slots)
    assert found.planned_ms["least"] - least < KEPT_MS + 600_000  # none too many
    assert found == more_airtime(problem, slots, "D", {"least": KEPT_MS + 600_000})


def test_nothing_is_added_where_the_plan_has_enough() -> None:
    found = more_airtime(instance(**LONG_MONTH), (*BEGUN, *AHEAD), "D", {"least": KEPT_MS})
    assert (found.slots, found.planned_ms, found.reasons) == ((), {"least": KEPT_MS}, {})


def test_new_slots_keep_clear_of_what_those_who_relay_it_have_of_their_own() -> None:
    evening = session("evening", "17:00", "18:00")
    relaying = replace(evening, id="relay", relays="D")
    own = [slot(at(day, 17), [("x", 1500)], on="C") for day in range(15, 32)]
    problem = instance(
        now=at(14, 8),
        columns=(column(slot_max_ms=1_800_000),),
        segments=(segment("x", 1500, separation_days=1, max_per_month=31, stations=("C",)), *instance().segments),
        stations=(station(sessions=(evening,)), station("C", tier="commune", sessions=(relaying,))),
        rules=(minimum(tiers=("district",)), minimum(1, "few", tiers=("commune",))),
        published=published(*own),
    )
    found = more_airtime(problem, own, "D", {"least": 600_000})
    assert found.planned_ms["least"] >= 600_000
    assert all(each.start.minute >= 25 for each in found.slots)
    _, whole = judged(problem, tuple(own), found)
    assert len([each for each in whole if each.relayed_from == "D"]) == len(found.slots)


def test_where_who_relays_it_may_not_air_the_segments_it_is_done_when_nobody_relays() -> None:
    """Each segment is on at C every other day: at D it may be added only where C does not hear it."""
    relaying = session("relay", "05:00", "06:00", relays="D")
    days = range(16, 32, 2)
    own = [slot(at(day, 12), [("s1", 110), ("s2", 130)], on="C") for day in days]
    problem = instance(
        now=at(14, 8),
        columns=(column(max_per_month=20),),
        segments=(segment("s1", 110), segment("s2", 130)),
        stations=(
            station(sessions=(session("morning", "05:00", "06:00"), session("night", "20:00", "21:00"))),
            station("C", tier="commune", sessions=(relaying, session("noon", "12:00", "13:00"))),
        ),
        rules=(minimum(tiers=("district",)), minimum(1, "few", tiers=("commune",))),
        published=published(*own),
    )
    found = more_airtime(problem, own, "D", {"least": 600_000})
    assert found.planned_ms["least"] >= 600_000
    assert {each.start.hour for each in found.slots} == {20}
    judged(problem, tuple(own), found)


def test_it_says_why_no_more_can_be_added() -> None:
    wanted = {"least": KEPT_MS + 600_000}
    slots = (*BEGUN, *AHEAD)

    def why(problem: Instance) -> list[type]:
        found = more_airtime(problem, slots, "D", wanted)
        assert found.slots == ()
        assert found.planned_ms == {"least": KEPT_MS}
        return [type(each) for each in found.reasons["least"]]

    late = instance(**LONG_MONTH)
    assert why(replace(late, now=at(31, 4))) == [Frozen]
    assert why(replace(late, now=at(1, 4, month=1, year=2027))) == [MonthOver]
    ended = tuple(replace(each, valid_to=date(2026, 12, 14)) for each in late.segments)
    assert NotEnoughSegments in why(replace(late, segments=ended))


def test_as_much_as_there_is_room_for_is_added_where_that_is_not_all() -> None:
    """Only s7 is valid to the end, and every second day at most four times a month."""
    whole = instance(**LONG_MONTH)
    problem = replace(
        whole,
        segments=tuple(
            each if each.id == "s7" else replace(each, valid_to=date(2026, 12, 20)) for each in whole.segments
        ),
        now=at(19, 8),
    )
    slots = (*BEGUN, *AHEAD)
    found = more_airtime(problem, slots, "D", {"least": KEPT_MS + 7_200_000})
    assert 0 < len(found.slots) < 10
    assert found.planned_ms["least"] < KEPT_MS + 7_200_000
    assert found.reasons["least"]
    assert all(to_ms(each.start) >= to_ms(at(20, 8)) for each in found.slots)
    judged(problem, slots, found)
