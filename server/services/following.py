"""Where a segment's newest recording is on its way, in as little as a listener needs to follow it."""

from msgspec import Struct
from sqlmodel import col, select

from server.db.intake import SegmentVersion
from server.services.context import Context
from server.services.new_segments import find_segment
from server.services.rows import identity


class VersionProgress(Struct, frozen=True, kw_only=True):
    """`state`, `step` and `progress` (per cent) as of a version; it is on its way while `state` is processing."""

    segment: str
    number: int
    state: str
    step: str
    progress: int


def newest_progress(context: Context, code: str) -> VersionProgress:
    """A segment from before there were versions is done. Raises UnknownSegment."""
    with context.database.read() as session:
        segment = find_segment(session, code)
        row = session.exec(
            select(SegmentVersion.number, SegmentVersion.state, SegmentVersion.step, SegmentVersion.progress)
            .where(SegmentVersion.segment_id == identity(segment))
            .order_by(col(SegmentVersion.number).desc())
        ).first()
    number, state, step, progress = row or (1, segment.state, "done", 100)
    return VersionProgress(segment=code, number=number, state=state, step=step, progress=progress)
