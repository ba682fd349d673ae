"""Rows: own slots by number, each with its items, and their copies."""

from schedules.planner.annealing.compiling import compiled, inlined
from schedules.planner.annealing.layout import (
    ALL_ROWS,
    COUNT,
    DURATION,
    HELD,
    ITEMS_OF,
    MOST_ITEMS,
    SLOT_WIDTH,
    SLOTS,
    Ints,
)


@compiled
def slot_at(m: Ints, row: int) -> int:
    """Where the row lies: `m[slot_at(m, row) + START]`."""
    return m[SLOTS] + row * SLOT_WIDTH


@compiled
def items_at(m: Ints, row: int) -> int:
    """Where its segments begin."""
    return m[ITEMS_OF] + row * m[MOST_ITEMS]


@inlined
def duration_of(m: Ints, segment: int) -> int:
    return m[m[DURATION] + segment]


@compiled
def may_change(m: Ints, row: int) -> bool:
    return m[ALL_ROWS] != 0 or m[slot_at(m, row) + HELD] == 0


@compiled
def holds(m: Ints, row: int, segment: int) -> bool:
    items = items_at(m, row)
    for at in range(m[slot_at(m, row) + COUNT]):
        if m[items + at] == segment:
            return True
    return False


@compiled
def append(m: Ints, row: int, segment: int) -> None:
    slot = slot_at(m, row)
    m[items_at(m, row) + m[slot + COUNT]] = segment
    m[slot + COUNT] += 1


@compiled
def leave_out(m: Ints, row: int, at: int) -> None:
    """Takes the item at a place out of the row."""
    slot, items = slot_at(m, row), items_at(m, row)
    m[slot + COUNT] -= 1
    for later in range(at, m[slot + COUNT]):
        m[items + later] = m[items + later + 1]


@compiled
def copy_row(m: Ints, slot: int, items: int, to_slot: int, to_items: int) -> None:
    """From one place to another, in or out of SLOTS and ITEMS_OF."""
    for part in range(SLOT_WIDTH):
        m[to_slot + part] = m[slot + part]
    for at in range(m[slot + COUNT]):
        m[to_items + at] = m[items + at]
