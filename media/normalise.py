"""How a recording is brought to one loudness: one gain for the whole piece, and a limiter only where peaks need it.

The gain follows from the measured loudness, so the dynamics of speech stay as they were recorded. The limiter works
on the oversampled signal and only where the gain would lift peaks near the ceiling. Target: EBU R 128. Copies are
mono and measured as one channel (see `media.measure`).
"""

from dataclasses import dataclass
from typing import Any

from media.profile import Profile

# Coding adds up to this much to peaks that were limited, and less to peaks that stand free.
_CODING_MARGIN_DB = 1.0
_FREE_PEAKS_MARGIN_DB = 0.5
_LOWEST_CEILING_DBTP = -20.0
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
        ceiling = max(_LOWEST_CEILING_DBTP, ceiling - excess_db - 0.3)
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
