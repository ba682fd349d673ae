"""The same sound found again by its fingerprint, after re-encoding, trimming or a change of level.

A fingerprint is what ffmpeg's chromaprint muxer writes (`f=chromaprint fp_format=raw`, its default algorithm 1):
one item of 32 bits, little-endian, for every 1,365 samples at 11,025 Hz (ITEM_MS, 123.81 ms); each item is drawn
from about 2.7 s of sound, so n items stand for n + 21 item lengths.

Items of the query, as they are or with one bit turned over, vote for an offset; at the best offsets both recordings
are laid over each other and judged in pieces of 4 s by their wrong bits: not as such, but as a share of the wrong
bits that the sound has against itself a second later, which is what different sounds of the kind have too.
Measured so, in 28 recordings of synthetic Vietnamese speech by three voices (a piece agrees below 0.60):

    worst piece of a copy: MP3 64 kbit/s, Opus 24 kbit/s, 12 dB quieter     0.14, 0.19, 0.13
    … with an edge between two items (5 s off, 2 s of silence before it)    0.33
    … with pink noise of a tenth of full scale mixed in                     0.32
    … of the band 400 – 3,400 Hz alone (on the whole 0.51; not all found)   0.73
    best of 134,600 pieces of different recordings, also of one voice       0.68

So copies have a similarity of 0.99 to 1.00 and different recordings one of 0.00. The same came out for two real
speakers (18 recordings of 2 min at 8 kHz) and five pieces of music. A voice under louder music is not found.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

ITEM_MS: Final = 1365 / 11_025 * 1000

# The window of the first item: 19 further frames, each three item lengths long.
_FURTHER_ITEMS = 21
# Four seconds: shorter pieces of different speech agree by chance, longer ones hide where two recordings part.
_PIECE = 32
# Wrong bits in place, as a share of those a second away: tells how surprising it is that they agree.
_AGREES_BELOW = 0.6
# Where so few bits differ a second away, agreeing proves nothing: silence, hum, a held tone.
_STEADY_BELOW = 0.1
# Two clocks differ a little, and an edge may lie between two items.
_SLACK = 2
# One second.
_SELF_DISTANCE = 8
_TELLING_SHARE = 0.5

_BATCH_ITEMS = 1 << 20
_TABLE_BITS = 21
_MIXER = np.uint32(2_654_435_769)
_ONE_BIT = np.concatenate([np.zeros(1, np.uint32), np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))])
# An item found at more places of the query than this says nothing about the place.
_MOST_PLACES = 4
_LEAST_VOTES = 3
_TRIED_OFFSETS = 3
# Items of different recordings have at most 9 wrong bits in 2 of 100 cases, in 9 of 100 of the worst pair's.
_NEAR_BITS = 9
_NEAR_SHARE = 0.4

_Items = npt.NDArray[np.uint32]
_Numbers = npt.NDArray[np.int64]


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the shorter of two recordings is in the other.

    `similarity` is the share, 0 to 1, of the shorter recording's telling pieces of 4 s that agree at this offset;
    `offset_ms` is where the other recording begins, counted from the beginning of the one that was asked about
    (negative: before it), to about ± 65 ms; `overlap_ms` is how long both sound at this offset.
    """

    key: int
    similarity: float
    offset_ms: int
    overlap_ms: int


def search(query: bytes, library: Iterable[tuple[int, bytes]], *, similar_from: float = 0.5) -> list[Likeness]:
    """Recordings of `library` (key and fingerprint) that are like `query`, the most similar first.

    The library is read once, as it comes, and held only a few megabytes at a time. A query, or a recording, of
    which more than half is silence or a steady sound, or shorter than 7 s, is like nothing: no statement.
    """
    sound = _items(query)
    if len(sound) < _PIECE:
        return []
    index = _Index(sound)
    found = [
        likeness
        for batch in _batches(library)
        for likeness in _like(sound, index, batch, similar_from)
        if likeness.similarity >= similar_from
    ]
    return sorted(found, key=lambda likeness: (-likeness.similarity, -likeness.overlap_ms, likeness.key))


class _Batch:
    """Some recordings of the library, their items end to end."""

    def __init__(self, keys: list[int], fingerprints: list[_Items]) -> None:
        self.keys = keys
        self.fingerprints = fingerprints
        self.items = np.concatenate(fingerprints)
        lengths = np.array([len(fingerprint) for fingerprint in fingerprints], np.int64)
        self.starts = np.cumsum(lengths) - lengths
        self.longest = int(lengths.max())


class _Index:
    """Where in the query each of its items stands, also with any one bit turned over."""

    def __init__(self, sound: _Items) -> None:
        near = (sound[:, None] ^ _ONE_BIT).ravel()
        places = np.repeat(np.arange(len(sound)), len(_ONE_BIT))
        order = np.argsort(near, kind="stable")
        self._places = places[order]
        values, first, count = np.unique(near[order], return_index=True, return_counts=True)
        telling = count <= _MOST_PLACES
        self._values, self._first, self._count = values[telling], first[telling], count[telling]
        self._table = np.zeros(1 << _TABLE_BITS, np.bool_)
        self._table[_mixed(self._values)] = True

    def places_of(self, items: _Items) -> tuple[_Numbers, _Numbers]:
        """All pairs of a place in `items` and a place in the query that have nearly the same item."""
        at = np.flatnonzero(self._table[_mixed(items)])
        # A steady sound repeats its item: thousands of pairs that say nothing about the place.
        at = at[items[at] != items[at - 1]]
        if not len(at) or not len(self._values):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        wanted = items[at]
        slot = np.minimum(np.searchsorted(self._values, wanted), len(self._values) - 1)
        right = self._values[slot] == wanted
        at, slot = at[right], slot[right]
        count = self._count[slot]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(at, count), self._places[np.repeat(self._first[slot], count) + within]


def _items(fingerprint: bytes) -> _Items:
    return np.frombuffer(fingerprint, "<u4").astype(np.uint32, copy=False)


def _mixed(items: _Items) -> _Items:
    return (items * _MIXER) >> np.uint32(32 - _TABLE_BITS)


def _batches(library: Iterable[tuple[int, bytes]]) -> Iterator[_Batch]:
    keys: list[int] = []
    fingerprints: list[_Items] = []
    held = 0
    for key, fingerprint in library:
        items = _items(fingerprint)
        if len(items) < _PIECE:
            continue
        keys.append(key)
        fingerprints.append(items)
        held += len(items)
        if held >= _BATCH_ITEMS:
            yield _Batch(keys, fingerprints)
            keys, fingerprints, held = [], [], 0
    if keys:
        yield _Batch(keys, fingerprints)


def _like(sound: _Items, index: _Index, batch: _Batch, similar_from: float) -> Iterator[Likeness]:
    """The best offset of each recording of the batch for which enough items vote."""
    best: dict[int, Likeness] = {}
    tried: dict[int, list[int]] = {}
    for number, offset in _offsets(index, batch):
        others = tried.setdefault(number, [])
        if len(others) == _TRIED_OFFSETS or any(abs(offset - other) <= _SLACK for other in others):
            continue
        others.append(offset)
        other = batch.fingerprints[number]
        if not _is_worth_a_look(sound, other, offset, similar_from):
            continue
        likeness = _compared(batch.keys[number], sound, other, offset)
        if likeness and (number not in best or likeness.similarity > best[number].similarity):
            best[number] = likeness
    yield from best.values()


def _offsets(index: _Index, batch: _Batch) -> Iterator[tuple[int, int]]:
    """(number in the batch, offset in items), the offset with the most votes first."""
    at, place = index.places_of(batch.items)
    number = np.searchsorted(batch.starts, at, side="right") - 1
    offset = place - (at - batch.starts[number])
    # Gaps of more than the slack between recordings keep the neighbours of one out of another's votes.
    span = batch.longest + int(place.max(initial=0)) + 4
    codes, votes = np.unique(number * span + offset + batch.longest, return_counts=True)
    with_neighbours = votes.copy()
    adjacent = np.flatnonzero(np.diff(codes) == 1)
    with_neighbours[adjacent] += votes[adjacent + 1]
    with_neighbours[adjacent + 1] += votes[adjacent]
    enough = np.flatnonzero(with_neighbours >= _LEAST_VOTES)
    for code in codes[enough[np.argsort(-with_neighbours[enough], kind="stable")]].tolist():
        yield code // span, code % span - batch.longest


def _is_worth_a_look(sound: _Items, other: _Items, offset: int, similar_from: float) -> bool:
    """Every third item tells whether the recordings share more than a jingle that half of the library begins with."""
    begin, end = max(0, offset), min(len(sound), len(other) + offset)
    wrong = np.bitwise_count(sound[begin:end:3] ^ other[begin - offset : end - offset : 3])
    near = 3 * int(np.count_nonzero(wrong <= _NEAR_BITS))
    return near >= _NEAR_SHARE * similar_from * min(len(sound), len(other))


def _compared(key: int, sound: _Items, other: _Items, offset: int) -> Likeness | None:
    """Both laid over each other with the other's first item at `offset`, judged piece by piece."""
    begin, end = max(0, offset), min(len(sound), len(other) + offset)
    shorter = min(len(sound), len(other))
    if end - begin < _PIECE:
        return None
    # The last piece takes what is left over.
    edges = np.arange(begin, end - _PIECE + 1, _PIECE)
    lengths = np.diff(edges, append=end)
    here, there = _variety(sound, edges, end), _variety(other, edges - offset, end - offset)
    steady = np.maximum(here, there) < _STEADY_BELOW
    telling = shorter - int(lengths[steady].sum())
    if telling < _TELLING_SHARE * shorter:
        return None
    shifts = range(-_SLACK, _SLACK + 1)
    errors = np.array([_errors(sound, other, offset + shift, edges, end) for shift in shifts])
    agrees = errors.min(axis=0) < _AGREES_BELOW * np.minimum(here, there)
    nearest = shifts[int((errors @ lengths).argmin())]
    return Likeness(
        key=key,
        similarity=int(lengths[agrees & ~steady].sum()) / telling,
        offset_ms=round((offset + nearest) * ITEM_MS),
        overlap_ms=round((end - begin + _FURTHER_ITEMS) * ITEM_MS),
    )


def _variety(sound: _Items, edges: _Numbers, end: int) -> npt.NDArray[np.float64]:
    """How much each piece differs from the same recording a second later."""
    return _errors(sound, sound[_SELF_DISTANCE:], 0, edges, end - _SELF_DISTANCE)


def _errors(sound: _Items, other: _Items, offset: int, edges: _Numbers, end: int) -> npt.NDArray[np.float64]:
    """The share of wrong bits in each piece between `edges` and `end` of `sound`; where one has ended, all are."""
    begin = int(edges[0])
    wrong = np.full(end - begin, 32, np.uint8)
    low, high = max(begin, offset), min(end, len(other) + offset)
    if low < high:
        np.bitwise_count(sound[low:high] ^ other[low - offset : high - offset], out=wrong[low - begin : high - begin])
    shares: npt.NDArray[np.float64] = np.add.reduceat(wrong, edges - begin, dtype=np.float64)
    shares /= 32 * np.diff(edges, append=end)
    return shares
