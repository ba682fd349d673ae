"""One step of an errand, as a worker does it: its beginning, a part, its end. Each may be done again at any time."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol, cast

from sqlmodel import Session, col, select

from server.db.errands import Errand, ErrandPart
from server.errors import REFUSALS, as_refusal
from server.services.bundle_rendering import KIND as BUNDLE
from server.services.bundle_rendering import BundleErrand
from server.services.closing_parts import ClosingErrand
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.errand_refusals import ErrandDeadly, ErrandFailed, LeftOff
from server.services.errands import BEGIN, END, end, enqueue
from server.services.footing_refusals import DatabaseBusy, DatabaseUnreachable
from server.services.recorded_refusals import Recorded
from server.services.refusals import ServiceRefusal
from server.services.report_errands import ISSUE, REPORT, ReportErrand
from server.services.who import Kind, Who

_LOG = logging.getLogger("loa.errands")
# Of one part: begun, and nobody came back to say how it ended.
MOST_DEATHS = 5


class Doing(Protocol):
    """What an errand of a kind is. Whatever is raised ends it as failed, but for LeftOff and a database that is away."""

    def look(self, context: Context, errand: Errand) -> Any:
        """What has to be known before anything is begun, and takes long or a reader's look."""

    def parts(self, session: Session, context: Context, errand: Errand, seen: Any) -> list[list[int]]:
        """In the writer's turn, of what `look` saw. What all parts have to agree on goes into `errand.asked`."""

    def part(self, context: Context, errand: Errand, asked: list[int]) -> Any:
        """Made without anything being stored."""

    def keep(self, session: Session, errand: Errand, made: Any) -> None:
        """What `part` made, for the end."""

    def ready(self, context: Context, errand: Errand) -> Any:
        """What the end needs and can be made without the writer's turn."""

    def finish(self, session: Session, context: Context, errand: Errand, ready: Any) -> dict[str, object]:
        """Stores all of it, in the transaction in which the errand ends; its outcome."""


KINDS: Mapping[str, Doing] = {
    "closing": ClosingErrand(),
    REPORT: ReportErrand(issues=False),
    ISSUE: ReportErrand(issues=True),
    BUNDLE: BundleErrand(),
}


def work_off(context: Context, name: str, stopping: Callable[[], bool]) -> str:
    """The step of that name, `errand.step`: done, failed, nothing where it is not its turn any more; trouble, or away where
    there is no database: to be tried again.
    """
    try:
        with disk_refusals(context.home):
            return _work_off(context, name, stopping)
    except ServiceRefusal as trouble:  # it says nothing of the errand, and could hardly be written down
        _LOG.warning("errand %s: %s", name, trouble)
        return "away" if isinstance(trouble, DatabaseUnreachable) else "trouble"


def _work_off(context: Context, name: str, stopping: Callable[[], bool]) -> str:
    errand_id, step = name.split(".")
    with context.database.read() as session:
        errand = session.get(Errand, errand_id)
    if errand is None or errand.ended_at is not None or stopping():
        return "nothing"
    who = Who(kind=cast("Kind", errand.by_kind), name=errand.by, address=errand.address)
    work = _Work(replace(context, who=who, origin=errand.origin), errand)
    try:
        if step == BEGIN:
            return work.begin()
        return work.end() if step == END else work.part(int(step))
    except Exception as error:  # who follows the errand is told, whatever it is
        refusal = as_refusal(error)
        if isinstance(refusal, DatabaseBusy | DatabaseUnreachable):
            raise
        if isinstance(refusal, LeftOff):
            return "nothing"
        if not isinstance(refusal, REFUSALS):
            _LOG.exception("%s %s, step %s", errand.kind, errand.about, step)
            refusal = ErrandFailed(kind=errand.kind, about=errand.about, reason=type(error).__name__)
        work.fail(cast("Recorded", refusal))
        return "failed"


class _Work:
    def __init__(self, context: Context, errand: Errand) -> None:
        self._context, self._errand = context, errand
        self._doing = KINDS[errand.kind]

    def begin(self) -> str:
        seen = self._doing.look(self._context, self._errand)
        with self._context.database.write() as session:
            errand = self._still(session)
            if errand is None or errand.all is not None:
                return "nothing"
            parts = self._doing.parts(session, self._context, errand, seen)
            errand.all = len(parts)
            session.add(errand)
            session.add_all(
                ErrandPart(errand_id=errand.id, number=number, asked=asked) for number, asked in enumerate(parts)
            )
            session.flush()
            for step in range(len(parts)) if parts else (END,):
                enqueue(session, self._context, errand.id, step)
            return "done"

    def part(self, number: int) -> str:
        with self._context.database.write() as session:
            part = self._part_of(session, number)
            if part is None:
                return "nothing"
            deaths, part.begun = part.begun, part.begun + 1
            session.add(part)
            asked = list(part.asked)
        if deaths >= MOST_DEATHS:
            raise ErrandDeadly(kind=self._errand.kind, times=deaths)
        try:
            return self._keep(number, self._doing.part(self._context, self._errand, asked))
        except Exception:
            self._note_alive(number)
            raise

    def _keep(self, number: int, made: Any) -> str:
        with self._context.database.write() as session:
            errand, part = self._still(session), self._part_of(session, number)
            if errand is None or part is None:
                return "nothing"
            self._doing.keep(session, errand, made)
            part.done_at = self._context.clock()
            session.add(part)
            errand.done += 1
            session.add(errand)
            session.flush()
            if errand.done == errand.all:
                enqueue(session, self._context, errand.id, END)
            return "done"

    def _note_alive(self, number: int) -> None:
        """Whatever it met, it did not die of it. Where this can't be written either, one death too many is counted."""
        with suppress(Exception), self._context.database.write() as session:
            part = self._part_of(session, number)
            if part is not None:
                part.begun = 0
                session.add(part)

    def end(self) -> str:
        ready = self._doing.ready(self._context, self._errand)
        with self._context.database.write() as session:
            errand = self._still(session)
            if errand is None or errand.done != errand.all:
                return "nothing"
            errand.outcome = self._doing.finish(session, self._context, errand, ready)
            end(session, self._context, errand, "done")
            return "done"

    def fail(self, refusal: Recorded) -> None:
        with self._context.database.write() as session:
            errand = self._still(session)
            if errand is not None:
                end(session, self._context, errand, "failed", refusal=refusal)

    def _still(self, session: Session) -> Errand | None:
        """Nobody has cancelled it."""
        return session.exec(select(Errand).where(Errand.id == self._errand.id, col(Errand.ended_at).is_(None))).first()

    def _part_of(self, session: Session, number: int) -> ErrandPart | None:
        """While it is to be done."""
        found = session.get(ErrandPart, (self._errand.id, number))
        return found if found is not None and found.done_at is None else None
