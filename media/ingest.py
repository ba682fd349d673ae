"""From a file somebody sent to audio fit for air: one call, and nothing left behind where it refuses."""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from media.cues import Cues, find_cues
from media.ffmpeg import Ffmpeg, ran_out_of_room
from media.measure import Header, Measurement, measure, probe
from media.normalise import Normalised, normalise
from media.refusals import (
    AudioCancelsInMono,
    AudioChanged,
    AudioDamaged,
    AudioEmpty,
    AudioNotFound,
    AudioNotReadable,
    AudioSilent,
    AudioTooLong,
    AudioTooShort,
    AudioTruncated,
    FfmpegFailed,
    NoAudioStream,
    NotAudio,
    StoreUnwritable,
    TooManyStreams,
    VideoFile,
)
from media.stores import AudioStore, StoredFile

# The hiss of an open line or an unplugged microphone; the quietest speech tried measures above −50.
SILENT_BELOW_LUFS = -55.0
# Channels of speech that lose more than this in the mono mix are each other's opposite.
_LOST_IN_MONO_LU = 12.0
_MOST_STREAMS = 16
# Headers round and count whole frames; what is missing beyond it was lost.
_DECLARED_TOLERANCE_MS = 500
_HOLE_MS = 100
# MP3 frames are found by searching: old tags and joins between glued files show up as a few errors.
_HARMLESS_ERRORS = {"mp3": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestLimits:
    """Between the cues at least `min_ms`; the whole recording at most `max_ms`."""

    min_ms: int
    max_ms: int


SEGMENT_LIMITS = IngestLimits(min_ms=1_000, max_ms=30 * 60_000)
# The opening and the closing of a column.
FRAME_LIMITS = IngestLimits(min_ms=500, max_ms=2 * 60_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A copy in the store with its own measured figures (mono, see `media.measure`)."""

    sha256: str
    size: int
    duration_ms: int
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    was_limited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedAudio:
    """`duration_ms` is what counts as airtime: from cue-in to cue-out of the decoded original."""

    original: StoredFile
    measurement: Measurement
    cue_in_ms: int
    cue_out_ms: int
    duration_ms: int
    broadcast: Rendition


def prepare(
    source: Path,
    *,
    ffmpeg: Ffmpeg,
    store: AudioStore,
    scratch: Path,
    limits: IngestLimits = SEGMENT_LIMITS,
    progress: Callable[[float], None] | None = None,
) -> PreparedAudio:
    """Check, measure and normalise `source`, and keep it and its broadcast copy in the store.

    `progress` gets shares from 0 to 1. Raises a MediaRefusal, after which store and scratch are as they were.
    """
    tell = progress or _nobody_listens
    before = _require_file(source)
    header = probe(ffmpeg, source)
    _judge_header(header, limits)
    length_ms = min(header.declared_ms or limits.max_ms, limits.max_ms)
    measured = measure(
        ffmpeg,
        source,
        header,
        longest_ms=limits.max_ms,
        on_progress=lambda done_ms: tell(0.3 * min(1.0, done_ms / max(1, length_ms))),
    )
    _judge_measurement(measured, limits)
    cues = find_cues(measured.silences, measured.duration_ms)
    if cues.duration_ms < limits.min_ms:
        raise AudioTooShort(duration_ms=cues.duration_ms, min_ms=limits.min_ms)
    with _work_folder(scratch) as folder:
        copy = folder / "broadcast.mp3"
        made = _normalise(
            ffmpeg,
            source,
            copy,
            measured=measured,
            cues=cues,
            on_progress=lambda share: tell(0.3 + 0.65 * share),
        )
        if _require_file(source) != before:
            raise AudioChanged(path=str(source))
        original, broadcast = store.put_all([source, copy])
    tell(1.0)
    return PreparedAudio(
        original=original,
        measurement=measured,
        cue_in_ms=cues.cue_in_ms,
        cue_out_ms=cues.cue_out_ms,
        duration_ms=cues.duration_ms,
        broadcast=Rendition(
            sha256=broadcast.sha256,
            size=broadcast.size,
            duration_ms=made.measured.duration_ms,
            loudness_lufs=made.measured.loudness_lufs,
            true_peak_dbtp=made.measured.true_peak_dbtp,
            gain_db=made.treatment.gain_db,
            was_limited=made.treatment.ceiling_dbtp is not None,
        ),
    )


def _require_file(source: Path) -> tuple[int, int, int]:
    """What tells this state of the file from another."""
    try:
        status = source.stat()
    except OSError as error:
        raise AudioNotFound(path=str(source)) from error
    if not stat.S_ISREG(status.st_mode):
        raise AudioNotFound(path=str(source))
    if status.st_size == 0:
        raise AudioEmpty
    if not os.access(source, os.R_OK):
        raise AudioNotReadable(path=str(source), reason="Permission denied")
    return status.st_ino, status.st_size, status.st_mtime_ns


def _judge_header(header: Header, limits: IngestLimits) -> None:
    """What can be refused before anything is decoded: a day of sound costs no more than a minute of it."""
    if header.video:
        raise VideoFile(codec=header.video[0].codec)
    if len(header.audio) > 1 or len(header.streams) > _MOST_STREAMS:
        raise TooManyStreams(audio_streams=len(header.audio), streams=len(header.streams))
    if not header.audio:
        raise NoAudioStream(streams=[stream.kind.lower() for stream in header.streams])
    if not header.audio[0].channels or not header.audio[0].sample_rate:
        raise NotAudio(messages=[])
    if header.declared_ms is not None and header.declared_ms > limits.max_ms + _DECLARED_TOLERANCE_MS:
        raise AudioTooLong(duration_ms=header.declared_ms, max_ms=limits.max_ms, declared=True)


def _judge_measurement(measured: Measurement, limits: IngestLimits) -> None:
    if measured.duration_ms > limits.max_ms:
        raise AudioTooLong(duration_ms=measured.duration_ms, max_ms=limits.max_ms, declared=False)
    missing_ms = (measured.declared_ms or 0) - measured.duration_ms
    if measured.is_cut_short or missing_ms > _DECLARED_TOLERANCE_MS:
        raise AudioTruncated(decoded_ms=measured.duration_ms, declared_ms=measured.declared_ms)
    errors = measured.decode_errors
    if errors > _HARMLESS_ERRORS.get(measured.codec, 0) or (errors and missing_ms > _HOLE_MS):
        raise AudioDamaged(errors=errors)
    if measured.duration_ms < limits.min_ms:
        raise AudioTooShort(duration_ms=measured.duration_ms, min_ms=limits.min_ms)
    if measured.loudness_lufs < SILENT_BELOW_LUFS:
        raise AudioSilent(loudness_lufs=measured.loudness_lufs, silent_below_lufs=SILENT_BELOW_LUFS)
    if measured.loudness_lufs - measured.mono_loudness_lufs > _LOST_IN_MONO_LU:
        raise AudioCancelsInMono(loudness_lufs=measured.loudness_lufs, mono_loudness_lufs=measured.mono_loudness_lufs)


def _normalise(
    ffmpeg: Ffmpeg,
    source: Path,
    copy: Path,
    *,
    measured: Measurement,
    cues: Cues,
    on_progress: Callable[[float], None],
) -> Normalised:
    try:
        return normalise(ffmpeg, source, copy, measured=measured, cues=cues, on_progress=on_progress)
    except FfmpegFailed as failure:
        reason = ran_out_of_room(failure)
        if reason is None:
            raise
        raise StoreUnwritable(path=str(copy.parent.parent), reason=reason) from failure


@contextmanager
def _work_folder(scratch: Path) -> Iterator[Path]:
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=scratch, prefix="ingest-")
    except OSError as error:
        raise StoreUnwritable(path=str(scratch), reason=os.strerror(error.errno or 0)) from error
    with folder as name:
        yield Path(name)


def _nobody_listens(_: float) -> None:
    """Progress that was not asked for."""
