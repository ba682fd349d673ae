"""The door to durable jobs: what a service that is being served puts into its context.

One process at a time works off the queue of a home; it holds a lock, and another one that serves the same home only
puts jobs in, until the first is gone. The library behind it takes up to a second to import, so it comes in a thread
of its own, after the first page. Until then, and wherever a job was lost, the rows themselves say what is to be done:
they are looked through at the start and every few minutes.
"""

import fcntl
import logging
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlmodel import Session

from server.services.context import Context
from server.services.unfinished import look_after

if TYPE_CHECKING:
    from server.jobs.workflows import Queue, Worker

_LOG = logging.getLogger("loa.jobs")
# Seconds. The first page has the processor for itself.
_BEFORE_IMPORT_S = 1.0
_BETWEEN_SWEEPS_S = 120.0
_UNTIL_STOPPED_S = 20.0


class DurableJobs:
    """Made for one context; `start` and `stop` belong to the application's life."""

    def __init__(self, context: Context, *, sweep_every_s: float = _BETWEEN_SWEEPS_S) -> None:
        self._context = replace(context, origin="jobs", jobs=self)
        self._sweep_every_s = sweep_every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="loa-jobs", daemon=True)
        self._queue: Queue | None = None
        self._worker: Worker | None = None
        self._lock: int | None = None

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def enqueue(self, session: Session, version_id: int) -> None:
        """In the caller's transaction: kept and promised together, or neither."""
        if self._queue is not None:
            self._queue.put(session, version_id)
        # Else the first sweep, which is still to come, finds the row.

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
            while not self._stopping.is_set():
                try:
                    self._take_part()
                    if self._queue is not None:
                        look_after(self._context, self._queue.missing)
                except Exception:  # noqa: BLE001 (logged; looked after again in a while, and pages go on meanwhile)
                    _LOG.exception("durable jobs could not be looked after")
                self._stopping.wait(self._sweep_every_s)
        finally:
            self._leave()

    def _take_part(self) -> None:
        from server.jobs.workflows import Queue, Worker

        if self._worker is None and self._locked():
            self._worker = Worker(self._context, self._stopping)
        if self._queue is None:
            self._queue = Queue.open(self._context)

    def _locked(self) -> bool:
        """Whether this process is the one that works for this home; the lock goes with the process."""
        if self._lock is None:
            self._lock = os.open(self._context.home / "jobs.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _leave(self) -> None:
        if self._queue is not None:
            self._queue.close()
        if self._worker is not None:
            self._worker.close()
        if self._lock is not None:
            os.close(self._lock)
