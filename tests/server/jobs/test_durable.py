"""Durable jobs in this process: promised with the row or not at all, worked off by one, taken up again after trouble."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, inspect
from sqlalchemy import select as sql
from sqlmodel import func, select

from media.refusals import FfmpegFailed
from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.db.records import Fact
from server.jobs.durable import DurableJobs
from server.services.claims import claimed
from server.services.closing_checks import verify_closings
from server.services.closings import closing_of, order_closing
from server.services.context import Context
from server.services.intake import STEPS, settle
from server.services.plans import make_plan, publish_plan
from server.services.refusals import ServiceStopping
from server.services.segments import add_segment, get_segment
from tests.server.homes import NOW
from tests.server.services.arriving import said, send, settle_in, suicidal_ffmpeg, tone, version_of
from tests.server.services.test_closings import NEW_YEAR
from tests.server.worlds import MONTH, build_world

SWEEP_S = 0.5


@pytest.fixture
def home(empty: Context) -> Context:
    settle_in(empty)
    return empty


@contextmanager
def durable(context: Context, *, sweep_every_s: float = SWEEP_S) -> Iterator[Context]:
    """The context as the API has it while its jobs run."""
    jobs = DurableJobs(context, sweep_every_s=sweep_every_s)
    jobs.start()
    try:
        yield replace(context, jobs=jobs)
    finally:
        jobs.stop()


def until(holds: Callable[[], bool], *, at_most_s: float = 60) -> None:
    deadline = time.monotonic() + at_most_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def jobs_of(context: Context) -> dict[str, str]:
    """What DBOS knows, by the job's name; nothing before it has ever run here."""
    with context.database.read() as session:
        connection = session.connection()
        schema = schema_of(context)
        if not inspect(connection).has_table("workflow_status", schema=schema):
            return {}
        jobs = Table("workflow_status", MetaData(schema=schema), Column("workflow_uuid"), Column("status"))
        return dict(connection.execute(sql(jobs.c.workflow_uuid, jobs.c.status)).all())


def working(context: Context) -> bool:
    """Whether some process works for this home: its tables are there and its queue is."""
    with context.database.read() as session:
        return inspect(session.connection()).has_table("queues", schema=schema_of(context))


def schema_of(context: Context) -> str | None:
    """Where DBOS has its tables."""
    return "dbos" if context.database.kind == "postgresql" else None


def test_what_is_submitted_is_worked_off_in_the_background(home: Context, tmp_path: Path) -> None:
    handlers = list(logging.getLogger().handlers)
    with durable(home) as served:
        first = send(served, tone(tmp_path, seed=1), title="Trước khi có hàng đợi")
        view = settle(served, first)
        assert view.state == "submitted"
        second = send(served, tone(tmp_path, seed=2))
        assert settle(served, second).state == "submitted"
        assert add_segment(served, tone(tmp_path, seed=3), file_name="a.wav", new=said()).state == "submitted"
    for version_id in (first, second):
        assert [entry["step"] for entry in version_of(home, version_id).timeline] == list(STEPS)
    assert logging.getLogger().handlers == handlers


def test_the_row_and_its_job_are_kept_together_or_not_at_all(home: Context, tmp_path: Path) -> None:
    with durable(home) as served:
        settle(served, send(served, tone(tmp_path, seed=1)))
        until(lambda: all(status == "SUCCESS" for status in jobs_of(home).values()))
        before = jobs_of(home)
        jobs = served.jobs
        assert jobs is not None

        def put_and_fail() -> None:
            with home.database.write() as session:
                session.add(Fact(name="a", value="b"))
                jobs.enqueue(session, 99)
                session.flush()
                raise KeyError

        with pytest.raises(KeyError):
            put_and_fail()
        assert set(jobs_of(home)) <= set(before)
        with home.database.read() as session:
            assert session.get(Fact, "a") is None


def test_a_version_that_has_no_job_gets_one(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path))
    with durable(home) as served:
        assert settle(served, version_id).state == "submitted"


def test_what_a_command_works_on_is_left_to_it(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path))
    with claimed(home, version_id), durable(home):
        until(lambda: working(home))
        time.sleep(3 * SWEEP_S)
        assert version_of(home, version_id).timeline == []
    assert settle(home, version_id).state == "submitted"


def test_trouble_is_told_and_what_it_stopped_goes_on_when_it_is_over(home: Context, tmp_path: Path) -> None:
    script, deadly = suicidal_ffmpeg(tmp_path, home.ffmpeg.executable)
    with durable(replace(home, ffmpeg_override=script)) as served:
        version_id = send(served, tone(tmp_path))
        with pytest.raises(FfmpegFailed):
            settle(served, version_id)
        [version] = get_segment(home, "b0001").versions
        assert (version.state, version.step) == ("processing", "examine")
        assert version.refusal is not None
        assert version.refusal.code == "ffmpeg.failed"
        deadly.unlink()
        until(lambda: version_of(home, version_id).state != "processing")
        view = get_segment(home, "b0001")
    assert (view.state, view.versions[0].refusal) == ("submitted", None)
    ended = [step.step for step in view.versions[0].steps if step.ended_at is not None]
    assert ended == list(STEPS)


def test_who_waits_is_told_that_the_service_stops_and_the_work_goes_on_at_the_next_start(
    home: Context, tmp_path: Path
) -> None:
    told: list[BaseException] = []
    source = tone(tmp_path, seconds=300)

    def wait(context: Context) -> None:
        try:
            add_segment(context, source, file_name="a.wav", new=said())
        except ServiceStopping as refusal:
            told.append(refusal)

    with durable(home) as served:
        waiter = threading.Thread(target=wait, args=(served,))
        waiter.start()
        until(lambda: _step_of_the_first(home) in {"examine", "encode"})
        begun = time.monotonic()
        assert isinstance(served.jobs, DurableJobs)
        served.jobs.stop()
        assert time.monotonic() - begun < 15
        waiter.join()
    [refusal] = told
    assert isinstance(refusal, ServiceStopping)
    assert refusal.segment == "b0001"
    with durable(home) as served:
        assert settle(served, 1).state == "submitted"
    ended = [entry["step"] for entry in version_of(home, 1).timeline if entry["ended_at"]]
    assert ended == list(STEPS)


def _step_of_the_first(context: Context) -> str:
    with context.database.read() as session:
        version = session.get(SegmentVersion, 1)
        return version.step if version is not None else ""


def test_others_write_while_jobs_are_done_and_nobody_waits_in_vain(home: Context, tmp_path: Path) -> None:
    failed: list[BaseException] = []
    stop = threading.Event()
    written = [0, 0, 0]

    def write(number: int) -> None:
        try:
            while not stop.is_set():
                with home.database.write() as session:
                    session.merge(Fact(name=f"f{number}", value=str(written[number])))
                written[number] += 1
        except Exception as error:  # noqa: BLE001 (shown by the assertion)
            failed.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    with durable(home) as served:
        for writer in writers:
            writer.start()
        versions = [send(served, tone(tmp_path, seed=seed)) for seed in range(4)]
        states = [settle(served, version_id).state for version_id in versions]
        stop.set()
        for writer in writers:
            writer.join()
    assert failed == []
    assert states == ["submitted"] * 4
    assert min(written) > 0
    with home.database.read() as session:
        assert session.exec(select(func.count()).select_from(Segment)).one() == 4


def test_jobs_that_are_done_are_forgotten_and_files_of_nobody_go_after_a_day(home: Context, tmp_path: Path) -> None:
    old, young = home.incoming / "recording-cu", home.incoming / "recording-moi"
    form = home.incoming / "upload-cu"
    for path in (old, form, young):
        path.touch()
    later = replace(home, clock=lambda: NOW + timedelta(days=3650))
    with durable(home) as served:
        settle(served, send(served, tone(tmp_path)))
        until(lambda: jobs_of(home) == {})
        assert old.exists()
    with durable(later):
        until(lambda: not old.exists() and not form.exists())
    assert not young.exists()


def test_a_month_of_very_many_stations_is_closed_by_whoever_works(tmp_path: Path) -> None:
    world = build_world(tmp_path / "world")
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    world.now = NEW_YEAR
    with durable(replace(world.context, few_stations=0)) as served:
        order_closing(served, MONTH)
        until(lambda: closing_of(served, MONTH) is not None)
        until(lambda: all(status == "SUCCESS" for status in jobs_of(served).values()))
    assert verify_closings(world.context) == []
    world.context.close()
