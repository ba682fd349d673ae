"""Planning runs in processes of their own: shared with equal results, taken over from the killed, cancelled from elsewhere."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from schedules.planner.drafting import Order
from server.db.registry import Station
from server.jobs.durable import DurableJobs
from server.jobs.kinds import PARTS
from server.jobs.planning import parts_of
from server.jobs.workflows import Queue
from server.services.context import Context
from server.services.planning_runs import PlanningRuns, RunView
from server.services.plans import export_problem, make_plan, plan_in_force
from tests.server.databases import dump
from tests.server.homes import copy_home
from tests.server.jobs.serving import Served
from tests.server.jobs.test_durable import durable, jobs_of, until
from tests.server.jobs.test_many_workers import WorkerProcess
from tests.server.services.arriving import actions
from tests.server.waiting_jobs import WaitingJobs
from tests.server.worlds import BEFORE, MONTH, World, build_world, open_world

SHARING = "tests.server.jobs.sharing"


@pytest.fixture(scope="module")
def region_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A district and communes that are not alike: some seconds of planning."""
    world = build_world(tmp_path_factory.mktemp("homes") / "region", segments=40)
    for number in range(8):
        key = world.add_station(
            f"x3000{number}", unit="24490", name=f"Đài {number}", relays="h654" if number % 2 else None
        )
        with world.change() as session:
            session.get_one(Station, key).language_shares = {"vi": 0.9 - number / 100}
    world.context.close()
    return world


@pytest.fixture
def region(region_home: World, tmp_path: Path) -> Iterator[World]:
    copy = open_world(copy_home(region_home.context.home, tmp_path / "home"), now=BEFORE, keys=dict(region_home.keys))
    yield copy
    copy.context.close()


def waiting_run(world: World) -> tuple[PlanningRuns, RunView]:
    runs = PlanningRuns(replace(world.context, jobs=WaitingJobs()))
    return runs, runs.start(MONTH)


def has_ended(runs: PlanningRuns, run: RunView) -> bool:
    return not runs.get(MONTH, run.id).under_way


def test_who_is_killed_at_a_plan_is_followed_by_another_and_it_is_that_of_one_process(
    region: World, region_home: World, tmp_path: Path
) -> None:
    runs, run = waiting_run(region)
    with ExitStack() as both:
        first = both.enter_context(WorkerProcess(region.context.home, SHARING))
        until(lambda: any("plan_part" in name for name in jobs_of(region.context)))
        second = both.enter_context(WorkerProcess(region.context.home, SHARING))
        first.kill()
        until(lambda: has_ended(runs, run), at_most_s=150)
        assert second.stop() == 0
    done = runs.get(MONTH, run.id)
    assert done.state == "done"
    assert done.revision == plan_in_force(region.context, MONTH)
    assert actions(region.context).count("plan.made") == 1
    assert dump(region.context)["planning_instance"] == []
    alone = open_world(copy_home(region_home.context.home, tmp_path / "alone"), now=BEFORE, keys={})
    make_plan(alone.context, MONTH, as_of=done.revision.as_of)
    assert export_problem(alone.context, MONTH) == export_problem(region.context, MONTH)
    alone.context.close()


def test_a_run_is_started_on_one_web_followed_on_it_and_cancelled_from_elsewhere(region: World) -> None:
    home = region.context.home
    with Served(home, LOA_WORKER="no") as web, WorkerProcess(home) as worker:
        with httpx.Client(base_url=web.address, headers=web.key, timeout=60) as client:
            begun = client.post(f"/api/v1/plans/{MONTH}/runs", json={})
            assert begun.status_code == 202
            address = begun.headers["location"]
            until(lambda: client.get(address).json()["done"] > 0)
            run_id = begun.json()["id"]
            assert PlanningRuns(region.context).cancel(MONTH, run_id).state == "cancelled"
            assert client.get(address).json()["state"] == "cancelled"
        assert worker.stop() == 0
    assert plan_in_force(region.context, MONTH) is None
    assert "plan.made" not in actions(region.context)


def test_where_a_process_works_a_run_begins_at_once_and_goes_on_after_a_restart(region: World) -> None:
    with durable(region.context) as served:
        jobs = served.jobs
        assert isinstance(jobs, DurableJobs)
        until(lambda: jobs.works_here)
        runs = PlanningRuns(served)
        run = runs.start(MONTH)
        assert f"planning_run-{run.id}-1" in jobs_of(region.context)
    assert runs.get(MONTH, run.id).under_way
    with durable(region.context):
        until(lambda: has_ended(runs, run))
    assert runs.get(MONTH, run.id).state == "done"
    assert actions(region.context).count("plan.made") == 1


def test_parts_keep_the_order_and_become_smaller() -> None:
    orders = [Order(station=str(number), fixed=[], tries=180_000, variant=0) for number in range(888)]
    parts = list(parts_of(orders))
    assert [order for part in parts for order in part] == orders
    sizes = [len(part) for part in parts]
    assert sizes[0] == 74
    assert sizes[:-1] == sorted(sizes[:-1], reverse=True)
    assert list(parts_of([])) == []


def test_parts_that_are_done_stay_until_their_run_has_ended(empty: Context) -> None:
    with durable(empty, sweep_every_s=3600):
        opened: list[Queue] = []
        until(lambda: bool(opened) or _opens(empty, opened))
        [queue] = opened
        name = PARTS.name("run.digest.1", 1)
        queue.put_part(name, "run", "digest", b"")
        until(lambda: jobs_of(empty).get(name) == "SUCCESS")
        queue.forget_parts(lambda: ["other", "run"])
        assert queue.results([name]) == {name: b""}
        queue.forget_parts(lambda: ["other"])
        assert queue.results([name]) == {}
        queue.close()


def _opens(context: Context, opened: list[Queue]) -> bool:
    queue = Queue.open(context)
    opened += [queue] if queue else []
    return bool(opened)
