"""A segment's state and the recording in force, as they follow from its versions."""

from sqlmodel import Session, col, select

from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.services.rows import identity


def follow_versions(session: Session, segment: Segment) -> None:
    """The newest ready version is in force. Until there is one, the segment is as its newest version that counts.

    A withdrawn segment stays as it is, and so does one whose recording was in force before it had versions. One that
    is on its way back from a withdrawal is in force again with the first recording approved since.
    """
    if segment.state == "withdrawn":
        return
    versions = session.exec(
        select(SegmentVersion)
        .where(SegmentVersion.segment_id == identity(segment))
        .order_by(col(SegmentVersion.number).desc())
    ).all()
    ready = next((version for version in versions if version.state == "ready" and _counts(segment, version)), None)
    counting = next((version for version in versions if version.state != "discarded"), None)
    if ready is not None:
        segment.audio_id, segment.state = ready.audio_id, "ready"
        segment.withdrawn_at = segment.withdrawn_reason = None
    elif segment.audio_id is None:
        segment.state = counting.state if counting is not None else "discarded"
    elif segment.withdrawn_at is not None:
        waiting = next((version for version in versions if version.state not in {"ready", "discarded"}), None)
        segment.state = waiting.state if waiting is not None else "withdrawn"
    session.add(segment)


def _counts(segment: Segment, version: SegmentVersion) -> bool:
    """What was approved before a withdrawal does not count after it."""
    handed_in = version.submitted_at
    return segment.withdrawn_at is None or (handed_in is not None and handed_in >= segment.withdrawn_at)
