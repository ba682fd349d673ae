"""Planning that is started, followed and cancelled: a row that any process looks at, worked off by whichever is there.

Planning stores nothing before its end, and then all at once with the end of its run: a run that is cancelled or fails
leaves nothing behind, one whose process dies is begun anew by another, and however many are at it the draft is stored
once.
"""

import threading
from datetime import datetime, timedelta
from uuid import uuid4

import msgspec
from msgspec import Struct
from sqlalchemy import delete, select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.plans import PlanningRun
from server.errors import answer
from server.services.context import Context
from server.services.planning_work import TOLD_EVERY_S, Following, Plan, end, end_run, work_off
from server.services.plans import make_plan
from server.services.recorded_refusals import from_record
from server.services.refusals import PlanIsBeingMade, UnknownRun
from server.services.views import RefusalView, RevisionView
from server.services.who import Who

_ENDED_KEPT = timedelta(days=30)
_UNTIL_STOPPED_S = 20.0


class RunView(Struct, frozen=True, kw_only=True):
    """`state`: running, done, cancelled, failed.

    `done` of `all` stations are planned, `all` null until it is known; `short_ms` is what those that are done lack of
    their minima. `by` started it. `revision` is the draft that came of it, `refusal` why it failed.
    """

    id: str
    month: str
    station: str | None
    state: str
    done: int
    all: int | None
    short_ms: int
    by: str
    started_at: datetime
    ended_at: datetime | None
    revision: RevisionView | None
    refusal: RefusalView | None

    @property
    def under_way(self) -> bool:
        return self.ended_at is None


class PlanningRuns:
    """The door of one process to all runs. All methods are safe from any thread.

    Without durable jobs (a test) the runs that are started here are worked off here, in threads that end with the
    process; `plan` is then what plans.
    """

    def __init__(self, context: Context, *, plan: Plan = make_plan, told_every_s: float = TOLD_EVERY_S) -> None:
        self._context = context
        self._plan = plan
        self._told_every_s = told_every_s
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def start(self, month: Month, *, station: str | None = None, who: Who | None = None) -> RunView:
        """Plans the month, or with `station` that one and those that relay it, for `who` (None: whoever made this).

        Raises PlanIsBeingMade.
        """
        context, who = self._context, who or self._context.who
        run = PlanningRun(
            id=uuid4().hex,
            month=str(month),
            station=station,
            by=who.name,
            by_kind=who.kind,
            address=who.address,
            origin=context.origin,
            started_at=context.clock(),
        )
        with context.database.write() as session:
            other = _under_way(session, month)
            if other is not None:
                raise PlanIsBeingMade(month=str(month), run=other.id)
            _forget(session, run)
            session.add(run)
            session.flush()
            if context.jobs is not None:
                context.jobs.enqueue_plan(session, run.id)
        if context.jobs is None:
            self._work_off_here(run)
        return view(run)

    def get(self, month: Month, run_id: str) -> RunView:
        """Raises UnknownRun."""
        with self._context.database.read() as session:
            return view(_find(session, month, run_id))

    def under_way(self, month: Month) -> RunView | None:
        """The run that plans the month at this moment."""
        with self._context.database.read() as session:
            run = _under_way(session, month)
            return None if run is None else view(run)

    def require_none(self, month: Month) -> None:
        """For who is about to plan the month: one of the two would be in vain. Raises PlanIsBeingMade."""
        run = self.under_way(month)
        if run is not None:
            raise PlanIsBeingMade(month=str(month), run=run.id)

    def newest(self, month: Month) -> list[RunView]:
        """Of the month, the last that was started first."""
        with self._context.database.read() as session:
            of_month = select(PlanningRun).where(col(PlanningRun.month) == str(month))
            newest_first = of_month.order_by(col(PlanningRun.started_at).desc(), col(PlanningRun.id))
            return [view(run) for run in session.execute(newest_first).scalars()]

    def cancel(self, month: Month, run_id: str) -> RunView:
        """Ends it with nothing stored; who plans it finds out within a second. What has ended stays as it ended.

        Raises UnknownRun.
        """
        with self._context.database.write() as session:
            run = _find(session, month, run_id)
            if run.ended_at is None:
                end(session, run, "cancelled", at=self._context.clock())
        return view(run)

    def announce_stop(self) -> None:
        """What is worked off in this process is left off."""
        self._stopping.set()

    def stop(self) -> None:
        """The same, and waits for its end."""
        self.announce_stop()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(_UNTIL_STOPPED_S)

    def _work_off_here(self, run: PlanningRun) -> None:
        def work() -> None:
            following = Following(self._context, run.id, self._stopping, self._told_every_s)
            work_off(self._context, run.id, following=following, plan=self._plan)
            # Nobody goes on where there are no durable jobs.
            end_run(self._context, run.id, "cancelled")

        # A daemon: who ends the process need not wait for a planning that stores nothing any more.
        thread = threading.Thread(target=work, name=f"loa-plan-{run.month}", daemon=True)
        with self._lock:
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
            thread.start()


def unfinished_runs(context: Context) -> list[str]:
    """Names of those that somebody should be at, the oldest first."""
    with context.database.read() as session:
        found = select(col(PlanningRun.id)).where(col(PlanningRun.ended_at).is_(None))
        return list(session.execute(found.order_by(col(PlanningRun.started_at))).scalars())


def view(run: PlanningRun) -> RunView:
    refusal = None if run.refusal is None else from_record(run.refusal)
    return RunView(
        id=run.id,
        month=run.month,
        station=run.station,
        state=run.state,
        done=run.done,
        all=run.all,
        short_ms=run.short_ms,
        by=run.by,
        started_at=run.started_at,
        ended_at=run.ended_at,
        revision=None if run.revision is None else msgspec.convert(run.revision, RevisionView),
        refusal=None
        if refusal is None
        else RefusalView(code=refusal.code, sentence=answer(refusal).sentence, facts=refusal.facts),
    )


def _find(session: Session, month: Month, run_id: str) -> PlanningRun:
    run = session.get(PlanningRun, run_id)
    if run is None or run.month != str(month):
        raise UnknownRun(month=str(month), run=run_id)
    return run


def _under_way(session: Session, month: Month) -> PlanningRun | None:
    open_run = select(PlanningRun).where(col(PlanningRun.month) == str(month), col(PlanningRun.ended_at).is_(None))
    return session.execute(open_run).scalar_one_or_none()


def _forget(session: Session, newer: PlanningRun) -> None:
    """What ended so long ago that nobody follows it any more."""
    session.execute(delete(PlanningRun).where(col(PlanningRun.ended_at) < newer.started_at - _ENDED_KEPT))
