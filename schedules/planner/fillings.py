"""Which segments go into a slot together: to reach its shortest length, or to use all of its longest."""

from math import gcd
from random import Random

from schedules.planner.station_draft import StationDraft

_MOST_WEIGHED = 48
"""Segments weighed for one place; of more a drawn sample is taken."""


def candidates(draft: StationDraft, column: int, day: int, rng: Random, most: int = _MOST_WEIGHED) -> list[int]:
    """Segments that may air on the date, at most so many, drawn if there are more."""
    pool = draft.pools[column]
    if len(pool) > 3 * most:
        pool = rng.sample(pool, 3 * most)
    free = [segment for segment in pool if draft.may_air(segment, day, column)]
    return rng.sample(free, most) if len(free) > most else free


def content_bounds(draft: StationDraft, column: int, day: int, items: tuple[int, ...]) -> tuple[int, int]:
    """Least and most milliseconds of items that a new slot with `items` may hold on the date."""
    shape = draft.tables.columns[column]
    room = draft.free_length(day, draft.not_before(items))
    return max(1, shape.slot_min_ms - shape.frame_ms), min(shape.slot_max_ms, room) - shape.frame_ms


def completed(
    draft: StationDraft, column: int, day: int, items: tuple[int, ...], rng: Random, *, wanted: int = 0
) -> tuple[int, ...] | None:
    """The items, with others joined where they are too short for a slot (or for `wanted`); None if nothing fits."""
    duration = draft.tables.duration
    least, most = content_bounds(draft, column, day, items)
    least = max(least, wanted)
    content = sum(duration[segment] for segment in items)
    if content > most:
        return None
    if content >= least:
        return items
    others = [segment for segment in candidates(draft, column, day, rng) if segment not in items]
    wishes = draft.wishes[column]
    reached = bool(draft.reached_gaps[day])
    chosen = list(items)
    left = others
    while content < least:
        left = [segment for segment in left if content + duration[segment] <= most]
        if not left:
            break
        into = [(segment, day, reached) for segment in chosen]
        best = min(left, key=lambda segment: wishes.cost_if([], [*into, (segment, day, reached)]))
        left.remove(best)
        chosen.append(best)
        content += duration[best]
    if content >= least:
        return tuple(chosen)
    content = sum(duration[segment] for segment in items)
    exact = subset(
        [segment for segment in draft.pools[column] if segment not in items and draft.may_air(segment, day, column)],
        duration,
        least - content,
        most - content,
        fullest=False,
    )
    return None if exact is None else (*items, *exact)


def subset(segments: list[int], duration: list[int], least: int, most: int, *, fullest: bool) -> tuple[int, ...] | None:
    """Segments whose durations sum to between the bounds, the least or fullest such sum; None if there is none.

    Sums are the set bits of one integer, in steps of the durations' common divisor; past 64 segments the
    rest is left out.
    """
    segments = [segment for segment in segments if duration[segment] <= most][:64]
    if not segments or most < max(least, 1):
        return None
    step = gcd(*(duration[segment] for segment in segments))
    lowest, highest = -(-max(least, 1) // step), most // step
    mask = (1 << (highest + 1)) - 1
    layers = [1]
    for segment in segments:
        layers.append((layers[-1] | layers[-1] << duration[segment] // step) & mask)
        if (layers[-1].bit_length() > lowest and not fullest) or layers[-1].bit_length() > highest:
            break
    above = layers[-1] >> lowest
    if not above:
        return None
    total = layers[-1].bit_length() - 1 if fullest else lowest + (above & -above).bit_length() - 1
    chosen = []
    for number in range(len(layers) - 1, 0, -1):
        if not layers[number - 1] >> total & 1:
            chosen.append(segments[number - 1])
            total -= duration[segments[number - 1]] // step
    return tuple(reversed(chosen))
