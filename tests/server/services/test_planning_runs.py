"""Planning that is followed while it goes, and cancelled: what it tells, and that nothing is stored before its end."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Thread
from threading import enumerate as living_threads

import pytest
from sqlalchemy.exc import IntegrityError

from schedules.months import Month
from schedules.planner.drafting import Drafter
from server.db.plans import PlanningRun
from server.services.context import Context
from server.services.planning_runs import PlanningRuns, RunView, unfinished_runs
from server.services.planning_work import Following, Plan, work_off
from server.services.plans import Progress, Stored, make_plan, plan_in_force
from server.services.refusals import PlanIsBeingMade, UnknownRun
from server.services.views import RevisionView
from tests.server.databases import dump
from tests.server.holding import without_runs
from tests.server.services.arriving import actions
from tests.server.waiting_jobs import WaitingJobs
from tests.server.worlds import MONTH, World

LONGEST_S = 60


def work(context: Context, run_id: str, plan: Plan = make_plan, *, stopping: Event | None = None) -> str:
    return work_off(context, run_id, following=Following(context, run_id, stopping or Event(), 0), plan=plan)


class Held:
    """Real planning that waits for `go` after `stations` stations are done, and says when it waits."""

    def __init__(self, stations: int) -> None:
        self.stations = stations
        self.waits, self.go = Event(), Event()
        self.told: list[tuple[int, int, int]] = []

    def __call__(
        self,
        context: Context,
        month: Month,
        *,
        station: str | None,
        as_of: datetime | None,
        progress: Progress | None,
        stored: Stored | None,
        drafter: Drafter | None,
    ) -> RevisionView:
        assert progress is not None

        def tell(done: int, all_: int, short_ms: int) -> None:
            self.told.append((done, all_, short_ms))
            progress(done, all_, short_ms)
            if done == self.stations:
                self._wait()

        if not self.stations:
            self._wait()
        return make_plan(context, month, station=station, as_of=as_of, progress=tell, stored=stored, drafter=drafter)

    def _wait(self) -> None:
        self.waits.set()
        assert self.go.wait(LONGEST_S)


@contextmanager
def held(world: World, stations: int) -> Iterator[tuple[PlanningRuns, Held]]:
    plan = Held(stations)
    runs = PlanningRuns(world.context, plan=plan, told_every_s=0)
    yield runs, plan
    plan.go.set()
    runs.stop()


def ended(runs: PlanningRuns, run: RunView) -> RunView:
    """After its thread has ended."""
    for thread in living_threads():
        if thread.name == f"loa-plan-{run.month}":
            thread.join(LONGEST_S)
    found = runs.get(Month.parse(run.month), run.id)
    assert not found.under_way
    return found


def test_a_run_tells_how_far_it_is_and_ends_with_the_draft(district: World) -> None:
    district.add_rule("cchc-xa-it-nhat", kind="min", ms=360_000_000, tier="commune")
    with held(district, 2) as (runs, plan):
        begun = runs.start(MONTH)
        assert (begun.state, begun.done, begun.all, begun.revision) == ("running", 0, None, None)
        assert plan.waits.wait(LONGEST_S)
        midway = runs.get(MONTH, begun.id)
        assert runs.under_way(MONTH) == midway
        assert (midway.state, midway.done, midway.all) == ("running", 2, 3)
        assert midway.short_ms == plan.told[1][2] > 0
        assert plan_in_force(district.context, MONTH) is None
        plan.go.set()
        done = ended(runs, begun)
    draft = plan_in_force(district.context, MONTH)
    assert draft is not None
    assert (done.state, done.revision) == ("done", draft)
    assert (done.done, done.all, done.short_ms) == (3, 3, draft.short_ms)
    assert plan.told[2][2] > plan.told[1][2]
    assert runs.under_way(MONTH) is None


@pytest.mark.parametrize("stations", [0, 1, 3])
def test_a_cancelled_run_leaves_the_database_as_it_was(published: World, stations: int) -> None:
    before = without_runs(published.context)
    with held(published, stations) as (runs, plan):
        begun = runs.start(MONTH)
        assert plan.waits.wait(LONGEST_S)
        assert runs.cancel(MONTH, begun.id).state == "cancelled"
        plan.go.set()
        done = ended(runs, begun)
    assert (done.state, done.revision, done.refusal) == ("cancelled", None, None)
    assert done.ended_at is not None
    assert without_runs(published.context) == before


def test_a_month_is_planned_by_one_run_at_a_time_others_beside_it(district: World) -> None:
    with held(district, 1) as (runs, plan):
        first = runs.start(MONTH)
        assert plan.waits.wait(LONGEST_S)
        with pytest.raises(PlanIsBeingMade) as refused:
            runs.start(MONTH)
        assert refused.value.facts == {"month": "2026-12", "run": first.id}
        runs.cancel(MONTH, first.id)
        other = runs.start(MONTH.next())
        plan.go.set()
        assert ended(runs, other).state == "done"
        assert ended(runs, first).state == "cancelled"
        again = runs.start(MONTH)
        assert again.id != first.id
        assert ended(runs, again).state == "done"
    assert plan_in_force(district.context, MONTH) is not None


def test_a_run_of_one_station_plans_it_and_those_that_relay_it(published: World) -> None:
    runs = PlanningRuns(published.context)
    done = ended(runs, runs.start(MONTH, station="x24490"))
    assert (done.state, done.station) == ("done", "x24490")
    runs.stop()


def test_what_refuses_the_planning_is_told_as_it_would_be_to_who_waits(district: World) -> None:
    runs = PlanningRuns(district.context)
    done = ended(runs, runs.start(MONTH, station="zzz"))
    assert done.state == "failed"
    assert done.refusal is not None
    assert done.refusal.code == "station.unknown"
    assert "Không có đài zzz trong tháng 12/2026" in done.refusal.sentence
    runs.stop()


def test_a_fault_of_ours_is_logged_and_told(district: World, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_asked: object, **_how: object) -> RevisionView:
        raise RuntimeError("hỏng")

    runs = PlanningRuns(district.context, plan=broken)
    with caplog.at_level(logging.ERROR, "loa.planning"):
        done = ended(runs, runs.start(MONTH))
    assert done.refusal is not None
    assert (done.state, done.refusal.code, done.refusal.facts["reason"]) == ("failed", "plan.failed", "hỏng")
    assert "RuntimeError" in caplog.text
    runs.stop()


def test_a_run_is_known_to_every_process_and_after_all_of_them(district: World) -> None:
    with held(district, 1) as (runs, plan):
        begun = runs.start(MONTH)
        assert plan.waits.wait(LONGEST_S)
        elsewhere = PlanningRuns(district.context)
        assert elsewhere.under_way(MONTH) == elsewhere.get(MONTH, begun.id) == runs.get(MONTH, begun.id)
        with pytest.raises(PlanIsBeingMade):
            elsewhere.start(MONTH)
        plan.go.set()
        done = ended(runs, begun)
    assert elsewhere.newest(MONTH) == [done]


def test_a_run_is_cancelled_from_any_process(published: World) -> None:
    before = without_runs(published.context)
    with held(published, 1) as (runs, plan):
        begun = runs.start(MONTH)
        assert plan.waits.wait(LONGEST_S)
        PlanningRuns(published.context).cancel(MONTH, begun.id)
        plan.go.set()
        assert ended(runs, begun).state == "cancelled"
    assert without_runs(published.context) == before


def test_two_who_are_at_one_run_store_one_draft(district: World) -> None:
    runs = PlanningRuns(replace(district.context, jobs=WaitingJobs()))
    begun = runs.start(MONTH)
    late = Held(1)
    other = Thread(target=work, args=(district.context, begun.id, late))
    other.start()
    assert late.waits.wait(LONGEST_S)
    work(district.context, begun.id)
    done = runs.get(MONTH, begun.id)
    stored = dump(district.context)
    late.go.set()
    other.join(LONGEST_S)
    assert done.state == "done"
    assert dump(district.context) == stored
    assert actions(district.context).count("plan.made") == 1


def test_whoever_takes_a_run_up_plans_as_of_the_same_moment(district: World) -> None:
    runs = PlanningRuns(replace(district.context, jobs=WaitingJobs()))
    begun = runs.start(MONTH)
    stopping = Event()
    stopping.set()
    assert work(district.context, begun.id, stopping=stopping) == "left"
    assert runs.get(MONTH, begun.id).under_way
    district.now += timedelta(minutes=5)
    assert work(district.context, begun.id) == "ended"
    made = runs.get(MONTH, begun.id).revision
    assert made is not None
    assert made.as_of == district.now - timedelta(minutes=5)


def test_what_nobody_has_begun_is_cancelled_at_once(district: World) -> None:
    runs = PlanningRuns(replace(district.context, jobs=WaitingJobs()))
    begun = runs.start(MONTH)
    assert unfinished_runs(district.context) == [begun.id]
    assert runs.cancel(MONTH, begun.id).state == "cancelled"
    assert unfinished_runs(district.context) == []
    assert work(district.context, begun.id) == "ended"
    assert plan_in_force(district.context, MONTH) is None


def test_the_database_itself_lets_one_run_of_a_month_be_under_way(district: World) -> None:
    PlanningRuns(replace(district.context, jobs=WaitingJobs())).start(MONTH)
    second = PlanningRun(
        id="x", month=str(MONTH), by="a", by_kind="local", origin="api", started_at=district.context.clock()
    )
    with pytest.raises(IntegrityError), district.context.database.write() as session:
        session.add(second)


def test_runs_that_ended_long_ago_are_forgotten(district: World) -> None:
    runs = PlanningRuns(replace(district.context, jobs=WaitingJobs()))
    old = runs.start(MONTH)
    runs.cancel(MONTH, old.id)
    district.now += timedelta(days=31)
    new = runs.start(MONTH)
    assert [run.id for run in runs.newest(MONTH)] == [new.id]


def test_what_has_ended_stays_as_it_ended(district: World) -> None:
    runs = PlanningRuns(district.context)
    done = ended(runs, runs.start(MONTH))
    assert runs.cancel(MONTH, done.id) == done
    assert runs.get(MONTH, done.id) == done
    runs.stop()


def test_a_run_is_known_by_its_month_and_name_only(district: World) -> None:
    runs = PlanningRuns(district.context)
    done = ended(runs, runs.start(MONTH))
    for month, name in ((MONTH.next(), done.id), (MONTH, "khac")):
        for ask in (runs.get, runs.cancel):
            with pytest.raises(UnknownRun):
                ask(month, name)
    runs.stop()


def test_a_service_that_stops_cancels_and_waits(published: World) -> None:
    before = without_runs(published.context)
    with held(published, 1) as (runs, plan):
        begun = runs.start(MONTH)
        assert plan.waits.wait(LONGEST_S)
        runs.announce_stop()
        late = runs.start(MONTH.next())
        stopping = Thread(target=runs.stop)
        stopping.start()
        plan.go.set()
        stopping.join(LONGEST_S)
        assert not stopping.is_alive()
        assert runs.get(MONTH, begun.id).state == "cancelled"
        assert runs.get(MONTH.next(), late.id).state == "cancelled"
    assert without_runs(published.context) == before
