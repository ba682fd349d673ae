"""Planning runs over HTTP: started, followed, cancelled."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.api.planning_runs import changes
from server.services.planning_runs import PlanningRuns
from tests.server.api.conftest import Client, client_of
from tests.server.holding import LONGEST_S, HoldingClock, until_ended, without_runs
from tests.server.worlds import MONTH, World

RUNS = "/api/v1/plans/2026-12/runs"


@pytest.fixture
def clock(world: World) -> HoldingClock:
    return HoldingClock(world.context.clock)


@pytest.fixture
def held(world: World, clock: HoldingClock) -> Iterator[Client]:
    """Its planning runs wait before the first station."""
    with client_of(replace(world.context, clock=clock)) as client:
        try:
            yield client
        finally:
            clock.go.set()


def test_a_run_is_started_followed_and_ends_with_the_draft(held: Client, clock: HoldingClock) -> None:
    begun = held.post(RUNS, json={})
    assert begun.status_code == 202
    address = begun.headers["location"]
    assert address == f"{RUNS}/{begun.json()['id']}"
    assert clock.waits.wait(LONGEST_S)
    midway = held.get(address).json()
    assert (midway["state"], midway["done"], midway["all"], midway["revision"]) == ("running", 0, None, None)
    second = held.post(RUNS, json={"station": "h654"})
    assert (second.status_code, second.json()["code"]) == (409, "plan.being_made")
    assert second.json()["facts"]["run"] == midway["id"]
    assert midway["id"] in second.json()["detail"]
    clock.go.set()
    until_ended("2026-12")
    done = held.get(address).json()
    assert (done["state"], done["done"], done["all"], done["refusal"]) == ("done", 3, 3, None)
    draft = next(each for each in held.get("/api/v1/plans/2026-12").json()["revisions"] if each["status"] == "draft")
    assert (done["revision"], done["short_ms"]) == (draft, draft["short_ms"])
    assert held.delete(address).json() == done


def test_a_cancelled_run_stores_nothing(held: Client, clock: HoldingClock, world: World) -> None:
    before = without_runs(world.context)
    address = held.post(RUNS, json={}).headers["location"]
    assert clock.waits.wait(LONGEST_S)
    cancelled = held.delete(address)
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    clock.go.set()
    until_ended("2026-12")
    done = held.get(address).json()
    assert (done["state"], done["revision"], done["done"]) == ("cancelled", None, 0)
    assert without_runs(world.context) == before


def test_a_run_is_followed_by_events_until_it_has_ended(world: World, clock: HoldingClock) -> None:
    runs = PlanningRuns(replace(world.context, clock=clock))
    run = runs.start(MONTH)
    assert clock.waits.wait(LONGEST_S)

    async def follow() -> list[dict[str, object]]:
        told = []
        async for message in changes(runs, world.context, run):
            told.append(json.loads(str(message.data)))
            clock.go.set()
        return told

    told = asyncio.run(follow())
    assert (told[0]["state"], told[-1]["state"]) == ("running", "done")
    assert told[-1]["done"] == told[-1]["all"] == 3
    runs.stop()


def test_the_events_of_a_run_come_as_a_stream(api: Client) -> None:
    address = api.post(RUNS, json={}).headers["location"]
    answer = api.get(f"{address}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert '"state":"done"' in answer.text
    assert api.head(f"{address}/events").status_code == 200


def test_what_is_wrong_with_a_run_is_said(api: Client) -> None:
    for address in (f"{RUNS}/khac", f"{RUNS}/khac/events"):
        answer = api.get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "plan.unknown_run")
    assert api.delete(f"{RUNS}/khac").status_code == 404
    assert api.post("/api/v1/plans/2026-13/runs", json={}).json()["code"] == "month.invalid"
    assert api.post(RUNS, json={"stations": []}).status_code == 400
    address = api.post(RUNS, json={"station": "zzz"}).headers["location"]
    until_ended("2026-12")
    failed = api.get(address).json()
    assert (failed["state"], failed["refusal"]["code"]) == ("failed", "station.unknown")


def test_another_site_can_neither_start_nor_cancel_a_run(api: Client) -> None:
    foreign = {"Origin": "https://example.org"}
    assert api.post(RUNS, json={}, headers=foreign).json()["code"] == "request.cross_site"
    assert api.delete(f"{RUNS}/khac", headers=foreign).json()["code"] == "request.cross_site"
