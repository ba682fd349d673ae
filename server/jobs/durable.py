"""The door to durable jobs: what a service that is being served puts into its context.

Any number of processes work off the queue; whoever lives takes over what those were at that died. The library behind it takes up to a second to import, so it comes in a thread
of its own, after the first page. Until then, and wherever a job was lost, the rows themselves say what is to be done:
they are looked through at the start and every few minutes.
"""

import logging
import os
import secrets
import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import event
from sqlmodel import Session

from server.jobs.life import Life
from server.services.context import Context
from server.services.errands import unfinished
from server.services.planning_runs import unfinished_runs
from server.services.unfinished import look_after

if TYPE_CHECKING:
    from server.jobs.workflows import Queue, Worker

_LOG = logging.getLogger("loa.jobs")
# Seconds. The first page has the processor for itself.
_BEFORE_IMPORT_S = 1.0
_BETWEEN_SWEEPS_S = 120.0
_BETWEEN_LOOKS_S = 5.0
_UNTIL_STOPPED_S = 20.0
# Tries of the planner's searches, of which a core makes some three million a second. Less is planned in one piece:
# looking at the queue twice would take longer than another worker's help is worth.
_SHARE_FROM = 30_000_000


class DurableJobs:
    """Made for one context; `start` and `stop` belong to the application's life.

    Without `works` this process only puts jobs in: others work them off. `share_from` so many tries on workers share
    the drafts of a plan.
    """

    def __init__(
        self,
        context: Context,
        *,
        works: bool = True,
        sweep_every_s: float = _BETWEEN_SWEEPS_S,
        look_every_s: float = _BETWEEN_LOOKS_S,
        share_from: int = _SHARE_FROM,
    ) -> None:
        self._context = replace(context, origin="jobs", jobs=self)
        self.executor = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._works = works
        self._sweep_every_s = sweep_every_s
        self._look_every_s = look_every_s
        self._share_from = share_from
        self._life = Life(self._context, self.executor)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="loa-jobs", daemon=True)
        self._queue: Queue | None = None
        self._worker: Worker | None = None

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    @property
    def works_here(self) -> bool:
        """Whether this process works jobs off by now."""
        return self._worker is not None

    def enqueue(self, session: Session, version_id: int) -> None:
        """In the caller's transaction: kept and promised together, or neither."""
        if self._queue is not None:
            from server.jobs.kinds import VERSIONS

            self._queue.put(session, VERSIONS, version_id)
        # Else the first sweep, which is still to come, finds the row.

    def enqueue_plan(self, session: Session, run_id: str) -> None:
        """The same; where this process works, it begins as soon as the transaction is kept, without a queue."""
        if self._worker is not None:

            @event.listens_for(session, "after_commit", once=True)
            def begin(_: Session) -> None:
                from server.jobs.planning import begin_here

                begin_here(run_id)

        elif self._queue is not None:
            from server.jobs.kinds import PLANS

            self._queue.put(session, PLANS, run_id)

    def enqueue_errand(self, session: Session, step: str) -> None:
        """The same."""
        if self._queue is not None:
            from server.jobs.kinds import ERRANDS

            self._queue.put(session, ERRANDS, step)

    def start(self) -> None:
        self._thread.start()

    def announce_stop(self) -> None:
        """Whoever waits for a result gives up, running steps are broken off; they go on at the next start."""
        self._stopping.set()

    def stop(self) -> None:
        self.announce_stop()
        self._thread.join(_UNTIL_STOPPED_S)

    def _live(self) -> None:
        try:
            if self._stopping.wait(_BEFORE_IMPORT_S):
                return
            swept_at: float | None = None
            while not self._stopping.is_set():
                try:
                    self._take_part()
                    if self._queue is not None:
                        if self._worker is not None:
                            self._take_over(self._queue)
                            self._find_plans(self._queue)
                        if swept_at is None or time.monotonic() - swept_at >= self._sweep_every_s:
                            self._sweep(self._queue)
                            swept_at = time.monotonic()
                except Exception:  # noqa: BLE001 (logged; looked after again in a while, and pages go on meanwhile)
                    _LOG.exception("durable jobs could not be looked after")
                self._stopping.wait(min(self._look_every_s, self._sweep_every_s))
        finally:
            self._leave()

    def _sweep(self, queue: "Queue") -> None:
        from server.jobs.kinds import ERRANDS, VERSIONS

        look_after(self._context, lambda versions: queue.missing(VERSIONS, versions))
        queue.missing(ERRANDS, unfinished(self._context))
        self._find_plans(queue)
        queue.forget_parts(lambda: unfinished_runs(self._context))

    def _find_plans(self, queue: "Queue") -> None:
        """Somebody looks at a page and waits for them."""
        from server.jobs.kinds import PLANS

        queue.missing(PLANS, unfinished_runs(self._context))

    def _take_over(self, queue: "Queue") -> None:
        taken = queue.take_over(self.executor)
        if taken:
            _LOG.warning("%d jobs of processes that died were taken over", taken)

    def _take_part(self) -> None:
        import server.jobs.errands
        import server.jobs.planning  # noqa: F401 (their workflows are known before a worker begins)
        from server.jobs.workflows import Queue, Worker

        if self._works:
            self._life.hold()
            if self._worker is None:
                self._worker = Worker(self._context, self._stopping, self.executor, self._share_from)
        if self._queue is None:
            self._queue = Queue.open(self._context)

    def _leave(self) -> None:
        """What was left off is handed to those who go on, or waits for the next start."""
        if self._worker is not None:
            self._worker.close()
            if self._queue is not None:
                try:
                    self._sweep(self._queue)
                except Exception:  # noqa: BLE001 (logged; whoever works finds the rows)
                    _LOG.exception("what was left off could not be handed over")
        if self._queue is not None:
            self._queue.close()
        self._life.end()
