"""Changes by hand on examples: what follows, what refuses them, where else they would do."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from schedules.editing import AddSlot, AlterSlot, Change, ChangesNothing, LockSlot, PlanInHand, RemoveSlot
from schedules.nearest_places import nearest_places
from schedules.problem import Blackout, Slot
from tests.schedules.builders import at, column, instance, maximum, published, segment, session, slot, station

A = slot(at(2), [("s1", 110)], code="a")
B = slot(at(7), [("s2", 130)], code="b")


def in_hand(*slots: Slot, **given: Any) -> PlanInHand:
    return PlanInHand(instance(**given), slots or (A, B))


def add(start: datetime, *segments: str, on: str = "D") -> AddSlot:
    return AddSlot(station=on, column="c", start=start, segments=segments or ("s5",))


def alter(code: str = "a", on: str = "D", **given: Any) -> AlterSlot:
    return AlterSlot(station=on, slot=code, **given)


def broken(plan: PlanInHand, change: Change) -> list[tuple[str, str]]:
    return [(each.code, each.what) for each in plan.attempt(change).broken]


def places(plan: PlanInHand, change: Change) -> list[str]:
    return [f"{start:%d %H:%M}" for start in nearest_places(plan, plan.attempt(change))]


EVENING = session("evening", "17:00", "18:30")
DARK = Blackout(from_time=at(10, 5, 30), to_time=at(10, 6))
PAST: dict[str, Any] = {"now": at(9, 8), "published": published(A, B)}

REFUSED: dict[str, tuple[Change, dict[str, Any], tuple[str, str]]] = {
    "outside all sessions": (alter(start=at(2, 4)), {}, ("H1", "outside_sessions")),
    "over the end of a session": (alter(start=at(2, 6, 29)), {}, ("H1", "outside_sessions")),
    "onto a blackout": (
        alter(start=at(10, 5, 45)),
        {"stations": (station(blackouts=(DARK,)),)},
        ("H1", "outside_sessions"),
    ),
    "into the beginning of a blackout": (
        alter(start=at(10, 5, 29)),
        {"stations": (station(blackouts=(DARK,)),)},
        ("H1", "outside_sessions"),
    ),
    "on a day on which the station is closed": (
        alter(start=at(20)),
        {"stations": (station(sessions=(session(to_date=date(2026, 12, 15)),)),)},
        ("H1", "outside_sessions"),
    ),
    "across midnight": (
        alter(start=at(2, 23, 59)),
        {"stations": (station(sessions=(session("late", "22:00", "24:00"), session("early", "00:00", "02:00"))),)},
        ("H1", "outside_sessions"),
    ),
    "across the end of the month": (
        alter(start=at(31, 23, 59)),
        {"stations": (station(sessions=(session("late", "22:00", "24:00"),)),)},
        ("H1", "outside_sessions"),
    ),
    "into the next month": (alter(start=at(1, month=1, year=2027)), {}, ("H1", "outside_month")),
    "into the month before": (add(at(30, month=11)), {}, ("H1", "outside_month")),
    "to the end of time": (add(datetime.max.replace(tzinfo=UTC)), {}, ("H1", "outside_month")),
    "to the beginning of time": (alter(start=datetime.min.replace(tzinfo=UTC)), {}, ("H1", "outside_month")),
    "with seconds": (alter(start=at(2, 5, 10).replace(second=30)), {}, ("H1", "not_on_a_minute")),
    "onto another slot": (alter(start=at(7, 5, 2)), {}, ("H1", "overlap")),
    "into the freeze": (
        add(at(10)),
        {"now": at(9, 8), "freeze_hours": 48},
        ("H5", "before_freeze"),
    ),
    "into the past": (add(at(5)), {"now": at(9, 8)}, ("H5", "before_now")),
    "what has begun": (alter(start=at(20)), PAST, ("H5", "begun")),
    "what has begun and was never published": (RemoveSlot(station="D", slot="a"), {"now": at(9, 8)}, ("H5", "begun")),
    "what is near and published": (alter("b", start=at(20)), PAST | {"now": at(6, 8)}, ("H5", "near")),
    "too near an airing": (alter(start=at(8), segments=("s2",)), {}, ("H4", "too_near")),
    "twice the same in one slot": (alter(more=("s1",)), {}, ("H4", "too_near")),
    "once too often": (
        add(at(20), "s1"),
        {"columns": (column(max_per_month=1),)},
        ("H4", "too_often"),
    ),
    "longer than a slot may be": (
        alter(more=("s3", "s4")),
        {"columns": (column(slot_max_ms=300_000),)},
        ("H2", "too_long"),
    ),
    "shorter than a slot may be": (
        alter(segments=("s0",)),
        {"columns": (column(slot_min_ms=120_000),)},
        ("H2", "too_short"),
    ),
    "one slot too many a day": (add(at(2, 6)), {"columns": (column(max_slots_per_day=1),)}, ("H2", "too_many_a_day")),
    "over a maximum of the day": (add(at(2, 6)), {"rules": (maximum(200_000, "day"),)}, ("H6", "above_maximum")),
    "over a maximum of the month": (add(at(20)), {"rules": (maximum(300_000, "month"),)}, ("H6", "above_maximum")),
    "a segment that nobody knows": (alter(segments=("s99",)), {}, ("H3", "unknown_segment")),
    "a segment that is withdrawn": (
        add(at(20), "s5"),
        {"segments": (segment("s1", 110), segment("s2", 130), segment("s5", 190, valid_to=date(2026, 12, 1)))},
        ("H3", "not_valid"),
    ),
    "a segment of another column": (
        add(at(20), "s5"),
        {
            "columns": (column(), column("other")),
            "segments": (segment("s1", 110), segment("s2", 130), segment("s5", 190, column="other")),
        },
        ("H3", "other_column"),
    ),
    "a segment for others": (
        add(at(20), "s5"),
        {"segments": (segment("s1", 110), segment("s2", 130), segment("s5", 190, tiers=("commune",)))},
        ("H3", "not_meant"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_change_is_refused_with_the_constraint_that_it_breaks(case: str) -> None:
    change, given, named = REFUSED[case]
    assert named in broken(in_hand(**given), change)


def test_a_slot_without_segments_is_refused_as_empty() -> None:
    plan = in_hand()
    for change in (AddSlot(station="D", column="c", start=at(20), segments=()), alter(segments=())):
        assert ("H2", "empty") in broken(plan, change)
        assert places(plan, change) == []


def test_an_added_slot_has_its_frame_its_items_whole_and_a_name_of_its_own() -> None:
    done = in_hand().attempt(add(at(20, 5, 10), "s5", "s0"))
    [changed] = done.changed
    assert done.broken == ()
    assert changed.before is None
    assert changed.after is not None
    assert (changed.after.id, changed.after.length_ms) == ("D.20261220T0510", 15_000 + 190_000 + 90_000 + 10_000)
    assert [(item.segment, item.start_ms) for item in changed.after.items] == [("s5", 15_000), ("s0", 205_000)]
    assert set(done.slots) == {A, B, changed.after}


def test_a_name_that_is_taken_gets_a_number_and_a_published_slot_its_own_back() -> None:
    taken = replace_start(A, at(20), "D.20261202T0500")
    changed = in_hand(taken).attempt(add(at(2))).changed[0].after
    assert changed is not None
    assert changed.id == "D.20261202T0500-2"
    back = in_hand(B, published=published(A)).attempt(add(at(2))).changed[0].after
    assert back is not None
    assert back.id == "a"


def replace_start(one: Slot, start: datetime, code: str) -> Slot:
    return slot(start, [(item.segment, item.duration_ms // 1000) for item in one.items], code=code)


def test_an_offset_is_no_matter() -> None:
    plan = in_hand()
    here = plan.attempt(alter(start=at(2, 5, 30)))
    there = plan.attempt(alter(start=at(2, 5, 30).astimezone(timezone(timedelta(hours=-5)))))
    assert (here.slots, here.broken) == (there.slots, there.broken)
    assert here.broken == ()


def test_a_change_that_changes_nothing_is_refused_as_that() -> None:
    plan = in_hand()
    for change in (
        alter(start=at(2).astimezone(UTC)),
        alter(segments=("s1",)),
        alter(),
        LockSlot(station="D", slot="a", locked=False),
    ):
        with pytest.raises(ChangesNothing):
            plan.attempt(change)


def test_a_slot_of_old_lengths_gets_those_of_now_when_it_is_moved() -> None:
    old = slot(at(2), [("s1", 100), ("s2", 130)], code="a")
    moved = in_hand(old).attempt(alter(start=at(2, 6)))
    after = moved.changed[0].after
    assert moved.broken == ()
    assert after is not None
    assert [(item.start_ms, item.duration_ms) for item in after.items] == [(15_000, 110_000), (125_000, 130_000)]


def test_what_is_broken_already_refuses_no_other_change() -> None:
    over = slot(at(2, 5, 1), [("s3", 150)], code="over")  # lies over A
    plan = in_hand(A, B, over)
    assert broken(plan, alter("b", start=at(7, 6))) == []
    assert broken(plan, alter("over", start=at(2, 5, 2))) == [("H1", "overlap")]
    assert broken(plan, alter("over", start=at(2, 6))) == []
    # what it hid is not its doing
    third = slot(at(2, 5, 2), [("s4", 170)], code="third")
    assert broken(in_hand(A, over, third), RemoveSlot(station="D", slot="over")) == []


def test_a_withdrawn_segment_that_is_there_already_can_move_on_its_day_but_to_no_other() -> None:
    gone = (segment("s1", 110, valid_to=date(2026, 12, 1)), segment("s2", 130))
    plan = in_hand(segments=gone)
    assert broken(plan, alter(start=at(2, 6))) == []
    assert broken(plan, alter(start=at(3))) == [("H3", "not_valid")]
    assert broken(plan, RemoveSlot(station="D", slot="a")) == []


def test_a_maximum_that_is_exceeded_already_may_be_exceeded_less() -> None:
    rules = (maximum(200_000, "day"),)
    both = (slot(at(2), [("s1", 110)], code="a"), slot(at(2, 6), [("s5", 190)], code="b"))
    plan = in_hand(*both, rules=rules)
    assert broken(plan, alter("b", segments=("s2",))) == []
    assert broken(plan, alter("b", segments=("s6",))) == [("H6", "above_maximum")]


def test_removing_the_first_airing_of_a_segment_may_break_a_maximum_where_the_next_one_counts() -> None:
    rules = (maximum(250_000, "day", repeats=False),)
    first, again = slot(at(2), code="a"), slot(at(7), [("s1", 110), ("s5", 190)], code="b")
    plan = in_hand(first, again, rules=rules)
    assert broken(plan, RemoveSlot(station="D", slot="a")) == [("H6", "above_maximum")]


def test_a_segment_of_no_column_may_come_too_near_by_a_slot_of_another_column() -> None:
    columns = (column(separation_days=2), column("wide", separation_days=5))
    segments = (segment("s1", 110, column=None), segment("s2", 130))
    plan = in_hand(slot(at(2), code="a"), slot(at(5), code="b"), columns=columns, segments=segments)
    wide = AddSlot(station="D", column="wide", start=at(20), segments=("s1",))
    assert broken(plan, wide) == [("H4", "too_near")]


def test_what_is_urgent_may_be_added_before_the_freeze_and_must_stay_urgent() -> None:
    segments = (segment("s1", 110), segment("s2", 130), segment("now", 150, priority="urgent"))
    given: dict[str, Any] = {"now": at(9, 8), "segments": segments}
    added = in_hand(**given).attempt(add(at(10), "now"))
    assert added.broken == ()
    plan = in_hand(*added.slots, **given)
    urgent = added.changed[0].after
    assert urgent is not None
    assert broken(plan, alter(urgent.id, segments=("s1",))) == [("H5", "before_freeze")]


# Locks


def test_a_locked_slot_is_kept_and_refuses_changes_until_it_is_unlocked() -> None:
    locked = in_hand().attempt(LockSlot(station="D", slot="a", locked=True))
    assert [each.id for each in locked.instance.locked] == ["a"]
    plan = PlanInHand(locked.instance, locked.slots)
    for change in (alter(start=at(3)), alter(more=("s5",)), RemoveSlot(station="D", slot="a")):
        assert broken(plan, change) == [("H5", "locked")]
        assert places(plan, change) == []
    opened = plan.attempt(LockSlot(station="D", slot="a", locked=False))
    assert opened.instance.locked == ()
    assert broken(PlanInHand(opened.instance, opened.slots), alter(start=at(3))) == []


def test_a_slot_that_was_published_locked_can_be_unlocked() -> None:
    fast = slot(at(2), code="a", locked=True)
    plan = in_hand(fast, published=published(fast))
    opened = plan.attempt(LockSlot(station="D", slot="a", locked=False))
    assert broken(PlanInHand(opened.instance, opened.slots), alter(start=at(3))) == []


def test_what_has_begun_or_is_relayed_can_not_be_locked() -> None:
    lock = LockSlot(station="D", slot="a", locked=True)
    assert broken(in_hand(**PAST), lock) == [("H5", "begun")]
    plan = PlanInHand(*relayed())
    assert broken(plan, LockSlot(station="X", slot="x", locked=True)) == [("H7", "relayed")]


# Relays


def relayed(*more: Slot) -> tuple[Any, list[Slot]]:
    """D, relayed by X in the morning, X by Y; D has A, and so they have it too. X has an evening of its own."""
    stations = (
        station(sessions=(session(), EVENING)),
        station("X", tier="commune", sessions=(session(end="06:00", relays="D"), session("own", "06:00", "07:00"))),
        station("Y", tier="commune", sessions=(session(relays="X"),)),
    )
    copies = [
        slot(at(2), code="x", on="X", relayed_from="D"),
        slot(at(2), code="y", on="Y", relayed_from="X"),
    ]
    return instance(stations=stations), [A, *copies, *more]


def test_those_who_relay_a_slot_follow_with_the_same_names() -> None:
    plan = PlanInHand(*relayed())
    done = plan.attempt(alter(start=at(3, 5, 10), more=("s5",)))
    assert done.broken == ()
    assert [(each.station, each.after and each.after.id) for each in done.changed] == [
        ("D", "a"),
        ("X", "x"),
        ("Y", "y"),
    ]
    afters = [each.after for each in done.changed if each.after is not None]
    assert len({(after.start, after.length_ms, after.items) for after in afters}) == 1
    assert [after.relayed_from for after in afters] == [None, "D", "X"]


def test_a_slot_that_moves_out_of_what_is_relayed_goes_where_it_was_and_comes_back_where_it_was_not() -> None:
    plan = PlanInHand(*relayed())
    away = plan.attempt(alter(start=at(3, 17)))
    assert [(each.station, each.after is None) for each in away.changed] == [("D", False), ("X", True), ("Y", True)]
    back = PlanInHand(plan.instance, away.slots).attempt(alter(start=at(3, 5)))
    assert [(each.station, each.before is None) for each in back.changed] == [("D", False), ("X", True), ("Y", True)]
    assert [each.after.id for each in back.changed if each.after is not None] == [
        "a",
        "X.20261203T0500",
        "Y.20261203T0500",
    ]


def test_a_relayed_slot_is_changed_where_it_comes_from_only() -> None:
    plan = PlanInHand(*relayed())
    for change in (alter("x", "X", start=at(3)), alter("x", "X", more=("s5",)), RemoveSlot(station="X", slot="x")):
        attempt = plan.attempt(change)
        assert [(each.code, each.what, each.facts) for each in attempt.broken] == [("H7", "relayed", ("D",))]
        assert nearest_places(plan, attempt) == ()


def test_a_change_that_meets_a_slot_of_those_who_relay_it_is_refused_and_named_there() -> None:
    own = slot(at(3, 5, 10), [("s3", 150)], code="own", on="X")
    plan = PlanInHand(*relayed(own))
    attempt = plan.attempt(alter(start=at(3, 5, 11)))
    assert [(each.station, each.what, set(each.slots)) for each in attempt.broken] == [("X", "overlap", {"own", "x"})]
    # beside it, and in the evenings, which nobody relays
    assert places(plan, alter(start=at(3, 5, 11))) == ["03 05:13", "02 18:27", "03 17:00"]


def test_what_those_who_relay_break_among_relayed_slots_alone_refuses_nothing() -> None:
    lines = (station(), station("E"))
    both = station("X", sessions=(session("one", relays="D"), session("two", relays="E")))
    other = slot(at(3), [("s2", 130)], code="e", on="E")
    theirs = (
        slot(at(2), code="x", on="X", relayed_from="D"),
        slot(at(3), [("s2", 130)], code="xe", on="X", relayed_from="E"),
    )
    plan = PlanInHand(instance(stations=(*lines, both)), [A, other, *theirs])
    assert broken(plan, alter(start=at(3))) == []


# Nearest places


def test_the_nearest_places_are_one_in_each_free_stretch_and_the_earlier_of_two_as_near() -> None:
    sessions = (session("noon", "11:00", "11:10"), session("s13", "13:00", "13:10"), session("s20", "20:00", "20:10"))
    plan = in_hand(A, stations=(station(sessions=sessions),))
    assert places(plan, add(at(10, 12, 3))) == ["10 11:06", "10 13:00", "10 20:00"]
    # 11:00 and 13:00 are as far from 12:00 for a slot that leaves no choice
    narrow = (session("noon", "11:00", "11:04"), session("s13", "13:00", "13:04"))
    assert places(in_hand(A, stations=(station(sessions=narrow),)), add(at(10, 12)))[:2] == ["10 11:00", "10 13:00"]


def test_a_place_beside_the_slot_in_the_way_is_nearest() -> None:
    plan = in_hand()
    assert places(plan, alter(start=at(7, 5, 1)))[:2] == ["07 05:03", "06 06:27"]


def test_a_start_with_seconds_is_offered_the_whole_minutes_around_it() -> None:
    assert places(in_hand(), add(at(20, 5, 10).replace(second=30)))[0] == "20 05:10"
    assert places(in_hand(), add(at(20, 5, 10).replace(second=31)))[0] == "20 05:11"


def test_where_a_date_does_not_do_another_one_is_offered() -> None:
    assert places(in_hand(), add(at(8), "s2")) == ["09 05:00", "10 05:00", "05 06:27"]


def test_nothing_is_offered_that_begins_before_the_freeze() -> None:
    assert places(in_hand(now=at(9, 8)), add(at(5))) == ["11 05:00", "12 05:00", "13 05:00"]


def test_a_start_outside_the_month_is_offered_the_nearest_within() -> None:
    assert places(in_hand(), add(at(3, month=1, year=2027))) == ["31 06:26", "30 06:26", "29 06:26"]


def test_nothing_is_offered_where_no_place_does() -> None:
    plan = in_hand(columns=(column(max_per_month=1),))
    assert places(plan, add(at(20), "s1")) == []
    assert places(in_hand(rules=(maximum(300_000, "month"),)), add(at(20))) == []
    assert places(in_hand(stations=(station(sessions=()),)), add(at(20))) == []
    assert places(in_hand(), RemoveSlot(station="D", slot="a")) == []


def test_a_place_that_is_offered_carries_the_whole_change() -> None:
    """A slot that grows too long for where it stands is offered places for all of it."""
    plan = in_hand(A, slot(at(2, 5, 3), [("s3", 150)], code="next"))
    longer = alter(more=("s5",))
    [first, *_] = nearest_places(plan, plan.attempt(longer))
    moved = plan.attempt(replace(longer, start=first))
    after = moved.changed[0].after
    assert moved.broken == ()
    assert after is not None
    assert [item.segment for item in after.items] == ["s1", "s5"]
