"""What can never be aired, whatever anybody says: refused before it costs anything, or right after the decode."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from media.containers import hidden_bytes
from media.cues import Cues, find_cues
from media.measure import Header, Measurement
from media.refusals import (
    AudioCancelsInMono,
    AudioDamaged,
    AudioEmpty,
    AudioNotFound,
    AudioNotReadable,
    AudioSilent,
    AudioTooLong,
    AudioTooShort,
    AudioTruncated,
    FormatChanges,
    HeaderLies,
    NoAudioStream,
    NotAudio,
    OddFormat,
    TooManyStreams,
    VideoFile,
)

# The hiss of an open line or an unplugged microphone; the quietest speech tried measures above −50.
SILENT_BELOW_LUFS = -55.0
# Channels of speech that lose more than this in the mono mix are each other's opposite.
_LOST_IN_MONO_LU = 12.0
_MOST_STREAMS = 16
_MOST_CHANNELS = 8
_LOWEST_RATE = 4_000
_HIGHEST_RATE = 192_000
# Tags that are no part of the format stand behind the sound of many a WAV.
_HARMLESS_TAIL_BYTES = 65_536
# Headers round and count whole frames; what is missing beyond it was lost.
_DECLARED_TOLERANCE_MS = 500
_HOLE_MS = 100
# MP3 frames are found by searching: old tags and joins between glued files show up as a few errors.
_HARMLESS_ERRORS = {"mp3": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestLimits:
    """Hard bounds: between the cues at least `min_ms`; the whole recording at most `max_ms`."""

    min_ms: int
    max_ms: int


SEGMENT_LIMITS = IngestLimits(min_ms=1_000, max_ms=2 * 3600 * 1000)
# The opening and the closing of a column.
FRAME_LIMITS = IngestLimits(min_ms=500, max_ms=2 * 60_000)


def require_file(source: Path) -> tuple[int, int, int]:
    """What tells this state of the file from another. Raises AudioNotFound, AudioEmpty, AudioNotReadable."""
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


def judge_header(header: Header, limits: IngestLimits, path: Path) -> None:
    """What can be refused before anything is decoded: a day of sound costs no more than a minute of it."""
    if header.video:
        raise VideoFile(codec=header.video[0].codec)
    if len(header.audio) > 1 or len(header.streams) > _MOST_STREAMS:
        raise TooManyStreams(audio_streams=len(header.audio), streams=len(header.streams))
    if not header.audio:
        raise NoAudioStream(streams=[stream.kind.lower() for stream in header.streams])
    stream = header.audio[0]
    if not stream.channels or not stream.sample_rate:
        raise NotAudio(messages=[])
    if stream.channels > _MOST_CHANNELS or not _LOWEST_RATE <= stream.sample_rate <= _HIGHEST_RATE:
        raise OddFormat(
            channels=stream.channels,
            max_channels=_MOST_CHANNELS,
            sample_rate=stream.sample_rate,
            min_sample_rate=_LOWEST_RATE,
            max_sample_rate=_HIGHEST_RATE,
        )
    if header.declared_ms is not None and header.declared_ms > limits.max_ms + _DECLARED_TOLERANCE_MS:
        raise AudioTooLong(duration_ms=header.declared_ms, max_ms=limits.max_ms, declared=True)
    hidden = hidden_bytes(path)
    if hidden > _HARMLESS_TAIL_BYTES:
        raise HeaderLies(declared_ms=header.declared_ms, hidden_bytes=hidden)


def judge_measurement(measured: Measurement, limits: IngestLimits) -> Cues:
    if measured.duration_ms > limits.max_ms:
        raise AudioTooLong(duration_ms=measured.duration_ms, max_ms=limits.max_ms, declared=False)
    missing_ms = (measured.declared_ms or 0) - measured.duration_ms
    if measured.is_cut_short or missing_ms > _DECLARED_TOLERANCE_MS:
        raise AudioTruncated(decoded_ms=measured.duration_ms, declared_ms=measured.declared_ms)
    if measured.format_changes:
        raise FormatChanges(changes=measured.format_changes)
    errors = measured.decode_errors
    if errors > _harmless_errors(measured.codec) or (errors and missing_ms > _HOLE_MS):
        raise AudioDamaged(errors=errors)
    if measured.duration_ms < limits.min_ms:
        raise AudioTooShort(duration_ms=measured.duration_ms, min_ms=limits.min_ms)
    if measured.loudness_lufs < SILENT_BELOW_LUFS:
        raise AudioSilent(loudness_lufs=measured.loudness_lufs, silent_below_lufs=SILENT_BELOW_LUFS)
    if measured.loudness_lufs - measured.mono_loudness_lufs > _LOST_IN_MONO_LU:
        raise AudioCancelsInMono(loudness_lufs=measured.loudness_lufs, mono_loudness_lufs=measured.mono_loudness_lufs)
    cues = find_cues(measured.silences, measured.duration_ms)
    if cues.duration_ms < limits.min_ms:
        raise AudioTooShort(duration_ms=cues.duration_ms, min_ms=limits.min_ms)
    return cues


def _harmless_errors(codec: str) -> int:
    # What is not coded cannot be damaged inside; a recorder that was switched off may leave half a sample.
    return 1 if codec.startswith("pcm_") else _HARMLESS_ERRORS.get(codec, 0)
