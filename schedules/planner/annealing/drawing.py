"""What is drawn at random. Each search seeds the compiler's own generator: the same seed, the same draws."""

import numpy as np

from schedules.planner.annealing.compiling import compiled, inlined
from schedules.planner.annealing.layout import (
    COLUMN,
    COUNT,
    DAY,
    FRAME,
    MOST_ITEMS,
    OPEN_DAY_COUNT,
    OPEN_DAYS,
    POOL,
    POOL_AT,
    ROWS,
    SHAPE_WIDTH,
    SHAPES,
    SLOT_MAX,
    SLOT_MIN,
    Ints,
)
from schedules.planner.annealing.placing import may_air
from schedules.planner.annealing.rows import append, duration_of, holds, items_at, may_change, slot_at

NOTHING = -1
"""Drawn where a few draws find none that will do."""

_DRAWS = 8


@inlined
def chance(share: float) -> bool:
    return np.random.random() < share


@inlined
def below(count: int) -> int:
    """A number from 0 to count - 1; 0 where count is."""
    return int(np.random.random() * count)


@inlined
def any_day(m: Ints) -> int:
    return m[m[OPEN_DAYS] + below(m[OPEN_DAY_COUNT])]


@inlined
def pool_size(m: Ints, column: int) -> int:
    return m[m[POOL_AT] + column + 1] - m[m[POOL_AT] + column]


@inlined
def pooled(m: Ints, column: int, at: int) -> int:
    """A segment of the column's pool."""
    return m[m[POOL] + m[m[POOL_AT] + column] + at]


@compiled
def any_segment(m: Ints, column: int, day: int) -> int:
    """One that may air on the date."""
    size = pool_size(m, column)
    if size:
        for _ in range(_DRAWS):
            segment = pooled(m, column, below(size))
            if may_air(m, segment, column, day):
                return segment
    return NOTHING


@compiled
def any_segment_about(m: Ints, column: int, day: int, duration: int) -> int:
    """Of some that may air on the date, drawn at random, the one that lasts most nearly as long."""
    size, nearest, found = pool_size(m, column), 0, NOTHING
    if size:
        for _ in range(_DRAWS):
            segment = pooled(m, column, below(size))
            away = abs(duration_of(m, segment) - duration)
            if (found < 0 or away < nearest) and may_air(m, segment, column, day):
                nearest, found = away, segment
    return found


@compiled
def any_other_row(m: Ints, row: int) -> int:
    """Another of the same column that may change."""
    for _ in range(_DRAWS):
        other = below(m[ROWS])
        if other != row and m[slot_at(m, other) + COLUMN] == m[slot_at(m, row) + COLUMN] and may_change(m, other):
            return other
    return NOTHING


@compiled
def fill(m: Ints, row: int) -> bool:
    """Joins segments to the row, which is out, until its column's shortest slot is reached; says whether it is."""
    slot, items = slot_at(m, row), items_at(m, row)
    shape = m[SHAPES] + m[slot + COLUMN] * SHAPE_WIDTH
    least, most = m[shape + SLOT_MIN] - m[shape + FRAME], m[shape + SLOT_MAX] - m[shape + FRAME]
    content = 0
    for at in range(m[slot + COUNT]):
        content += duration_of(m, m[items + at])
    while content < least:
        if m[slot + COUNT] == m[MOST_ITEMS]:
            return False
        segment = _filler(m, row, least - content, most - content)
        if segment < 0:
            return False
        append(m, row, segment)
        content += duration_of(m, segment)
    return content <= most


@compiled
def _filler(m: Ints, row: int, least: int, most: int) -> int:
    """A segment of at most `most`: of some at random the first that fits, then in turn, for a while only those that
    complete the slot by lasting `least`."""
    column = m[slot_at(m, row) + COLUMN]
    size = pool_size(m, column)
    if size == 0:
        return NOTHING
    first = below(size)
    for _ in range(_DRAWS):
        segment = pooled(m, column, below(size))
        if duration_of(m, segment) <= most and _may_join(m, row, segment):
            return segment
    for draw in range(_DRAWS, _DRAWS + size):
        segment = pooled(m, column, (first + draw) % size)
        duration = duration_of(m, segment)
        enough = duration >= least or draw > _DRAWS + size // 2
        if enough and duration <= most and _may_join(m, row, segment):
            return segment
    return NOTHING


@compiled
def _may_join(m: Ints, row: int, segment: int) -> bool:
    slot = slot_at(m, row)
    return may_air(m, segment, m[slot + COLUMN], m[slot + DAY]) and not holds(m, row, segment)
