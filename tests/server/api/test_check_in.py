"""A station checks in: what it says of itself is kept, what it answers is on record once, and wrong clocks do no harm."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from server.db.delivering import EmergencyAnswer, EmergencyCall, RecallAnswer, StationCheckIn
from server.db.records import AuditEntry
from server.services import vetting
from server.services.segments import withdraw_segment
from tests.server.api.conftest import Client
from tests.server.machines import bearer, code_of, machine_of, token
from tests.server.vetted import add_draft, approve
from tests.server.worlds import World

URL = "/api/v1/stations/h654/check-in"
SEGMENT = "b0003"


@pytest.fixture
def station(world: World) -> Client:
    client = machine_of(world.context)
    client.headers.update(bearer(token(world.context)))
    return client


def said(world: World, **facts: Any) -> dict[str, Any]:
    return {"program": "loa station 0.8", "now": world.now.isoformat(), **facts}


def kept(world: World) -> StationCheckIn:
    with world.context.database.read() as session:
        return session.exec(select(StationCheckIn)).one()


def trail(world: World) -> list[str]:
    with world.context.database.read() as session:
        return [
            entry.action
            for entry in session.exec(select(AuditEntry).where(col(AuditEntry.action).like("%.answered"))).all()
        ]


def urgent(world: World) -> int:
    add_draft(world, "b0900", priority="urgent", tone=True)
    vetting.submit(world.context, "b0900")
    approve(world.context, "b0900")
    return 1


def emergency_answer(world: World) -> EmergencyAnswer:
    with world.context.database.read() as session:
        return session.exec(select(EmergencyAnswer)).one()


def test_what_a_station_says_of_itself_is_kept_and_the_last_word_holds(world: World, station: Client) -> None:
    answer = station.post(URL, json=said(world, version="7", lacking=3, free_bytes=2**40, trouble="Đầy đĩa"))
    assert answer.status_code == 200
    assert datetime.fromisoformat(answer.json()["now"]) == world.now
    assert answer.json()["clock_offset_ms"] == 0
    row = kept(world)
    assert (row.program, row.version, row.lacking, row.free_bytes, row.trouble) == (
        "loa station 0.8",
        "7",
        3,
        2**40,
        "Đầy đĩa",
    )
    world.now += timedelta(minutes=5)
    station.post(URL, json=said(world, version="8", lacking=0))
    row = kept(world)
    assert (row.at, row.version, row.lacking, row.free_bytes, row.trouble) == (world.now, "8", 0, None, "")
    assert trail(world) == []


def test_a_clock_that_is_years_off_is_measured_and_refused_nothing(world: World, station: Client) -> None:
    for off in (timedelta(days=3 * 365), -timedelta(days=3 * 365), timedelta(milliseconds=1500)):
        answer = station.post(URL, json=said(world, now=(world.now + off).isoformat()))
        assert answer.json()["clock_offset_ms"] == off / timedelta(milliseconds=1)
    for extreme in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        assert station.post(URL, json=said(world, now=extreme)).status_code == 200


def test_a_recall_is_answered_once_however_often_it_is_said(world: World, station: Client) -> None:
    withdraw_segment(world.context, SEGMENT, reason="Số liệu sai")
    answered = said(world, recalls=[{"number": 1, "outcome": "never_had"}])
    assert station.post(URL, json=answered).json()["unknown_recalls"] == []
    station.post(URL, json=answered)
    assert trail(world) == ["recall.answered"]
    removed = said(world, recalls=[{"number": 1, "outcome": "removed"}])
    world.now += timedelta(minutes=1)
    station.post(URL, json=removed)
    station.post(URL, json=answered)
    with world.context.database.read() as session:
        row = session.exec(select(RecallAnswer)).one()
    assert (row.outcome, row.at, row.station_id) == ("removed", world.now, world.keys["h654"])
    assert trail(world) == ["recall.answered", "recall.answered"]


def test_an_emergency_is_received_first_and_played_later_and_both_are_kept(world: World, station: Client) -> None:
    number, called = urgent(world), world.now
    world.now += timedelta(seconds=8)
    received = {"number": number, "received_at": (called + timedelta(seconds=3)).isoformat()}
    station.post(URL, json=said(world, emergencies=[received]))
    assert emergency_answer(world).played_at is None
    world.now += timedelta(seconds=20)
    played = received | {"played_at": (called + timedelta(seconds=11)).isoformat()}
    for _ in range(3):
        station.post(URL, json=said(world, emergencies=[played]))
    row = emergency_answer(world)
    assert row.received_at == called + timedelta(seconds=3)
    assert row.played_at == called + timedelta(seconds=11)
    assert trail(world) == ["emergency.answered", "emergency.answered"]


def test_times_of_a_wrong_clock_are_taken_by_its_offset(world: World, station: Client) -> None:
    number, called = urgent(world), world.now
    world.now += timedelta(seconds=30)
    off = timedelta(days=400)
    answer = {
        "number": number,
        "received_at": (called + timedelta(seconds=5) + off).isoformat(),
        "played_at": (called + timedelta(seconds=9) + off).isoformat(),
    }
    station.post(URL, json=said(world, now=(world.now + off).isoformat(), emergencies=[answer]))
    row = emergency_answer(world)
    assert row.received_at == called + timedelta(seconds=5)
    assert row.played_at == called + timedelta(seconds=9)


def test_times_that_can_not_be_count_as_now_and_never_as_sooner(world: World, station: Client) -> None:
    number, called = urgent(world), world.now
    world.now += timedelta(seconds=30)
    answer = {
        "number": number,
        "received_at": (called - timedelta(days=1)).isoformat(),
        "played_at": "9999-12-31T23:59:59-12:00",
    }
    station.post(URL, json=said(world, emergencies=[answer]))
    row = emergency_answer(world)
    assert (row.received_at, row.played_at) == (world.now, world.now)


def test_numbers_that_are_none_of_the_stations_are_told_and_the_rest_is_kept(world: World, station: Client) -> None:
    urgent(world)
    answer = station.post(
        URL,
        json=said(
            world,
            recalls=[{"number": 99, "outcome": "removed"}, {"number": 2**63, "outcome": "removed"}],
            emergencies=[
                {"number": 77, "received_at": world.now.isoformat()},
                {"number": 1, "received_at": world.now.isoformat()},
            ],
        ),
    ).json()
    assert (answer["unknown_recalls"], answer["unknown_emergencies"]) == ([99, 2**63], [77])
    assert emergency_answer(world).station_id == world.keys["h654"]


def test_a_station_fetches_the_sound_of_an_emergency_that_no_plan_has(world: World, station: Client) -> None:
    number = urgent(world)
    assert number == 1
    with world.context.database.read() as session:
        [call] = session.exec(select(EmergencyCall)).all()
    assert station.get(f"/api/v1/audio/{call.sha256}.mp3").status_code == 200
    withdraw_segment(world.context, "b0900", reason="Tin sai")
    assert station.get(f"/api/v1/audio/{call.sha256}.mp3").status_code == 410


def test_a_program_that_checks_in_without_end_is_told_to_wait_and_others_are_not(world: World, station: Client) -> None:
    station.app.gate.check_ins.most = 2  # type: ignore[attr-defined]  # our own application
    assert [station.post(URL, json=said(world)).status_code for _ in range(3)] == [200, 200, 429]
    waits = station.post(URL, json=said(world))
    assert 0 < int(waits.headers["retry-after"]) <= 60
    world.now += timedelta(seconds=int(waits.headers["retry-after"]))
    assert station.post(URL, json=said(world)).status_code == 200


def test_another_stations_check_in_is_not_a_stations_to_make(world: World, station: Client) -> None:
    answer = station.post("/api/v1/stations/x24490/check-in", json=said(world))
    assert code_of(answer) == (403, "access.out_of_reach")


@pytest.mark.parametrize(
    "wrong",
    [
        {"program": ""},
        {"program": "x" * 101},
        {"now": "2026-11-20T01:00:00"},
        {"lacking": -1},
        {"free_bytes": 2**61},
        {"trouble": "x" * 501},
        {"recalls": [{"number": 0, "outcome": "removed"}]},
        {"recalls": [{"number": 1, "outcome": "lost"}]},
        {"surprise": 1},
    ],
)
def test_what_makes_no_sense_is_refused(world: World, station: Client, wrong: dict[str, Any]) -> None:
    assert station.post(URL, json=said(world, **wrong)).status_code == 400
