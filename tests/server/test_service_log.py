"""What a real service writes: a line for each request, nothing secret in any; and that it goes on where there is no room."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.homes import copy_home, open_home
from tests.server.jobs.serving import Served
from tests.server.people import add_person
from tests.server.waiting import until

SECRETS = {
    "token": "a-token-that-was-stolen-0001",
    "signature": "a-signature-of-an-address-0002",
    "password": "a-password-that-somebody-typed-0003",
    "cookie": "a-session-of-somebody-0004",
    "link": "a-link-that-opens-an-account-0005",
    "feed": "a-calendar-of-somebody-0006",
}


@pytest.fixture
def home(empty_home: Path, tmp_path: Path) -> Path:
    """With an office, whose key the service's caller has."""
    made = copy_home(empty_home, tmp_path / "home")
    context = open_home(made)
    add_person(context, "ai-do")
    context.close()
    return made


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def test_each_request_is_a_line_for_machines_without_anything_secret(home: Path) -> None:
    with Served(home, LOA_LOG_FORMAT="json") as service, httpx.Client(base_url=service.address, timeout=60) as client:
        bearer = {"Authorization": f"Bearer {SECRETS['token']}"}
        client.get("/api/v1/stations", headers=bearer)
        client.get("/api/v1/audio/" + "0" * 64, params={"until": "1", "sig": SECRETS["signature"], "for": "h654"})
        client.post("/dang-nhap", data={"login": "ai-do", "password": SECRETS["password"]})
        client.get("/thang", headers={"Cookie": f"loa_session={SECRETS['cookie']}"})
        client.get(f"/mat-khau/{SECRETS['link']}")
        client.get(f"/api/v1/feeds/{SECRETS['feed']}.ics")
        known = client.get("/api/v1/topics", headers=service.key, timeout=60)
        assert until(
            lambda: any(line.get("request") == known.headers["x-request-id"] for line in lines(service.said_in))
        )
        said = service.said_in.read_text()
        assert [name for name, secret in SECRETS.items() if secret in said] == []
        assert service.key["Authorization"].split()[1] not in said
        (line,) = [each for each in lines(service.said_in) if each.get("request") == known.headers["x-request-id"]]
        assert {name: line[name] for name in ("event", "level", "logger", "method", "route", "status", "who")} == {
            "event": "request",
            "level": "info",
            "logger": "loa.access",
            "method": "GET",
            "route": "/api/v1/topics",
            "status": 200,
            "who": "key",
        }
        assert line["bytes"] == len(known.content)
        assert line["who_id"] == 1
        routes = {each["route"] for each in lines(service.said_in) if each["event"] == "request"}
        assert "/mat-khau/{secret}" in routes


def test_a_full_disk_for_the_log_stops_nobody(home: Path) -> None:
    with Served(home, log=Path("/dev/full"), LOA_LOG_FORMAT="json") as service:
        for _ in range(3):
            assert httpx.get(f"{service.address}/api/v1/topics", headers=service.key, timeout=60).status_code == 200
        assert httpx.get(f"{service.address}/api/v1/stations/none", headers=service.key, timeout=60).status_code == 404
        service.stop()
        assert service.process.returncode is not None
