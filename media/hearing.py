"""Which known segments are heard in a recording of a station's air, when, how much of each, and how fast.

Both sides are chromaprint items (see `media.fingerprints`). First, pieces of 8 s of each segment are slid over the
recording an hour at a time; what lies far below the mean of all places is a hit. Hits on one line, whatever its slope
to ± 3 %, are followed both ways (`media.alignment`) and judged by how much better the segment fits there than beside.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from media.alignment import PIECE, STEADY_BITS, STEEPEST, Line, Run, fit, runs
from media.fingerprints import ITEM_MS
from media.sliding import Items, wrong_bits

# The window of an item: 21 items and its own.
WINDOW_ITEMS: Final = 22
_HOUR = 29_077
_STRIDE = 3
_ROWS = 64
# Deviations below the mean of all places of the hour.
_HIT = 4.0
# What hits on one line have to add up to beyond what many a place has by chance.
_USUAL = 3.5
_ENOUGH = 4.0
_MOST_HITS = 8
_SAME_PLACE = 6
_SLACK = 4
# A second.
_SELF_DISTANCE = 8
# Of a part: 10 s. One part of each airing has to be 14 s long and stand out more: of 23,000 absent comparisons one had
# 12 s at 6.4 deviations, through a horn and a phone. The weakest part that was there had 6.2, the weakest whole
# airing through the same 21.6.
_LEAST_ITEMS, _LEAST_DEVIATIONS, _LEAST_AGREEING = 60, 5.0, 0.5
_SURE_ITEMS, _SURE_DEVIATIONS = 96, 6.0
# Parts of one airing: an interruption by something more important; longer ones are another airing.
_LONGEST_BREAK_MS = 10 * 60_000
_OVERLAP_MS = 4_000
# A place on the air is one segment's.
_COVERED = 0.7


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch heard without interruption: its place in the recording, and which part of the segment it is."""

    recording_from_ms: int
    recording_to_ms: int
    segment_from_ms: int
    segment_to_ms: int


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One airing of a segment.

    `start_ms` and `end_ms` are places in the recording, `segment_from_ms` and `segment_to_ms` places in the segment,
    both from the first part's beginning to the last one's end. `heard_ms` is the length of the parts as they were
    aired, interruptions not counted. `speed` is 1.0 where it is right and 1.02 for 2 % too fast. `confidence`, 0 to 1,
    is the share of pieces of 8 s that fit where they were found better than at any of 32 places within 17 s around;
    a piece of something else does so in one of 30 cases. `bit_error` is the share of wrong bits.
    """

    key: int
    start_ms: int
    end_ms: int
    segment_from_ms: int
    segment_to_ms: int
    heard_ms: int
    parts: list[Part]
    speed: float
    confidence: float
    bit_error: float


class _Hit(msgspec.Struct, frozen=True):
    piece: int
    place: int
    deviations: float


class _Found(msgspec.Struct, frozen=True):
    """A run and its line."""

    run: Run
    line: Line
    part: Part


def hear(recording: bytes, candidates: Iterable[tuple[int, bytes]]) -> list[Heard]:
    """Airings of the candidates (key and fingerprint) in the recording's fingerprint, by their beginning.

    The candidates are read once, as they come. Less than 14 s of a segment without interruption
    is not heard. Where
    several candidates are the same sound, the one that is heard longest is told, among equals the first.
    """
    air = _padded(np.frombuffer(recording, "<u4").astype(np.uint32, copy=False))
    hours = list(_hours(air))
    heard = [
        airing
        for key, fingerprint in candidates
        for airing in _airings(key, air, hours, np.frombuffer(fingerprint, "<u4").astype(np.uint32, copy=False))
    ]
    return sorted(_without_covered(heard), key=lambda airing: (airing.start_ms, airing.key))


class _Hour(msgspec.Struct, frozen=True):
    first: int
    items: Items
    telling: npt.NDArray[np.bool_]


def _padded(items: Items) -> Items:
    """With a piece's length of chance on both sides: a segment may have begun before the recording did."""
    chance = np.random.default_rng(1).integers(0, 1 << 32, 2 * PIECE, dtype=np.uint32)
    return np.concatenate([chance[:PIECE], items, chance[PIECE:]])


def _hours(air: Items) -> Iterator[_Hour]:
    """Pieces of the recording, each with the places whose sound changes enough to be told from others."""
    for first in range(0, len(air), _HOUR):
        items = air[first : first + _HOUR + PIECE]
        places = len(items) - (PIECE // _STRIDE) * _STRIDE
        if places <= 0:
            continue
        changed = np.bitwise_count(items[:-_SELF_DISTANCE] ^ items[_SELF_DISTANCE:]).astype(np.float64)
        sums = np.concatenate([[0.0], np.cumsum(changed)])
        ends = np.minimum(np.arange(places) + PIECE - _SELF_DISTANCE, len(changed))
        telling = (sums[ends] - sums[np.arange(places)]) / (PIECE - _SELF_DISTANCE) >= STEADY_BITS
        if telling.any():
            yield _Hour(first, items, telling)


def _airings(key: int, air: Items, hours: list[_Hour], segment: Items) -> list[Heard]:
    if len(segment) < PIECE:
        return []
    found: list[_Found] = []
    left = _hits(hours, segment)
    while left:
        seed, *left = left
        together = _together(seed, left)
        if sum(hit.deviations - _USUAL for hit in together) < _ENOUGH:
            continue
        line = fit(air, segment, [hit.piece for hit in together], [hit.place for hit in together])
        first, last = min(hit.piece for hit in together), max(hit.piece for hit in together) + PIECE
        for run in runs(air, segment, line, first, last):
            part = _part(run, line, len(segment), len(air) - 2 * PIECE)
            if _is_heard(run) and not any(_share_of_both(part, other.part) > 0.5 for other in found):
                found.append(_Found(run, line, part))
        left = [hit for hit in left if abs(hit.place - line.start - line.slope * hit.piece) > _SAME_PLACE]
    return [_airing(key, parts) for parts in _joined(found) if any(_is_sure(part.run) for part in parts)]


def _hits(hours: list[_Hour], segment: Items) -> list[_Hit]:
    """Pieces of the segment where they fit much better than elsewhere in that hour; the best first."""
    starts = np.append(np.arange(0, len(segment) - PIECE, PIECE), len(segment) - PIECE)
    changed = np.bitwise_count(segment[:-_SELF_DISTANCE] ^ segment[_SELF_DISTANCE:]).astype(np.float64)
    starts = starts[[changed[start : start + PIECE].mean() >= STEADY_BITS for start in starts]]
    found = []
    for hour in hours:
        for group in range(0, len(starts), _ROWS):
            pieces = starts[group : group + _ROWS]
            wrong = wrong_bits(hour.items, segment[pieces[:, None] + np.arange(0, PIECE, _STRIDE)], _STRIDE)
            sample = wrong[:, ::7][:, hour.telling[: wrong.shape[1]][::7]]
            if not sample.shape[1]:
                continue
            means, spreads = sample.mean(axis=1), np.maximum(sample.std(axis=1), 1.0)
            for row, piece in enumerate(pieces.tolist()):
                found += _hits_of(piece, wrong[row], float(means[row]), float(spreads[row]), hour)
    return sorted(found, key=lambda hit: -hit.deviations)


def _hits_of(piece: int, wrong: npt.NDArray[np.uint16], mean: float, spread: float, hour: _Hour) -> list[_Hit]:
    limit = mean - _HIT * spread
    if limit <= 0:
        return []
    places = np.flatnonzero(wrong < np.uint16(limit))
    places = places[hour.telling[places]]
    hits: list[_Hit] = []
    for place in places[np.argsort(wrong[places], kind="stable")].tolist():
        if all(abs(place - hit.place + hour.first) > _SAME_PLACE for hit in hits):
            hits.append(_Hit(piece, hour.first + place, (mean - float(wrong[place])) / spread))
            if len(hits) == _MOST_HITS:
                break
    return hits


def _together(seed: _Hit, others: list[_Hit]) -> list[_Hit]:
    """The seed and, of each other piece, the best hit on a line with it."""
    chain = {seed.piece: seed}
    for hit in others:
        away = abs(hit.piece - seed.piece)
        if hit.piece not in chain and abs(hit.place - hit.piece - seed.place + seed.piece) <= STEEPEST * away + _SLACK:
            chain[hit.piece] = hit
    return list(chain.values())


def _is_heard(run: Run) -> bool:
    return (
        run.last - run.first >= _LEAST_ITEMS and run.deviations >= _LEAST_DEVIATIONS and run.agreeing >= _LEAST_AGREEING
    )


def _is_sure(run: Run) -> bool:
    return run.last - run.first >= _SURE_ITEMS and run.deviations >= _SURE_DEVIATIONS


def _part(run: Run, line: Line, length: int, recorded: int) -> Part:
    """An item sounds for a whole window: where a segment is cut in the middle, half of it is the other sound's."""
    start, end = line.start - PIECE, line.start - PIECE + line.slope * length
    # What the recording itself cuts off is known exactly: there are no items of the other sound.
    here = max(0.0, -start / line.slope)
    there = min(float(length), length - (end - recorded) / line.slope)
    half = WINDOW_ITEMS / 2
    before, after = run.first - here, there - run.last
    first = here + min(2 * before, before + half) if before > 1 else here
    last = there + half * 2 - 1 - min(2 * after, after + half) if after > 1 else there + half * 2 - 1
    return Part(
        recording_from_ms=round((start + line.slope * first) * ITEM_MS),
        recording_to_ms=round((start + line.slope * last) * ITEM_MS),
        segment_from_ms=round(first * ITEM_MS),
        segment_to_ms=round(last * ITEM_MS),
    )


def _share_of_both(one: Part, other: Part) -> float:
    """How much of the shorter of two parts is the same piece of the air."""
    both = min(one.recording_to_ms, other.recording_to_ms) - max(one.recording_from_ms, other.recording_from_ms)
    return both / min(_length(one), _length(other))


def _length(part: Part) -> int:
    return max(1, part.recording_to_ms - part.recording_from_ms)


def _joined(found: list[_Found]) -> list[list[_Found]]:
    """Parts of one airing together: in the segment's order, with a bearable break between."""
    airings: list[list[_Found]] = []
    for one in sorted(found, key=lambda one: one.part.recording_from_ms):
        for airing in airings:
            before = airing[-1].part
            pause = one.part.recording_from_ms - before.recording_to_ms
            goes_on = one.part.segment_from_ms >= before.segment_to_ms - _OVERLAP_MS
            if goes_on and -_OVERLAP_MS <= pause <= _LONGEST_BREAK_MS:
                airing.append(one)
                break
        else:
            airings.append([one])
    return airings


def _airing(key: int, found: list[_Found]) -> Heard:
    parts = [one.part for one in found]
    weights = [_length(part) for part in parts]
    longest = found[int(np.argmax(weights))]
    return Heard(
        key=key,
        start_ms=parts[0].recording_from_ms,
        end_ms=parts[-1].recording_to_ms,
        segment_from_ms=parts[0].segment_from_ms,
        segment_to_ms=parts[-1].segment_to_ms,
        heard_ms=sum(weights),
        parts=parts,
        # The line of the longest part: it is the best known.
        speed=round(1 / longest.line.slope, 4),
        confidence=round(float(np.average([one.run.agreeing for one in found], weights=weights)), 3),
        bit_error=round(float(np.average([one.run.bit_error for one in found], weights=weights)), 3),
    )


def _without_covered(heard: list[Heard]) -> list[Heard]:
    kept: list[Heard] = []
    for airing in sorted(heard, key=lambda airing: -airing.heard_ms * (1 - 2 * airing.bit_error)):
        taken = sum(
            max(
                0,
                min(mine.recording_to_ms, theirs.recording_to_ms)
                - max(mine.recording_from_ms, theirs.recording_from_ms),
            )
            for mine in airing.parts
            for other in kept
            for theirs in other.parts
        )
        if taken < _COVERED * airing.heard_ms:
            kept.append(airing)
    return kept
