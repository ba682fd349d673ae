"""How a segment lies under a recording, from a first guess: the line, and which of its stretches are really heard.

Both are chromaprint items. A line says at which item of the recording each item of the segment would stand; its slope
is what the clocks or the tape differ by. What is judged is never an error as such, but how much smaller it is on the
line than beside it, where the same speaker says something else: a steady sound has the same error everywhere.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from media.sliding import Items, likely_states

# Eight seconds: shorter pieces of speech are not unlike enough, longer ones drift apart at 2 % of speed.
PIECE: Final = 64
STEEPEST: Final = 0.03

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

# How many items to each side of the line a piece is looked for.
_REACH = 5
# The places tried for it, and some beside the line.
_AROUND = 48
_TRIED = np.array([*range(-_REACH, _REACH + 1), *range(-_AROUND, -18, 4), *range(20, _AROUND, 4)])
# Deviations below the mean from which a piece has a say in where the line runs.
_HAS_A_SAY = 2.7
_OFF_THE_LINE = 2.5
# Places beside the line that it is compared with: from 4 s away, so that no word is compared with itself.
_BESIDE = np.array([sign * (32 + 7 * step) for step in range(16) for sign in (-1, 1)])
# Wrong bits beside the line below which a sound says nothing about its place.
STEADY_BITS: Final = 3.2
# What a change between heard and not heard has to bring, in items: shorter gaps are somebody's cough.
_CHANGE_COSTS = 14.0
# Of an item as right as the known ones, this share is enough: speech is now and then less clear than its mean.
_HEARD_FROM = 0.33
# One item says no more than this, for or against.
_MOST_SAID = 1.0
# Items over which a sound that begins fills their windows.
_RAMP = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Item n of the segment stands at item `start + slope · n` of the recording."""

    start: float
    slope: float

    def at(self, items: Floats) -> Floats:
        return self.start + self.slope * items


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Items `first` to `last` (excluded) of the segment are heard without interruption.

    `bit_error` is their share of wrong bits; `deviations` how many standard deviations it lies below that of the
    places beside the line; `agreeing` the share of their pieces that fit better here than at any of those.
    """

    first: int
    last: int
    bit_error: float
    deviations: float
    agreeing: float


def fit(recording: Items, segment: Items, pieces: list[int], places: list[int]) -> Line:
    """The line through pieces (their first items) that were found at these places, followed from there both ways."""
    starts = np.arange(0, len(segment) - PIECE + 1, PIECE // 2)
    line = _through(np.array(pieces, np.float64), np.array(places, np.float64), np.ones(len(pieces)))
    low, high = min(pieces), max(pieces)
    while True:
        # What is known reaches as far again: a slope of few pieces is not worth more.
        width = max(high - low, 2 * PIECE)
        low, high = low - width, high + width
        told = _nearest(recording, segment, starts[(starts >= low) & (starts <= high)], line)
        if len(told[0]) >= 2:
            line = _through(*told)
        if low <= 0 and high >= len(segment) - PIECE:
            return line


def _nearest(recording: Items, segment: Items, starts: Numbers, line: Line) -> tuple[Floats, Floats, Floats]:
    """Pieces that fit near the line: their first items, where they fit best to a part of an item, and their weight."""
    middle = PIECE / 2
    expected = np.rint(line.start + line.slope * (starts + middle) - middle).astype(np.int64)
    inside = (expected >= _AROUND) & (expected + _AROUND + PIECE <= len(recording))
    starts, expected = starts[inside], expected[inside]
    # pieces × places × items
    under = recording[expected[:, None, None] + _TRIED[:, None] + np.arange(PIECE)]
    piece = segment[starts[:, None, None] + np.arange(PIECE)]
    errors = np.bitwise_count(under ^ piece).sum(axis=2, dtype=np.int32).astype(np.float64)
    around, far = errors[:, : 2 * _REACH + 1], errors[:, 2 * _REACH + 1 :]
    best = around.argmin(axis=1)
    says = (far.mean(axis=1) - around.min(axis=1)) / np.maximum(far.std(axis=1), 1.0)
    told = np.flatnonzero((says >= _HAS_A_SAY) & (best > 0) & (best < 2 * _REACH))
    best = best[told]
    before, here, after = (around[told, best + step] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    part = np.where(bend > 0, 0.5 * (before - after) / np.maximum(bend, 1.0), 0.0)
    return starts[told].astype(np.float64), expected[told] - _REACH + best + part, says[told] ** 2


def _through(at: Floats, place: Floats, weight: Floats) -> Line:
    """Least squares without what lies off the line; at slope 1 where the pieces stand too near each other to tell."""
    kept = np.ones(len(at), np.bool_)
    line = Line(start=0.0, slope=1.0)
    for _ in range(4):
        a, p, w = at[kept], place[kept], weight[kept]
        middle, height = np.average(a, weights=w), np.average(p, weights=w)
        spread = float(w @ (a - middle) ** 2)
        slope = float(w @ ((a - middle) * (p - height))) / spread if np.ptp(a) >= PIECE else 1.0
        slope = min(max(slope, 1 - STEEPEST), 1 + STEEPEST)
        # A piece matches at its middle.
        line = Line(start=float(height - slope * middle) - (slope - 1) * PIECE / 2, slope=slope)
        off = np.abs(place + PIECE / 2 - line.at(at + PIECE / 2))
        now = off <= max(_OFF_THE_LINE, float(np.median(off[kept])))
        if now.sum() < 2 or (now == kept).all():
            break
        kept = now
    return line


def runs(recording: Items, segment: Items, line: Line, first: int, last: int) -> list[Run]:
    """The stretches that are heard; pieces between items `first` and `last` are known to be."""
    items = np.arange(len(segment))
    places = np.rint(line.at(items.astype(np.float64))).astype(np.int64)
    inside = (places >= 0) & (places < len(recording))
    if not inside.any():
        return []
    items, places = items[inside], places[inside]
    shifted = np.clip(places[:, None] + _BESIDE, -len(recording), None) % len(recording)
    wrong = np.bitwise_count(recording[places] ^ segment[items]).astype(np.float64)
    beside = np.bitwise_count(recording[shifted] ^ segment[items][:, None]).astype(np.float64)
    usual = beside.mean(axis=1)
    telling = usual >= STEADY_BITS
    known = telling & (items >= first) & (items < last)
    if not known.any():
        return []
    gained = 1 - float(wrong[known].sum() / usual[known].sum())
    if gained <= 0.05:
        return []
    # One for an item that is as right as the known ones, zero for one that fits no better than beside the line.
    right = np.where(telling, (usual - wrong) / np.maximum(usual, 1.0) / gained, _HEARD_FROM)
    heard = likely_states(np.clip(right, -_MOST_SAID, 1 + _MOST_SAID) - _HEARD_FROM, _CHANGE_COSTS)
    edges = np.flatnonzero(np.diff(heard, prepend=False, append=False))
    found = []
    for rough_begin, rough_end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        begin = _edge(right, rough_begin) if rough_begin else 0
        end = len(right) - _edge(right[::-1], len(right) - rough_end) if rough_end < len(right) else rough_end
        if end <= begin:
            continue
        run = _judged(int(items[begin]), wrong[begin:end], beside[begin:end], telling[begin:end])
        if run:
            found.append(run)
    return found


def _edge(right: Floats, rough: int) -> int:
    """Where near `rough` the sound begins: an item's window of sound is filled with it step by step."""
    low, high = max(0, rough - 2 * _RAMP), min(len(right), rough + 2 * _RAMP)
    window = np.clip(right[low:high], -_MOST_SAID, 1.0 + _MOST_SAID)
    tried = np.arange(low, min(rough + _RAMP, len(right) - 1) + 1)
    ramps = np.clip((np.arange(low, high) - tried[:, None]) / _RAMP + 0.5, 0.0, 1.0)
    return int(tried[((ramps - window) ** 2).sum(axis=1).argmin()])


def _judged(first: int, wrong: Floats, beside: Floats, telling: npt.NDArray[np.bool_]) -> Run | None:
    if telling.sum() < PIECE // 2:
        return None
    sums = beside[telling].sum(axis=0)
    here = float(wrong[telling].sum())
    edges = np.arange(0, max(1, len(wrong) - PIECE // 2), PIECE)
    here_pieces = np.add.reduceat(wrong, edges)
    beside_pieces = np.add.reduceat(beside, edges, axis=0)
    says = np.add.reduceat(telling.astype(np.float64), edges) >= PIECE / 4
    agrees = here_pieces < beside_pieces.min(axis=1)
    return Run(
        first=first,
        last=first + len(wrong),
        bit_error=here / (32 * int(telling.sum())),
        deviations=(float(sums.mean()) - here) / max(float(sums.std()), 1.0),
        agreeing=float(agrees[says].mean()) if says.any() else 0.0,
    )
