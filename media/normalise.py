"""How a recording is brought to one loudness: one gain for the whole piece, and a limiter only where peaks need it.

The gain follows from the measured loudness, so the dynamics of speech stay as they were recorded. The limiter works
on the oversampled signal and only where the gain would lift peaks near the ceiling. Target: EBU R 128. Copies are
mono and measured as one channel (see `media.measure`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media.cues import Cues
from media.ffmpeg import Ffmpeg, audio_input, file_output
from media.measure import MONO, SAMPLE_CLOCK, Header, Measurement, Stream, measure
from media.profile import Profile
from media.refusals import LoudnessUnreachable

# Coding adds up to this much to peaks that were limited, and less to peaks that stand free.
_CODING_MARGIN_DB = 1.0
_FREE_PEAKS_MARGIN_DB = 0.5
LOWEST_CEILING_DBTP = -20.0
# What the limiter looks at: peaks between samples are seen only at a higher rate.
_OVERSAMPLING = 4
_HIGHEST_LIMITER_RATE = 192_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What is done to the sound as it is heard after coding: a gain, and a limiter where a ceiling is needed."""

    gain_db: float
    ceiling_dbtp: float | None


def first_treatment(*, loudness_lufs: float, true_peak_dbtp: float, profile: Profile) -> Treatment:
    """For a sound that measures so. Its peak may be a bound: a mix of two channels at one half each lies below."""
    gain_db = profile.target_lufs - loudness_lufs
    if true_peak_dbtp + gain_db <= profile.max_true_peak_dbtp - _FREE_PEAKS_MARGIN_DB:
        return Treatment(gain_db=gain_db, ceiling_dbtp=None)
    return Treatment(gain_db=gain_db, ceiling_dbtp=profile.max_true_peak_dbtp - _CODING_MARGIN_DB)


def corrected(treatment: Treatment, *, loudness_lufs: float, true_peak_dbtp: float, profile: Profile) -> Treatment:
    """What to do instead, where a copy made with `treatment` measures so."""
    change_db = profile.target_lufs - loudness_lufs
    ceiling = treatment.ceiling_dbtp
    if ceiling is None:
        if true_peak_dbtp + change_db > profile.max_true_peak_dbtp:
            ceiling = profile.max_true_peak_dbtp - _CODING_MARGIN_DB
    elif true_peak_dbtp > profile.max_true_peak_dbtp:
        excess_db = true_peak_dbtp - profile.max_true_peak_dbtp
        ceiling = max(LOWEST_CEILING_DBTP, ceiling - excess_db - 0.3)
    return Treatment(gain_db=treatment.gain_db + change_db, ceiling_dbtp=ceiling)


def treat(sound: Any, treatment: Treatment, *, sample_rate: int) -> Any:
    """The sound (a node of a graph, mono float, of that rate) after gain and limiter; its rate may be a higher one."""
    sound = sound.filter("volume", f"{treatment.gain_db:.2f}dB", precision="float")
    if treatment.ceiling_dbtp is None:
        return sound
    # `level` would turn the sound up to the ceiling.
    limit = 10 ** (treatment.ceiling_dbtp / 20)
    rate = max(sample_rate, min(_OVERSAMPLING * sample_rate, _HIGHEST_LIMITER_RATE))
    return sound.filter("aresample", rate).filter("alimiter", limit=f"{limit:.6f}", level=0, latency=1)


TARGET_LUFS = -23.0
TOLERANCE_LU = 0.5
MAX_TRUE_PEAK_DBTP = -1.0
SAMPLE_RATE = 44_100
BITRATE = "128k"

# MP3 coding may add 1 dB to a peak that was just limited.
_FIRST_CEILING_DBTP = MAX_TRUE_PEAK_DBTP - 1.0
# libmp3lame multiplies what it is given by 0.95.
_CODER_LOSS_DB = 0.45
_ATTEMPTS = 5
_LIMITER_RATE = 4 * SAMPLE_RATE
_LOWEST_CEILING_DBTP = -20.0
_HEADER = Header(
    container="mp3",
    declared_ms=None,
    streams=(Stream(kind="Audio", codec="mp3", channels=1, sample_rate=SAMPLE_RATE, is_cover=False),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """What was written and how it measures: `measured.duration_ms` is the decoded length of the copy itself."""

    treatment: Treatment
    measured: Measurement
    attempts: int


def normalise(
    ffmpeg: Ffmpeg,
    source: Path,
    target: Path,
    *,
    measured: Measurement,
    cues: Cues,
    on_progress: Callable[[float], None] | None = None,
) -> Normalised:
    """Write `target` (44.1 kHz, mono, 128 kbit/s, no tags); raises LoudnessUnreachable, FfmpegFailed.

    A copy that is off by more than half a LU, or peaks above −1 dBTP, is made again with what was learned.
    """
    # Mixing two channels at one half each can only lower the peak, so the file's own is the bound.
    treatment = _first_treatment(measured.mono_loudness_lufs, measured.true_peak_dbtp)
    report = _Progress(on_progress, cues.duration_ms)
    for attempt in range(1, _ATTEMPTS + 1):
        encode(ffmpeg, source, target, cues=cues, treatment=treatment, on_progress=report.encoded)
        copy = measure(ffmpeg, target, _HEADER, on_progress=report.measured)
        if abs(copy.loudness_lufs - TARGET_LUFS) <= TOLERANCE_LU and copy.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP:
            return Normalised(treatment=treatment, measured=copy, attempts=attempt)
        treatment = _corrected(treatment, copy)
    raise LoudnessUnreachable(
        target_lufs=TARGET_LUFS,
        reached_lufs=copy.loudness_lufs,
        max_true_peak_dbtp=MAX_TRUE_PEAK_DBTP,
        reached_true_peak_dbtp=copy.true_peak_dbtp,
    )


def encode(
    ffmpeg: Ffmpeg,
    source: Path,
    target: Path,
    *,
    cues: Cues,
    treatment: Treatment,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """One run: decode, cut, mix to mono, gain, limiter where asked for, MP3."""
    sound = (
        audio_input(source, vn=None, sn=None, dn=None)["a:0"]
        .filter("asetpts", SAMPLE_CLOCK)
        .filter("atrim", start=cues.cue_in_ms / 1000, end=cues.cue_out_ms / 1000)
        .filter("asetpts", "PTS-STARTPTS")
        .filter("aresample", **MONO)
        .filter("volume", f"{treatment.gain_db + _CODER_LOSS_DB:.2f}dB", precision="float")
    )
    if treatment.ceiling_dbtp is not None:
        # Peaks between samples are seen only at a higher rate. `level` would turn the sound up to the ceiling.
        limit = 10 ** ((treatment.ceiling_dbtp + _CODER_LOSS_DB) / 20)
        sound = sound.filter("aresample", _LIMITER_RATE).filter("alimiter", limit=f"{limit:.6f}", level=0, latency=1)
    ffmpeg.run(
        file_output(
            sound.filter("aresample", SAMPLE_RATE),
            target,
            f="mp3",
            acodec="libmp3lame",
            audio_bitrate=BITRATE,
            map_metadata=-1,
            map_chapters=-1,
            id3v2_version=0,
            fflags="+bitexact",
        ),
        on_progress=on_progress,
    )


def _first_treatment(loudness_lufs: float, true_peak_dbtp: float) -> Treatment:
    gain_db = TARGET_LUFS - loudness_lufs
    needs_limiter = true_peak_dbtp + gain_db > _FIRST_CEILING_DBTP
    return Treatment(gain_db=gain_db, ceiling_dbtp=_FIRST_CEILING_DBTP if needs_limiter else None)


def _corrected(treatment: Treatment, copy: Measurement) -> Treatment:
    change_db = TARGET_LUFS - copy.loudness_lufs
    ceiling = treatment.ceiling_dbtp
    if ceiling is None:
        if copy.true_peak_dbtp + change_db > MAX_TRUE_PEAK_DBTP:
            ceiling = _FIRST_CEILING_DBTP
    elif copy.true_peak_dbtp > MAX_TRUE_PEAK_DBTP:
        excess_db = copy.true_peak_dbtp - MAX_TRUE_PEAK_DBTP
        ceiling = max(_LOWEST_CEILING_DBTP, ceiling - excess_db - 0.3)
    return Treatment(gain_db=treatment.gain_db + change_db, ceiling_dbtp=ceiling)


class _Progress:
    """Two runs over the same length as one share from 0 to 1, which a repetition does not turn back."""

    def __init__(self, tell: Callable[[float], None] | None, length_ms: int) -> None:
        self._tell = tell
        self._length_ms = max(1, length_ms)
        self._told = 0.0

    def encoded(self, done_ms: int) -> None:
        self._say(0.0, 0.7, done_ms)

    def measured(self, done_ms: int) -> None:
        self._say(0.7, 0.3, done_ms)

    def _say(self, before: float, share: float, done_ms: int) -> None:
        self._told = max(self._told, before + share * min(1.0, done_ms / self._length_ms))
        if self._tell is not None:
            self._tell(self._told)
