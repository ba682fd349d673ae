"""From approval to sound, over a real server: waiting stations hear at once, answer, and the monitor sees it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from schedules.manifest import SealedManifest
from server.services import vetting
from server.services.rights import Role
from tests.server.api.conftest import Client, client_of
from tests.server.machines import bearer, code_of, token
from tests.server.people import Person, add_person, headers_of
from tests.server.serving import served
from tests.server.vetted import add_draft, approve, lead_topics
from tests.server.worlds import World

CODE = "b0900"
MANIFEST = "/api/v1/stations/{}/manifest"
STATIONS = ("h654", "x24490", "x24502")


@pytest.fixture
def urgent(world: World) -> World:
    """Something urgent that waits for its lead."""
    lead_topics(world)
    add_draft(world, CODE, priority="urgent", tone=True)
    vetting.submit(world.context, CODE)
    return world


@pytest.fixture
def lead(urgent: World) -> Person:
    return add_person(urgent.context, "chu-tri", [Role.LEAD], organisation="snv")


@pytest.fixture
def monitor(urgent: World) -> Iterator[Client]:
    with client_of(urgent.context, who=add_person(urgent.context, "giam-sat", [Role.MONITOR])) as client:
        yield client


def test_waiting_stations_hear_of_an_approval_at_once_fetch_the_sound_and_the_page_shows_their_answers(
    urgent: World, lead: Person, pytestconfig: pytest.Config
) -> None:
    secrets = {code: token(urgent.context, code) for code in STATIONS}

    def waits(address: str, code: str, etag: str) -> tuple[SealedManifest, float]:
        answer = httpx.get(
            f"{address}{MANIFEST.format(code)}?wait=50",
            headers={**bearer(secrets[code]), "If-None-Match": etag},
            timeout=60,
        )
        assert answer.status_code == 200
        return msgspec.json.decode(answer.content, type=SealedManifest), time.monotonic()

    with served(urgent.context) as address, ThreadPoolExecutor(len(STATIONS)) as stations:
        had = {
            code: httpx.get(f"{address}{MANIFEST.format(code)}", headers=bearer(secrets[code]), timeout=60)
            for code in STATIONS
        }
        waiting = {code: stations.submit(waits, address, code, had[code].headers["etag"]) for code in STATIONS}
        approved = httpx.post(
            f"{address}/api/v1/segments/{CODE}/approve",
            json={"number": 1},
            headers=headers_of(urgent.context, lead),
            timeout=60,
        )
        began = time.monotonic() - approved.elapsed.total_seconds()
        assert approved.status_code == 200
        heard = {code: each.result() for code, each in waiting.items()}
        longest = max(at for _told, at in heard.values()) - began
        if pytestconfig.cache:
            kept = pytestconfig.cache.mkdir("loa-emergencies") / "heard.txt"
            kept.write_text(f"from the approval's request to three waiting stations: {longest:.2f} s\n")
        for code, (told, _at) in heard.items():
            [call] = told.manifest.emergencies
            [file] = [each for each in told.manifest.files if each.sha256 == call.sha256]
            sound = httpx.get(address + file.copies[0].path, headers=bearer(secrets[code]), timeout=60)
            assert (sound.status_code, len(sound.content)) == (200, file.copies[0].size)
            said = {
                "program": "tests",
                "now": urgent.now.isoformat(),
                "emergencies": [{"number": call.number, "received_at": urgent.now.isoformat()}],
            }
            if code == "h654":
                said["emergencies"][0]["played_at"] = urgent.now.isoformat()  # type: ignore[index]
            answer = httpx.post(
                f"{address}/api/v1/stations/{code}/check-in", json=said, headers=bearer(secrets[code]), timeout=60
            )
            assert answer.json()["unknown_emergencies"] == []
        page = httpx.get(f"{address}/khan-cap/1", headers=headers_of(urgent.context, lead), timeout=60).text
    assert '<b class="big">1 / 3</b>' in page
    assert "2 đài đã nhận mà chưa phát, 0 đài chưa nhận" in page


def test_the_stream_tells_each_answer_until_the_call_ends(urgent: World, lead: Person) -> None:
    approve(urgent.context, CODE)
    secret = token(urgent.context)
    with (
        served(urgent.context) as address,
        httpx.stream(
            "GET", f"{address}/api/v1/emergencies/1/events", headers=headers_of(urgent.context, lead), timeout=60
        ) as stream,
    ):
        events = (msgspec.json.decode(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        first = next(events)
        assert (first["state"], first["stations"], first["received"], first["played"]) == ("calling", 3, 0, 0)
        now = urgent.now.isoformat()
        said = {
            "program": "tests",
            "now": now,
            "emergencies": [{"number": 1, "received_at": now, "played_at": now}],
        }
        httpx.post(f"{address}/api/v1/stations/h654/check-in", json=said, headers=bearer(secret), timeout=60)
        assert next(events)["played"] == 1
        httpx.post(
            f"{address}/api/v1/emergencies/1/end",
            json={"reason": "Bão đã tan"},
            headers=headers_of(urgent.context, lead),
            timeout=60,
        )
        assert next(events)["state"] == "ended"
        assert list(events) == []


def test_the_monitor_reads_who_played_it_and_how_long_after_the_approval(urgent: World, monitor: Client) -> None:
    approve(urgent.context, CODE)
    called = urgent.now
    urgent.now += timedelta(seconds=40)
    said: dict[str, Any] = {
        "program": "tests",
        "now": urgent.now.isoformat(),
        "emergencies": [
            {
                "number": 1,
                "received_at": (called + timedelta(seconds=4)).isoformat(),
                "played_at": (called + timedelta(seconds=21)).isoformat(),
            }
        ],
    }
    assert monitor.post("/api/v1/stations/x24490/check-in", json=said).status_code == 200
    found = monitor.get("/api/v1/emergencies/1").json()
    assert (found["emergency"]["played"], found["emergency"]["silent"]) == (1, 2)
    [played] = [each for each in found["stations"] if each["state"] == "played"]
    assert (played["station"]["code"], played["played_ms"], played["said_by"]) == ("x24490", 21_000, "giam-sat")
    assert datetime.fromisoformat(played["seen_at"]) == urgent.now
    urgent.now += timedelta(days=1)
    after = monitor.get("/api/v1/emergencies").json()["items"][0]
    assert (after["state"], after["played"], after["missed"]) == ("over", 1, 2)


def test_a_lead_ends_a_call_with_a_reason_that_stays_and_nobody_ends_it_twice(urgent: World, monitor: Client) -> None:
    approve(urgent.context, CODE)
    assert code_of(monitor.post("/api/v1/emergencies/1/end", json={"reason": "x"})) == (403, "access.right_missing")
    with client_of(urgent.context, who=add_person(urgent.context, "chu-tri", [Role.LEAD], organisation="snv")) as lead:
        assert lead.post("/api/v1/emergencies/1/end", json={"reason": " "}).status_code in {400, 422}
        ended = lead.post("/api/v1/emergencies/1/end", json={"reason": "Bão đã tan"}).json()
        assert (ended["state"], ended["ended_by"], ended["ended_reason"]) == ("ended", "chu-tri", "Bão đã tan")
        assert code_of(lead.post("/api/v1/emergencies/1/end", json={"reason": "x"})) == (409, "emergency.over")
        assert code_of(lead.post("/api/v1/emergencies/9/end", json={"reason": "x"})) == (404, "emergency.unknown")
    with client_of(urgent.context) as client:
        assert client.get("/api/v1/stations/h654/manifest").json()["manifest"]["emergencies"] == []


def test_who_leads_other_topics_does_not_end_a_call(urgent: World) -> None:
    approve(urgent.context, CODE)
    other = add_person(urgent.context, "chu-tri-khac", [Role.LEAD], organisation="so-khac")
    with client_of(urgent.context, who=other) as client:
        assert code_of(client.post("/api/v1/emergencies/1/end", json={"reason": "x"})) == (403, "access.out_of_reach")
