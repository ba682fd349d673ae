"""A recording of a station's air, of up to a day: what is needed to hear what is in it, from one decode.

The samples pass by and are not kept: a day leaves 2.7 MB of fingerprint and a picture's worth of peaks.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from media.bounds import require_file
from media.ffmpeg import ChildLimits, Ffmpeg, file_output, pipe_output
from media.measure import Header, decode_errors_of, mono_mix, open_file, probe, run_decode, sound_of
from media.mono_track import SAMPLE_RATE
from media.refusals import (
    AudioTooShort,
    NoAudioStream,
    NotAudio,
    RecordingSilent,
    RecordingTooLong,
    TooManyStreams,
    VideoFile,
)
from media.scratch import work_folder

# A day, and what a recorder that is started by hand is late.
LONGEST_MS: Final = 25 * 3600 * 1000
SHORTEST_MS: Final = 12_000
# −50 dBFS: the noise of an open line; the quietest phone on a windowsill is louder when the loudspeaker speaks.
SILENT_BELOW: Final = 104
_Levels = npt.NDArray[np.int16]

_PEAKS = 2_000
_LIMITS = ChildLimits(wall_s=3 * 3600, cpu_s=2 * 3600, output_bytes=16_000_000)


class RecordedAir(msgspec.Struct, frozen=True, kw_only=True):
    """What one decode of a recording gave.

    `fingerprint` are chromaprint's raw items as of a segment's original. `peaks` is the largest absolute sample (0 to
    255) of each of up to 2,000 equal stretches; `silent_share`, 0 to 1, is the share of whole seconds in which no
    sample reaches −50 dBFS. `decode_errors` pieces could not be decoded: what comes after them may be too early.
    """

    duration_ms: int
    fingerprint: bytes
    peaks: bytes
    silent_share: float
    decode_errors: int


def fingerprint_recording(
    ffmpeg: Ffmpeg,
    path: Path,
    *,
    scratch: Path,
    longest_ms: int = LONGEST_MS,
    on_progress: Callable[[float], None] | None = None,
) -> RecordedAir:
    """Decode the first sound track once. `on_progress` gets shares from 0 to 1; what it raises ends the work.

    Raises the refusals of an unreadable file (NotAudio, NoAudioStream, VideoFile, TooManyStreams, AudioNotFound,
    AudioEmpty, AudioNotReadable), RecordingTooLong, RecordingSilent, AudioTooShort. A recording that is cut short or
    damaged is taken as far as it can be decoded: it is evidence, not something to be aired.
    """
    require_file(path)
    header = probe(ffmpeg, path)
    _judge_header(header, longest_ms)
    length_ms = max(1, min(header.declared_ms or longest_ms, longest_ms))
    seconds = _Seconds()
    with work_folder(scratch) as folder:
        prints = folder / "fingerprint.raw"
        mono = mono_mix(sound_of(open_file(path, longest_ms))).filter("aresample", SAMPLE_RATE, osf="s16")
        split = mono.filter_multi_output("asplit", 2)
        run = run_decode(
            ffmpeg,
            pipe_output(split[0], f="s16le", acodec="pcm_s16le"),
            file_output(split[1], prints, f="chromaprint", fp_format="raw"),
            limits=_LIMITS,
            on_data=seconds.take,
            on_progress=None if on_progress is None else lambda done_ms: on_progress(min(1.0, done_ms / length_ms)),
        )
        if seconds.duration_ms > longest_ms:
            raise RecordingTooLong(duration_ms=seconds.duration_ms, max_ms=longest_ms, declared=False)
        if not seconds.duration_ms:
            raise NotAudio(messages=list(run.messages[-20:]))
        if seconds.duration_ms < SHORTEST_MS:
            raise AudioTooShort(duration_ms=seconds.duration_ms, min_ms=SHORTEST_MS)
        levels = seconds.levels()
        silent = float((levels < SILENT_BELOW).mean())
        if silent == 1.0:
            raise RecordingSilent(duration_ms=seconds.duration_ms)
        return RecordedAir(
            duration_ms=seconds.duration_ms,
            fingerprint=prints.read_bytes(),
            peaks=_picture(levels),
            silent_share=silent,
            decode_errors=decode_errors_of(run.messages),
        )


def _judge_header(header: Header, longest_ms: int) -> None:
    if header.video:
        raise VideoFile(codec=header.video[0].codec)
    if not header.audio:
        raise NoAudioStream(streams=[stream.kind.lower() for stream in header.streams])
    if len(header.audio) > 1:
        raise TooManyStreams(audio_streams=len(header.audio), streams=len(header.streams))
    if header.declared_ms is not None and header.declared_ms > longest_ms:
        raise RecordingTooLong(duration_ms=header.declared_ms, max_ms=longest_ms, declared=True)


class _Seconds:
    """The largest absolute sample of each second, of samples that come in pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""
        self._samples = 0
        self._levels: list[_Levels] = []

    def take(self, data: bytes) -> None:
        self._samples += len(data)
        data = self._rest + data
        whole = len(data) // (2 * SAMPLE_RATE) * 2 * SAMPLE_RATE
        self._rest = data[whole:]
        if whole:
            self._levels.append(_loudest(np.frombuffer(data[:whole], "<i2").reshape(-1, SAMPLE_RATE)))

    @property
    def duration_ms(self) -> int:
        return round(self._samples / 2 * 1000 / SAMPLE_RATE)

    def levels(self) -> _Levels:
        return np.concatenate(self._levels)


def _loudest(
    seconds: _Levels,
) -> _Levels:
    # −32,768 has no positive fellow.
    levels: _Levels = np.maximum(seconds.max(axis=1), -np.maximum(seconds.min(axis=1), -32_767))
    return levels


def _picture(levels: _Levels) -> bytes:
    count = min(_PEAKS, len(levels))
    edges = np.arange(count) * len(levels) // count
    return bytes((np.maximum.reduceat(levels, edges) // 128).astype(np.uint8))
