"""Stations that a change does not concern keep their plan to the byte, also where planning them could do better."""

from datetime import UTC, date, timedelta

import pytest
from msgspec.structs import replace
from sqlmodel import col, select

from server.db.plans import PlanEntry, PlanRevision
from server.db.registry import Blackout
from server.services.plans import list_revisions, make_plan, publish_plan
from server.services.replanning import replan_month
from server.services.replanning_segments import with_what_follows, withdraw
from server.services.segments import get_segment
from server.services.station_changes import black_out, close_station, reopen_station
from server.services.stored_plans import delete_orphans, plans_of, read_slots, store_month_plans
from tests.server.services.plan_reading import darken, slots_of
from tests.server.services.test_replanning import (
    CODE,
    aired_in,
    counts,
    holding,
    meanwhile,
    recounted,
    stored,
)
from tests.server.worlds import MONTH, World, local

LOCAL = "b0100"
"""Aired by Krông Pắc alone, and by those who relay it."""


@pytest.fixture
def neighbours(district: World) -> World:
    """Published with a second district that was dark for most of the month, and is dark no more: it lacks airtime."""
    district.add_unit("655", "Huyện Krông Năng", level="district", kind="Huyện", parent="66")
    district.add_station("h655", unit="655", tier="district", name="Đài Truyền thanh - Truyền hình huyện Krông Năng")
    district.add_segment(LOCAL, priority="priority", seconds=200, valid_from=date(2026, 12, 10), stations=["h654"])
    darken(district, "h655", "2026-12-03 00:00", "2027-01-01 00:00")
    make_plan(district.context, MONTH)
    publish_plan(district.context, MONTH)
    with district.change() as session:
        session.delete(session.exec(select(Blackout)).one())
    assert holding(aired_in(district, MONTH, "published"), LOCAL)
    return district


def entry(world: World, code: str, status: str) -> tuple[int, list[dict[str, object]]]:
    """The station's month plan, found by a digest over its slots, with its verdicts as they are stored."""
    with world.context.database.read() as session:
        row = session.exec(
            select(PlanEntry)
            .join(PlanRevision)
            .where(PlanRevision.status == status, PlanEntry.station_id == world.keys[code])
            .order_by(col(PlanRevision.number).desc())
        ).first()
        assert row is not None
        return row.month_plan_id, row.verdicts


def kept(world: World, code: str) -> bool:
    return entry(world, code, "draft") == entry(world, code, "published")


def test_what_is_withdrawn_from_one_station_leaves_the_other_as_it_was_with_its_reasons(neighbours: World) -> None:
    [verdict] = entry(neighbours, "h655", "published")[1]
    assert (verdict["short_ms"], bool(verdict["reasons"])) == (45_000, True)
    before = aired_in(neighbours, MONTH, "published")
    done = withdraw(neighbours.context, LOCAL, reason="Số liệu sai").replanned
    after = aired_in(neighbours, MONTH, "draft")

    assert kept(neighbours, "h655")
    assert before - after == holding(before, LOCAL)
    assert neighbours.keys["h655"] not in {slot[0] for slot in after - before}
    assert counts(done) == recounted(before, after)
    assert done.months[0].short_ms == 45_000


def test_planning_the_month_on_purpose_reaches_the_other_too(neighbours: World) -> None:
    [month] = replan_month(neighbours.context, MONTH).months
    assert (month.outcome, month.stations, month.short_ms) == ("draft", 1, 0)
    assert not kept(neighbours, "h655")
    assert kept(neighbours, "h654")


def test_what_closes_or_goes_dark_leaves_the_other_as_it_was(neighbours: World) -> None:
    first = min(slot.starts_at for slot in slots_of(neighbours, "h654"))
    black_out(neighbours.context, "h654", starts_at=first, ends_at=first + timedelta(hours=1), reason="Cắt điện")
    assert kept(neighbours, "h655")
    assert not kept(neighbours, "h654")
    close_station(
        neighbours.context, "x24490", first=date(2026, 12, 5), last=date(2026, 12, 20), reason="Sửa cột ăng-ten"
    )
    assert kept(neighbours, "h655")


def test_what_is_withdrawn_where_one_commune_is_closed_leaves_it_closed(neighbours: World) -> None:
    close_station(neighbours.context, "x24490", first=date(2026, 12, 1), last=None, reason="Sửa cột ăng-ten")
    publish_plan(neighbours.context, MONTH)
    withdraw(neighbours.context, LOCAL, reason="Số liệu sai")
    assert neighbours.keys["x24490"] not in {slot[0] for slot in aired_in(neighbours, MONTH, "draft")}


def test_what_works_again_leaves_the_other_as_it_was(neighbours: World) -> None:
    close_station(neighbours.context, "h654", first=date(2026, 12, 1), last=date(2026, 12, 31), reason="Sửa máy")
    publish_plan(neighbours.context, MONTH)
    reopen_station(neighbours.context, "h654", first=date(2026, 12, 4))
    assert kept(neighbours, "h655")


def test_something_urgent_for_some_stations_leaves_the_others_as_they_were(neighbours: World) -> None:
    neighbours.now = local("2026-12-10 08:00").astimezone(UTC)
    neighbours.add_segment(
        "b0101", priority="urgent", seconds=200, valid_from=date(2026, 12, 10), stations=["h654", "x24490"]
    )
    before = aired_in(neighbours, MONTH, "published")
    with_what_follows(neighbours.context, get_segment(neighbours.context, "b0101"))
    after = aired_in(neighbours, MONTH, "draft")
    assert kept(neighbours, "h655")
    assert before - after == set()
    assert {slot[0] for slot in holding(after, "b0101")} >= {neighbours.keys["h654"], neighbours.keys["x24490"]}


def test_what_a_draft_mended_before_is_mended_in_the_draft_that_takes_its_place(neighbours: World) -> None:
    withdraw(neighbours.context, LOCAL, reason="Số liệu sai")
    [month] = withdraw(neighbours.context, CODE, reason="Số liệu sai").replanned.months
    after = aired_in(neighbours, MONTH, "draft")
    assert month.draft_replaced
    assert not holding(after, LOCAL) | holding(after)
    publish_plan(neighbours.context, MONTH)


def test_what_a_planning_that_died_left_broken_is_mended_with_the_next_change(neighbours: World) -> None:
    """The segment was withdrawn, and nothing planned: the next withdrawal finds those slots."""

    class Enough(Exception):
        pass

    def dies(_turn: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        withdraw(neighbours.context, LOCAL, reason="sai", progress=meanwhile(dies, times=1))
    assert [view.status for view in list_revisions(neighbours.context, MONTH)] == ["published"]
    first = min(slot.starts_at for slot in slots_of(neighbours, "h655"))
    black_out(neighbours.context, "h655", starts_at=first, ends_at=first + timedelta(hours=1), reason="Cắt điện")
    assert not holding(aired_in(neighbours, MONTH, "draft"), LOCAL)
    publish_plan(neighbours.context, MONTH)


def test_a_locked_slot_keeps_the_segment_and_is_counted_as_left(neighbours: World) -> None:
    held = min(slot.key for slot in slots_of(neighbours, "h654") if LOCAL in {item.segment for item in slot.items})
    lock(neighbours, "h654", held)
    publish_plan(neighbours.context, MONTH)
    done = withdraw(neighbours.context, LOCAL, reason="Số liệu sai").replanned
    [locked] = [slot for slot in stored(neighbours, MONTH, "draft")[neighbours.keys["h654"]] if slot.key == held]
    assert (locked.locked, LOCAL in {item.segment for item in locked.items}) == (True, True)
    assert done.left == len(holding(aired_in(neighbours, MONTH, "draft"), LOCAL)) > 0
    publish_plan(neighbours.context, MONTH)


def lock(world: World, code: str, key: str) -> None:
    """In a new draft of what is published."""
    make_plan(world.context, MONTH, station=code)
    station = world.keys[code]
    with world.change() as session:
        draft = session.exec(select(PlanRevision).where(PlanRevision.status == "draft")).one()
        slots = read_slots(session, plans_of(draft.id))[station]
        locked = [replace(slot, locked=slot.key == key) for slot in slots]
        entered = session.exec(
            select(PlanEntry).where(PlanEntry.revision_id == draft.id, PlanEntry.station_id == station)
        ).one()
        entered.month_plan_id = store_month_plans(session, MONTH, {station: locked})[station]
        session.add(entered)
        delete_orphans(session, MONTH)
