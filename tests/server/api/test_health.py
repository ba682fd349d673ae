"""What proxies and supervisors ask: does the process live, and can it be given requests."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import TestClient

from media.stores.s3 import S3Location, S3Store
from server.app import create_app
from tests.server.api.conftest import BASE
from tests.server.worlds import World


def asked(world: World, **changed: Any) -> httpx.Response:
    with TestClient(create_app(replace(world.context, **changed)), base_url=BASE) as client:
        assert client.get("/health/live").json() == {"status": "ok"}
        return client.get("/health/ready")


def test_a_service_with_all_that_it_needs_is_ready(world: World) -> None:
    answer = asked(world)
    assert answer.status_code == 200
    assert {part["name"]: part["state"] for part in answer.json()["parts"]} == {
        "process": "ok",
        "database": "ok",
        "store": "ok",
        "disk": "ok",
    }


def test_without_its_store_it_lives_and_is_not_ready(world: World, tmp_path: Path) -> None:
    nowhere = S3Location(
        bucket="loa",
        prefix="",
        endpoint="http://127.0.0.1:9",
        region="us-east-1",
        access_key_id="a",
        secret_access_key="b",  # noqa: S106 (of no store)
    )
    answer = asked(world, store=S3Store(location=nowhere, scratch=tmp_path))
    assert (answer.status_code, answer.json()["code"]) == (503, "service.not_ready")
    assert answer.json()["facts"]["parts"] == ["store: unreachable"]
    assert answer.headers["retry-after"] == "5"


def test_a_service_that_stops_says_so_first(world: World) -> None:
    app = create_app(world.context)
    with TestClient(app, base_url=BASE) as client:
        assert client.get("/health/ready").status_code == 200
        app.announce_stop()
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["facts"]["parts"] == ["process: stopping"]
        assert "(tiến trình đang dừng)" in answer.json()["detail"]
        assert client.get("/health/live").status_code == 200
