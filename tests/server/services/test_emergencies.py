"""What is urgent is called out with its approval, for whom it is meant, until its time is over or somebody ends it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from schedules.manifest import Emergency
from server.db.library import Segment
from server.db.records import AuditEntry
from server.db.registry import Station
from server.services import vetting
from server.services.decisions import find_version
from server.services.emergencies import emergencies_for
from server.services.segments import withdraw_segment
from tests.server.vetted import ANOTHER, add_draft, add_newer, approve, lead_topics
from tests.server.worlds import World, build_world, local

CODE = "b0001"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = build_world(tmp_path / "home", segments=0)
    lead_topics(made)
    yield made
    made.context.close()


def called(world: World, station: str = "h654") -> list[Emergency]:
    with world.context.database.read() as session:
        return emergencies_for(session, session.get_one(Station, world.keys[station]), world.now)


def hand_in(world: World, code: str = CODE, *, priority: str = "urgent", valid_to: date | None = None) -> None:
    add_draft(world, code, priority=priority, valid_to=valid_to)
    vetting.submit(world.context, code)


def change(world: World, **facts: object) -> None:
    with world.change() as session:
        segment = session.exec(select(Segment).where(Segment.code == CODE)).one()
        session.add(segment.sqlmodel_update(facts))


def test_the_approval_of_what_is_urgent_calls_all_stations_for_a_day(world: World) -> None:
    hand_in(world)
    assert called(world) == []
    approve(world.context, CODE)
    [call] = called(world)
    assert (call.segment, call.approved_at, call.until) == (CODE, world.now, world.now + timedelta(hours=24))
    assert called(world, "x24490") == called(world, "x24502") == [call]
    world.now = call.until
    assert called(world) == []


def test_what_is_not_urgent_calls_nobody(world: World) -> None:
    hand_in(world, priority="priority")
    approve(world.context, CODE)
    assert called(world) == []


def test_where_two_must_approve_the_first_approval_calls_nobody(world: World) -> None:
    hand_in(world)
    with world.change() as session:
        _segment, version = find_version(session, CODE, 1)
        version.approvals_needed = 2
        session.add(version)
    approve(world.context, CODE)
    assert called(world) == []
    approve(world.context, CODE, by="nguoi-thu-hai")
    assert len(called(world)) == 1


def test_a_release_calls_at_once_and_its_confirmation_does_not_call_again(world: World) -> None:
    add_draft(world, CODE, priority="urgent")
    vetting.release(world.context, CODE, 1, "Bão số 12")
    [call] = called(world)
    vetting.confirm(replace(world.context, who=ANOTHER), CODE, 1)
    assert called(world) == [call]


def test_it_is_for_the_stations_and_tiers_that_the_segment_is_for(world: World) -> None:
    hand_in(world)
    change(world, tiers=["commune"], stations=["x24490", "h654"])
    approve(world.context, CODE)
    assert [len(called(world, code)) for code in ("h654", "x24490", "x24502")] == [0, 1, 0]


def test_it_ends_with_the_last_day_on_which_the_segment_is_valid(world: World) -> None:
    hand_in(world, valid_to=date(2026, 11, 20))  # today in Đắk Lắk
    approve(world.context, CODE)
    [call] = called(world)
    assert call.until == local("2026-11-21 00:00")


def test_what_is_not_valid_yet_is_not_called_out(world: World) -> None:
    hand_in(world)
    change(world, valid_from=date(2026, 12, 1))
    approve(world.context, CODE)
    assert called(world) == []


def test_withdrawing_it_ends_the_call(world: World) -> None:
    hand_in(world)
    approve(world.context, CODE)
    withdraw_segment(world.context, CODE, reason="Tin sai")
    assert called(world) == []


def test_a_newer_recording_ends_the_older_call_and_makes_one_of_its_own(world: World) -> None:
    hand_in(world)
    approve(world.context, CODE)
    [older] = called(world)
    number = add_newer(world, CODE)
    vetting.submit(world.context, CODE, number)
    world.now += timedelta(minutes=30)
    approve(world.context, CODE, number)
    [newer] = called(world)
    assert newer.number > older.number
    assert newer.sha256 != older.sha256
    assert newer.approved_at == world.now


def test_the_trail_says_that_stations_were_called_and_how_many(world: World) -> None:
    hand_in(world)
    approve(world.context, CODE)
    with world.context.database.read() as session:
        [entry] = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "emergency.called")).all()
    assert entry.facts is not None
    assert (entry.subject, entry.facts["segment"], entry.facts["stations"]) == ("1", CODE, 3)
