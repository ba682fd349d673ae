"""What changed is planned anew into a draft: what it touches changes, what it does not stays, nothing is published."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from schedules.months import Month
from server.db.library import Segment
from server.db.plans import PlanRevision
from server.db.records import AuditEntry
from server.db.registry import Station
from server.services.differences import MonthDifference, month_difference
from server.services.plans import list_revisions, make_plan, publish_plan
from server.services.refusals import (
    BadField,
    NoDraft,
    NotPublished,
    PlanOvertaken,
    SegmentAlreadyWithdrawn,
    UnknownSegment,
)
from server.services.replanning import ReplannedView, planned_months, replan_month
from server.services.replanning_segments import with_what_follows, withdraw
from server.services.segments import get_segment
from server.services.stored_plans import StoredSlot, plans_of, read_slots
from server.services.views import SlotView
from tests.server.services.editing import edited, lock, own_slots
from tests.server.services.plan_reading import darken, segments_in, slots_of
from tests.server.worlds import MONTH, World, local

CODE = "b0003"
JANUARY = Month(2027, 1)

Aired = tuple[int, datetime, int, str | None, tuple[tuple[str, int], ...]]
"""Station id, start, length, parent, segments with what each airs: what makes a slot itself to listeners."""


def aired_in(world: World, month: Month, status: str) -> set[Aired]:
    return {
        (
            station,
            slot.starts_at,
            slot.length_ms,
            slot.relayed_from,
            tuple((item.segment, item.duration_ms) for item in slot.items),
        )
        for station, slots in stored(world, month, status).items()
        for slot in slots
    }


def stored(world: World, month: Month, status: str) -> Mapping[int, list[StoredSlot]]:
    """Of the draft, or of the latest published revision."""
    with world.context.database.read() as session:
        rows = session.exec(
            select(PlanRevision).where(PlanRevision.month == str(month), PlanRevision.status == status)
        ).all()
        return read_slots(session, plans_of(max(rows, key=lambda row: row.number or 0).id))


def holding(slots: Iterable[Aired], code: str = CODE) -> set[Aired]:
    return {slot for slot in slots if code in {segment for segment, _ in slot[4]}}


def most_aired(world: World) -> str:
    """The segment that is published on the most days."""
    days: dict[str, set[date]] = {}
    for slot in aired_in(world, MONTH, "published"):
        for segment, _duration in slot[4]:
            days.setdefault(segment, set()).add(slot[1].date())
    return max(days, key=lambda code: (len(days[code]), code))


def places(slots: Iterable[Aired]) -> set[tuple[int, datetime]]:
    return {slot[:2] for slot in slots}


def recounted(before: set[Aired], after: set[Aired]) -> tuple[int, int, int]:
    """Changed slots, their stations and airtime, where no slot moved with its content: by what listeners would hear."""
    gone, new = before - after, after - before
    assert not {slot[4] for slot in gone} & {slot[4] for slot in new}, "a slot moved, which this does not count"
    fresh = {slot for slot in new if slot[:2] not in places(gone)}
    touched = [*gone, *fresh]
    return (
        len(touched),
        len({slot[0] for slot in touched}),
        sum(duration for slot in touched for _, duration in slot[4]),
    )


def counts(view: ReplannedView | MonthDifference) -> tuple[int, int, int]:
    return view.slots, view.stations, view.airtime_ms


def revisions(world: World, month: Month = MONTH) -> list[tuple[str, int | None]]:
    return [(view.status, view.number) for view in list_revisions(world.context, month)]


# Withdrawing


def test_after_a_withdrawal_only_slots_that_held_the_segment_differ_in_the_draft(published: World) -> None:
    before = aired_in(published, MONTH, "published")
    done = withdraw(published.context, CODE, reason="Số liệu sai")

    assert (done.code, done.state, done.withdrawn_reason) == (CODE, "withdrawn", "Số liệu sai")
    after = aired_in(published, MONTH, "draft")
    assert before - after == holding(before)
    assert not holding(after)
    assert aired_in(published, MONTH, "published") == before
    assert revisions(published) == [("draft", None), ("published", 1)]


def test_what_a_withdrawal_touched_is_counted_as_a_recount_has_it(published: World) -> None:
    before = aired_in(published, MONTH, "published")
    done = withdraw(published.context, CODE, reason="Số liệu sai").replanned
    after = aired_in(published, MONTH, "draft")

    [month] = done.months
    assert counts(done) == (month.slots, month.stations, month.airtime_ms) == recounted(before, after)
    assert counts(month_difference(published.context, MONTH)) == counts(done)
    assert (month.month, month.outcome, month.revision, month.left) == ("2026-12", "draft", 1, 0)
    assert month.short_ms == list_revisions(published.context, MONTH)[0].short_ms == 0
    assert not month.draft_replaced


def test_the_draft_of_a_withdrawal_can_be_published_and_then_nothing_is_left_to_do(published: World) -> None:
    withdraw(published.context, CODE, reason="Số liệu sai")
    publish_plan(published.context, MONTH)
    assert not holding(aired_in(published, MONTH, "published"))
    again = replan_month(published.context, MONTH)
    assert [(month.outcome, month.slots) for month in again.months] == [("unchanged", 0)]
    assert revisions(published) == [("published", 2), ("published", 1)]


def test_all_months_from_this_one_on_are_planned_anew_and_a_station_counts_once(published: World) -> None:
    make_plan(published.context, JANUARY)
    publish_plan(published.context, JANUARY)
    before = {month: aired_in(published, month, "published") for month in (MONTH, JANUARY)}
    assert all(holding(slots) for slots in before.values())
    done = withdraw(published.context, CODE, reason="Số liệu sai").replanned

    assert [month.month for month in done.months] == ["2026-12", "2027-01"]
    assert done.slots == sum(month.slots for month in done.months)
    assert (done.stations, [month.stations for month in done.months]) == (3, [3, 3])
    for month in (MONTH, JANUARY):
        assert not holding(aired_in(published, month, "draft"))


def test_a_month_that_is_over_in_local_time_is_left_alone(published: World) -> None:
    published.now = local("2027-01-01 00:30")
    assert withdraw(published.context, CODE, reason="Số liệu sai").replanned.months == []
    assert revisions(published) == [("published", 1)]


def test_what_has_begun_and_what_is_too_near_keeps_the_segment_and_is_counted_as_left(published: World) -> None:
    code = most_aired(published)
    held = sorted(holding(aired_in(published, MONTH, "published"), code), key=lambda slot: slot[1])
    published.now = held[0][1] - timedelta(hours=1)
    edge = published.now + timedelta(hours=24)
    near = {slot for slot in held if slot[1] < edge}
    assert near < set(held)
    done = withdraw(published.context, code, reason="Số liệu sai").replanned

    assert holding(aired_in(published, MONTH, "draft"), code) == near
    assert done.left == done.months[0].left == len(near)
    publish_plan(published.context, MONTH)
    assert holding(aired_in(published, MONTH, "published"), code) == near


def test_where_all_is_too_near_nothing_changes_and_what_is_left_is_told(published: World) -> None:
    last = max(holding(aired_in(published, MONTH, "published")), key=lambda slot: slot[1])
    published.now = last[1] - timedelta(minutes=1)
    [month] = withdraw(published.context, CODE, reason="Số liệu sai").replanned.months
    assert (month.outcome, month.slots, month.left > 0) == ("unchanged", 0, True)
    assert revisions(published) == [("published", 1)]


def test_a_segment_that_no_plan_airs_is_withdrawn_without_planning(published: World) -> None:
    published.add_segment("b0100")
    done = withdraw(published.context, "b0100", reason="Thừa")
    assert (done.state, done.replanned.months) == ("withdrawn", [])
    assert revisions(published) == [("published", 1)]


def test_a_month_that_only_has_a_draft_gets_a_new_one_where_that_held_the_segment(district: World) -> None:
    make_plan(district.context, MONTH)
    assert holding(aired_in(district, MONTH, "draft"))
    [month] = withdraw(district.context, CODE, reason="Số liệu sai").replanned.months
    assert (month.outcome, month.revision, month.draft_replaced) == ("draft", None, True)
    assert not holding(aired_in(district, MONTH, "draft"))
    publish_plan(district.context, MONTH)


def test_a_draft_that_is_there_gives_way_and_that_is_said_with_what_was_changed_by_hand(published: World) -> None:
    darken(published, "h654", "2026-12-08 00:00", "2026-12-09 00:00")
    make_plan(published.context, MONTH)
    for slot in own_slots(published)[:2]:
        edited(published, lock(slot))
    [month] = withdraw(published.context, CODE, reason="Số liệu sai").replanned.months
    assert (month.draft_replaced, month.hand_changes) == (True, 2)
    dark = local("2026-12-08 00:00"), local("2026-12-09 00:00")
    assert not [
        slot
        for slot in stored(published, MONTH, "draft")[published.keys["h654"]]
        if dark[0] <= slot.starts_at < dark[1]
    ]


def test_a_withdrawal_leaves_its_trace_and_the_draft_says_for_whose_sake(published: World) -> None:
    done = withdraw(published.context, CODE, reason="  Số  liệu sai ").replanned
    with published.context.database.read() as session:
        trail = session.exec(select(AuditEntry)).all()
    assert [entry.action for entry in trail][-2:] == ["segment.withdrawn", "plan.replanned"]
    facts = trail[-1].facts
    assert (trail[-1].subject, facts["because"], facts["reason"]) == ("2026-12", CODE, "Số liệu sai")
    assert (facts["slots"], facts["stations"]) == (done.slots, done.stations)


def test_what_can_not_be_withdrawn_is_refused_and_nothing_is_planned(published: World) -> None:
    with pytest.raises(BadField):
        withdraw(published.context, CODE, reason=" ")
    with pytest.raises(UnknownSegment):
        withdraw(published.context, "b9999", reason="sai")
    published.withdraw(CODE)
    with pytest.raises(SegmentAlreadyWithdrawn):
        withdraw(published.context, CODE, reason="sai")
    assert revisions(published) == [("published", 1)]


# Others at work meanwhile


def meanwhile(change: Callable[[int], None], *, times: int) -> Callable[..., None]:
    """Makes the change while a plan is made, once for each of the first `times` plannings."""
    made: list[int] = []

    def progress(done: int, total: int, *_short: int) -> None:
        if done == total and len(made) < times:
            made.append(1)
            change(len(made))

    return progress


def test_where_the_ground_changes_meanwhile_the_month_is_planned_again(published: World) -> None:
    def darkens(turn: int) -> None:
        darken(published, "h654", f"2026-12-{turn:02d} 00:00", f"2026-12-{turn:02d} 23:00")

    done = withdraw(published.context, CODE, reason="sai", progress=meanwhile(darkens, times=1))
    assert [month.outcome for month in done.replanned.months] == ["draft"]
    dark = {slot.starts_at.date() for slot in stored(published, MONTH, "draft")[published.keys["h654"]]}
    assert date(2026, 12, 1) not in dark


def test_where_it_changes_again_and_again_the_withdrawal_holds_and_the_month_is_named(published: World) -> None:
    def darkens(turn: int) -> None:
        darken(published, "h654", f"2026-12-{turn:02d} 00:00", f"2026-12-{turn:02d} 23:00")

    done = withdraw(published.context, CODE, reason="sai", progress=meanwhile(darkens, times=9))
    assert done.state == get_segment(published.context, CODE).state == "withdrawn"
    assert [(month.month, month.outcome, month.slots) for month in done.replanned.months] == [
        ("2026-12", "overtaken", 0)
    ]
    assert revisions(published) == [("published", 1)]
    with pytest.raises(PlanOvertaken):
        replan_month(published.context, MONTH, progress=meanwhile(lambda turn: darkens(turn + 9), times=9))


def test_a_draft_that_is_changed_by_hand_meanwhile_is_not_lost_unsaid(published: World) -> None:
    make_plan(published.context, MONTH)

    slot = own_slots(published)[0]

    def edits(_turn: int) -> None:
        edited(published, lock(slot))

    [month] = withdraw(published.context, CODE, reason="sai", progress=meanwhile(edits, times=1)).replanned.months
    assert (month.outcome, month.hand_changes) == ("draft", 1)


def test_a_planning_that_is_ended_leaves_the_withdrawal_and_planning_the_month_mends_it(published: World) -> None:
    """As when the process dies between the two."""

    class Enough(Exception):
        pass

    def cancel(_done: int, _total: int, *_short: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        withdraw(published.context, CODE, reason="sai", progress=cancel)
    assert get_segment(published.context, CODE).state == "withdrawn"
    assert revisions(published) == [("published", 1)]
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)
    assert not holding(aired_in(published, MONTH, "published"))


# A month on its own


def test_a_month_in_which_nothing_has_to_change_gets_no_draft(published: World) -> None:
    [month] = replan_month(published.context, MONTH).months
    assert (month.outcome, month.slots, month.revision) == ("unchanged", 0, 1)
    assert revisions(published) == [("published", 1)]


def test_planning_a_month_anew_follows_what_changed_and_its_reason_is_kept(published: World) -> None:
    slot = slots_of(published, "h654")[3]
    darken(published, "h654", f"{slot.starts_at:%Y-%m-%d} 00:00", f"{slot.starts_at:%Y-%m-%d} 23:59")
    done = replan_month(published.context, MONTH, reason="Cắt điện")
    assert done.reason == "Cắt điện"
    district = published.keys["h654"]
    gone = aired_in(published, MONTH, "published") - aired_in(published, MONTH, "draft")
    assert {each[1] for each in gone if each[0] == district} == {slot.starts_at}
    assert counts(done) == counts(month_difference(published.context, MONTH))


def test_a_month_without_anything_published_is_not_planned_anew(district: World) -> None:
    with pytest.raises(NotPublished):
        replan_month(district.context, MONTH)
    with pytest.raises(BadField):
        replan_month(district.context, MONTH, reason="x" * 501)


# Something urgent


def test_something_urgent_is_aired_within_the_freeze_and_nothing_else_moves(published: World) -> None:
    published.now = local("2026-12-10 08:00").astimezone(UTC)
    before = aired_in(published, MONTH, "published")
    published.add_segment("b0100", priority="urgent", seconds=200, valid_from=date(2026, 12, 10))
    done = with_what_follows(published.context, get_segment(published.context, "b0100"))

    after = aired_in(published, MONTH, "draft")
    urgent = holding(after, "b0100")
    assert {slot[0] for slot in urgent} == {published.keys[code] for code in ("h654", "x24490", "x24502")}
    assert all(slot[1] < published.now + timedelta(hours=24) for slot in urgent)
    assert before - after == set()
    assert done.replanned.slots == len(after - before) == len(urgent)
    publish_plan(published.context, MONTH)


def test_only_the_months_in_which_it_is_owed_are_planned_anew(published: World) -> None:
    make_plan(published.context, JANUARY)
    publish_plan(published.context, JANUARY)
    published.add_segment("b0100", priority="priority", valid_from=date(2027, 1, 10))
    done = with_what_follows(published.context, get_segment(published.context, "b0100"))
    assert [month.month for month in done.replanned.months] == ["2027-01"]


def test_what_owes_nothing_is_left_to_the_next_planning(published: World) -> None:
    published.add_segment("b0100")
    done = with_what_follows(published.context, get_segment(published.context, "b0100"))
    assert (done.code, done.replanned.months) == ("b0100", [])
    assert revisions(published) == [("published", 1)]


def test_what_must_air_between_two_dates_is_planned_in_the_months_between(published: World) -> None:
    published.add_segment("b0100", seconds=200)
    with published.change() as session:
        row = session.exec(select(Segment).where(Segment.code == "b0100")).one()
        row.must_air = {"times": 2, "from": "2026-12-10", "to": "2026-12-20"}
        session.add(row)
    done = with_what_follows(published.context, get_segment(published.context, "b0100"))
    assert [month.month for month in done.replanned.months] == ["2026-12"]


# The difference as it is shown


def test_the_difference_has_both_sides_with_their_titles(published: World) -> None:
    withdraw(published.context, CODE, reason="Số liệu sai")
    found = month_difference(published.context, MONTH)
    assert (found.published.number, found.draft.status) == (1, "draft")
    assert [station.station for station in found.differing] == ["h654", "x24502", "x24490"]
    for station in found.differing:
        was = {slot.key: slot for slot in slots_of(published, station.station)}
        for change in station.changes:
            if change.before is not None:
                assert change.before == was[change.before.key]
                assert CODE in segments_in([change.before])
            if change.after is not None:
                assert all(item.title.startswith("Hỏi đáp số") for item in change.after.items)
        assert station.airtime_ms == sum(change.airtime_ms for change in station.changes)
        assert station.gained_ms == sum(airtime(change.after) - airtime(change.before) for change in station.changes)


def airtime(slot: SlotView | None) -> int:
    return slot.airtime_ms if slot is not None else 0


def test_a_draft_that_equals_what_is_published_has_no_difference(published: World) -> None:
    make_plan(published.context, MONTH)
    found = month_difference(published.context, MONTH)
    assert (found.slots, found.stations, found.airtime_ms, found.differing) == (0, 0, 0, [])


def test_without_two_plans_there_is_no_difference(district: World, published: World) -> None:
    make_plan(district.context, MONTH)
    with pytest.raises(NotPublished):
        month_difference(district.context, MONTH)
    with pytest.raises(NoDraft):
        month_difference(published.context, MONTH)
    assert planned_months(published.context) == [MONTH]


def test_a_station_that_is_there_no_more_is_told_by_its_name(published: World) -> None:
    """Its slots are gone from the draft, and the difference says so."""
    with published.change() as session:
        gone = session.exec(select(Station).where(Station.code == "x24502")).one()
        gone.valid_to = date(2026, 12, 1)
        session.add(gone)
    make_plan(published.context, MONTH)
    [station] = month_difference(published.context, MONTH).differing
    assert (station.station, station.station_name) == ("x24502", "Đài truyền thanh xã Ea Kly")
    assert {kind for change in station.changes for kind in change.kinds} == {"removed"}
