"""Copies of a recording by their kind; those that few ask for are made when somebody first does, and kept."""

from typing import TYPE_CHECKING, Any

from sqlmodel import Session, select

from media.cues import Cues
from media.scratch import work_folder
from media.stores import StoredFile
from server.db.library import WHOLE, Audio, Rendition
from server.services.audit import record
from server.services.context import Context
from server.services.cue_refusals import NothingMeasured
from server.services.decisions import find_version
from server.services.disk import disk_refusals
from server.services.new_segments import find_segment
from server.services.recording_tags import tags_of
from server.services.refusals import SegmentHasNoRecording, UnknownRendition
from server.services.turns import alone
from server.services.version_views import audio_views
from server.services.views import RenditionView

if TYPE_CHECKING:
    from media.renditions import MadeRendition

BROADCAST = "broadcast"
FLAC = "flac"
KINDS = (BROADCAST, "light_opus", "light_mp3", FLAC)


def rendition_of(context: Context, code: str, kind: str) -> RenditionView:
    """The copy of the recording in force; `kind` is one of KINDS. FLAC takes some seconds the first time.

    Raises UnknownSegment, SegmentHasNoRecording, UnknownRendition, MediaRefusal, DiskFull.
    """
    audio_id = _recording(context, code)
    found = _kept(context, audio_id, kind)
    if found is None and kind == FLAC:
        with alone(context, f"flac-{audio_id}"):
            found = _kept(context, audio_id, kind) or _made(context, code, audio_id)
    if found is None:
        raise UnknownRendition(segment=code, kind=kind, known=list(KINDS))
    return found


def whole_of(context: Context, code: str, number: int) -> str:
    """The address of all of a version's original as it came, to be heard beside the broadcast copy; made when it is
    first asked for.

    Raises UnknownSegment, UnknownVersion, NothingMeasured, MediaRefusal, DiskFull.
    """
    with context.database.read() as session:
        _segment, version = find_version(session, code, number)
        audio_id = version.audio_id
    if audio_id is None:
        raise NothingMeasured(segment=code, number=number)
    sha256 = _kept_whole(context, audio_id)
    if sha256 is None:
        with alone(context, f"whole-{audio_id}"):
            sha256 = _kept_whole(context, audio_id) or _make_whole(context, code, audio_id)
    return f"/api/v1/audio/{sha256}.opus"


def _kept_whole(context: Context, audio_id: int) -> str | None:
    with context.database.read() as session:
        sha256 = session.exec(
            select(Rendition.sha256).where(Rendition.audio_id == audio_id, Rendition.kind == WHOLE)
        ).first()
    return sha256 if sha256 is not None and context.store.exists(sha256) else None


def _make_whole(context: Context, code: str, audio_id: int) -> str:
    from media.renditions import make_whole  # as below

    with context.database.read() as session:
        audio = session.get_one(Audio, audio_id)
    with disk_refusals(context.home), work_folder(context.scratch) as folder:
        with context.store.local_path(audio.sha256) as original:
            made = make_whole(context.ffmpeg, original, folder / "whole.opus", length_ms=audio.decoded_ms)
        return _put_away(context, code, audio_id, made)


def _recording(context: Context, code: str) -> int:
    with context.database.read() as session:
        audio_id = find_segment(session, code).audio_id
    if audio_id is None:
        raise SegmentHasNoRecording(segment=code)
    return audio_id


def _kept(context: Context, audio_id: int, kind: str) -> RenditionView | None:
    """None also for a FLAC that the store has lost: it can be made again."""
    with context.database.read() as session:
        copies = audio_views(session, [audio_id])[audio_id].renditions
    found = next((copy for copy in copies if copy.kind == kind), None)
    if found is not None and kind == FLAC and not context.store.exists(found.sha256):
        return None
    return found


def _made(context: Context, code: str, audio_id: int) -> RenditionView | None:
    from media.renditions import make_flac  # what encoding needs is not for who only looks

    with context.database.read() as session:
        audio = session.get_one(Audio, audio_id)
        broadcast = session.exec(
            select(Rendition).where(Rendition.audio_id == audio_id, Rendition.kind == BROADCAST)
        ).one()
        tags = tags_of(session, find_segment(session, code))
    with disk_refusals(context.home), work_folder(context.scratch) as folder:
        with context.store.local_path(audio.sha256) as original:
            made = make_flac(
                context.ffmpeg,
                original,
                folder / "broadcast.flac",
                cues=Cues(cue_in_ms=audio.cue_in_ms, cue_out_ms=audio.cue_out_ms),
                gain_db=_gain(context, audio, broadcast),
                was_limited=bool(broadcast.was_limited),
                tags=tags,
                profile=context.profile,
            )
        _put_away(context, code, audio_id, made)
    return _kept(context, audio_id, FLAC)


def _gain(context: Context, audio: Audio, broadcast: Rendition) -> float:
    """What the broadcast copy got, or, where that was not kept in its day, what brings the recording to the target."""
    if broadcast.gain_db is not None:
        return broadcast.gain_db
    loudness = audio.mono_loudness_lufs if audio.mono_loudness_lufs is not None else audio.loudness_lufs
    return context.profile.target_lufs - loudness


def _put_away(context: Context, code: str, audio_id: int, made: "MadeRendition") -> str:
    """Its hash, once the store and a row have it."""
    stored = context.store.put(made.path)
    with context.database.write() as session:
        _keep(session, audio_id, made, stored)
        record(
            session,
            context,
            at=context.clock(),
            action="rendition.made",
            subject=code,
            kind=made.kind,
            sha256=stored.sha256,
            size=stored.size,
        )
    return stored.sha256


def _keep(session: Session, audio_id: int, made: "MadeRendition", stored: StoredFile) -> None:
    row = session.exec(select(Rendition).where(Rendition.audio_id == audio_id, Rendition.kind == made.kind)).first()
    values: dict[str, Any] = {
        "sha256": stored.sha256,
        "size": stored.size,
        "media_type": made.media_type,
        "duration_ms": made.duration_ms,
        "loudness_lufs": made.loudness_lufs,
        "true_peak_dbtp": made.true_peak_dbtp,
        "gain_db": made.gain_db,
        "was_limited": made.was_limited,
    }
    session.add(row.sqlmodel_update(values) if row else Rendition(audio_id=audio_id, kind=made.kind, **values))
