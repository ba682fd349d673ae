"""The same bytes are one recording: who has them already is named, and nobody's is made twice."""

from sqlmodel import Session, col, select

from server.db.intake import SegmentVersion
from server.db.library import Audio, ProgrammeColumn, Segment
from server.services.refusals import AudioIsFrame, SegmentExists
from server.services.rows import identity


def refuse_known(session: Session, sha256: str, *, besides: int | None = None) -> None:
    """A recording that was refused for what it is, or discarded, may come again.

    `besides` is the version that asks. Raises SegmentExists, AudioIsFrame.
    """
    under_way = version_under_way(session, sha256)
    if under_way is not None and identity(under_way) != besides:
        _refuse(session.get_one(Segment, under_way.segment_id))
    for audio in session.exec(select(Audio).where(Audio.sha256 == sha256).order_by(col(Audio.id))).all():
        _refuse_owned(session, identity(audio), besides)


def version_under_way(session: Session, sha256: str) -> SegmentVersion | None:
    """The first version with these bytes that is still being processed."""
    return session.exec(
        select(SegmentVersion)
        .where(SegmentVersion.original_sha256 == sha256, SegmentVersion.state == "processing")
        .order_by(col(SegmentVersion.id))
    ).first()


def _refuse_owned(session: Session, audio_id: int, besides: int | None) -> None:
    owner = session.exec(
        select(Segment)
        .join(SegmentVersion, col(SegmentVersion.segment_id) == col(Segment.id), isouter=True)
        .where(
            (col(Segment.audio_id) == audio_id)
            | ((col(SegmentVersion.audio_id) == audio_id) & (col(SegmentVersion.id) != (besides or 0)))
        )
    ).first()
    if owner is not None:
        _refuse(owner)
    column = session.exec(
        select(ProgrammeColumn).where(
            (col(ProgrammeColumn.opening_audio_id) == audio_id) | (col(ProgrammeColumn.closing_audio_id) == audio_id)
        )
    ).first()
    if column is not None:
        raise AudioIsFrame(column=column.code, name=column.name)


def _refuse(segment: Segment) -> None:
    raise SegmentExists(segment=segment.code, title=segment.title, state=segment.state)
