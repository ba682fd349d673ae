"""Recordings of a station's air put together from the sample's spoken recordings, and what is in them."""

import subprocess
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from server.sample import catalogue
from tests.degraded import RATE

Sound = npt.NDArray[np.float32]
# −20 dBFS
_LEVEL = 3276.7


@dataclass(frozen=True, kw_only=True)
class Aired:
    """What is in a recording, in seconds: `heard` is the length without interruptions; `whole` that nothing lacks."""

    key: int
    start: float
    end: float
    heard: float
    whole: bool


class Library:
    """The sample's segments at 16 kHz in one channel, with their fingerprints; keys count from 0."""

    def __init__(self, executable: Path) -> None:
        self.executable = executable
        self.paths = [catalogue.audio_path(segment.audio) for segment in catalogue.read_segments()]
        self.prints = [fingerprint(executable, path) for path in self.paths]
        self._sounds: dict[int, Sound] = {}

    def sound(self, key: int) -> Sound:
        if key not in self._sounds:
            options = ("-ac", "1", "-ar", str(RATE), "-f", "s16le", "-")
            pcm = _output(self.executable, "-i", str(self.paths[key]), *options)
            self._sounds[key] = np.frombuffer(pcm, "<i2").astype(np.float32)
        return self._sounds[key]

    def candidates(self, keys: Iterable[int] | None = None) -> list[tuple[int, bytes]]:
        return [(key, self.prints[key]) for key in (range(len(self.prints)) if keys is None else keys)]


class Air:
    """A recording that grows; between airings comes `filler`, one stretch after the other."""

    def __init__(self, library: Library, filler: Sequence[int]) -> None:
        self._library = library
        self._filler = np.concatenate([library.sound(key) for key in filler])
        self._filled = 0
        self._parts: list[Sound] = []
        self.aired: list[Aired] = []

    @property
    def now(self) -> float:
        return sum(map(len, self._parts)) / RATE

    def other(self, seconds: float) -> None:
        places = (self._filled + np.arange(round(seconds * RATE))) % len(self._filler)
        self._filled += round(seconds * RATE)
        self._parts.append(self._filler[places])

    def silence(self, seconds: float) -> None:
        self._parts.append(np.zeros(round(seconds * RATE), np.float32))

    def air(self, key: int, begin: float = 0.0, lacking: float = 0.0) -> None:
        """Without its first `begin` and its last `lacking` seconds."""
        sound = self._library.sound(key)
        length = len(sound) / RATE
        start = self.now
        self._parts.append(sound[round(begin * RATE) : round((length - lacking) * RATE)])
        heard = length - begin - lacking
        whole = not begin and not lacking
        self.aired.append(Aired(key=key, start=start, end=self.now, heard=heard, whole=whole))

    def interrupted(self, key: int, at: float, seconds: float, *, goes_on: bool) -> None:
        """Something else at `at`, over the segment or, where it `goes_on` from there, between its parts."""
        sound, start = self._library.sound(key), self.now
        self._parts.append(sound[: round(at * RATE)])
        self.other(seconds)
        self._parts.append(sound[round((at if goes_on else at + seconds) * RATE) :])
        heard = len(sound) / RATE - (0 if goes_on else seconds)
        self.aired.append(Aired(key=key, start=start, end=self.now, heard=heard, whole=False))

    def write(self, path: Path) -> Path:
        sound = np.concatenate(self._parts)
        sound *= _LEVEL / float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(np.clip(sound, -32_767, 32_767).astype("<i2").tobytes())
        return path


def fingerprint(executable: Path, path: Path) -> bytes:
    return _output(
        executable, "-i", str(path), "-ac", "1", "-ar", "16000", "-f", "chromaprint", "-fp_format", "raw", "-"
    )


def _output(executable: Path, *arguments: str) -> bytes:
    command = [executable, "-v", "error", "-nostdin", *arguments]
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout
