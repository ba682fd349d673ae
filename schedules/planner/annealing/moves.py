"""Changes tried at random. Each says whether it could be made; what it touched is in the journal either way."""

from schedules.planner.annealing.compiling import compiled
from schedules.planner.annealing.drawing import any_day, any_segment, any_segment_about, below, chance, fill
from schedules.planner.annealing.journal import new_row, take_out
from schedules.planner.annealing.layout import COLUMN, COUNT, DAY, MOST_ITEMS, MOST_ROWS, ROWS, Ints
from schedules.planner.annealing.placing import is_full, put, put_back
from schedules.planner.annealing.rows import append, duration_of, items_at, leave_out, slot_at


@compiled
def replace(m: Ints, row: int) -> bool:
    """Another segment in place of an item."""
    slot = slot_at(m, row)
    segment = any_segment(m, m[slot + COLUMN], m[slot + DAY])
    if segment < 0:
        return False
    take_out(m, row)
    m[items_at(m, row) + below(m[slot + COUNT])] = segment
    return put_back(m, row)


@compiled
def replace_elsewhere(m: Ints, row: int) -> bool:
    """Another segment in place of an item, and another date for the slot."""
    slot = slot_at(m, row)
    day = any_day(m)
    segment = any_segment(m, m[slot + COLUMN], day)
    if segment < 0:
        return False
    take_out(m, row)
    m[slot + DAY] = day
    m[items_at(m, row) + below(m[slot + COUNT])] = segment
    return put(m, row)


@compiled
def shift(m: Ints, row: int) -> bool:
    """The same items on another date."""
    take_out(m, row)
    m[slot_at(m, row) + DAY] = any_day(m)
    return put(m, row)


@compiled
def join(m: Ints, row: int) -> bool:
    """One more item."""
    slot = slot_at(m, row)
    if m[slot + COUNT] == m[MOST_ITEMS]:
        return False
    segment = any_segment(m, m[slot + COLUMN], m[slot + DAY])
    if segment < 0:
        return False
    take_out(m, row)
    append(m, row, segment)
    return put_back(m, row)


@compiled
def drop(m: Ints, row: int) -> bool:
    """One item less, or the slot itself."""
    count = m[slot_at(m, row) + COUNT]
    take_out(m, row)
    if count == 1 or chance(0.3):
        return True
    leave_out(m, row, below(count))
    return put_back(m, row)


@compiled
def renew(m: Ints, row: int) -> bool:
    """Another slot in place of this one, on any date."""
    slot = slot_at(m, row)
    take_out(m, row)
    day = any_day(m)
    segment = any_segment(m, m[slot + COLUMN], day)
    if segment < 0:
        return False
    m[slot + DAY] = day
    m[slot + COUNT] = 0
    append(m, row, segment)
    return fill(m, row) and put(m, row)


@compiled
def split(m: Ints, row: int) -> bool:
    """An item moves to a slot of its own on another date."""
    slot = slot_at(m, row)
    if m[slot + COUNT] < 2 or m[ROWS] >= m[MOST_ROWS] - 2:
        return False
    take_out(m, row)
    at = below(m[slot + COUNT])
    made = new_row(m, m[slot + COLUMN], any_day(m))
    append(m, made, m[items_at(m, row) + at])
    leave_out(m, row, at)
    return put_back(m, row) and fill(m, made) and put(m, made)


@compiled
def add(m: Ints, column: int) -> bool:
    """One more slot."""
    if m[ROWS] >= m[MOST_ROWS] - 2:
        return False
    day = any_day(m)
    if is_full(m, column, day):
        return False
    segment = any_segment(m, column, day)
    if segment < 0:
        return False
    row = new_row(m, column, day)
    append(m, row, segment)
    return fill(m, row) and put(m, row)


@compiled
def trade(m: Ints, row: int, other: int) -> bool:
    """Two slots exchange an item each."""
    take_out(m, row)
    take_out(m, other)
    one = items_at(m, row) + below(m[slot_at(m, row) + COUNT])
    two = items_at(m, other) + below(m[slot_at(m, other) + COUNT])
    m[one], m[two] = m[two], m[one]
    return put_back(m, row) and put_back(m, other)


@compiled
def replace_both(m: Ints, row: int, other: int) -> bool:
    """Another segment in place of an item of each, the second chosen to make up for how long the first is."""
    slot, other_slot = slot_at(m, row), slot_at(m, other)
    one, two = items_at(m, row) + below(m[slot + COUNT]), items_at(m, other) + below(m[other_slot + COUNT])
    segment = any_segment(m, m[slot + COLUMN], m[slot + DAY])
    if segment < 0:
        return False
    together = duration_of(m, m[one]) + duration_of(m, m[two])
    second = any_segment_about(m, m[other_slot + COLUMN], m[other_slot + DAY], together - duration_of(m, segment))
    if second < 0 or second == segment:
        return False
    take_out(m, row)
    take_out(m, other)
    m[one], m[two] = segment, second
    return put_back(m, row) and put_back(m, other)


@compiled
def pass_on(m: Ints, row: int, other: int) -> bool:
    """An item moves to another slot; a slot that it leaves empty goes."""
    if m[slot_at(m, other) + COUNT] == m[MOST_ITEMS]:
        return False
    take_out(m, row)
    take_out(m, other)
    at = below(m[slot_at(m, row) + COUNT])
    append(m, other, m[items_at(m, row) + at])
    leave_out(m, row, at)
    return put_back(m, other) and (m[slot_at(m, row) + COUNT] == 0 or put_back(m, row))
