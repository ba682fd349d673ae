"""A machine that is lost or held up: what it was at is another's, neither too early nor twice."""

import hashlib
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from server.jobs.workflows import Queue, Turns
from server.services.context import Context, open_context
from tests.postgresql import PostgresqlServer, running_postgresql
from tests.server.jobs.test_killed import working_on_something
from tests.server.jobs.test_many_workers import WorkerProcess, are_done, each_step_ended_once, sent, wait_for
from tests.server.services.arriving import actions, settle_in

_LINES = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'held_up'"
_LINE_OF_A_LOCK = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
    " AND (classid::bigint << 32 | objid::bigint) = :key"
)


@pytest.fixture
def server() -> Iterator[PostgresqlServer]:
    with running_postgresql() as found:
        found.create("loa")
        yield found


@pytest.fixture
def home(server: PostgresqlServer, tmp_path: Path) -> Iterator[Context]:
    context = open_context(home=tmp_path / "home", server=server.place("loa"))
    settle_in(context)
    yield context
    context.close()


def let_go(context: Context, name: str) -> None:
    """What becomes of a lock when the server misses the machine of whoever holds it."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with context.database.engine.begin() as connection:
        assert connection.execute(text(_LINE_OF_A_LOCK), {"key": key}).scalars().all() == [True]


def test_a_worker_that_is_held_up_is_followed_once_both_its_locks_are_gone_and_changes_nothing_when_it_comes_back(
    server: PostgresqlServer, home: Context, tmp_path: Path
) -> None:
    versions = sent(home, tmp_path, 1)
    with home.database.engine.begin() as connection:
        connection.execute(text("CREATE ROLE held_up SUPERUSER LOGIN"))
    held_up = WorkerProcess(home.home, LOA_DATABASE_URL=server.url("loa").replace("loa@", "held_up@"))
    with held_up, WorkerProcess(home.home, LOA_DATABASE_URL=server.url("loa")) as other, ExitStack() as opened:
        wait_for(lambda: working_on_something(home))
        held_up.process.send_signal(signal.SIGSTOP)
        with home.database.engine.begin() as connection:
            executor = connection.execute(text("SELECT executor_id FROM dbos.workflow_status")).scalar_one()
        queue, soon_after_a_start = Queue.open(home, settled_s=0), Queue.open(home, settled_s=3600)
        assert queue is not None
        opened.callback(queue.close)
        assert soon_after_a_start is not None
        opened.callback(soon_after_a_start.close)
        assert queue.take_over("somebody") == 0
        let_go(home, f"claim worker-{executor}")
        assert queue.take_over("somebody") == 0
        let_go(home, f"claim {versions[0]}")
        assert soon_after_a_start.take_over("somebody") == 0
        # In the middle of a transaction it holds rows as well, for as long as the server has not missed that line.
        with home.database.engine.begin() as connection:
            assert connection.execute(text(_LINES)).scalars().all()
        assert queue.take_over("somebody") == 1
        wait_for(lambda: are_done(home, versions))
        told = actions(home)
        held_up.process.send_signal(signal.SIGCONT)
        assert held_up.stop() == 0
        assert other.stop() == 0
    assert each_step_ended_once(home, versions)
    assert actions(home) == told


def test_who_is_suspected_works_beside_nobody() -> None:
    turns = Turns(2)

    def work() -> None:
        with turns.one(alone=False):
            pass

    beside = threading.Thread(target=work)
    with turns.one(alone=True):
        beside.start()
        beside.join(0.05)
        assert beside.is_alive()
    beside.join()
    with turns.one(alone=False), turns.one(alone=False):
        pass
