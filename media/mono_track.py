"""What is read from the recording as one channel at 16 kHz: the picture of the wave, quiet stretches, mains hum.

The track lies in a file and is read once, a minute at a time: memory does not grow with its length.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from media.measure import SILENCE_DBFS, Silence

SAMPLE_RATE = 16_000

_PIECE = 64 * SAMPLE_RATE
_PEAKS = 1_000
# One period of 50 Hz: hum has the same power in each block and the block's mean holds none of it.
_BLOCK = SAMPLE_RATE // 50
_BLOCK_MS = 20
_QUIET_BELOW_LOUDNESS_LU = 25.0
_SHORTEST_QUIET_MS = 500
_LONGEST_EXCERPT = 300 * SAMPLE_RATE
_MAINS_HZ = (50, 100, 150)
_HOP = SAMPLE_RATE // 2
# The window is a second: 4000 samples after decimation.
_DECIMATION = 4
_WINDOW = SAMPLE_RATE // _DECIMATION
_BINS = 200
_FEWEST_WINDOWS = 5
_STANDS_OUT_DB = 12.0
_INAUDIBLE_DBFS = -80.0

_Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hum:
    """The strongest of the lines at 50, 100 and 150 Hz, if above −80 dBFS; 0 dBFS is a sine from −1 to 1."""

    hz: int
    level_dbfs: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """`peaks`: the largest absolute sample (0 to 255 of full scale) of each of 1000 equal pieces, of fewer samples each.

    `powers`: variance of each 20 ms, full scale is 1. `excerpt`: all samples of up to five minutes, of a longer track
    as much, evenly from all of it.
    """

    samples: int
    peaks: bytes
    powers: NDArray[np.float32]
    hum: Hum | None
    excerpt: _Samples


def read_track(path: Path) -> Track:
    """Read 16-bit samples, little-endian, at 16 kHz."""
    samples = path.stat().st_size // 2
    peaks = _Peaks(samples)
    powers: list[NDArray[np.float32]] = []
    excerpts: list[_Samples] = []
    kept_share = min(1.0, _LONGEST_EXCERPT / max(1, samples))
    with path.open("rb") as file:
        for at in range(0, samples, _PIECE):
            piece = np.frombuffer(file.read(2 * _PIECE), dtype="<i2")
            peaks.take(piece, at)
            powers.append(_powers(piece))
            # A copy: what is cut from a piece would keep all of it in memory.
            excerpts.append(piece[: math.ceil(len(piece) * kept_share)].copy())
    excerpt = np.concatenate([np.empty(0, dtype=np.int16), *excerpts])
    return Track(
        samples=samples,
        peaks=peaks.as_bytes(),
        powers=np.concatenate([np.empty(0, dtype=np.float32), *powers]),
        hum=_find_hum(excerpt),
        excerpt=excerpt,
    )


def quiet_stretches(track: Track, loudness_lufs: float) -> tuple[Silence, ...]:
    """Stretches of at least half a second, in steps of 20 ms, that a listener would take for silence.

    Each block lies 25 dB or more below the loudness of the recording, or below −65 dBFS: a pause in a noisy room
    is a pause too. A recording with less than 25 dB between voice and noise shows none.
    """
    limit = 10 ** (max(float(SILENCE_DBFS), loudness_lufs - _QUIET_BELOW_LOUDNESS_LU) / 10)
    edges = np.flatnonzero(np.diff(track.powers < limit, prepend=False, append=False))
    duration_ms = round(track.samples * 1000 / SAMPLE_RATE)
    found = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        end_ms = duration_ms if end == len(track.powers) else end * _BLOCK_MS
        if end_ms - start * _BLOCK_MS >= _SHORTEST_QUIET_MS:
            found.append(Silence(start_ms=start * _BLOCK_MS, end_ms=end_ms))
    return tuple(found)


class _Peaks:
    def __init__(self, samples: int) -> None:
        self._starts = np.linspace(0, samples, min(_PEAKS, samples), endpoint=False).astype(np.int64)
        self._found = np.zeros(len(self._starts), dtype=np.int32)

    def take(self, piece: _Samples, at: int) -> None:
        first = int(np.searchsorted(self._starts, at, side="right")) - 1
        last = int(np.searchsorted(self._starts, at + len(piece), side="left"))
        starts = np.maximum(self._starts[first:last] - at, 0)
        highest = np.maximum.reduceat(piece, starts).astype(np.int32)
        lowest = np.minimum.reduceat(piece, starts).astype(np.int32)
        np.maximum(self._found[first:last], np.maximum(highest, -lowest), out=self._found[first:last])

    def as_bytes(self) -> bytes:
        return (self._found * 255 // 32_768).astype(np.uint8).tobytes()


def _powers(piece: _Samples) -> NDArray[np.float32]:
    whole = len(piece) // _BLOCK * _BLOCK
    blocks = piece[:whole].reshape(-1, _BLOCK).astype(np.float32) / 32_768
    powers: NDArray[np.float32] = blocks.var(axis=1)
    return powers


def _find_hum(excerpt: _Samples) -> Hum | None:
    """Lines of the 50 Hz mains that are there all the time; None where none stands out.

    A line is looked for where the sound between is softest (the lowest fifth of all seconds), so that a voice at
    the same pitch is not taken for one; it has to lie 12 dB above its neighbourhood. Less than three seconds tell
    nothing, and a steady note of music at just that pitch would be named too.
    """
    step = _PIECE - _HOP  # windows overlap by half, those of two pieces too
    spectra = [_low_spectra(excerpt[at : at + _PIECE]) for at in range(0, max(1, len(excerpt) - _HOP), step)]
    rows = np.concatenate(spectra)
    if len(rows) < _FEWEST_WINDOWS:
        return None
    soft = np.percentile(rows, 20, axis=0)
    # The window's gain is a half, and a sine's amplitude lies half at each side of zero.
    levels = 10 * np.log10(np.maximum(soft, 1e-12)) + 20 * math.log10(4 / _WINDOW / 32_768)
    found: Hum | None = None
    for hz in _MAINS_HZ:
        level = float(levels[hz - 1 : hz + 2].max())
        around = float(np.median(np.concatenate([levels[hz - 15 : hz - 4], levels[hz + 5 : hz + 16]])))
        if level - around >= _STANDS_OUT_DB and level > (_INAUDIBLE_DBFS if found is None else found.level_dbfs):
            found = Hum(hz=hz, level_dbfs=round(level, 1))
    return found


def _low_spectra(piece: _Samples) -> NDArray[np.float32]:
    """Power in bins of 1 Hz below 200 Hz, one row for each half second (windows of one second)."""
    whole = len(piece) // _HOP * _HOP
    if whole < 2 * _HOP:
        return np.empty((0, _BINS), dtype=np.float32)
    slow = piece[:whole].reshape(-1, _DECIMATION).mean(axis=1, dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(slow, _WINDOW)[:: _WINDOW // 2]
    spectrum = np.fft.rfft(windows * np.hanning(_WINDOW).astype(np.float32), axis=1)[:, :_BINS]
    powers: NDArray[np.float32] = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return powers
