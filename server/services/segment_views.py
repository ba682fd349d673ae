"""Segments as they are shown, with their recordings' figures: a few queries for any number of them."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from server.db.library import Audio, ProgrammeColumn, Rendition, Segment, Topic
from server.db.registry import Organisation
from server.services.ingest import BROADCAST
from server.services.views import AudioView, SegmentView


def segment_views(session: Session, segments: Sequence[Segment]) -> list[SegmentView]:
    recordings = _recordings(session, {segment.audio_id for segment in segments})
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
            recording=recordings[segment.audio_id],
            topic=topics[segment.topic_id],
            column=columns[segment.column_id] if segment.column_id else None,
            producer=producers[segment.producer_id] if segment.producer_id else None,
        )
        for segment in segments
    ]


def _recordings(session: Session, audio_ids: set[int]) -> dict[int, tuple[Audio, Rendition]]:
    return {
        rendition.audio_id: (audio, rendition)
        for audio, rendition in session.exec(
            select(Audio, Rendition)
            .join(Rendition, col(Rendition.audio_id) == col(Audio.id))
            .where(col(Audio.id).in_(audio_ids), Rendition.kind == BROADCAST)
        )
    }


def _segment_view(
    segment: Segment,
    *,
    recording: tuple[Audio, Rendition],
    topic: Topic,
    column: str | None,
    producer: Organisation | None,
) -> SegmentView:
    audio, broadcast = recording
    return SegmentView(
        code=segment.code,
        title=segment.title,
        topic=topic.code,
        topic_name=topic.name,
        column=column,
        language=segment.language,
        producer=producer.code if producer else None,
        producer_name=producer.name if producer else None,
        duration_ms=audio.duration_ms,
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
        audio=AudioView(
            file_name=audio.file_name,
            original_sha256=audio.sha256,
            original_size=audio.size,
            codec=audio.codec,
            channels=audio.channels,
            sample_rate=audio.sample_rate,
            decoded_ms=audio.decoded_ms,
            cue_in_ms=audio.cue_in_ms,
            cue_out_ms=audio.cue_out_ms,
            loudness_lufs=audio.loudness_lufs,
            true_peak_dbtp=audio.true_peak_dbtp,
            broadcast_sha256=broadcast.sha256,
            broadcast_size=broadcast.size,
            broadcast_ms=broadcast.duration_ms,
            broadcast_loudness_lufs=broadcast.loudness_lufs,
            broadcast_true_peak_dbtp=broadcast.true_peak_dbtp,
        ),
    )
