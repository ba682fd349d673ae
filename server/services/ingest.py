"""The one way in for recordings, the sample's and everybody's: checked and copied to the store, then known as rows."""

import hashlib
import stat
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from media.ingest import SEGMENT_LIMITS, IngestLimits, PreparedAudio, prepare
from server.db.library import Audio, Rendition
from server.services.context import Context
from server.services.refusals import FileUnreadable
from server.services.rows import identity
from server.texts import _

BROADCAST = "broadcast"


def prepare_audio(
    context: Context,
    source: Path,
    *,
    limits: IngestLimits = SEGMENT_LIMITS,
    progress: Callable[[float], None] | None = None,
) -> PreparedAudio:
    """Raises MediaRefusal, after which the store is as it was."""
    return prepare(
        source,
        ffmpeg=context.ffmpeg,
        store=context.store,
        scratch=context.scratch,
        limits=limits,
        progress=progress,
    )


def digest_of(source: Path) -> str:
    """SHA-256 of the file's bytes, in lower-case hexadecimal. Raises FileUnreadable."""
    try:
        if not stat.S_ISREG(source.stat().st_mode):
            # a pipe or a device would be read for ever
            raise FileUnreadable(path=str(source), reason=_("không phải tệp thường"))
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileUnreadable(path=str(source), reason=error.strerror or str(error)) from error


def keep_audio(session: Session, context: Context, prepared: PreparedAudio, *, file_name: str, at: datetime) -> Audio:
    """Adds the rows for what was prepared; they have their keys afterwards.

    Raises MissingAudio where somebody took the files from the store in the meantime.
    """
    for sha256 in _digests(prepared):
        context.store.size(sha256)
    examination = prepared.examination
    measured, cues = examination.measurement, examination.cues
    audio = Audio(
        sha256=prepared.original.sha256,
        size=prepared.original.size,
        file_name=file_name,
        container=measured.container,
        codec=measured.codec,
        channels=measured.channels,
        sample_rate=measured.sample_rate,
        decoded_ms=measured.duration_ms,
        cue_in_ms=cues.cue_in_ms,
        cue_out_ms=cues.cue_out_ms,
        duration_ms=cues.duration_ms,
        loudness_lufs=measured.loudness_lufs,
        loudness_range_lu=measured.loudness_range_lu,
        true_peak_dbtp=measured.true_peak_dbtp,
        mono_loudness_lufs=measured.mono_loudness_lufs,
        fingerprint=examination.fingerprint,
        peaks=examination.peaks,
        ingested_at=at,
    )
    session.add(audio)
    session.flush()
    for made in prepared.renditions:
        session.add(
            Rendition(
                audio_id=identity(audio),
                kind=made.kind,
                sha256=made.sha256,
                size=made.size,
                media_type=made.media_type,
                duration_ms=made.duration_ms,
                loudness_lufs=made.loudness_lufs,
                true_peak_dbtp=made.true_peak_dbtp,
                gain_db=made.gain_db,
                was_limited=made.was_limited,
            )
        )
    return audio


def discard(context: Context, prepared: Iterable[PreparedAudio]) -> None:
    """Takes from the store what was prepared and has no row: used when the rows were refused.

    Inside a writing transaction, so that nobody else's rows for the same bytes appear in between.
    """
    digests = {sha256 for audio in prepared for sha256 in _digests(audio)}
    with context.database.write() as session:
        known = set(session.exec(select(Audio.sha256).where(col(Audio.sha256).in_(digests))))
        known |= set(session.exec(select(Rendition.sha256).where(col(Rendition.sha256).in_(digests))))
        for sha256 in digests - known:
            context.store.delete(sha256)


def _digests(prepared: PreparedAudio) -> list[str]:
    return [prepared.original.sha256, *(made.sha256 for made in prepared.renditions)]
