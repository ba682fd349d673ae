"""The country's month planned by one worker and by two, which share its drafts: rows to stored draft, on PostgreSQL.

Each worker searches in one thread, since the two share two cores; one worker with its usual threads is told beside
them. `python -m tests.benchmarks.country_planning 3000` tells the same of so many stations.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import col

from schedules.months import Month
from server.db.plans import MonthPlan
from server.services.context import Context, open_context
from server.services.planning_runs import PlanningRuns, RunView
from tests.benchmarks.country_rows import fill_from
from tests.benchmarks.instances import province
from tests.postgresql import PostgresqlServer, running_postgresql
from tests.server.jobs.test_many_workers import WorkerProcess
from tests.server.waiting_jobs import WaitingJobs

STATIONS, SEGMENTS = 11_366, 2_000
MONTH = Month(2026, 12)
SPEED_UP = 1.7
LONGEST_S = 600


class Measured(NamedTuple):
    seconds: float
    cpu_s: float
    plan: str


def run(stations: int = STATIONS, segments: int = SEGMENTS) -> list[dict[str, object]]:
    with running_postgresql() as server, TemporaryDirectory() as folder:
        server.create("filled")
        context = open_context(home=Path(folder, "filled"), server=server.place("filled"))
        fill_from(context, province(1, stations, segments))
        context.close()
        one = measured(server, Path(folder), workers=1, threads=1)
        two = measured(server, Path(folder), workers=2, threads=1)
        usual = measured(server, Path(folder), workers=1, threads=4)
    if len({each.plan for each in (one, two, usual)}) != 1:
        raise AssertionError("plans differ")
    title = f"{stations} stations, {segments} segments, rows to stored draft"
    return [
        _row(f"{title}: one worker, one thread", one.seconds, "s", "at most", 300),
        _row(f"{title}: two workers, one thread each", two.seconds, "s", "at most", 300),
        _row(f"{title}: one worker, four threads", usual.seconds, "s", "at most", 300),
        _row("speed-up of two workers over one", one.seconds / two.seconds, "×", "at least", SPEED_UP),
        _row("CPU of two workers over one's", two.cpu_s / one.cpu_s, "×", "at most", 1.3),
    ]


def measured(server: PostgresqlServer, folder: Path, *, workers: int, threads: int) -> Measured:
    """Seconds from the moment at which a worker begins to that at which the draft is stored."""
    name = f"by_{workers}_{threads}"
    server.create(name, template="filled")
    context = open_context(home=folder / name, server=server.place(name))
    with ExitStack() as stack:
        stack.callback(context.close)
        running = [stack.enter_context(worker(server.url(name), context, threads)) for _ in range(workers)]
        runs = PlanningRuns(replace(context, jobs=WaitingJobs()))
        begun_cpu = sum(cpu_s(each.process.pid) for each in running)
        run_ = _ended(runs, runs.start(MONTH))
        used = sum(cpu_s(each.process.pid) for each in running) - begun_cpu
        if run_.revision is None or run_.ended_at is None:
            raise AssertionError(run_)
        seconds = (run_.ended_at - run_.revision.as_of) / timedelta(seconds=1)
        return Measured(seconds=seconds, cpu_s=used, plan=_plan(context))


@contextmanager
def worker(url: str, context: Context, threads: int) -> Iterator[WorkerProcess]:
    settings = {"LOA_HOME": str(context.home), "LOA_DATABASE_URL": url, "LOA_PLANNING_THREADS": str(threads)}
    with WorkerProcess(context.home, **settings) as started:
        yield started


def cpu_s(pid: int) -> float:
    """Of the process in user's and system's time."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ended(runs: PlanningRuns, run_: RunView) -> RunView:
    end = time.monotonic() + LONGEST_S
    while run_.under_way:
        if time.monotonic() > end:
            raise TimeoutError(run_)
        time.sleep(0.5)
        run_ = runs.get(MONTH, run_.id)
    return run_


def _plan(context: Context) -> str:
    """The SHA-256 of all stations' slots."""
    with context.database.read() as session:
        digests = session.execute(select(col(MonthPlan.digest)).order_by(col(MonthPlan.station_id))).scalars()
        return hashlib.sha256("".join(digests).encode()).hexdigest()


def _row(name: str, value: float, unit: str, sense: str, limit: float) -> dict[str, object]:
    return {"name": name, "value": round(value, 2), "unit": unit, "sense": sense, "limit": limit, "ratio_of": None}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(int(sys.argv[1])), indent=1) + "\n")
