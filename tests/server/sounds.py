"""Recordings as people send them, made in a moment."""

import wave
from pathlib import Path

import numpy as np

RATE = 22_050
_NOTE_S = 0.15


def wav(path: Path, *, seconds: float = 21.0, seed: int = 1, level: float = 0.3) -> Path:
    """Mono, as long as a segment must be: notes at random, of a loudness that goes up and down as speech does.

    Another `seed` is another recording, which nobody takes for this one; the same seed gives the same bytes. `level` 0
    is silence.
    """
    count = round(RATE * seconds)
    random = np.random.default_rng(seed)
    notes = int(seconds / _NOTE_S) + 1
    # Each note has two tones, in the range in which voices and their likeness are looked for.
    pitches = 110.0 * 2 ** (random.integers(0, 48, size=(2, notes)) / 12)
    loudness = random.uniform(0.35, 1.0, size=notes)
    note = np.minimum((np.arange(count) / (RATE * _NOTE_S)).astype(int), notes - 1)
    phases = 2 * np.pi * np.cumsum(pitches[:, note], axis=1) / RATE
    sound = level * loudness[note] * (np.sin(phases[0]) + np.sin(phases[1])) / 2
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((32767 * sound).astype("<i2").tobytes())
    return path
