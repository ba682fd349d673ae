"""Closing a month over HTTP: who may, what is kept, and what is found when somebody meddles."""

from datetime import UTC, datetime, timedelta

import pytest

from server.services.rights import Role
from tests.server.api.conftest import Client, client_of
from tests.server.databases import behind
from tests.server.people import add_person
from tests.server.worlds import World

NEW_YEAR = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
CLOSINGS = "/api/v1/closings"
MONTH = f"{CLOSINGS}/2026-12"
SAY = "/api/v1/stations/h654/as-run"


@pytest.fixture
def over(world: World) -> World:
    """December has just ended at the stations."""
    world.now = NEW_YEAR
    return world


@pytest.fixture
def api(over: World) -> Client:
    return client_of(over.context)


def say_last_slot(client: Client) -> None:
    slot = client.get("/api/v1/proof/2026-12/stations/h654").json()["slots"][-1]["key"]
    assert client.post(SAY, json={"statements": [{"slot": slot}]}).json()["new"] == 1


def test_a_month_is_closed_looked_at_amended_and_listed(api: Client, over: World) -> None:
    assert (api.get(MONTH).status_code, api.get(MONTH).json()["code"]) == (404, "closings.unknown")
    closed = api.post(MONTH, json={})
    assert closed.status_code == 201, closed.text
    assert (closed.json()["number"], closed.json()["entries"]) == (0, 0)
    before = api.get(MONTH).json()
    assert before["closing"] == closed.json()
    assert {each["station"] for each in before["figures"]} == {"h654", "x24490", "x24502"}
    over.now += timedelta(hours=1)
    again = api.post(MONTH, json={"reason": "Thử"})
    assert (again.status_code, again.json()["code"]) == (409, "closings.nothing_new")
    say_last_slot(api)
    without = api.post(MONTH, json={})
    assert (without.status_code, without.json()["code"]) == (422, "closings.reason_missing")
    amended = api.post(MONTH, json={"reason": "Nhật ký đến muộn"}).json()
    assert [each["number"] for each in api.get(CLOSINGS).json()] == [0, 1]
    assert api.get(MONTH, params={"number": 0}).json() == before
    assert api.get(MONTH).json()["closing"] == amended
    [own] = api.get(MONTH, params={"station": "h654"}).json()["figures"]
    assert own["verdict"]["counted_ms"] == sum(each["ms"] for each in own["verdict"]["evidence"]) > 0


def test_a_month_that_is_not_over_is_not_closed(api: Client, over: World) -> None:
    over.now = NEW_YEAR - timedelta(microseconds=1)
    refused = api.post(MONTH, json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "closings.month_not_over")
    assert "00:00 01/01/2027" in refused.json()["detail"]


def test_only_who_monitors_the_whole_province_closes_its_months(over: World) -> None:
    for login, role, unit, status in (
        ("can-bo", Role.OPERATOR, "654", 403),
        ("lap-lich", Role.PLANNER, None, 403),
        ("giam-sat-huyen", Role.MONITOR, "654", 403),
        ("giam-sat", Role.MONITOR, None, 201),
    ):
        who = add_person(over.context, login, [role], unit_id=over.keys[unit] if unit else None)
        with client_of(over.context, who=who) as client:
            assert client.post(MONTH, json={}).status_code == status, login


def test_who_looks_after_one_station_sees_its_closed_figures_alone(api: Client, over: World) -> None:
    assert api.post(MONTH, json={}).status_code == 201
    who = add_person(over.context, "can-bo-xa", [Role.OPERATOR], unit_id=over.keys["24490"])
    with client_of(over.context, who=who) as officer:
        assert {each["station"] for each in officer.get(MONTH).json()["figures"]} == {"x24490"}


def test_an_entry_that_was_altered_after_the_closing_is_named(api: Client, over: World) -> None:
    say_last_slot(api)
    over.now += timedelta(minutes=1)
    assert api.post(MONTH, json={}).status_code == 201
    before = api.get(f"{CLOSINGS}/verification").json()
    assert (before["whole"], before["closings"], before["faults"], before["report_faults"]) == (True, 1, [], [])
    assert before["trail"]["whole"] is True
    with behind(over.context) as rows:
        rows.execute("UPDATE as_run_entry SET duration_ms = 1")
        [(uid,)] = rows.execute("SELECT uid FROM as_run_entry")
    found = api.get(f"{CLOSINGS}/verification").json()
    assert found["whole"] is False
    assert [(each["what"], each["station"], each["uid"]) for each in found["faults"]] == [("entry", "h654", uid)]
