"""What only the samples themselves tell: they come once, as the decoder has them, and none of them is kept."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# The smallest run that is no accident: one or two samples at full scale are a peak that just fits.
_SHORTEST_CLIP = 3
_FULL_SCALE = 32_767
# −65 dBFS, see `media.measure`.
_SILENT = 18
_CHUNK_BYTES = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipping:
    """Runs of at least three samples at full scale, of all channels together; `first_ms` is None where none is.

    A recording that was clipped and turned down afterwards, or coded since, no longer shows it for certain.
    """

    count: int
    first_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stereo:
    """Two channels beside each other: RMS levels in dBFS (None: digital silence), correlation from −1 to 1.

    `correlation` is 0 where a channel is silent. It is one figure for the whole recording.
    """

    left_dbfs: float | None
    right_dbfs: float | None
    correlation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFacts:
    """`duration_ms` is that of all samples; `dc_offset` is the mean of the worst channel, with its sign, as a share of full scale."""

    duration_ms: int
    clipping: Clipping
    dc_offset: float
    stereo: Stereo | None


class SampleTally:
    """Takes interleaved 16-bit samples in pieces of any size, as they come out of a pipe."""

    def __init__(self, *, channels: int, sample_rate: int) -> None:
        self._channels = channels
        self._sample_rate = sample_rate
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._samples = 0
        self._sums = np.zeros(channels)
        self._products = np.zeros((2, 2))
        self._is_heard = False
        self._clips = 0
        self._first_clip: int | None = None
        # How many samples at full scale each channel ended with.
        self._open_runs = np.zeros(channels, dtype=np.int64)

    def take(self, data: bytes) -> None:
        self._pieces.append(data)
        self._waiting += len(data)
        if self._waiting >= _CHUNK_BYTES:
            self._count_waiting()

    @property
    def unheard_ms(self) -> int:
        """How long it was silent (below −65 dBFS) from its beginning; 0 as soon as anything was heard."""
        return 0 if self._is_heard else round(self._samples * 1000 / self._sample_rate)

    def facts(self) -> SampleFacts:
        """What was counted until now."""
        self._count_waiting()
        count = max(1, self._samples)
        means = self._sums / count / 32_768
        return SampleFacts(
            duration_ms=round(self._samples * 1000 / self._sample_rate),
            clipping=Clipping(
                count=self._clips,
                first_ms=None if self._first_clip is None else round(self._first_clip * 1000 / self._sample_rate),
            ),
            dc_offset=round(float(means[np.argmax(np.abs(means))]), 6),
            stereo=self._stereo() if self._channels == 2 else None,
        )

    def _count_waiting(self) -> None:
        data = b"".join(self._pieces)
        whole = len(data) // (2 * self._channels) * 2 * self._channels
        self._pieces, self._waiting = [data[whole:]], len(data) - whole
        if not whole:
            return
        chunk = np.frombuffer(data, dtype="<i2", count=whole // 2).reshape(-1, self._channels)
        highest, lowest = int(chunk.max()), int(chunk.min())
        self._is_heard = self._is_heard or highest > _SILENT or lowest < -_SILENT
        if highest < _FULL_SCALE and lowest > -_FULL_SCALE:
            self._open_runs[:] = 0
        else:
            self._count_clips(chunk)
        # One channel after the other: many times faster than along the shorter axis.
        columns = [chunk[:, channel].astype(np.float32) for channel in range(self._channels)]
        self._sums += [float(column.sum()) for column in columns]
        if self._channels == 2:
            left, right = columns
            across = float(left @ right)
            self._products += [[float(left @ left), across], [across, float(right @ right)]]
        self._samples += len(chunk)

    def _count_clips(self, chunk: NDArray[np.int16]) -> None:
        full = (chunk >= _FULL_SCALE) | (chunk <= -_FULL_SCALE)
        for channel in range(self._channels):
            self._count_runs(full[:, channel], channel)

    def _count_runs(self, full: NDArray[np.bool_], channel: int) -> None:
        edges = np.flatnonzero(np.diff(full, prepend=False, append=False))
        starts, ends = edges[::2], edges[1::2]
        before = int(self._open_runs[channel])
        self._open_runs[channel] = 0
        if not len(starts):
            return
        lengths = ends - starts
        if ends[-1] == len(full):
            self._open_runs[channel] = lengths[-1] + (before if lengths[-1] == len(full) else 0)
        if before and starts[0] == 0:
            lengths[0] += before
        # A run that was long enough when the last piece ended is counted already.
        counted = bool(before >= _SHORTEST_CLIP and starts[0] == 0)
        long = np.flatnonzero(lengths >= _SHORTEST_CLIP)
        self._clips += len(long) - counted
        if len(long):
            first = self._samples + int(ends[long[0]] - lengths[long[0]])
            self._first_clip = first if self._first_clip is None else min(first, self._first_clip)

    def _stereo(self) -> Stereo:
        count = max(1, self._samples)
        # Without what a constant offset adds.
        covariance = self._products / count - np.outer(self._sums, self._sums) / count**2
        left, right = float(covariance[0, 0]), float(covariance[1, 1])
        scale = math.sqrt(max(0.0, left * right))
        return Stereo(
            left_dbfs=_rms_dbfs(left),
            right_dbfs=_rms_dbfs(right),
            correlation=round(float(covariance[0, 1]) / scale, 4) if scale > 1e-6 else 0.0,
        )


def _rms_dbfs(power: float) -> float | None:
    # Less than a hundredth of the smallest step of 16 bits is rounding.
    return round(10 * math.log10(power / 32_768**2), 1) if power > 1e-4 else None
