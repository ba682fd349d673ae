"""What is read from the recording as one channel at 16 kHz: the picture of the wave, quiet stretches, mains hum."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media.measure import SILENCE_DBFS, Silence

SAMPLE_RATE = 16_000

_PEAKS = 1_000
# One period of 50 Hz: hum has the same power in each block and the block's mean holds none of it.
_BLOCK = SAMPLE_RATE // 50
_QUIET_BELOW_LOUDNESS_LU = 25.0
_SHORTEST_QUIET_MS = 500
_MAINS_HZ = (50, 100, 150)
_HUM_DECIMATION = 4
_HUM_RATE = SAMPLE_RATE // _HUM_DECIMATION
_HUM_WINDOW = _HUM_RATE
_HUM_BATCH = 256
_STANDS_OUT_DB = 12.0
_INAUDIBLE_DBFS = -80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hum:
    """The strongest of the lines at 50, 100 and 150 Hz, if above −80 dBFS; 0 dBFS is a sine from −1 to 1."""

    hz: int
    level_dbfs: float


def wave_peaks(pcm: NDArray[np.int16]) -> bytes:
    """The largest absolute sample (0 to 255 of full scale) of each of 1000 equal pieces, or of each sample of fewer."""
    if not len(pcm):
        return b""
    starts = np.linspace(0, len(pcm), min(_PEAKS, len(pcm)), endpoint=False).astype(np.int64)
    highest = np.maximum.reduceat(pcm, starts).astype(np.int32)
    lowest = np.minimum.reduceat(pcm, starts).astype(np.int32)
    return bytes((np.maximum(highest, -lowest) * 255 // 32_768).astype(np.uint8))


def quiet_stretches(pcm: NDArray[np.int16], loudness_lufs: float) -> tuple[Silence, ...]:
    """Stretches of at least half a second, in steps of 20 ms, that a listener would take for silence.

    Each block lies 25 dB or more below the loudness of the recording, or below −65 dBFS: a pause in a noisy room
    is a pause too. A recording with less than 25 dB between voice and noise shows none.
    """
    whole = len(pcm) // _BLOCK
    if not whole:
        return ()
    threshold_db = max(float(SILENCE_DBFS), loudness_lufs - _QUIET_BELOW_LOUDNESS_LU)
    limit = 32_768**2 * 10 ** (threshold_db / 10)
    power = np.empty(whole, dtype=np.float32)
    step = 50_000
    for begin in range(0, whole, step):
        blocks = pcm[begin * _BLOCK : min(whole, begin + step) * _BLOCK].reshape(-1, _BLOCK).astype(np.float32)
        power[begin : begin + len(blocks)] = blocks.var(axis=1)
    edges = np.flatnonzero(np.diff(power < limit, prepend=False, append=False))
    block_ms = _BLOCK * 1000 // SAMPLE_RATE
    duration_ms = round(len(pcm) * 1000 / SAMPLE_RATE)
    found = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        end_ms = duration_ms if end == whole else end * block_ms
        if end_ms - start * block_ms >= _SHORTEST_QUIET_MS:
            found.append(Silence(start_ms=start * block_ms, end_ms=end_ms))
    return tuple(found)


def find_hum(pcm: NDArray[np.int16]) -> Hum | None:
    """Lines of the 50 Hz mains that are there all the time; None where none stands out.

    A line is looked for where the sound between is softest (the lowest fifth of all seconds), so that a voice at
    the same pitch is not taken for one; it has to lie 12 dB above its neighbourhood. Less than three seconds tell
    nothing, and a steady note of music at just that pitch would be named too.
    """
    spectra = _low_spectra(pcm)
    if len(spectra) < 5:
        return None
    # Decibels of each bin in the soft seconds: Hann's gain is a half, a sine's amplitude lies half at each side.
    soft = np.percentile(spectra, 20, axis=0)
    levels = 10 * np.log10(np.maximum(soft, 1e-12)) + 20 * math.log10(4 / _HUM_WINDOW / 32_768)
    found: Hum | None = None
    for hz in _MAINS_HZ:
        level = float(levels[hz - 1 : hz + 2].max())
        around = float(np.median(np.concatenate([levels[hz - 15 : hz - 4], levels[hz + 5 : hz + 16]])))
        if level - around >= _STANDS_OUT_DB and level > (_INAUDIBLE_DBFS if found is None else found.level_dbfs):
            found = Hum(hz=hz, level_dbfs=round(level, 1))
    return found


def _low_spectra(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """Power in bins of 1 Hz up to 200 Hz, one row for each half second (windows of one second)."""
    hop = SAMPLE_RATE // 2
    windows = len(pcm) // hop - 1
    shape = np.hanning(_HUM_WINDOW).astype(np.float32)
    rows = [np.empty((0, 200), dtype=np.float32)]
    for begin in range(0, windows, _HUM_BATCH):
        piece = pcm[begin * hop : (min(windows, begin + _HUM_BATCH) + 1) * hop]
        slow = piece.reshape(-1, _HUM_DECIMATION).mean(axis=1, dtype=np.float32)
        shifted = np.lib.stride_tricks.sliding_window_view(slow, _HUM_WINDOW)[:: _HUM_WINDOW // 2]
        spectrum = np.fft.rfft(shifted * shape, axis=1)[:, :200]
        rows.append((spectrum.real**2 + spectrum.imag**2).astype(np.float32))
    return np.concatenate(rows)
