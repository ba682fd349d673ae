"""What somebody or their organisation sent, the latest first: where each segment stands and whose turn it is."""

from typing import Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Subquery, case, func
from sqlmodel import Session, and_, col, false, or_, select

from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.services.airings_ahead import MonthOfAirings, airings_by_month
from server.services.context import Context
from server.services.listing import cut
from server.services.local_time import local_today
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import holds_of, reached_segments
from server.services.segment_views import segment_views
from server.services.views import Page, SegmentView, VersionView

Whose = Literal["own", "organisation"]
Turn = Literal["theirs", "waiting", "usable", "gone"]

TURNS: dict[Turn, tuple[str, ...]] = {
    "theirs": ("returned", "rejected", "held", "draft"),
    "waiting": ("processing", "submitted"),
    "usable": ("ready",),
    "gone": ("withdrawn", "discarded"),
}
_STANDING = tuple(code for turn, codes in TURNS.items() if turn != "gone" for code in codes)


class OwnSegment(Struct, frozen=True, kw_only=True):
    """`state` is that of the recording that somebody has to do something about, else the segment's; `version` is that
    recording, None where the segment came before there were versions. `own`: who asks sent it.
    """

    segment: SegmentView
    version: VersionView | None
    state: str
    own: bool
    airings: list[MonthOfAirings]


class OwnSegments(Struct, frozen=True, kw_only=True):
    """`counts` by whose turn it is, of all that there are."""

    found: Page[OwnSegment]
    counts: dict[Turn, int]


def own_segments(
    context: Context, *, whose: Whose = "own", turn: Turn | None = None, offset: int = 0, limit: int = 25
) -> OwnSegments:
    """Without `turn` all but what is gone. Raises BadField."""
    on = local_today(context)
    with context.database.read() as session:
        newest = _newest()
        state = case(
            (
                and_(
                    col(SegmentVersion.state).is_not(None),
                    col(SegmentVersion.state) != "discarded",
                    col(Segment.state) != "withdrawn",
                ),
                col(SegmentVersion.state),
            ),
            else_=col(Segment.state),
        )
        base = (
            select(Segment)
            .join(newest, newest.c.segment_id == col(Segment.id), isouter=True)
            .join(
                SegmentVersion,
                and_(
                    SegmentVersion.segment_id == newest.c.segment_id,
                    SegmentVersion.number == newest.c.number,
                ),
                isouter=True,
            )
            .where(_sent_by(context, whose), reached_segments(session, context.who, Right.SEGMENTS_READ, on))
        )
        counted: dict[str, int] = dict(
            session.connection().execute(base.with_only_columns(state, func.count()).group_by(state)).all()
        )
        wanted = TURNS[turn] if turn is not None else _STANDING
        statement = base.where(state.in_(wanted)).order_by(
            func.coalesce(col(SegmentVersion.updated_at), col(Segment.created_at)).desc(), col(Segment.id).desc()
        )
        rows, total = cut(session, statement, offset, limit)
        items = _items(session, context, list(rows))
    return OwnSegments(
        found=Page(items=items, total=total, offset=offset, limit=limit),
        counts={each: sum(counted.get(code, 0) for code in codes) for each, codes in TURNS.items()},
    )


def _items(session: Session, context: Context, rows: list[Segment]) -> list[OwnSegment]:
    airings = airings_by_month(session, [identity(row) for row in rows], context.clock())
    return [
        _item(context, view, airings.get(identity(row), []))
        for row, view in zip(rows, segment_views(session, rows), strict=True)
    ]


def _item(context: Context, segment: SegmentView, airings: list[MonthOfAirings]) -> OwnSegment:
    newest = segment.versions[0] if segment.versions else None
    counts = newest is not None and newest.state != "discarded" and segment.state != "withdrawn"
    version = newest if counts else next((each for each in segment.versions if each.in_force), newest)
    return OwnSegment(
        segment=segment,
        version=version,
        state=newest.state if counts and newest is not None else segment.state,
        own=version is not None and version.made_by == context.who.name,
        airings=airings,
    )


def _newest() -> Subquery:
    return (
        select(SegmentVersion.segment_id, func.max(col(SegmentVersion.number)).label("number"))
        .group_by(col(SegmentVersion.segment_id))
        .subquery()
    )


def _sent_by(context: Context, whose: Whose) -> ColumnElement[bool]:
    who = context.who
    sent = col(Segment.id).in_(select(SegmentVersion.segment_id).where(SegmentVersion.made_by == who.name))
    if whose == "own":
        return sent
    holds = holds_of(who, Right.SEGMENTS_SEND, local_today(context))
    offices = {hold.organisation_id for hold in holds} | {who.organisation_id}
    of_theirs = col(Segment.producer_id).in_([key for key in offices if key is not None]) if offices else false()
    return or_(sent, of_theirs)
