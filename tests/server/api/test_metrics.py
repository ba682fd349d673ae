"""`/metrics`: who may read it, and that what it counts is what happened."""

import asyncio
import re
import threading
import time
from collections.abc import Iterator

import pytest
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families

from server.api.doorway import Doorway
from server.api.metrics import CountedThreads, LoopLag
from server.app import create_app
from server.services.public_url import PublicUrl
from server.services.rights import Role
from tests.server.api.conftest import BASE, Client
from tests.server.machines import bearer, key
from tests.server.people import add_person, sign_in
from tests.server.worlds import World

TOKEN = "t" * 32


@pytest.fixture
def watched(world: World) -> Iterator[Client]:
    with TestClient(create_app(world.context, metrics_token=TOKEN), base_url=BASE) as client:
        yield client


def figures(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(client: Client) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics", headers=bearer(TOKEN))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return figures(answer.text)


def test_requests_are_counted_by_template_method_and_status(watched: Client) -> None:
    for path in ("/api/v1/problems/plan.none", "/api/v1/problems/plan.none", "/api/v1/problems/nothing"):
        watched.get(path)
    watched.head("/api/v1/problems/plan.none")
    watched.get("/nowhere/at/all")
    found = read(watched)
    route = "/api/v1/problems/{code}"
    assert found[("loa_http_requests_total", *sorted((route, "2xx", "GET")))] == 2
    assert found[("loa_http_requests_total", *sorted((route, "4xx", "GET")))] == 1
    assert found[("loa_http_requests_total", *sorted((route, "2xx", "HEAD")))] == 1
    assert found[("loa_http_requests_total", *sorted(("none", "4xx", "GET")))] == 1
    assert found[("loa_http_request_duration_seconds_count", *sorted((route, "GET")))] == 3
    assert found[("loa_http_response_bytes_total", route)] > 500
    assert found[("loa_http_requests_in_hand",)] == 1


def test_the_service_is_told_beside_the_process(watched: Client) -> None:
    found = read(watched)
    assert found["loa_database_up",] == found["loa_store_up",] == 1
    assert found["loa_segment_versions", "ready"] == 6
    assert found["loa_stations",] == 3
    assert found["loa_workers",] == 0
    assert found["loa_last_backup_timestamp_seconds",] == 0
    assert found["loa_threads",] > 1
    assert found["loa_disk_free_bytes", "home"] > 0
    assert found["process_resident_memory_bytes",] > 0
    assert [name for name in found if name[0] == "loa_build_info"]


def test_only_the_settings_token_and_administrators_read_it(watched: Client, world: World) -> None:
    context = world.context
    for wrong in ({}, bearer("x" * 32)):
        refused = watched.get("/metrics", headers=wrong)
        assert (refused.status_code, refused.json()["code"]) == (401, "access.metrics_token_needed")
        assert "LOA_METRICS_TOKEN" in refused.json()["detail"]
        assert "Authorization: Bearer" in refused.json()["detail"]
    assert watched.get("/metrics", headers=bearer(key(context, "registry.read", "audit.read"))).status_code == 403
    # The token opens nothing else.
    assert watched.get("/api/v1/stations", headers=bearer(TOKEN)).status_code == 403
    assert watched.get("/thang/2026-12", headers=bearer(TOKEN)).status_code == 403
    sign_in(watched, context, add_person(context, "giam-sat", [Role.MONITOR]))
    assert watched.get("/metrics").status_code == 403
    sign_in(watched, context, add_person(context, "quan-tri", [Role.ADMINISTRATOR]))
    assert "loa_build_info" in watched.get("/metrics").text


def test_without_a_token_in_the_settings_none_is_taken(world: World) -> None:
    with TestClient(create_app(world.context), base_url=BASE) as client:
        for shown in ("", " ", "None"):
            assert client.get("/metrics", headers={"Authorization": f"Bearer {shown}"}).status_code == 401
        answer = client.get("/metrics", headers={"Accept": "text/html"})
        assert (answer.status_code, answer.json()["code"]) == (401, "access.metrics_token_needed")
        assert "chưa đặt LOA_METRICS_TOKEN" in answer.json()["detail"]


def test_prometheus_asks_by_address_where_people_ask_by_name(world: World) -> None:
    doorway = Doorway(public_url=PublicUrl(scheme="https", host="loa.example.gov.vn"))
    with TestClient(
        create_app(world.context, doorway=doorway, metrics_token=TOKEN), base_url="http://10.0.0.7:8000"
    ) as client:
        assert client.get("/metrics", headers=bearer(TOKEN)).status_code == 200
        assert client.get("/thang").status_code == 403


def test_threads_at_work_and_what_waits_for_one_are_counted() -> None:
    threads = CountedThreads(1, "tests")
    begun, release = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        release.wait()

    first = threads.submit(work)
    begun.wait()
    second = threads.submit(time.monotonic)
    assert (threads.busy, threads.waiting, threads.size) == (1, 1, 1)
    release.set()
    assert second.result() > 0
    assert first.result() is None
    failing = threads.submit(int, "x")
    with pytest.raises(ValueError, match="invalid literal"):
        failing.result()
    threads.shutdown()
    assert (threads.busy, threads.waiting) == (0, 0)
    with pytest.raises(RuntimeError):
        threads.submit(time.monotonic)
    assert threads.waiting == 0


def test_a_loop_that_is_held_up_is_late() -> None:
    lag = LoopLag()

    async def held_up() -> None:
        async with lag.rounds(every_s=0.001):
            await asyncio.sleep(0.01)
            time.sleep(0.2)  # noqa: ASYNC251 (that is what it is about)
            await asyncio.sleep(0.01)

    assert lag.worst() == 0
    asyncio.run(held_up())
    assert lag.worst() > 0.1


def test_names_of_figures_are_prometheus_own_way(watched: Client) -> None:
    names = {name for name, *_ in read(watched)}
    assert [name for name in names if not re.fullmatch(r"(loa|process)_[a-z_]+", name)] == []
