"""What is locked by hand stays when the month is planned anew, published, and planned anew again."""

from datetime import UTC, timedelta

import pytest
from msgspec.structs import replace
from sqlmodel import select

from server.db.records import AuditEntry
from server.services.plans import list_revisions, make_plan, publish_plan
from server.services.pushing import push_version
from server.services.refusals import DraftStale, PlanOvertaken
from server.services.replanning import replan_month
from server.services.replanning_segments import with_what_follows, withdraw
from server.services.segments import get_segment
from server.services.views import SlotView
from tests.server.services.editing import (
    add,
    edited,
    free_day,
    in_hand,
    lock,
    move,
    on,
    own_slots,
    remove,
)
from tests.server.services.plan_reading import darken, slots_of
from tests.server.services.test_pushing import replace_recording
from tests.server.services.test_replanning import aired_in
from tests.server.worlds import MONTH, World


def named(slots: list[SlotView], key: str) -> SlotView | None:
    return next((slot for slot in slots if slot.key == key), None)


def locked_by_hand(world: World) -> SlotView:
    """A slot that no planner would make, locked, in the draft."""
    done = edited(world, add(on(free_day(world), "05:37"), "b0002", "b0001"))
    slot = done.stations[0].slots[0].after
    assert slot is not None
    edited(world, lock(slot))
    return replace(slot, locked=True)


def test_what_is_locked_by_hand_is_there_when_the_month_is_planned_anew_and_what_is_not_is_gone(
    published: World,
) -> None:
    locked = locked_by_hand(published)
    loose = edited(published, add(on(free_day(published), "05:05"), "b0006")).stations[0].slots[0].after
    assert loose is not None
    make_plan(published.context, MONTH)
    assert named(in_hand(published), locked.key) == locked
    assert named(in_hand(published), loose.key) is None
    make_plan(published.context, MONTH)
    assert named(in_hand(published), locked.key) == locked


def test_the_same_in_a_month_that_was_never_published(district: World) -> None:
    make_plan(district.context, MONTH)
    slot = own_slots(district)[0]
    edited(district, move(slot, slot.starts_at + timedelta(minutes=7)))
    edited(district, lock(slot))
    locked = named(in_hand(district), slot.key)
    make_plan(district.context, MONTH)
    assert named(in_hand(district), slot.key) == locked


def test_it_is_there_when_the_draft_is_published_and_the_month_planned_again(published: World) -> None:
    locked = locked_by_hand(published)
    publish_plan(published.context, MONTH)
    assert named(slots_of(published, "h654"), locked.key) == locked
    other = next(slot for slot in slots_of(published, "h654") if slot.key != locked.key)
    darken(published, "h654", f"{other.starts_at:%Y-%m-%d} 00:00", f"{other.starts_at:%Y-%m-%d} 23:59")
    [month] = replan_month(published.context, MONTH).months
    assert month.outcome == "draft"
    assert named(in_hand(published), locked.key) == locked
    make_plan(published.context, MONTH)
    assert named(in_hand(published), locked.key) == locked
    publish_plan(published.context, MONTH)
    assert named(slots_of(published, "h654"), locked.key) == locked


def test_a_change_elsewhere_plans_around_it_and_tells_how_much_was_changed_by_hand(published: World) -> None:
    locked = locked_by_hand(published)
    [month] = withdraw(published.context, "b0003", reason="Số liệu sai").replanned.months
    assert (month.draft_replaced, month.hand_changes) == (True, 2)
    assert named(in_hand(published), locked.key) == locked


def test_a_lock_that_changes_nothing_aired_is_not_lost_where_only_other_stations_are_planned(
    published: World,
) -> None:
    slot = own_slots(published)[0]
    edited(published, lock(slot))
    published.add_segment("b0100", priority="urgent", seconds=200, stations=["x24490"])
    before = aired_in(published, MONTH, "published")
    done = with_what_follows(published.context, get_segment(published.context, "b0100")).replanned
    assert (done.stations, done.months[0].hand_changes) == (1, 1)
    assert named(in_hand(published), slot.key) == replace(slot, locked=True)
    publish_plan(published.context, MONTH)
    assert before - aired_in(published, MONTH, "published") == set()
    kept = named(slots_of(published, "h654"), slot.key)
    assert kept is not None
    assert kept.locked


def test_a_published_lock_that_is_undone_in_the_draft_holds_no_more(published: World) -> None:
    slot = own_slots(published)[0]
    edited(published, lock(slot))
    publish_plan(published.context, MONTH)
    darken(published, "h654", f"{slot.starts_at:%Y-%m-%d} 00:00", f"{slot.starts_at:%Y-%m-%d} 23:59")
    replan_month(published.context, MONTH)
    there = named(in_hand(published), slot.key)
    assert there is not None
    assert there.starts_at == slot.starts_at
    edited(published, lock(slot, locked=False))
    make_plan(published.context, MONTH)
    assert all(each.starts_at.date() != slot.starts_at.date() for each in in_hand(published))


def test_an_unlocked_slot_can_be_removed_and_does_not_come_back_as_locked(published: World) -> None:
    slot = own_slots(published)[0]
    edited(published, lock(slot))
    publish_plan(published.context, MONTH)
    edited(published, lock(slot, locked=False))
    edited(published, remove(slot))
    assert named(in_hand(published), slot.key) is None
    other = own_slots(published)[0]
    edited(published, move(other, other.starts_at + timedelta(minutes=3)))
    publish_plan(published.context, MONTH)
    assert named(slots_of(published, "h654"), slot.key) is None


def test_locking_a_slot_does_not_change_what_it_sounds_like(published: World) -> None:
    slot = own_slots(published)[0]
    replace_recording(published, slot.items[0].segment)
    edited(published, lock(slot))
    assert named(in_hand(published), slot.key) == replace(slot, locked=True)
    make_plan(published.context, MONTH)
    assert named(in_hand(published), slot.key) == replace(slot, locked=True)


def test_a_moved_slot_gets_the_newest_recordings(published: World) -> None:
    slot = own_slots(published)[0]
    newest = replace_recording(published, slot.items[0].segment)
    edited(published, move(slot, slot.starts_at + timedelta(minutes=3)))
    moved = named(in_hand(published), slot.key)
    assert moved is not None
    assert moved.items[0].sha256 == newest
    publish_plan(published.context, MONTH)


def test_a_locked_slot_that_waits_to_be_published_gets_a_newer_recording_as_long_when_it_is_planned_anew(
    published: World,
) -> None:
    locked = locked_by_hand(published)
    newest = replace_recording(published, "b0002")
    with pytest.raises(DraftStale):
        publish_plan(published.context, MONTH)
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)
    there = named(slots_of(published, "h654"), locked.key)
    assert there is not None
    assert [item.segment for item in there.items] == ["b0002", "b0001"]
    assert (there.locked, there.items[0].sha256) == (True, newest)


def test_a_locked_slot_keeps_a_recording_of_another_length_and_can_be_published_so(published: World) -> None:
    locked = locked_by_hand(published)
    replace_recording(published, "b0002", seconds=200)
    make_plan(published.context, MONTH)
    assert named(in_hand(published), locked.key) == locked
    publish_plan(published.context, MONTH)
    assert named(slots_of(published, "h654"), locked.key) == locked


def test_a_lock_whose_time_has_come_before_it_was_published_holds_no_more(published: World) -> None:
    locked = locked_by_hand(published)
    published.now = locked.starts_at.astimezone(UTC) + timedelta(hours=1)
    with pytest.raises(DraftStale):
        publish_plan(published.context, MONTH)
    make_plan(published.context, MONTH)
    assert named(in_hand(published), locked.key) is None
    publish_plan(published.context, MONTH)


def test_a_push_publishes_nothing_that_was_changed_by_hand_and_waits_to_be_published(published: World) -> None:
    locked = locked_by_hand(published)
    code = own_slots(published)[0].items[0].segment
    replace_recording(published, code, seconds=190)
    push_version(published.context, code, reason="Bản mới")
    assert named(slots_of(published, "h654"), locked.key) is None


# Planning beside changes by hand


def test_planning_one_station_anew_leaves_changes_by_hand_of_the_others(published: World) -> None:
    own = edited(published, add(on(free_day(published), "05:37"), "b0006", station="x24490")).stations[0].slots[0].after
    assert own is not None
    view = make_plan(published.context, MONTH, station="x24502")
    assert view.hand_changes == 1
    assert named(in_hand(published, "x24490"), own.key) == own
    view = make_plan(published.context, MONTH)
    assert view.hand_changes == 0
    with published.context.database.read() as session:
        trail = session.exec(select(AuditEntry)).all()
    assert [entry.facts.get("hand_changes_replaced") for entry in trail if entry.action == "plan.made"][-2:] == [0, 1]


def test_a_change_by_hand_while_the_month_is_planned_is_not_overwritten(published: World) -> None:
    made: list[SlotView] = []

    def progress(_done: int, _total: int, *_short: int) -> None:
        if not made:
            made.append(locked_by_hand(published))

    with pytest.raises(PlanOvertaken):
        make_plan(published.context, MONTH, progress=progress)
    assert named(in_hand(published), made[0].key) == made[0]
    assert list_revisions(published.context, MONTH)[0].hand_changes == 2
