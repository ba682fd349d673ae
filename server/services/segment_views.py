"""Segments as they are shown, with their recordings' figures: a few queries for any number of them."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from server.db.library import ProgrammeColumn, Segment, Topic
from server.db.registry import Organisation
from server.services.rows import identity
from server.services.version_views import audio_ids_of_versions, audio_views, version_views
from server.services.views import AudioView, SegmentView, VersionView


def segment_views(session: Session, segments: Sequence[Segment]) -> list[SegmentView]:
    in_force = {segment.audio_id for segment in segments if segment.audio_id is not None}
    recordings = audio_views(session, in_force | audio_ids_of_versions(session, segments))
    versions = version_views(session, segments, recordings)
    topics = {
        row.id: row for row in session.exec(select(Topic).where(col(Topic.id).in_({row.topic_id for row in segments})))
    }
    columns = dict(session.exec(select(ProgrammeColumn.id, ProgrammeColumn.code)).all())
    producers = {
        row.id: row
        for row in session.exec(
            select(Organisation).where(col(Organisation.id).in_({row.producer_id for row in segments}))
        )
    }
    return [
        _segment_view(
            segment,
            audio=recordings[segment.audio_id] if segment.audio_id is not None else None,
            versions=versions.get(identity(segment), []),
            topic=topics[segment.topic_id],
            column=columns[segment.column_id] if segment.column_id else None,
            producer=producers[segment.producer_id] if segment.producer_id else None,
        )
        for segment in segments
    ]


def _segment_view(
    segment: Segment,
    *,
    audio: AudioView | None,
    versions: list[VersionView],
    topic: Topic,
    column: str | None,
    producer: Organisation | None,
) -> SegmentView:
    return SegmentView(
        code=segment.code,
        title=segment.title,
        topic=topic.code,
        topic_name=topic.name,
        column=column,
        language=segment.language,
        producer=producer.code if producer else None,
        producer_name=producer.name if producer else None,
        duration_ms=audio.duration_ms if audio is not None else None,
        priority=segment.priority,
        valid_from=segment.valid_from,
        valid_to=segment.valid_to,
        stations=segment.stations,
        tiers=segment.tiers,
        separation_days=segment.separation_days,
        max_per_month=segment.max_per_month,
        state=segment.state,
        withdrawn_reason=segment.withdrawn_reason,
        note=segment.note,
        text=segment.text,
        sample=segment.sample,
        created_at=segment.created_at,
        audio=audio,
        versions=versions,
    )
