"""The one way in for recordings, the sample's and everybody's: checked and copied to the store, then known as rows."""

import dataclasses
import hashlib
import stat
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlmodel import Session, col, select

from media.bounds import SEGMENT_LIMITS, IngestLimits
from media.scratch import work_folder
from media.stores import StoredFile
from server.db.library import Audio, Rendition
from server.services.context import Context
from server.services.media_care import used_files
from server.services.refusals import FileUnreadable
from server.services.rows import identity
from server.texts import _

if TYPE_CHECKING:
    # What decodes brings numpy along, which pages and most commands do without.
    from media.examine import Examination
    from media.ingest import PreparedAudio, StoredRendition


def prepare_audio(
    context: Context,
    source: Path,
    *,
    limits: IngestLimits = SEGMENT_LIMITS,
    tags: Mapping[str, str],
    progress: Callable[[float], None] | None = None,
) -> "PreparedAudio":
    """Raises MediaRefusal, after which the store is as it was."""
    from media.ingest import prepare

    return prepare(
        source,
        ffmpeg=context.ffmpeg,
        store=context.store,
        scratch=context.scratch,
        limits=limits,
        profile=context.profile,
        tags=tags,
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


def encode_copies(
    context: Context,
    original: Path,
    examination: "Examination",
    *,
    tags: Mapping[str, str],
    progress: Callable[[float], None],
) -> "list[StoredRendition]":
    """The copies that every recording has, made aside and then put into the store. Raises MediaRefusal."""
    from media.ingest import StoredRendition
    from media.renditions import make_renditions

    with work_folder(context.scratch) as folder:
        made = make_renditions(
            context.ffmpeg,
            original,
            folder,
            measured=examination.measurement,
            cues=examination.cues,
            tags=tags,
            profile=context.profile,
            on_progress=progress,
        )
        copies = [made.broadcast, made.light_opus, made.light_mp3]
        stored = context.store.put_all([copy.path for copy in copies])
    return list(map(StoredRendition.of, copies, stored))


def keep_audio(
    session: Session,
    *,
    original: StoredFile,
    examination: "Examination",
    renditions: "Iterable[StoredRendition]",
    file_name: str,
    at: datetime,
) -> Audio:
    """Adds the rows of a recording, or brings those that are there up to date; they have their keys afterwards."""
    audio = session.exec(
        select(Audio).where(
            Audio.sha256 == original.sha256,
            Audio.cue_in_ms == examination.cues.cue_in_ms,
            Audio.cue_out_ms == examination.cues.cue_out_ms,
        )
    ).first()
    figures = {"file_name": file_name, "size": original.size, "ingested_at": at, **_figures(examination)}
    if audio is None:
        audio = Audio(sha256=original.sha256, **figures)
    else:
        audio.sqlmodel_update(figures)
    session.add(audio)
    session.flush()
    kept = {row.kind: row for row in session.exec(select(Rendition).where(col(Rendition.audio_id) == identity(audio)))}
    for made in renditions:
        values = dataclasses.asdict(made)
        row = kept.get(made.kind)
        session.add(row.sqlmodel_update(values) if row else Rendition(audio_id=identity(audio), **values))
    return audio


def _figures(examination: "Examination") -> dict[str, Any]:
    measured, cues = examination.measurement, examination.cues
    facts = {
        **msgspec.to_builtins(examination.signal),
        "silences": msgspec.to_builtins(measured.silences),
        "tags": examination.tags,
    }
    return {
        "container": measured.container,
        "codec": measured.codec,
        "channels": measured.channels,
        "sample_rate": measured.sample_rate,
        "decoded_ms": measured.duration_ms,
        "cue_in_ms": cues.cue_in_ms,
        "cue_out_ms": cues.cue_out_ms,
        "duration_ms": cues.duration_ms,
        "loudness_lufs": measured.loudness_lufs,
        "loudness_range_lu": measured.loudness_range_lu,
        "true_peak_dbtp": measured.true_peak_dbtp,
        "mono_loudness_lufs": measured.mono_loudness_lufs,
        "fingerprint": examination.fingerprint,
        "peaks": examination.peaks,
        "facts": facts,
    }


def discard(context: Context, prepared: "Iterable[PreparedAudio]") -> None:
    """Takes from the store what was prepared and has no row: used when the rows were refused.

    Inside a writing transaction, so that nobody else's rows for the same bytes appear in between.
    """
    digests = {sha256 for audio in prepared for sha256 in _digests(audio)}
    with context.database.write() as session:
        for sha256 in digests - used_files(session, context.clock()):
            context.store.delete(sha256)


def _digests(prepared: "PreparedAudio") -> list[str]:
    return [prepared.original.sha256, *(made.sha256 for made in prepared.renditions)]
