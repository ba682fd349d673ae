"""What players show of a segment's copies."""

from sqlmodel import Session

from server.db.library import ProgrammeColumn, Segment
from server.db.registry import Organisation


def tags_of(session: Session, segment: Segment) -> dict[str, str]:
    """By the names of `media.renditions.TAGS`, in Unicode."""
    column = session.get(ProgrammeColumn, segment.column_id) if segment.column_id else None
    producer = session.get(Organisation, segment.producer_id) if segment.producer_id else None
    tags = {"title": segment.title, "language": segment.language}
    if column is not None:
        tags["album"] = column.name
    if producer is not None:
        tags["artist"] = producer.name
    return tags
