"""Who still holds what was recalled, since when, and where it was aired after all; over HTTP."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.services import deliveries
from server.services.check_ins import say_removed
from server.services.plans import station_month
from server.services.rights import Role
from server.services.segments import get_segment, withdraw_segment
from tests.server.api.conftest import Client, client_of
from tests.server.machines import code_of
from tests.server.people import add_person
from tests.server.worlds import MONTH, World

CODE = "b0003"
RECALL = "/api/v1/recalls/1"


@pytest.fixture
def recalled(world: World) -> World:
    """h654 has verified the file; the communes have the segment in their plans."""
    audio = get_segment(world.context, CODE).audio
    assert audio is not None
    deliveries.note_verified(world.context, "h654", [audio.broadcast_sha256])
    world.now += timedelta(hours=1)
    withdraw_segment(world.context, CODE, reason="Số liệu sai")
    return world


@pytest.fixture
def monitor(recalled: World) -> Iterator[Client]:
    with client_of(recalled.context, who=add_person(recalled.context, "giam-sat", [Role.MONITOR])) as client:
        yield client


def line(client: Client, code: str) -> dict[str, Any]:
    [found] = [each for each in client.get(RECALL).json()["stations"] if each["station"]["code"] == code]
    return dict(found)


def slot_of(world: World, station: str) -> tuple[str, datetime]:
    slots = station_month(world.context, station, MONTH).slots
    return next((slot.key, slot.starts_at) for slot in slots if CODE in {item.segment for item in slot.items})


def test_each_station_is_told_with_what_is_known_of_it(recalled: World, monitor: Client) -> None:
    recall = monitor.get(RECALL).json()["recall"]
    assert (recall["segment"], recall["kind"], recall["reason"]) == (CODE, "withdrawn", "Số liệu sai")
    assert (recall["holding"], recall["planned"], recall["removed"]) == (1, 2, 0)
    held = line(monitor, "h654")
    assert (held["state"], held["has"]["how"]) == ("holding", "verified")
    assert datetime.fromisoformat(held["has"]["at"]) == recalled.now - timedelta(hours=1)
    say_removed(recalled.context, "h654", 1)
    removed = line(monitor, "h654")
    assert (removed["state"], removed["answered_by"]) == ("removed", "local")
    assert monitor.get("/api/v1/recalls").json()["items"][0]["removed"] == 1


def test_what_was_aired_after_the_recall_is_shown_with_its_entry(recalled: World, monitor: Client) -> None:
    key, starts_at = slot_of(recalled, "h654")
    recalled.now = starts_at + timedelta(hours=1)
    said = [
        {"id": "a", "slot": key, "segment": CODE, "starts_at": starts_at.isoformat()},
        {"id": "b", "segment": "b0001", "starts_at": starts_at.isoformat()},
    ]
    assert monitor.post("/api/v1/stations/h654/as-run", json={"statements": said}).json()["new"] == 2
    aired = line(monitor, "h654")["aired"]
    assert [(each["slot"], each["whole"]) for each in aired] == [(key, False)]
    assert datetime.fromisoformat(aired[0]["starts_at"]) == starts_at
    assert monitor.get(RECALL).json()["recall"]["aired"] == 1


def test_a_statement_about_the_whole_slot_is_told_as_one_and_a_correction_takes_it_back(
    recalled: World, monitor: Client
) -> None:
    key, starts_at = slot_of(recalled, "x24490")
    recalled.now = starts_at + timedelta(hours=1)
    path = "/api/v1/stations/x24490/as-run"
    monitor.post(path, json={"statements": [{"id": "a", "slot": key}]})
    assert [each["whole"] for each in line(monitor, "x24490")["aired"]] == [True]
    mended = {"id": "b", "slot": key, "aired": False, "reason": "Đã bỏ bài", "corrects": "a"}
    monitor.post(path, json={"statements": [mended]})
    assert line(monitor, "x24490")["aired"] == []


def test_what_was_aired_before_the_recall_is_not_held_against_anybody(world: World) -> None:
    key, starts_at = slot_of(world, "h654")
    world.now = starts_at + timedelta(hours=1)
    with client_of(world.context) as client:
        client.post("/api/v1/stations/h654/as-run", json={"statements": [{"id": "a", "slot": key}]})
        withdraw_segment(world.context, CODE, reason="Số liệu sai")
        assert line(client, "h654")["aired"] == []


def test_an_officer_sees_the_own_stations_only(recalled: World) -> None:
    person = add_person(recalled.context, "can-bo", [Role.OPERATOR], unit_id=recalled.keys["24490"])
    with client_of(recalled.context, who=person) as client:
        assert [each["station"]["code"] for each in client.get(RECALL).json()["stations"]] == ["x24490"]


def test_a_recall_that_is_not_there_is_unknown(monitor: Client) -> None:
    assert code_of(monitor.get("/api/v1/recalls/77")) == (404, "recall.unknown")
    assert code_of(monitor.get(f"/api/v1/recalls/{2**70}")) == (404, "recall.unknown")


def test_programs_at_stations_are_listed_the_worst_first(recalled: World, monitor: Client) -> None:
    said = {"program": "loa station", "now": recalled.now.isoformat(), "version": "2026-12:1~r0~0123456789ab"}
    monitor.post("/api/v1/stations/x24490/check-in", json=said)
    late = {**said, "now": (recalled.now + timedelta(days=400)).isoformat(), "lacking": 4, "free_bytes": 1000}
    monitor.post("/api/v1/stations/x24502/check-in", json=late)
    found = monitor.get("/api/v1/check-ins").json()
    assert [(each["station"]["code"], each["state"], each["faults"]) for each in found] == [
        ("x24502", "trouble", ["clock", "disk", "lacking"]),
        ("x24490", "well", []),
        ("h654", "none", []),
    ]
    recalled.now += timedelta(days=2)
    assert monitor.get("/api/v1/check-ins").json()[0]["faults"][-1] == "silent"
