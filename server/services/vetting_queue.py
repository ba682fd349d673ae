"""What waits to be decided on: for whom, until when, and who is reminded of it."""

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.services import scopes
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.local_time import local_today
from server.services.rights import Right
from server.services.segment_views import segment_views
from server.services.vetting_letters import tell_leads
from server.services.vetting_steps import approvers, entries_of, makers_of
from server.services.views import SegmentView, VersionView

SHOWN = 100
SOON = timedelta(hours=4)
REMIND_AGAIN = timedelta(hours=24)


class QueueItem(Struct, frozen=True, kw_only=True):
    """A recording that waits. `kind`: submitted, to be approved or returned; review, on the air already, to be
    confirmed or disputed. `own`: who asks sent or released it, so that others decide; `approved`: they did so already.
    """

    kind: str
    segment: SegmentView
    version: VersionView
    overdue: bool
    own: bool
    approved: bool
    may_release: bool

    @property
    def open(self) -> bool:
        """Whether who asks can decide on it."""
        return not (self.own or self.approved)


class QueueView(Struct, frozen=True, kw_only=True):
    """The soonest due first, what is overdue before all; those that others decide on come last. `limit` of the `total`
    from `offset` on; `waiting`, of which `overdue`, are for who asks to decide on.
    """

    items: list[QueueItem]
    total: int
    waiting: int
    overdue: int
    offset: int = 0
    limit: int = SHOWN


def queue(context: Context, *, offset: int = 0, limit: int = SHOWN) -> QueueView:
    """Of what who asks may vet."""
    now, on = context.clock(), local_today(context)
    with context.database.read() as session:
        reached = scopes.reached_segments(session, context.who, Right.SEGMENTS_VET, on)
        rows = session.exec(
            select(SegmentVersion, Segment)
            .join(Segment, col(Segment.id) == col(SegmentVersion.segment_id))
            .where(_waits(), reached)
            .order_by(col(SegmentVersion.due_at), col(SegmentVersion.id))
        ).all()
        standing = [(version, segment, *_standing(session, context, version)) for version, segment in rows]
        standing.sort(key=lambda each: each[2] or each[3])
        shown = standing[offset : offset + limit]
        urgent = {segment.code for _version, segment, *_rest in shown if segment.priority == "urgent"}
        release = scopes.reached_segments(session, context.who, Right.SEGMENTS_RELEASE, on)
        released = set(session.exec(select(Segment.code).where(col(Segment.code).in_(urgent), release)))
        views = {
            view.code: view for view in segment_views(session, list({row[1].code: row[1] for row in shown}.values()))
        }
        items = [
            QueueItem(
                kind="review" if version.review_open else "submitted",
                segment=views[segment.code],
                version=next(each for each in views[segment.code].versions if each.number == version.number),
                overdue=_is_overdue(version, now),
                own=own,
                approved=approved,
                may_release=not version.review_open and segment.code in released,
            )
            for version, segment, own, approved in shown
        ]
        mine = [version for version, _segment, own, approved in standing if not own and not approved]
        return QueueView(
            items=items,
            total=len(standing),
            waiting=len(mine),
            overdue=sum(_is_overdue(version, now) for version in mine),
            offset=offset,
            limit=limit,
        )


def waiting_count(context: Context) -> int:
    """How many recordings somebody else sent wait for who asks: a figure for the menu, found in one query."""
    with context.database.read() as session:
        reached = scopes.reached_segments(session, context.who, Right.SEGMENTS_VET, local_today(context))
        return session.exec(
            select(func.count())
            .select_from(SegmentVersion)
            .join(Segment, col(Segment.id) == col(SegmentVersion.segment_id))
            .where(_waits(), SegmentVersion.made_by != context.who.name, reached)
        ).one()


def remind_due(context: Context) -> list[str]:
    """Those who answer for what is overdue, or due within hours, are told, once a day; the segments' codes."""
    now = context.clock()
    due = _waits() & (col(SegmentVersion.due_at) <= now + SOON)
    quiet = or_(col(SegmentVersion.reminded_at).is_(None), col(SegmentVersion.reminded_at) <= now - REMIND_AGAIN)
    statement = (
        select(SegmentVersion, Segment)
        .join(Segment, col(Segment.id) == col(SegmentVersion.segment_id))
        .where(due, quiet)
        .order_by(col(SegmentVersion.due_at), col(SegmentVersion.id))
    )
    with context.database.read() as session:
        if session.exec(statement.limit(1)).first() is None:
            return []  # no writer is kept waiting for nothing
    with disk_refusals(context.home), context.database.write() as session:
        reminded = session.exec(statement).all()
        for version, segment in reminded:
            version.reminded_at = now
            session.add(version)
            letters = tell_leads(session, context, segment, version)
            record(
                session,
                context,
                at=now,
                action="vetting.reminded",
                subject=segment.code,
                number=version.number,
                due_at=version.due_at.isoformat() if version.due_at is not None else None,
                overdue=_is_overdue(version, now),
                letters=len(letters),
            )
        return [segment.code for _version, segment in reminded]


def _waits() -> ColumnElement[bool]:
    open_ = or_(col(SegmentVersion.state) == "submitted", col(SegmentVersion.review_open))
    return open_ & (col(Segment.state) != "withdrawn")


def _standing(session: Session, context: Context, version: SegmentVersion) -> tuple[bool, bool]:
    """Whether it is their own, and whether they approved it already."""
    entries = entries_of(session, version)
    own = makers_of(session, version)
    if version.review_open:
        own |= {entry.actor for entry in entries if entry.action == "released"}
    given = approvers([(entry.action, entry.actor) for entry in entries]) if version.approvals_needed > 1 else []
    return context.who.name in own, context.who.name in given


def _is_overdue(version: SegmentVersion, now: datetime) -> bool:
    return version.due_at is not None and version.due_at <= now
