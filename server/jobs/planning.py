"""Planning runs as DBOS workflows, and the drafts of large ones as parts that all workers share.

A run is planned by one worker. Where its stations' drafts are worth it, it keeps the instance for all to find, puts
the drafts into the parts' queue, of which it is a worker itself, and takes the results in their order: the plan is the
same as one worker's, byte for byte. A part is named after its run, instance and number, so that who takes the run up
finds what was made already. Importing this imports DBOS: only `server.jobs.durable` does, in its thread.
"""

import hashlib
import logging
import threading
import zlib
from collections.abc import Generator, Iterator, Sequence

import msgspec
from dbos import DBOS, SetWorkflowID

from schedules.exchange import read_instance, write_instance
from schedules.planner.drafting import Drafted, Order, ThreadDrafter
from schedules.planner.tables import Tables
from schedules.problem_index import ProblemIndex
from server.jobs.kinds import PARTS, PLANS
from server.jobs.workflows import Worker
from server.services.context import Context
from server.services.planning_work import Following, keep_instance, kept_instance, work_off

_LOG = logging.getLogger("loa.planning")
# A part is a share of the tries that are left, so that all workers end at about the same time.
_SHARE, _SMALLEST = 12, 1_000_000
_LOOK_S, _SELDOM = 0.1, 8
_PAUSE_S = 5.0

_searching = threading.Lock()


def begin_here(run_id: str) -> None:
    """At once, in this process; where that fails the next look at what is unfinished finds it."""
    try:
        with SetWorkflowID(PLANS.name(run_id, 1)):
            DBOS.start_workflow(plan_month, run_id)
    except Exception:  # noqa: BLE001 (logged; the row tells what is to be done)
        _LOG.exception("planning run %s could not be begun at once", run_id)


@DBOS.workflow(name=PLANS.workflow, max_recovery_attempts=None)
def plan_month(run_id: str) -> str:
    """To its end, unless this process stops before."""
    worker = Worker.here()
    with worker.at_work():
        while True:
            following = Following(worker.context, run_id, worker.stopping)
            drafter = SharedDrafter(worker, run_id, following)
            outcome = work_off(worker.context, run_id, following=following, drafter=drafter)
            if outcome != "trouble" or worker.stopping.wait(_PAUSE_S):
                return outcome


@DBOS.workflow(name=PARTS.workflow, max_recovery_attempts=None)
def plan_part(run_id: str, sha256: str, orders: bytes) -> bytes:
    """The drafts, nothing where nobody wants them any more or this process stops."""
    worker = Worker.here()
    with worker.at_work(), _searching:
        tables = None if worker.stopping.is_set() else _KEPT.find(worker.context, run_id, sha256)
        if tables is None:
            return b""
        wanted = msgspec.json.decode(zlib.decompress(orders), type=list[Order])
        made = list(ThreadDrafter(worker.context.planning_threads).drafts(tables, wanted))
        return zlib.compress(msgspec.json.encode(made), 1)


class SharedDrafter:
    """For one run; `following` is asked whether it is to go on while others are waited for."""

    def __init__(self, worker: Worker, run_id: str, following: Following) -> None:
        self._worker, self._run_id, self._following = worker, run_id, following
        self._here = ThreadDrafter(worker.context.planning_threads)
        self._sha256: str | None = None
        self._parts = 0

    def drafts(self, tables: Tables, orders: Sequence[Order]) -> Generator[Drafted]:
        if sum(order.tries for order in orders) < self._worker.share_from:
            yield from self._here.drafts(tables, orders)
            return
        if self._sha256 is None:
            self._sha256 = self._keep(tables)
        parts = {self._name(): part for part in parts_of(orders)}
        for name, part in parts.items():
            content = zlib.compress(msgspec.json.encode(part), 1)
            self._worker.queue.put_part(name, self._run_id, self._sha256, content)
        try:
            for part, result in zip(parts.values(), self._results(list(parts)), strict=True):
                if result:
                    yield from msgspec.json.decode(zlib.decompress(result), type=list[Drafted])
                else:
                    yield from self._here.drafts(tables, part)
        finally:
            self._worker.queue.forget(list(parts))

    def _keep(self, tables: Tables) -> str:
        content = write_instance(tables.index.instance)
        sha256 = hashlib.sha256(content).hexdigest()
        keep_instance(self._worker.context, self._run_id, sha256, content)
        _KEPT.add(sha256, tables)
        return sha256

    def _name(self) -> str:
        self._parts += 1
        return PARTS.name(f"{self._run_id}.{self._sha256}.{self._parts}", 1)

    def _results(self, names: Sequence[str]) -> Iterator[bytes]:
        """In the order of the names; nothing of one that failed."""
        found: dict[str, bytes] = {}
        for name in names:
            while name not in found:
                left = [each for each in names if each not in found]
                found |= self._worker.queue.results(left)
                if name not in found:
                    self._following.look()
                    # Looking takes from those who search: seldom, unless the end is near.
                    self._worker.stopping.wait(_LOOK_S * min(len(left), _SELDOM))
            yield found[name]


def parts_of(orders: Sequence[Order]) -> Iterator[list[Order]]:
    """Large ones first, each a share of the tries that are left."""
    left = sum(order.tries for order in orders)
    part: list[Order] = []
    tries = 0
    for order in orders:
        part.append(order)
        tries += order.tries
        if tries >= max(_SMALLEST, left // _SHARE):
            yield part
            left, part, tries = left - tries, [], 0
    if part:
        yield part


class _Kept:
    """The tables of the instance that this process works on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sha256 = ""
        self._tables: Tables | None = None

    def add(self, sha256: str, tables: Tables) -> None:
        with self._lock:
            self._sha256, self._tables = sha256, tables

    def find(self, context: Context, run_id: str, sha256: str) -> Tables | None:
        """None where the run has ended."""
        with self._lock:
            if self._sha256 != sha256:
                content = kept_instance(context, run_id, sha256)
                if content is None:
                    return None
                self._sha256, self._tables = sha256, Tables(ProblemIndex(read_instance(content)))
            return self._tables


_KEPT = _Kept()
