"""Work that takes longer than anybody waits: a row that any process looks at, done in parts by whichever workers there are.

Nothing that counts is stored before its end, and then all at once: one that is cancelled or fails leaves nothing behind,
and however many are at a part its result is kept once.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from msgspec import Struct
from sqlmodel import Session, col, delete, select

from server.db.errands import ClosingDraft, Errand, ErrandFile, ErrandPart
from server.errors import answer
from server.services.audit import record
from server.services.context import Context
from server.services.errand_refusals import ErrandUnderWay, UnknownErrand
from server.services.recorded_refusals import Recorded, as_record, from_record
from server.services.views import RefusalView

BEGIN, END = "begin", "end"


class ErrandView(Struct, frozen=True, kw_only=True):
    """`kind` is closing, report, issue or bundle, `about` the month, period, or station and span. `state`: running, done,
    cancelled, failed; `done` of `all` parts are, `all` null until somebody has begun. `refusal` is why it failed.
    """

    id: str
    kind: str
    about: str
    state: str
    done: int
    all: int | None
    by: str
    started_at: datetime
    ended_at: datetime | None
    refusal: RefusalView | None

    @property
    def under_way(self) -> bool:
        return self.ended_at is None


def order(session: Session, context: Context, kind: str, about: str, asked: dict[str, object]) -> ErrandView:
    """In the caller's transaction. Raises ErrandUnderWay."""
    other = under_way(session, kind, about)
    if other is not None:
        raise ErrandUnderWay(errand=other.id, kind=kind, about=about)
    # Those before it are of no use any more, but for what can be fetched.
    with_files = select(ErrandFile.errand_id)
    session.exec(
        delete(Errand).where(col(Errand.kind) == kind, col(Errand.about) == about, col(Errand.id).not_in(with_files))
    )
    errand = Errand(
        id=uuid4().hex,
        kind=kind,
        about=about,
        asked=asked,
        by=context.who.name,
        by_kind=context.who.kind,
        address=context.who.address,
        origin=context.origin,
        started_at=context.clock(),
    )
    session.add(errand)
    session.flush()
    enqueue(session, context, errand.id, BEGIN)
    record(session, context, at=context.clock(), action="errand.ordered", subject=about, kind=kind, errand=errand.id)
    return view(errand)


def enqueue(session: Session, context: Context, errand_id: str, step: str | int) -> None:
    if context.jobs is not None:
        context.jobs.enqueue_errand(session, f"{errand_id}.{step}")


def get(context: Context, kinds: Collection[str], about: str, errand_id: str) -> ErrandView:
    """Raises UnknownErrand."""
    with context.database.read() as session:
        return view(_find(session, kinds, about, errand_id))


def latest(context: Context, kind: str, about: str) -> ErrandView | None:
    """The one that is under way, or the last that was."""
    with context.database.read() as session:
        found = _latest(session, kind, about)
        return None if found is None else view(found)


def why_not(context: Context, kind: str, about: str) -> Recorded | None:
    """What the last one was refused for."""
    with context.database.read() as session:
        found = _latest(session, kind, about)
        return None if found is None or found.refusal is None else from_record(found.refusal)


def cancel(context: Context, kinds: Collection[str], about: str, errand_id: str) -> ErrandView:
    """From now on nothing of it is stored; what has ended stays as it ended. Raises UnknownErrand."""
    with context.database.write() as session:
        errand = _find(session, kinds, about, errand_id)
        if errand.ended_at is None:
            end(session, context, errand, "cancelled")
            record(
                session,
                context,
                at=context.clock(),
                action="errand.cancelled",
                subject=about,
                kind=errand.kind,
                errand=errand.id,
            )
        return view(errand)


def end(session: Session, context: Context, errand: Errand, state: str, *, refusal: Recorded | None = None) -> None:
    """What was made on the way goes."""
    errand.state, errand.ended_at = state, context.clock()
    errand.refusal = None if refusal is None else as_record(refusal)
    session.add(errand)
    session.exec(delete(ErrandPart).where(col(ErrandPart.errand_id) == errand.id))
    session.exec(delete(ClosingDraft).where(col(ClosingDraft.errand_id) == errand.id))
    if state != "done":
        errand.outcome = None
        session.exec(delete(ErrandFile).where(col(ErrandFile.errand_id) == errand.id))


def unfinished(context: Context) -> list[str]:
    """The steps that are due, as they are enqueued."""
    with context.database.read() as session:
        due: list[str] = []
        for errand in session.exec(
            select(Errand).where(col(Errand.ended_at).is_(None)).order_by(col(Errand.started_at))
        ):
            if errand.all is None:
                due.append(f"{errand.id}.{BEGIN}")
                continue
            parts = session.exec(
                select(ErrandPart.number)
                .where(ErrandPart.errand_id == errand.id, col(ErrandPart.done_at).is_(None))
                .order_by(col(ErrandPart.number))
            ).all()
            due += [f"{errand.id}.{number}" for number in parts] or [f"{errand.id}.{END}"]
        return due


def under_way(session: Session, kind: str, about: str) -> Errand | None:
    return session.exec(
        select(Errand).where(Errand.kind == kind, Errand.about == about, col(Errand.ended_at).is_(None))
    ).first()


def months_being_closed(session: Session) -> dict[str, datetime]:
    """With the moment as of which their figures are made: what is said from now on is not in them."""
    found = select(Errand.about, Errand.asked).where(
        Errand.kind == "closing", col(Errand.ended_at).is_(None), col(Errand.all).is_not(None)
    )
    return {month: datetime.fromisoformat(str(asked["at"])) for month, asked in session.exec(found)}


def view(errand: Errand) -> ErrandView:
    refusal = None if errand.refusal is None else from_record(errand.refusal)
    return ErrandView(
        id=errand.id,
        kind=errand.kind,
        about=errand.about,
        state=errand.state,
        done=errand.done,
        all=errand.all,
        by=errand.by,
        started_at=errand.started_at,
        ended_at=errand.ended_at,
        refusal=None
        if refusal is None
        else RefusalView(code=refusal.code, sentence=answer(refusal).sentence, facts=refusal.facts),
    )


def _latest(session: Session, kind: str, about: str) -> Errand | None:
    return session.exec(
        select(Errand)
        .where(Errand.kind == kind, Errand.about == about)
        .order_by(col(Errand.ended_at).desc().nulls_first(), col(Errand.started_at).desc())
        .limit(1)
    ).first()


def _find(session: Session, kinds: Collection[str], about: str, errand_id: str) -> Errand:
    found = session.get(Errand, errand_id)
    if found is None or found.kind not in kinds or found.about != about:
        raise UnknownErrand(errand=errand_id)
    return found
