"""Working a planning run off, in whichever process: told as it goes, ended in the transaction that stores its draft."""

import logging
import time
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Literal, Protocol, cast

import msgspec
from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from schedules.months import Month
from server.db.plans import PlanningInstance, PlanningRun
from server.errors import as_refusal
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.errand_refusals import LeftOff
from server.services.footing_refusals import DatabaseBusy, DatabaseUnreachable
from server.services.plans import Progress, Stored, default_as_of, make_plan
from server.services.recorded_refusals import RECORDED, as_record
from server.services.refusals import PlanningFailed, ServiceRefusal
from server.services.views import RevisionView
from server.services.who import Kind, Who

if TYPE_CHECKING:
    from schedules.planner.drafting import Drafter

_LOG = logging.getLogger("loa.planning")
# Seconds between two updates of the row: each is a commit that waits for the disk.
TOLD_EVERY_S = 0.5
# Who takes a run up plans as of the moment of who began it, so that what workers did for that one is of use; unless
# that is long ago.
_SAME_MOMENT = timedelta(minutes=10)

Outcome = Literal["ended", "left", "trouble"]


class Plan(Protocol):
    """`services.plans.make_plan`, or what a test puts around it."""

    def __call__(
        self,
        context: Context,
        month: Month,
        *,
        station: str | None,
        as_of: datetime | None,
        progress: Progress | None,
        stored: Stored | None,
        drafter: "Drafter | None",
    ) -> RevisionView: ...


class Following:
    """What the row of a run is told, and what it says: every `every_s` at most, however often it is called."""

    def __init__(self, context: Context, run_id: str, stopping: Event, every_s: float = TOLD_EVERY_S) -> None:
        self._context, self._run_id, self._stopping, self._every_s = context, run_id, stopping, every_s
        self._next_at = 0.0

    def tell(self, done: int, all_: int, short_ms: int) -> None:
        """Raises LeftOff."""
        if self._is_due():
            self._look(done=done, all=all_, short_ms=short_ms)

    def look(self) -> None:
        """Raises LeftOff."""
        if self._is_due():
            self._look()

    def _is_due(self) -> bool:
        return self._stopping.is_set() or time.monotonic() >= self._next_at

    def _look(self, **figures: int) -> None:
        if self._stopping.is_set():
            raise LeftOff
        self._next_at = time.monotonic() + self._every_s
        try:
            state = self._state(figures)
        except Exception as error:
            if isinstance(as_refusal(error), DatabaseBusy):
                return  # a figure that nobody waits for: the next one is told a little later
            raise
        if state != "running":
            raise LeftOff

    def _state(self, figures: dict[str, int]) -> str | None:
        this = col(PlanningRun.id) == self._run_id
        if not figures:
            with self._context.database.read() as session:
                return session.execute(select(col(PlanningRun.state)).where(this)).scalar()
        # Apart: twice a second for as long as a plan takes, and nothing that anybody keeps follows from it.
        with self._context.database.write_apart() as session:
            state = session.execute(select(col(PlanningRun.state)).where(this)).scalar()
            if state == "running":
                session.execute(update(PlanningRun).where(this).values(**figures))
            return state


def work_off(
    context: Context,
    run_id: str,
    *,
    following: Following,
    plan: Plan = make_plan,
    drafter: "Drafter | None" = None,
) -> Outcome:
    """To its end, unless it is left off before ("left"), or even that can't be stored ("trouble": to be tried again).

    Any number may be at the same run: who is late changes nothing.
    """
    try:
        with disk_refusals(context.home):
            return _work_off(context, run_id, following, plan, drafter)
    except ServiceRefusal as trouble:
        _LOG.warning("planning run %s: %s", run_id, trouble)
        return "trouble"


def _work_off(context: Context, run_id: str, following: Following, plan: Plan, drafter: "Drafter | None") -> Outcome:
    run = _begin(context, run_id)
    if run is None:
        return "ended"
    who = Who(kind=cast(Kind, run.by_kind), name=run.by, address=run.address)
    try:
        plan(
            replace(context, origin=run.origin, who=who),
            Month.parse(run.month),
            station=run.station,
            as_of=run.as_of,
            progress=following.tell,
            stored=lambda session, revision: _end_done(session, run_id, revision),
            drafter=drafter,
        )
    except LeftOff:
        return _left_off(context, run_id)
    except Exception as error:  # whatever it is, who follows the run is told
        found = as_refusal(error)
        if isinstance(found, DatabaseBusy | DatabaseUnreachable):
            raise
        if not isinstance(found, RECORDED):
            _LOG.exception("planning %s", run.month)
            found = PlanningFailed(month=run.month, reason=str(error) or type(error).__name__)
        end_run(context, run_id, "failed", refusal=as_record(found))
    return "ended"


def _begin(context: Context, run_id: str) -> PlanningRun | None:
    """None for what has ended."""
    with context.database.read() as session:
        run = session.get(PlanningRun, run_id)
    if run is None or run.ended_at is not None:
        return None
    if run.as_of is not None and context.clock() - run.as_of < _SAME_MOMENT:
        return run
    as_of = default_as_of(context, Month.parse(run.month))
    with context.database.write() as session:
        run = session.get_one(PlanningRun, run_id)
        if run.ended_at is not None:
            return None
        run.as_of = as_of
        session.add(run)
    return run


def _end_done(session: Session, run_id: str, revision: RevisionView) -> None:
    """In the transaction that stores the draft. Raises LeftOff where the run has ended already."""
    run = session.get(PlanningRun, run_id)
    if run is None or run.ended_at is not None:
        raise LeftOff
    run.done = run.all = revision.stations if run.station is None else run.all or run.done
    run.short_ms = revision.short_ms
    run.revision = msgspec.to_builtins(revision)
    end(session, run, "done", at=revision.made_at)


def _left_off(context: Context, run_id: str) -> Outcome:
    with context.database.read() as session:
        run = session.get(PlanningRun, run_id)
    return "left" if run is not None and run.ended_at is None else "ended"


def end(session: Session, run: PlanningRun, state: str, *, at: datetime) -> None:
    run.state, run.ended_at = state, at
    session.add(run)
    session.execute(delete(PlanningInstance).where(col(PlanningInstance.run_id) == run.id))


def end_run(context: Context, run_id: str, state: str, *, refusal: dict[str, object] | None = None) -> None:
    """With nothing stored; what has ended stays as it ended."""
    with context.database.write() as session:
        run = session.get(PlanningRun, run_id)
        if run is None or run.ended_at is not None:
            return
        run.refusal = refusal
        end(session, run, state, at=context.clock())


def keep_instance(context: Context, run_id: str, sha256: str, content: bytes) -> None:
    """For all who work on the run, until it ends."""
    packed = zlib.compress(content, 1)
    with context.database.write() as session:
        kept = session.get(PlanningInstance, run_id) or PlanningInstance(run_id=run_id, sha256="", content=b"")
        if kept.sha256 != sha256:
            kept.sha256, kept.content = sha256, packed
            session.add(kept)


def kept_instance(context: Context, run_id: str, sha256: str) -> bytes | None:
    """As JSON; None where the run has ended, or is planned from something else by now."""
    with context.database.read() as session:
        kept = session.get(PlanningInstance, run_id)
    return zlib.decompress(kept.content) if kept is not None and kept.sha256 == sha256 else None
