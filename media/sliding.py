"""The two loops that are compiled: pieces of one fingerprint slid over the whole of another, billions of comparisons
for an hour of air; and which stretches of a line are heard, which no array operation can tell.

The compiled code is kept beside this file or, where that cannot be written, in the user's cache folder
(`NUMBA_CACHE_DIR` names another); where neither can, it is compiled anew in each process.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar, cast

import numpy as np
import numpy.typing as npt

# So many places are worked at a time that their sums stay in the processor's first cache.
_TILE: Final = 4096

F = TypeVar("F", bound=Callable[..., Any])

Items = npt.NDArray[np.uint32]
Sums = npt.NDArray[np.uint16]


def wrong_bits(recording: Items, pieces: Items, stride: int) -> Sums:
    """For each row of `pieces` and each place of `recording`: the wrong bits, summed over the row's items.

    A row's items are laid over every `stride`-th item from the place on. Shape: rows × (length − stride × (items − 1)).
    """
    places = len(recording) - stride * (pieces.shape[1] - 1)
    out = np.empty((len(pieces), max(0, places)), np.uint16)
    if places > 0:
        _slide()(recording, pieces, stride, out)
    return out


def likely_states(gains: npt.NDArray[np.float64], change_costs: float) -> npt.NDArray[np.bool_]:
    """The most likely way through two states: True where the gains are added, False where they are taken off."""
    states = np.empty(len(gains), np.bool_)
    _follow()(gains, change_costs, states)
    return states


@cache
def _slide() -> Callable[[Items, Items, int, Sums], None]:
    return _compiled(_wrong_bits)


@cache
def _follow() -> Callable[[npt.NDArray[np.float64], float, npt.NDArray[np.bool_]], None]:
    return _compiled(_likely_states)


def _compiled(function: F) -> F:
    from numba import njit

    try:
        return cast("F", njit(cache=True, nogil=True)(function))
    except RuntimeError:
        # No folder to keep it in.
        return cast("F", njit(nogil=True)(function))


def _wrong_bits(recording: Items, pieces: Items, stride: int, out: Sums) -> None:
    rows, length = pieces.shape
    places = out.shape[1]
    sums = np.empty(_TILE, np.uint32)
    for begin in range(0, places, _TILE):
        count = min(_TILE, places - begin)
        for row in range(rows):
            for place in range(count):
                sums[place] = 0
            for number in range(length):
                item = pieces[row, number]
                under = recording[begin + stride * number : begin + stride * number + count]
                for place in range(count):
                    # The compiler knows this for a count of bits and has an instruction for it.
                    bits = np.uint32(under[place] ^ item)
                    bits = np.uint32(bits - ((bits >> np.uint32(1)) & np.uint32(0x55555555)))
                    bits = np.uint32((bits & np.uint32(0x33333333)) + ((bits >> np.uint32(2)) & np.uint32(0x33333333)))
                    bits = np.uint32((bits + (bits >> np.uint32(4))) & np.uint32(0x0F0F0F0F))
                    sums[place] += np.uint32(np.uint32(bits * np.uint32(0x01010101)) >> np.uint32(24))
            for place in range(count):
                out[row, begin + place] = sums[place]


def _likely_states(gains: npt.NDArray[np.float64], change_costs: float, states: npt.NDArray[np.bool_]) -> None:
    came_off = np.zeros(len(gains), np.bool_)
    came_on = np.zeros(len(gains), np.bool_)
    off, on = 0.0, 0.0
    for number in range(len(gains)):
        came_off[number] = on - change_costs > off
        came_on[number] = off - change_costs > on
        before = off
        off = max(off, on - change_costs) - gains[number]
        on = max(on, before - change_costs) + gains[number]
    state = on > off
    for number in range(len(gains) - 1, -1, -1):
        states[number] = state
        if (state and came_on[number]) or (not state and came_off[number]):
            state = not state
