"""Pieces of one fingerprint slid over the whole of another: compiled, as it is billions of comparisons for an hour.

The compiled code is kept beside this file or, where that cannot be written, in the user's cache folder
(`NUMBA_CACHE_DIR` names another); where neither can, it is compiled anew in each process.
"""

from collections.abc import Callable
from functools import cache
from typing import Final, cast

import numpy as np
import numpy.typing as npt

# So many places are worked at a time that their sums stay in the processor's first cache.
_TILE: Final = 4096

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


@cache
def _slide() -> Callable[[Items, Items, int, Sums], None]:
    from numba import njit

    try:
        compiled = njit(cache=True, nogil=True)(_wrong_bits)
    except RuntimeError:
        # No folder to keep it in.
        compiled = njit(nogil=True)(_wrong_bits)
    return cast("Callable[[Items, Items, int, Sums], None]", compiled)


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
