"""Whose word is believed, and when: what is still to come, clocks that are ahead, a slot and its items at odds."""

from datetime import datetime, timedelta

import pytest

from tests.server.api.conftest import Client, client_of
from tests.server.api.test_airing import MID_MONTH, PROOF, SAY, past_slots
from tests.server.people import add_station_token
from tests.server.worlds import World


@pytest.fixture
def december(world: World) -> World:
    """The plan of December is half over."""
    world.now = MID_MONTH
    return world


@pytest.fixture
def aired(december: World) -> Client:
    return client_of(december.context)


@pytest.fixture
def machine(aired: Client, december: World) -> Client:
    """With the token of the district station."""
    device = Client(aired.app, base_url="http://127.0.0.1:8000")
    device.headers["Authorization"] = f"Bearer {add_station_token(december.context, december.keys['h654'])}"
    return device


def test_a_log_of_a_player_that_a_person_sends_is_their_word(aired: Client, machine: Client) -> None:
    begins = int(datetime.fromisoformat(past_slots(aired)[0]["starts_at"]).timestamp())
    for sender, grade in ((aired, "reported"), (machine, "logged")):
        record = [{"BanTinID": "x", "TieuDe": f"Tin {grade}", "ThoiLuong": 60, "ThoiDiemBatDau": begins}]
        sent = sender.post("/api/v1/stations/h654/logs?kind=source_system", json=record)
        assert sent.json()["new"] == 1, sent.text
    entries = aired.get(PROOF).json()["entries"]
    assert {each["title"]: each["grade"] for each in entries} == {"Tin reported": "reported", "Tin logged": "logged"}


def test_what_is_still_to_come_can_not_have_been_aired_whoever_says_so(
    aired: Client, machine: Client, december: World
) -> None:
    slots = aired.get(PROOF).json()["slots"]
    ahead = [each for each in slots if datetime.fromisoformat(each["starts_at"]) > MID_MONTH]
    for sender in (aired, machine):
        [named] = sender.post(SAY, json={"statements": [{"slot": ahead[-1]["key"]}]}).json()["lines"]
        assert (named["outcome"], named["code"]) == ("refused", "airing.not_yet")
    off = {"slot": ahead[-1]["key"], "aired": False, "reason": "Cắt điện theo lịch"}
    assert machine.post(SAY, json={"statements": [off]}).json()["new"] == 1

    item, begins = ahead[0]["items"][0], datetime.fromisoformat(ahead[0]["starts_at"])
    december.now = begins - timedelta(hours=10)
    before = aired.get(PROOF).json()["verdicts"]
    statement = {"segment": item["segment"], "starts_at": item["starts_at"]}
    assert machine.post(SAY, json={"statements": [statement]}).json()["new"] == 1
    for now, outcome, counted_ms, doubts in (
        (begins - timedelta(seconds=1), "upcoming", 0, ["ahead_of_time"]),
        (datetime.fromisoformat(item["starts_at"]), "aired", item["planned_ms"], []),
    ):
        december.now = now
        proof = aired.get(PROOF).json()
        [shown] = [each for each in proof["slots"] if each["key"] == ahead[0]["key"]]
        assert shown["items"][0]["outcome"] == outcome
        assert [each["code"] for each in shown["doubts"]] == doubts
        for verdict, was in zip(proof["verdicts"], before, strict=True):
            if verdict["kind"] == "min":
                assert verdict["counted_ms"] - was["counted_ms"] == counted_ms
        rows = aired.get("/api/v1/proof/2026-12").json()["stations"]
        [among] = [each for each in rows if each["station"]["code"] == "h654"]
        assert among["verdicts"] == [{**each, "evidence": []} for each in proof["verdicts"]]
        assert among["doubtful"] == sum(bool(each["doubts"]) for each in proof["slots"])
    then = (begins - timedelta(hours=1)).isoformat()
    earlier = aired.get(PROOF, params={"as_of": then}).json()
    assert [each["counted_ms"] for each in earlier["verdicts"]] == [each["counted_ms"] for each in before]
    among = aired.get("/api/v1/proof/2026-12", params={"as_of": then}).json()["stations"]
    assert {each["doubtful"] for each in among if each["station"]["code"] == "h654"} == {1}


def test_a_day_that_a_device_is_ahead_is_put_right_when_its_log_shows_it(
    aired: Client, machine: Client, december: World
) -> None:
    past = past_slots(aired)
    statements = [
        {
            "segment": item["segment"],
            "starts_at": (datetime.fromisoformat(item["starts_at"]) + timedelta(days=1)).isoformat(),
        }
        for slot in past[-4:]
        for item in slot["items"]
    ]
    december.now = datetime.fromisoformat(past[-1]["starts_at"]) + timedelta(hours=1)
    assert machine.post(SAY, json={"statements": statements}).json()["refused"] == 0
    shown = {each["key"]: each for each in aired.get(PROOF).json()["slots"]}
    for slot in past[-4:]:
        assert {item["outcome"] for item in shown[slot["key"]]["items"]} == {"aired"}
        assert {each["code"] for each in shown[slot["key"]]["doubts"]} == {"clock_shifted"}


def test_a_slot_that_was_not_aired_beside_items_that_were_is_doubtful(aired: Client) -> None:
    slot = past_slots(aired)[0]
    items = [{"slot": slot["key"], "segment": item["segment"]} for item in slot["items"]]
    aired.post(SAY, json={"statements": items})
    for reason in ("", "Mất điện"):
        aired.post(SAY, json={"statements": [{"slot": slot["key"], "aired": not reason, "reason": reason}]})
        [shown] = [each for each in aired.get(PROOF).json()["slots"] if each["key"] == slot["key"]]
        told = {(each["code"], each["with_slot"]) for each in shown["doubts"]}
        assert (shown["outcome"], told) == ("aired", {("disagreeing", True)} if reason else set())
    rows = aired.get("/api/v1/proof/2026-12").json()["stations"]
    assert [each["doubtful"] for each in rows if each["station"]["code"] == "h654"] == [1]
