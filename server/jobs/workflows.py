"""Durable jobs as DBOS workflows: the way of a version. Importing this imports DBOS: only `server.jobs.durable` does, in
its thread.

DBOS keeps its tables beside ours in the same database, so that a row and its job are kept in one transaction. The
version of the application is pinned: after an upgrade old jobs go on. Each process is an executor of its own, and
whoever lives takes over the running jobs of those that died: DBOS does not by itself.
"""

import gc
import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from dbos import DBOS, DBOSClient, DBOSConfig
from dbos._schemas.system_database import SystemSchema
from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from media.refusals import MediaRefusal
from schedules.refusals import ScheduleRefusal
from server.db.engine import postgresql_options
from server.errors import as_refusal
from server.jobs.kinds import AT_ONCE, KINDS, PARTS, VERSIONS, Kind
from server.jobs.life import living
from server.services.claims import claimed
from server.services.context import Context
from server.services.errand_refusals import LeftOff
from server.services.footing_refusals import DatabaseUnreachable
from server.services.intake import STEPS
from server.services.intake_steps import BY_NAME
from server.services.refusals import ProcessingFailed, ServiceRefusal
from server.services.replanning_segments import plan_what_came_in
from server.services.version_steps import is_suspected, note_trouble, park
from server.tracing import span

_LOG = logging.getLogger("loa.jobs")
_NAME = "loa"
# Of the steps and their order, not of the release: changed only where old jobs could not go on with new code.
_APPLICATION_VERSION = "1"
_POLL_S = 0.5
# Seconds to wait before a step that met trouble is tried again, each time.
_PAUSES_S = (0.5, 2.0)
# And one that finds no database, for as long as there is none: what it is about waits there.
AWAY_S = 2.0
# Seconds to wait after each look at what another has claimed.
_LOOKS_S = (0.1, 0.3, 0.6, 1.0)
# Values between two looks for those that hold each other.
_USUALLY_MADE = 100_000
# Of one process to a server, and as many more when it is busy.
_CONNECTIONS = 4
# Seconds after which every living process has taken its name from a server that was started anew: it looks every five.
_SETTLED_S = 15.0
_ALIVE = {"ENQUEUED", "PENDING", "DELAYED"}
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class Turns:
    """So many work at once; who has one alone works beside nobody."""

    def __init__(self, many: int) -> None:
        self._many = many
        self._turns = threading.Semaphore(many)
        self._all = threading.Lock()

    @contextmanager
    def one(self, *, alone: bool) -> Iterator[None]:
        with ExitStack() as held:
            if alone:
                # Two that wanted all of them would each have some, for ever.
                held.enter_context(self._all)
            for _ in range(self._many if alone else 1):
                held.enter_context(self._turns)
            yield


class Worker:
    """This process works off the queue. There is one in a process, as there is one DBOS."""

    current: "Worker | None" = None

    def __init__(self, context: Context, stopping: threading.Event, executor: str, share_from: int) -> None:
        self.context = context
        self.share_from = share_from
        self.stopping = stopping
        self._engine = _engine(context)
        self._turns = Turns(AT_ONCE)
        self.queue = Queue(context, self._engine, settled_s=_SETTLED_S)
        self._running = 0
        self._idle = threading.Condition()
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": context.database.place.url.render_as_string(hide_password=False),
            "system_database_engine": self._engine,
            "application_version": _APPLICATION_VERSION,
            "executor_id": executor,
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        Worker.current = self
        # The plan of a country is millions of values that live until it is made: Python looks through all of them for
        # cycles again and again, unless it is told that so many are usual.
        gc.set_threshold(_USUALLY_MADE, 20, 20)
        try:
            DBOS(config=config)
            DBOS.launch()
            for kind in KINDS:
                DBOS.register_queue(kind.queue, worker_concurrency=kind.in_hand, polling_interval_sec=_POLL_S)
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        """`stopping` is set by now: steps that tell their progress end at once, the others within seconds."""
        with self._idle:
            self._idle.wait_for(lambda: self._running == 0, timeout=10)
        self._end()

    def _end(self) -> None:
        DBOS.destroy()
        Worker.current = None
        _close(self._engine)

    @classmethod
    def here(cls) -> "Worker":
        """For a workflow that runs: somebody runs it. Raises RuntimeError."""
        if cls.current is None:
            raise RuntimeError("no worker")
        return cls.current

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Whoever closes waits for it, as long as may be waited."""
        with self._idle:
            self._running += 1
        try:
            yield
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def process(self, version_id: int) -> str:
        with self.at_work(), span("job segment_version", version=version_id):
            suspected = is_suspected(self.context, version_id)
            with self._turns.one(alone=suspected), ExitStack() as held:
                if not self.claim(held, version_id):
                    return "elsewhere"
                for step in STEPS:
                    with span(f"step {step}", version=version_id):
                        outcome = DBOS.run_step({"name": step}, self.take, step, version_id)
                    if outcome != "done":
                        return outcome
            with span("step plan", version=version_id):
                return DBOS.run_step({"name": "plan"}, self.plan, version_id)

    def claim(self, held: ExitStack, about: int | str) -> bool:
        """Somebody may only be looking whether it is free."""
        for pause_s in _LOOKS_S:
            with ExitStack() as taken:
                if taken.enter_context(claimed(self.context, about)):
                    held.push(taken.pop_all())
                    return True
            if self.stopping.wait(pause_s):
                return False
        return False

    def take(self, step: str, version_id: int) -> str:
        """One step, tried again where the machine is in trouble. Nothing is raised that a row does not tell."""
        pauses = list(_PAUSES_S)
        while True:
            try:
                self._tell(0.0)
                BY_NAME[step](self.context, version_id, self._tell)
            except LeftOff:
                return "stopped"
            except Exception as error:  # noqa: BLE001 (whatever it is, it is told)
                trouble = as_refusal(error)
                if isinstance(trouble, MediaRefusal | ServiceRefusal):
                    _LOG.warning("version %s, %s: %s", version_id, step, trouble)
                else:  # a fault of ours: told in the row, and logged whole
                    _LOG.exception("version %s, %s", version_id, step)
                    note_trouble(self.context, version_id, ProcessingFailed(reason=type(error).__name__))
                is_away = isinstance(trouble, DatabaseUnreachable)
                if not pauses and not is_away:
                    park(self.context, version_id)
                    return "trouble"
            else:
                return "done"
            if self.stopping.wait(AWAY_S if is_away else pauses.pop(0)):
                return "stopped"

    def plan(self, version_id: int) -> str:
        """Drafts of the months in which the recording makes a difference; it has its verdict whatever becomes of them."""
        try:
            plan_what_came_in(self.context, version_id)
        except (ScheduleRefusal, ServiceRefusal) as trouble:
            _LOG.warning("version %s, plan: %s", version_id, trouble)
            return "not planned"
        return "done"

    def _tell(self, _share: float) -> None:
        if self.stopping.is_set():
            raise LeftOff


class Queue:
    """Jobs go in here, from the process that works them off and from any other."""

    def __init__(self, context: Context, engine: Engine, *, settled_s: float) -> None:
        self._context = context
        self._engine = engine
        self._settled_s = settled_s
        self._client = DBOSClient(system_database_engine=engine, application_name=_NAME)

    @classmethod
    def open(cls, context: Context, *, settled_s: float = _SETTLED_S) -> "Queue | None":
        """None as long as no process has ever worked on this home: there is nowhere to put a job yet.

        For `settled_s` after a start of the database's server nobody is taken for dead.
        """
        engine = _engine(context)
        schema = "dbos" if context.database.kind == "postgresql" else None
        looked = inspect(engine)
        if looked.has_table("workflow_status", schema=schema):
            # Whoever works first makes the tables in steps.
            made = {column["name"] for column in looked.get_columns("workflow_status", schema=schema)}
            if made >= set(SystemSchema.workflow_status.columns.keys()):
                return cls(context, engine, settled_s=settled_s)
        engine.dispose()
        return None

    def put(self, session: Session, kind: Kind, about: int | str, *, attempt: int = 1) -> None:
        """In the session's transaction. A second time for the same attempt is no other job."""
        self._client.enqueue_in_transaction(
            session.connection(),
            {
                "workflow_name": kind.workflow,
                "queue_name": kind.queue,
                "workflow_id": kind.name(about, attempt),
                "app_version": _APPLICATION_VERSION,
            },
            about,
        )

    def put_part(self, name: str, *given: str | bytes) -> None:
        """A second time under the same name is no other part."""
        self._client.enqueue(
            {
                "workflow_name": PARTS.workflow,
                "queue_name": PARTS.queue,
                "workflow_id": name,
                "app_version": _APPLICATION_VERSION,
            },
            *given,
        )

    def results(self, names: list[str]) -> dict[str, bytes]:
        """Of those that have ended; nothing of one that failed."""
        jobs = self._client.list_workflows(workflow_ids=names, status=_ENDED, load_input=False)
        return {job.workflow_id: job.output or b"" for job in jobs}

    def forget(self, names: list[str]) -> None:
        """What has ended at once; who is still at one of the others finds that it is not wanted any more."""
        self._client.cancel_workflows(names)
        ended = self._client.list_workflows(workflow_ids=names, status=_ENDED, load_input=False, load_output=False)
        self._client.delete_workflows([job.workflow_id for job in ended])

    def forget_parts(self, runs_under_way: Callable[[], Collection[str]]) -> None:
        """Of runs that have ended; the others' results are still to be taken. Asked for when the parts are known: a run's
        row is there before them.
        """
        ended = self._client.list_workflows(name=PARTS.workflow, status=_ENDED, load_input=False, load_output=False)
        wanted = set(runs_under_way()) if ended else set()
        names = [job.workflow_id for job in ended]
        self._client.delete_workflows([each for each in names if PARTS.parts(each)[0].partition(".")[0] not in wanted])

    def missing(self, kind: Kind, wanted: Sequence[int] | Sequence[str]) -> None:
        """What is wanted and for which no job is waiting or running gets one; old jobs are forgotten."""
        named = {str(about): about for about in wanted}
        alive: set[str] = set()
        attempts: Counter[str] = Counter()
        forgotten: list[str] = []
        for job in self._client.list_workflows(name=kind.workflow, load_input=False, load_output=False):
            name, attempt = kind.parts(job.workflow_id)
            attempts[name] = max(attempts[name], attempt)
            if job.status in _ALIVE:
                alive.add(name)
            elif name not in named:
                forgotten.append(job.workflow_id)
        self._client.delete_workflows(forgotten)
        for name, about in named.items():
            if name in alive:
                continue
            if not self._is_free(about):
                continue  # a command works on it
            with self._context.database.write() as session:
                self.put(session, kind, about, attempt=attempts[name] + 1)

    def take_over(self, executor: str) -> int:
        """How many running jobs of processes that died this one has put back into the queue.

        Who holds the dead one's name does it; a process that lives holds its own. What the dead one had claimed is left
        until that is free too: with its machine, or its line, the one lock may be lost seconds before the other.
        """
        kinds = {kind.workflow: kind for kind in KINDS}
        pending = self._client.list_workflows(name=list(kinds), status="PENDING", load_input=False, load_output=False)
        others = {job.executor_id for job in pending if job.executor_id is not None} - {executor}
        if not others or not self._is_settled():
            return 0
        taken = 0
        for other in others:
            with living(self._context, other) as died:
                if died:
                    # Asked anew: meanwhile somebody else may have held the name and handed them on.
                    for job in self._client.list_workflows(
                        name=list(kinds), status="PENDING", executor_id=other, load_input=False, load_output=False
                    ):
                        kind = kinds[job.name]
                        if self._is_free(kind.parts(job.workflow_id)[0]):
                            self._client.resume_workflow(job.workflow_id, queue_name=kind.queue)
                            taken += 1
        return taken

    def _is_settled(self) -> bool:
        """Whether all who live have had time to take their names: a server that was started anew has forgotten them."""
        if self._context.database.kind == "sqlite":
            return True
        from server.db.server_locks import up_for_s

        return up_for_s(self._context.database.place) >= self._settled_s

    def _is_free(self, about: int | str) -> bool:
        with claimed(self._context, about) as free:
            return free

    def close(self) -> None:
        self._client.destroy()
        _close(self._engine)


@DBOS.workflow(name=VERSIONS.workflow, max_recovery_attempts=None)
def process_version(version_id: int) -> str:
    """From wherever it is to its verdict; a version that still has none is looked after again later."""
    return Worker.here().process(version_id)


def _close(engine: Engine) -> None:
    """Connections that DBOS still has in hand end when it gives them back, to a pool that nobody looks after any more."""

    @event.listens_for(engine, "checkin")
    def end(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.invalidate()

    engine.dispose()


def _engine(context: Context) -> Engine:
    """DBOS's own way with SQLite (see its SQLiteSystemDatabase), and our promise: what is committed is on the disk."""
    if context.database.kind == "postgresql":
        place = context.database.place
        return create_engine(
            place.url.set(query={}),
            connect_args=postgresql_options(place),
            pool_size=_CONNECTIONS,
            max_overflow=_CONNECTIONS,
            pool_pre_ping=True,
        )
    engine = create_engine(f"sqlite:///{context.database.path}", pool_size=8, max_overflow=8)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = "IMMEDIATE"
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "busy_timeout = 30000", "foreign_keys = ON", "synchronous = FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine
