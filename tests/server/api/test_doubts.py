"""The review queue over HTTP: what is doubtful, decided on; and notes beside a station's verdict."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person, add_station_token
from tests.server.worlds import World

MID_MONTH = datetime(2026, 12, 16, 1, 0, tzinfo=UTC)
PROOF = "/api/v1/proof/2026-12/stations/h654"
SAY = "/api/v1/stations/h654/as-run"
DOUBTS = "/api/v1/months/2026-12/doubts"
JUDGE = "/api/v1/stations/h654/months/2026-12/judgements"


@pytest.fixture
def december(world: World) -> World:
    world.now = MID_MONTH
    return world


@pytest.fixture
def monitor(december: World) -> Client:
    return client_of(december.context, who=add_person(december.context, "giam-sat", ["monitor"]))


@pytest.fixture
def device(december: World, monitor: Client) -> Client:
    machine = Client(monitor.app, base_url="http://127.0.0.1:8000")
    machine.headers["Authorization"] = f"Bearer {add_station_token(december.context, december.keys['h654'])}"
    return machine


def slots(client: Client) -> list[dict[str, Any]]:
    proof = client.get(PROOF).json()
    as_of = datetime.fromisoformat(proof["as_of"])
    return [slot for slot in proof["slots"] if datetime.fromisoformat(slot["starts_at"]) < as_of]


def item_of(client: Client, slot: str) -> dict[str, Any]:
    [found] = [each for each in client.get(PROOF).json()["slots"] if each["key"] == slot]
    return dict(found["items"][0])


def contradict(monitor: Client, device: Client) -> dict[str, Any]:
    """A person says that a slot was aired, the device that its first item was not; the slot."""
    slot = slots(monitor)[0]
    monitor.post(SAY, json={"statements": [{"id": "p", "slot": slot["key"]}]})
    said = {
        "id": "d",
        "slot": slot["key"],
        "segment": slot["items"][0]["segment"],
        "aired": False,
        "reason": "mất sóng",
    }
    assert device.post(SAY, json={"statements": [said]}).json()["new"] == 1
    return slot


def test_a_contradiction_is_shown_side_by_side_and_settled_by_accepting_one(
    monitor: Client, device: Client, december: World
) -> None:
    slot = contradict(monitor, device)
    [doubt] = monitor.get(DOUBTS).json()["doubts"]
    planned_ms = slot["items"][0]["planned_ms"]
    assert (doubt["kind"], doubt["station"], doubt["slot"], doubt["stake_ms"]) == (
        "item",
        "h654",
        slot["key"],
        planned_ms,
    )
    assert [each["code"] for each in doubt["reasons"]] == ["contradicted"]
    assert [(each["grade"], each["aired"], each["counts"], each["whole"]) for each in doubt["statements"]] == [
        ("logged", False, True, False),
        ("reported", True, False, True),
    ]
    person = doubt["statements"][1]["uid"]
    told = {"doubt": doubt["id"], "decision": "accept", "entry": person, "reason": "Đã nghe lại với đài"}
    entry = monitor.post(JUDGE, json=told).json()["entry"]
    assert monitor.get(DOUBTS).json()["total"] == 0
    item = item_of(monitor, slot["key"])
    assert (item["outcome"], item["grade"], item["shown_ms"], item["entries"]) == (
        "aired",
        "reported",
        planned_ms,
        [entry],
    )
    entries = {each["uid"]: each for each in monitor.get(PROOF).json()["entries"]}
    assert (entries[entry]["judged"], entries[entry]["reason"]) == (True, "Đã nghe lại với đài")
    assert entries[person]["corrected_by"] == []  # it speaks of the other items still

    december.now += timedelta(hours=1)
    again = {"slot": slot["key"], "segment": slot["items"][0]["segment"], "aired": False, "reason": "Không có điện"}
    device.post(SAY, json={"statements": [again]})
    [doubt] = monitor.get(DOUBTS).json()["doubts"]
    assert item_of(monitor, slot["key"])["shown_ms"] == planned_ms
    assert monitor.post(JUDGE, json={"doubt": doubt["id"], "decision": "not_aired"}).status_code == 201
    item = item_of(monitor, slot["key"])
    assert (item["outcome"], item["grade"], item["shown_ms"]) == ("missed", "logged", 0)
    assert monitor.get(DOUBTS).json()["total"] == 0


def test_what_is_no_segment_off_schedule_or_beside_the_plan_waits_too_and_each_can_be_kept_or_denied(
    monitor: Client, device: Client, december: World
) -> None:
    december.now = datetime(2027, 1, 2, tzinfo=UTC)
    assert len(slots(monitor)) > 2
    first, second, third = slots(monitor)[:3]
    begins = datetime.fromisoformat(first["items"][0]["starts_at"])
    middle_of_the_night = (begins - timedelta(hours=3)).isoformat()
    off = (datetime.fromisoformat(second["starts_at"]) - timedelta(hours=2)).isoformat()
    device.post(
        SAY,
        json={
            "statements": [
                {"title": "Ca nhạc", "starts_at": begins.isoformat(), "duration_ms": 20_000},
                {"title": "Thể thao", "starts_at": middle_of_the_night, "duration_ms": 90_000},
                {"slot": second["key"], "segment": second["items"][0]["segment"], "starts_at": off},
                {"slot": third["key"], "segment": "khong-co", "duration_ms": 10_000},
            ]
        },
    )
    found = monitor.get(DOUBTS).json()["doubts"]
    assert [each["stake_ms"] for each in found] == sorted((each["stake_ms"] for each in found), reverse=True)
    codes = {(each["kind"], code["code"]) for each in found for code in each["reasons"]}
    assert {("substitute", "something_else"), ("item", "off_schedule"), ("substitute", "unknown_segment")} <= codes
    [beside] = [each for each in found if each["kind"] == "extra"]
    assert (beside["title"], beside["stake_ms"]) == ("Thể thao", 90_000)
    before = {slot["key"]: slot["outcome"] for slot in monitor.get(PROOF).json()["slots"]}
    assert (before[first["key"]], before[third["key"]]) == ("substituted", "substituted")
    for doubt in found:
        decision = "not_aired" if doubt["slot"] in {first["key"], third["key"]} else "keep"
        assert monitor.post(JUDGE, json={"doubt": doubt["id"], "decision": decision}).status_code == 201
    assert monitor.get(DOUBTS).json()["total"] == 0
    after = {slot["key"]: slot["outcome"] for slot in monitor.get(PROOF).json()["slots"]}
    assert (after[first["key"]], after[second["key"]], after[third["key"]]) == (
        "missed",
        before[second["key"]],
        "missed",
    )


def test_a_decision_is_refused_when_something_was_said_since_or_names_no_statement(
    monitor: Client, device: Client
) -> None:
    slot = contradict(monitor, device)
    [doubt] = monitor.get(DOUBTS).json()["doubts"]
    wrong = monitor.post(JUDGE, json={"doubt": doubt["id"], "decision": "accept", "entry": "none"})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "airing.entry_unknown")
    more = {"slot": slot["key"], "segment": slot["items"][0]["segment"]}
    monitor.post(SAY, json={"statements": [more]})
    stale = monitor.post(JUDGE, json={"doubt": doubt["id"], "decision": "keep"})
    assert (stale.status_code, stale.json()["code"]) == (409, "airing.doubt_gone")


def test_one_sees_and_decides_on_ones_own_stations_only(monitor: Client, device: Client, december: World) -> None:
    contradict(monitor, device)
    [doubt] = monitor.get(DOUBTS).json()["doubts"]
    elsewhere = add_person(december.context, "xa", ["monitor"], unit_id=december.keys["24490"])
    with client_of(december.context, who=elsewhere) as other:
        assert other.get(DOUBTS).json()["total"] == 0
        assert other.post(JUDGE, json={"doubt": doubt["id"], "decision": "keep"}).status_code == 403


def test_a_note_beside_a_verdict_is_shown_from_then_on(monitor: Client, december: World) -> None:
    december.now += timedelta(minutes=5)
    notes = "/api/v1/stations/h654/months/2026-12/notes"
    assert monitor.post(notes, json={"text": "Đã gọi đài\nngày 16"}).status_code == 201
    assert monitor.post(notes, json={"text": "  "}).json()["code"] == "airing.note_empty"
    [note] = monitor.get(PROOF).json()["notes"]
    assert (note["text"], note["said_by"]) == ("Đã gọi đài\nngày 16", "giam-sat")
    assert monitor.get(PROOF, params={"as_of": "2026-12-16T08:04:00+07:00"}).json()["notes"] == []
