"""Recordings as people send them, made in a moment."""

import array
import math
import wave
from pathlib import Path

RATE = 22_050


def wav(path: Path, *, seconds: float = 2.0, hertz: float = 440.0, level: float = 0.3) -> Path:
    """A mono tone; another `hertz` gives other bytes, `level` 0 silence."""
    samples = array.array(
        "h", (int(32767 * level * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(int(RATE * seconds)))
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path
