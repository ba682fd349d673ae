"""Urging over HTTP: by a monitor's program, and answered by a station's machine."""

from datetime import UTC, datetime

import pytest

from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person, add_station_token
from tests.server.worlds import World

REMINDERS = "/api/v1/reminders/2026-12"
STATION = "/api/v1/stations/h654"
ANSWER = f"{STATION}/reminders/2026-12/answer"


@pytest.fixture
def silent(world: World) -> World:
    """Late in December, and no station ever said a word."""
    world.now = datetime(2026, 12, 28, 2, 0, tzinfo=UTC)
    return world


@pytest.fixture
def api(silent: World) -> Client:
    return client_of(silent.context)


def test_a_station_is_urged_and_its_machine_answers(api: Client, silent: World) -> None:
    [short] = api.get(f"{REMINDERS}/short").json()
    assert (short["station"]["code"], short["usual"], short["figures"][0]["short_ms"]) == ("h654", True, 20_000)
    made = api.post(f"{STATION}/webhooks", json={"url": "https://may.example.vn/loa"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    assert made.json()["secret"]
    urged = api.post(REMINDERS, json={"channels": ["page", "webhook"], "texts": {"h654": "Phát bù nhé"}})
    assert urged.status_code == 201, urged.text
    assert [(each["channel"], each["state"], each["text"]) for each in urged.json()["made"]] == [
        ("page", "sent", "Phát bù nhé"),
        ("webhook", "waiting", "Phát bù nhé"),
    ]
    token = {"Authorization": f"Bearer {add_station_token(silent.context, silent.keys['h654'])}"}
    answered = api.post(ANSWER, json={"answer": "Đã phát bù"}, headers=token)
    assert [each["answer"] for each in answered.json()] == ["Đã phát bù"] * 2
    assert api.post(ANSWER, json={"answer": "Nữa"}, headers=token).json()["code"] == "reminders.nothing_open"
    listed = api.get(REMINDERS).json()
    by = "station:h654/tests"
    assert [(each["channel"], each["answered_by"]) for each in listed] == [("webhook", by), ("page", by)]
    assert listed[0]["address"] == "https://may.example.vn/…"
    of_station = api.get(f"{STATION}/reminders/2026-12").json()
    assert [each["address"] for each in of_station] == ["", ""]
    mailed = api.post(REMINDERS, json={"channels": ["email"]})
    assert (mailed.status_code, mailed.json()["code"]) == (409, "mail.server_missing")
    none = api.post(REMINDERS, json={"channels": ["page"], "stations": ["x24490"]})
    assert (none.status_code, none.json()["code"]) == (409, "reminders.nothing_short")


def test_a_letter_is_made_and_a_webhook_ended(api: Client) -> None:
    letter = api.post(f"{REMINDERS}/letter", json={"district": "654"})
    assert (letter.status_code, letter.content[:2]) == (201, b"PK")
    assert [each["state"] for each in api.get(REMINDERS).json()] == ["made"]
    refused = api.post(f"{STATION}/webhooks", json={"url": "http://10.0.0.1/"})
    assert (refused.status_code, refused.json()["code"]) == (422, "webhooks.address_refused")
    number = api.post(f"{STATION}/webhooks", json={"url": "http://may.example.vn/"}).json()["webhook"]["number"]
    assert api.post(f"{STATION}/webhooks/{number}/end").json()["ended_at"]
    assert api.get(f"{STATION}/webhooks").json()[0]["ended_at"]


def test_a_monitor_of_one_district_urges_no_other(silent: World) -> None:
    silent.add_unit("652", "Huyện M'Đrắk", level="district", kind="Huyện", parent="66")
    person = add_person(silent.context, "giam-sat-huyen", ["monitor"], unit_id=silent.keys["652"])
    elsewhere = client_of(silent.context, who=person)
    refused = elsewhere.post(REMINDERS, json={"channels": ["page"], "stations": ["h654"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "access.out_of_reach")
    assert elsewhere.get(f"{REMINDERS}/short").json() == []
