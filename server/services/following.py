"""Where a segment's newest recording is on its way, in as little as a listener needs to follow it."""

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import col

from server.db.intake import SegmentVersion
from server.services.context import Context
from server.services.new_segments import find_segment
from server.services.rows import identity
from server.services.version_views import refusal_view


class VersionProgress(Struct, frozen=True, kw_only=True):
    """`state`, `step` and `progress` (per cent) as of a version; it is on its way while `state` is processing.

    `trouble` is a sentence where something keeps this machine from going on, a full disk for example; it is tried again.
    """

    segment: str
    number: int
    state: str
    step: str
    progress: int
    trouble: str | None


def newest_progress(context: Context, code: str) -> VersionProgress:
    """Raises UnknownSegment."""
    with context.database.read() as session:
        segment = find_segment(session, code)
        row = session.execute(
            select(
                col(SegmentVersion.number),
                col(SegmentVersion.state),
                col(SegmentVersion.step),
                col(SegmentVersion.progress),
                col(SegmentVersion.refusal),
            )
            .where(col(SegmentVersion.segment_id) == identity(segment))
            .order_by(col(SegmentVersion.number).desc())
            .limit(1)
        ).one()
    number, state, step, progress, refusal = row
    return VersionProgress(
        segment=code,
        number=number,
        state=state,
        step=step,
        progress=progress,
        trouble=refusal_view(refusal).sentence if state == "processing" and refusal is not None else None,
    )
