"""Which segment somebody may do a thing to, and for whom they may produce: asked where no address tells the gate."""

from sqlmodel import Session, select

from server.db.library import Segment
from server.services import scopes
from server.services.access_refusals import OutOfReach
from server.services.context import Context
from server.services.local_time import local_today
from server.services.new_segments import find_segment
from server.services.rights import Right

_OF_SEGMENTS = (Right.SEGMENTS_SEND, Right.SEGMENTS_VET, Right.SEGMENTS_RELEASE, Right.SEGMENTS_WITHDRAW)


def require_reached(context: Context, code: str, right: Right) -> None:
    """Raises OutOfReach, UnknownSegment."""
    with context.database.read() as session:
        reached(session, context, code, right)


def reached(session: Session, context: Context, code: str, right: Right) -> Segment:
    """The segment, where who asks reaches it with the right; whether it exists is not told to anybody else.

    Raises OutOfReach, UnknownSegment.
    """
    on = local_today(context)
    if not scopes.has_everywhere(context.who, right, on):
        condition = scopes.reached_segments(session, context.who, right, on)
        if session.exec(select(Segment.id).where(Segment.code == code, condition)).first() is None:
            if scopes.has_everywhere(context.who, Right.SEGMENTS_READ, on):
                find_segment(session, code)  # who may see all segments may learn that there is none
            raise OutOfReach(right=right, named=code)
    return find_segment(session, code)


def rights_over(context: Context, code: str) -> frozenset[Right]:
    """What who asks may do to the segment, of what people do to segments: for pages, which show nothing else."""
    on = local_today(context)
    with context.database.read() as session:
        return frozenset(
            right
            for right in _OF_SEGMENTS
            if session.exec(
                select(Segment.id).where(Segment.code == code, scopes.reached_segments(session, context.who, right, on))
            ).first()
            is not None
        )


def deciding_organisation(session: Session, context: Context, segment: Segment, right: Right) -> int | None:
    """For which organisation somebody decides on the segment: that of the role which lets them, else their own."""
    on = local_today(context)
    for hold in scopes.holds_of(context.who, right, on):
        if hold.organisation_id is not None and segment.topic_id in scopes.led_topics(
            session, hold.organisation_id, within=hold.topic_id
        ):
            return hold.organisation_id
    return context.who.organisation_id
