"""Planning that is started and followed: a thread of this process plans the month while others ask how far it is.

Runs are in memory only. Planning stores nothing before its end, and then all at once: a run that is cancelled, fails,
or dies with its process leaves nothing behind, and after a restart nobody knows of it.
"""

import logging
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import uuid4

from msgspec import Struct

from schedules.months import Month
from server.errors import REFUSALS, Refusal, answer, as_refusal
from server.services.context import Context
from server.services.plans import Progress, make_plan
from server.services.refusals import PlanIsBeingMade, PlanningFailed, UnknownRun
from server.services.views import RefusalView, RevisionView
from server.services.who import Who

_LOG = logging.getLogger("loa.planning")
_ENDED_KEPT = 50
_UNTIL_STOPPED_S = 20.0


class Plan(Protocol):
    """`services.plans.make_plan`, or what a test puts around it."""

    def __call__(
        self, context: Context, month: Month, *, station: str | None, progress: Progress | None
    ) -> RevisionView: ...


class RunView(Struct, frozen=True, kw_only=True):
    """`state`: running, cancelling (stops after the station in hand), done, cancelled, failed.

    `done` of `all` stations are planned, `all` null until it is known; `short_ms` is what those that are done lack of
    their minima. `revision` is the draft that came of it, `refusal` why it failed.
    """

    id: str
    month: str
    station: str | None
    state: str
    done: int
    all: int | None
    short_ms: int
    started_at: datetime
    ended_at: datetime | None
    revision: RevisionView | None
    refusal: RefusalView | None

    @property
    def under_way(self) -> bool:
        return self.state in {"running", "cancelling"}


class _Cancelled(Exception):
    """Ends the planning from within its progress."""


@dataclass(kw_only=True)
class _Run:
    id: str
    month: Month
    station: str | None
    who: Who
    started_at: datetime
    state: str = "running"
    done: int = 0
    all: int | None = None
    short_ms: int = 0
    ended_at: datetime | None = None
    revision: RevisionView | None = None
    refusal: Refusal | None = None
    thread: threading.Thread | None = field(default=None, repr=False)


class PlanningRuns:
    """The runs of one process, at most one at a time for each month. All methods are safe from any thread."""

    def __init__(self, context: Context, *, plan: Plan = make_plan) -> None:
        self._context = context
        self._plan = plan
        self._lock = threading.Lock()
        self._under_way: dict[Month, _Run] = {}
        self._ended: deque[_Run] = deque(maxlen=_ENDED_KEPT)
        self._stopping = False

    def start(self, month: Month, *, station: str | None = None, who: Who | None = None) -> RunView:
        """Plans the month, or with `station` that one and those that relay it, for `who` (None: whoever made this).

        Raises PlanIsBeingMade.
        """
        with self._lock:
            other = self._under_way.get(month)
            if other is not None:
                raise PlanIsBeingMade(month=str(month), run=other.id)
            run = _Run(
                id=uuid4().hex,
                month=month,
                station=station,
                who=who or self._context.who,
                started_at=self._context.clock(),
            )
            if self._stopping:
                run.state = "cancelling"
            # A daemon: who ends the process need not wait for a planning that stores nothing any more.
            run.thread = threading.Thread(target=self._live, args=(run,), name=f"loa-plan-{month}", daemon=True)
            self._under_way[month] = run
            run.thread.start()
            return _view(run)

    def get(self, month: Month, run_id: str) -> RunView:
        """Raises UnknownRun."""
        with self._lock:
            return _view(self._find(month, run_id))

    def under_way(self, month: Month) -> RunView | None:
        """The run that plans the month at this moment."""
        with self._lock:
            run = self._under_way.get(month)
            return None if run is None else _view(run)

    def cancel(self, month: Month, run_id: str) -> RunView:
        """Stores nothing any more, unless it is storing already; what has ended stays as it ended. Raises UnknownRun."""
        with self._lock:
            run = self._find(month, run_id)
            if run.state == "running":
                run.state = "cancelling"
            return _view(run)

    def announce_stop(self) -> None:
        """Those that are under way are cancelled, and so is whatever is started from now on."""
        with self._lock:
            self._stopping = True
            for run in self._under_way.values():
                run.state = "cancelling"

    def stop(self) -> None:
        """The same, and waits for their end."""
        self.announce_stop()
        with self._lock:
            threads = [run.thread for run in self._under_way.values() if run.thread is not None]
        for thread in threads:
            thread.join(_UNTIL_STOPPED_S)

    def _find(self, month: Month, run_id: str) -> _Run:
        for run in (*self._under_way.values(), *self._ended):
            if (run.month, run.id) == (month, run_id):
                return run
        raise UnknownRun(month=str(month), run=run_id)

    def _live(self, run: _Run) -> None:
        try:
            context = replace(self._context, who=run.who)
            revision = self._plan(context, run.month, station=run.station, progress=partial(self._told, run))
        except _Cancelled:
            self._end(run, "cancelled")
        except Exception as error:  # noqa: BLE001  # whatever it is, who follows the run is told
            refusal = as_refusal(error)
            if not isinstance(refusal, REFUSALS):
                _LOG.exception("planning %s", run.month)
                refusal = PlanningFailed(month=str(run.month), reason=str(error) or type(error).__name__)
            self._end(run, "failed", refusal=refusal)
        else:
            self._end(run, "done", revision=revision)

    def _told(self, run: _Run, done: int, all_: int, short_ms: int) -> None:
        with self._lock:
            run.done, run.all, run.short_ms = done, all_, short_ms
            if run.state == "cancelling":
                raise _Cancelled

    def _end(
        self, run: _Run, state: str, *, revision: RevisionView | None = None, refusal: Refusal | None = None
    ) -> None:
        at = self._context.clock()
        with self._lock:
            run.state, run.ended_at, run.revision, run.refusal = state, at, revision, refusal
            del self._under_way[run.month]
            self._ended.append(run)


def _view(run: _Run) -> RunView:
    refusal = run.refusal
    return RunView(
        id=run.id,
        month=str(run.month),
        station=run.station,
        state=run.state,
        done=run.done,
        all=run.all,
        short_ms=run.short_ms,
        started_at=run.started_at,
        ended_at=run.ended_at,
        revision=run.revision,
        refusal=None
        if refusal is None
        else RefusalView(code=refusal.code, sentence=answer(refusal).sentence, facts=refusal.facts),
    )
