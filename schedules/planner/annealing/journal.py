"""The change under way: what it touched is kept in the journal, so that it can be taken back.

A change takes rows out, writes them anew and puts them in; then it is settled or rolled back as a whole.
"""

from schedules.planner.annealing.compiling import compiled, inlined
from schedules.planner.annealing.counting import toggle
from schedules.planner.annealing.layout import (
    BEST_ITEMS,
    BEST_ROWS,
    BEST_SLOTS,
    COLUMN,
    DAY,
    IN,
    JOURNAL,
    JOURNALED,
    MOST_ITEMS,
    ROWS,
    ROWS_BEFORE,
    SAVED_ITEMS,
    SAVED_SLOTS,
    SLOT_WIDTH,
    Ints,
)
from schedules.planner.annealing.rows import copy_row, items_at, slot_at


@inlined
def _saved_slot(m: Ints, entry: int) -> int:
    return m[SAVED_SLOTS] + entry * SLOT_WIDTH


@inlined
def _saved_items(m: Ints, entry: int) -> int:
    return m[SAVED_ITEMS] + entry * m[MOST_ITEMS]


@inlined
def _best_slot(m: Ints, row: int) -> int:
    return m[BEST_SLOTS] + row * SLOT_WIDTH


@inlined
def _best_items(m: Ints, row: int) -> int:
    return m[BEST_ITEMS] + row * m[MOST_ITEMS]


@compiled
def take_out(m: Ints, row: int) -> None:
    """Into the journal and out of the plan."""
    m[m[JOURNAL] + m[JOURNALED]] = row
    copy_row(m, slot_at(m, row), items_at(m, row), _saved_slot(m, m[JOURNALED]), _saved_items(m, m[JOURNALED]))
    m[JOURNALED] += 1
    toggle(m, row)


@compiled
def new_row(m: Ints, column: int, day: int) -> int:
    """A row without items, not in the plan yet."""
    row = m[ROWS]
    m[ROWS] += 1
    m[m[JOURNAL] + m[JOURNALED]] = row
    m[_saved_slot(m, m[JOURNALED]) + IN] = 0
    m[JOURNALED] += 1
    slot = slot_at(m, row)
    for part in range(SLOT_WIDTH):
        m[slot + part] = 0
    m[slot + COLUMN] = column
    m[slot + DAY] = day
    return row


@compiled
def settle(m: Ints) -> None:
    """Keeps the change: rows that are out go, the last ones take their numbers."""
    for row in range(m[ROWS] - 1, -1, -1):
        if not m[slot_at(m, row) + IN]:
            m[ROWS] -= 1
            copy_row(m, slot_at(m, m[ROWS]), items_at(m, m[ROWS]), slot_at(m, row), items_at(m, row))
    m[ROWS_BEFORE] = m[ROWS]
    m[JOURNALED] = 0


@compiled
def roll_back(m: Ints) -> None:
    for entry in range(m[JOURNALED]):
        row = m[m[JOURNAL] + entry]
        if m[slot_at(m, row) + IN]:
            toggle(m, row)
    for entry in range(m[JOURNALED]):
        if m[_saved_slot(m, entry) + IN]:
            row = m[m[JOURNAL] + entry]
            copy_row(m, _saved_slot(m, entry), _saved_items(m, entry), slot_at(m, row), items_at(m, row))
            m[slot_at(m, row) + IN] = 0
            toggle(m, row)
    m[ROWS] = m[ROWS_BEFORE]
    m[JOURNALED] = 0


@compiled
def remember(m: Ints) -> None:
    """The plan as it is becomes the best one met."""
    m[BEST_ROWS] = m[ROWS]
    for row in range(m[ROWS]):
        copy_row(m, slot_at(m, row), items_at(m, row), _best_slot(m, row), _best_items(m, row))


@compiled
def recall(m: Ints) -> None:
    """The best one met becomes the plan."""
    for row in range(m[ROWS]):
        toggle(m, row)
    for row in range(m[BEST_ROWS]):
        copy_row(m, _best_slot(m, row), _best_items(m, row), slot_at(m, row), items_at(m, row))
        m[slot_at(m, row) + IN] = 0
        toggle(m, row)
    m[ROWS] = m[BEST_ROWS]
    m[ROWS_BEFORE] = m[ROWS]
    m[JOURNALED] = 0
