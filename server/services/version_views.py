"""Recordings and versions as they are shown: a few queries for any number of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from server.db.accounts import Account
from server.db.intake import SegmentVersion, VettingEntry
from server.db.library import WHOLE, Audio, Rendition, Segment
from server.db.registry import Organisation
from server.errors import answer
from server.services.audio_checks import check_view
from server.services.recorded_refusals import from_record
from server.services.rows import identity
from server.services.vetting_steps import approvers
from server.services.views import (
    AudioView,
    DecisionView,
    LikenessView,
    RefusalView,
    RenditionView,
    StepView,
    VersionView,
    VettingStepView,
)

BROADCAST = "broadcast"
_ENDINGS = {"audio/mpeg": "mp3", "audio/ogg": "opus", "audio/flac": "flac"}


def audio_views(session: Session, audio_ids: Collection[int]) -> dict[int, AudioView]:
    renditions: dict[int, list[Rendition]] = {}
    for rendition in session.exec(
        select(Rendition).where(col(Rendition.audio_id).in_(audio_ids)).order_by(col(Rendition.id))
    ):
        renditions.setdefault(rendition.audio_id, []).append(rendition)
    recordings = session.exec(
        select(Audio)
        .where(col(Audio.id).in_(audio_ids))
        # A fingerprint is larger than all the rest together.
        .options(defer(col(Audio.fingerprint)), defer(col(Audio.peaks)))  # type: ignore[arg-type]  # col() is no attribute to SQLAlchemy's types
    )
    return {identity(audio): _audio_view(audio, renditions[identity(audio)]) for audio in recordings}


def version_views(
    session: Session, segments: Sequence[Segment], recordings: Mapping[int, AudioView]
) -> dict[int, list[VersionView]]:
    """By the segment's key, the newest version first."""
    in_force = {identity(segment): segment.audio_id for segment in segments}
    versions = session.exec(
        select(SegmentVersion)
        .where(col(SegmentVersion.segment_id).in_(in_force))
        .order_by(col(SegmentVersion.number).desc())
        .options(defer(col(SegmentVersion.examination)), defer(col(SegmentVersion.renditions)))  # type: ignore[arg-type]  # as above
    ).all()
    named = {str(likeness["segment"]) for version in versions for likeness in version.likenesses}
    others = {row.code: row for row in session.exec(select(Segment).where(col(Segment.code).in_(named)))}
    vetting = steps_of(session, [identity(version) for version in versions])
    found: dict[int, list[VersionView]] = {}
    for version in versions:
        found.setdefault(version.segment_id, []).append(
            _version_view(
                version,
                audio=recordings.get(version.audio_id) if version.audio_id is not None else None,
                in_force=version.audio_id is not None and version.audio_id == in_force[version.segment_id],
                others=others,
                vetting=vetting.get(identity(version), []),
            )
        )
    return found


def audio_ids_of_versions(session: Session, segments: Iterable[Segment]) -> set[int]:
    keys = {identity(segment) for segment in segments}
    found = session.exec(
        select(SegmentVersion.audio_id).where(
            col(SegmentVersion.segment_id).in_(keys), col(SegmentVersion.audio_id).is_not(None)
        )
    )
    return {key for key in found if key is not None}


def can_be_overruled(version: SegmentVersion) -> bool:
    return version.state == "rejected" and version.refusal is None


def _audio_view(audio: Audio, renditions: Sequence[Rendition]) -> AudioView:
    broadcast = next(rendition for rendition in renditions if rendition.kind == BROADCAST)
    return AudioView(
        file_name=audio.file_name,
        original_sha256=audio.sha256,
        original_size=audio.size,
        codec=audio.codec,
        channels=audio.channels,
        sample_rate=audio.sample_rate,
        decoded_ms=audio.decoded_ms,
        cue_in_ms=audio.cue_in_ms,
        cue_out_ms=audio.cue_out_ms,
        duration_ms=audio.duration_ms,
        loudness_lufs=audio.loudness_lufs,
        loudness_range_lu=audio.loudness_range_lu,
        true_peak_dbtp=audio.true_peak_dbtp,
        mono_loudness_lufs=audio.mono_loudness_lufs,
        broadcast_sha256=broadcast.sha256,
        broadcast_size=broadcast.size,
        broadcast_ms=broadcast.duration_ms,
        broadcast_loudness_lufs=broadcast.loudness_lufs,
        broadcast_true_peak_dbtp=broadcast.true_peak_dbtp,
        renditions=[
            RenditionView(
                kind=rendition.kind,
                address=f"/api/v1/audio/{rendition.sha256}.{_ENDINGS[rendition.media_type]}",
                sha256=rendition.sha256,
                size=rendition.size,
                media_type=rendition.media_type,
                duration_ms=rendition.duration_ms,
                loudness_lufs=rendition.loudness_lufs,
                true_peak_dbtp=rendition.true_peak_dbtp,
                gain_db=rendition.gain_db,
                was_limited=rendition.was_limited,
            )
            for rendition in renditions
            if rendition.kind != WHOLE
        ],
        facts=audio.facts,
    )


def _version_view(
    version: SegmentVersion,
    *,
    audio: AudioView | None,
    in_force: bool,
    others: Mapping[str, Segment],
    vetting: list[VettingStepView],
) -> VersionView:
    return VersionView(
        number=version.number,
        state=version.state,
        step=version.step,
        progress=version.progress,
        in_force=in_force,
        file_name=version.file_name,
        size=version.size,
        upload=version.upload_id,
        audio=audio,
        checks=[check_view(check) for check in version.checks],
        likenesses=[_likeness_view(likeness, others) for likeness in version.likenesses],
        refusal=refusal_view(version.refusal) if version.refusal is not None else None,
        can_overrule=can_be_overruled(version),
        decision=msgspec.convert(version.decision, DecisionView) if version.decision is not None else None,
        messages=version.messages,
        steps=[_step_view(entry) for entry in version.timeline],
        made_by=version.made_by,
        submitted_at=version.submitted_at,
        due_at=version.due_at,
        reminded_at=version.reminded_at,
        approvals_needed=version.approvals_needed,
        approvals=len(approvers([(step.action, step.actor) for step in vetting])),
        review_open=version.review_open,
        vetting=vetting,
        created_at=version.created_at,
        ended_at=version.ended_at,
    )


def steps_of(session: Session, version_ids: Collection[int]) -> dict[int, list[VettingStepView]]:
    """By the version's key, the oldest step first."""
    rows = session.exec(
        select(VettingEntry, Organisation, Account.name)
        .join(Organisation, col(Organisation.id) == col(VettingEntry.organisation_id), isouter=True)
        .join(Account, col(Account.login) == col(VettingEntry.actor), isouter=True)
        .where(col(VettingEntry.version_id).in_(version_ids))
        .order_by(col(VettingEntry.id))
    )
    found: dict[int, list[VettingStepView]] = {}
    for entry, organisation, name in rows:
        step = VettingStepView(
            action=entry.action,
            actor=entry.actor,
            actor_name=name or entry.actor,
            organisation=organisation.code if organisation is not None else None,
            organisation_name=organisation.name if organisation is not None else None,
            reason=entry.reason,
            at=entry.at,
        )
        found.setdefault(entry.version_id, []).append(step)
    return found


def refusal_view(record: dict[str, object]) -> RefusalView:
    refusal = from_record(record)
    return RefusalView(code=refusal.code, sentence=answer(refusal).sentence, facts=refusal.facts)


def _likeness_view(likeness: Mapping[str, Any], others: Mapping[str, Segment]) -> LikenessView:
    other = others[likeness["segment"]]
    return LikenessView(
        segment=other.code,
        title=other.title,
        state=other.state,
        similarity=likeness["similarity"],
        offset_ms=likeness["offset_ms"],
        overlap_ms=likeness["overlap_ms"],
    )


def _step_view(entry: Mapping[str, Any]) -> StepView:
    ended = entry.get("ended_at")
    return StepView(
        step=entry["step"],
        started_at=datetime.fromisoformat(entry["started_at"]),
        ended_at=datetime.fromisoformat(ended) if ended else None,
    )
