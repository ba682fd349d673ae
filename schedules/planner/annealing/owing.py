"""Changes for what comes before the wishes: an airing owed, a published slot that is gone. They push others out."""

from schedules.planner.annealing.compiling import compiled
from schedules.planner.annealing.drawing import NOTHING, any_day, below, chance, fill
from schedules.planner.annealing.journal import new_row, take_out
from schedules.planner.annealing.layout import (
    AIRED,
    ANSWERED,
    COLUMN,
    COLUMNS,
    COUNT,
    DAY,
    END,
    FRAME,
    IN,
    JOURNALED,
    MOST_ITEMS,
    MOST_ROWS,
    OWED,
    OWED_COUNT,
    OWED_SEGMENT,
    OWED_TIMES,
    OWED_UNTIL,
    OWED_WIDTH,
    PUBLISHED,
    PUBLISHED_COLUMN,
    PUBLISHED_COUNT,
    PUBLISHED_DAY,
    PUBLISHED_ITEMS,
    PUBLISHED_ITEMS_FROM,
    PUBLISHED_ITEMS_TO,
    PUBLISHED_START,
    PUBLISHED_WIDTH,
    ROWS,
    SHAPE_WIDTH,
    SHAPES,
    START,
    TARGETS,
    Floats,
    Ints,
)
from schedules.planner.annealing.placing import may_air, may_ever_air, put_back, put_before, put_right_back
from schedules.planner.annealing.rows import append, duration_of, holds, items_at, may_change, slot_at

# How many rows a change may have taken out when it takes out another.
_MOST_ANSWERING = 2
_MOST_OVERLAPPING = 3
_MOST_BRINGING_BACK = 5


@compiled
def answer(m: Ints, f: Floats) -> bool:
    """One airing more of something owed that is missed, in a new slot or in one that is there."""
    number = below(m[OWED_COUNT])
    owed = m[OWED] + number * OWED_WIDTH
    if m[m[ANSWERED] + number] >= m[owed + OWED_TIMES] or m[ROWS] >= m[MOST_ROWS] - 4:
        return False
    segment = m[owed + OWED_SEGMENT]
    column = below(m[COLUMNS])
    day = any_day(m)
    if not may_ever_air(m, segment, column, day) or (f[m[TARGETS] + column] <= 0 and chance(0.9)):
        return False
    if m[m[AIRED] + segment] and not may_air(m, segment, column, day):
        _take_out_holders(m, segment)
    row = _any_on(m, column, day)
    if row < 0:
        row = new_row(m, column, day)
        append(m, row, segment)
        return fill(m, row) and put_before(m, row, m[owed + OWED_UNTIL])
    take_out(m, row)
    count = m[slot_at(m, row) + COUNT]
    if chance(0.5) or count == m[MOST_ITEMS]:
        m[items_at(m, row) + below(count)] = segment
    else:
        append(m, row, segment)
    return put_back(m, row)


@compiled
def _take_out_holders(m: Ints, segment: int) -> None:
    for row in range(m[ROWS]):
        if m[JOURNALED] < _MOST_ANSWERING and m[slot_at(m, row) + IN] and may_change(m, row) and holds(m, row, segment):
            take_out(m, row)


@compiled
def _any_on(m: Ints, column: int, day: int) -> int:
    """A row of the column on the date that may change, or NOTHING also where there is one."""
    chosen = NOTHING
    for row in range(m[ROWS]):
        slot = slot_at(m, row)
        if m[slot + IN] and m[slot + DAY] == day and m[slot + COLUMN] == column and may_change(m, row) and chance(0.6):
            chosen = row
    return chosen


@compiled
def bring_back(m: Ints) -> bool:
    """A published slot that is gone, as it was; what is in its way goes."""
    published = m[PUBLISHED] + below(m[PUBLISHED_COUNT]) * PUBLISHED_WIDTH
    column, start, day = (
        m[published + PUBLISHED_COLUMN],
        m[published + PUBLISHED_START],
        m[published + PUBLISHED_DAY],
    )
    items = m[PUBLISHED_ITEMS] + m[published + PUBLISHED_ITEMS_FROM]
    count = m[published + PUBLISHED_ITEMS_TO] - m[published + PUBLISHED_ITEMS_FROM]
    if count > m[MOST_ITEMS] or m[ROWS] >= m[MOST_ROWS] - 4:
        return False
    end = start + m[m[SHAPES] + column * SHAPE_WIDTH + FRAME]
    for at in range(count):
        end += duration_of(m, m[items + at])
    if not _clear(m, start, end):
        return False
    for at in range(count):
        _make_room(m, m[items + at], column, day)
    row = new_row(m, column, day)
    m[slot_at(m, row) + START] = start
    for at in range(count):
        append(m, row, m[items + at])
    return put_right_back(m, row)


@compiled
def _clear(m: Ints, start: int, end: int) -> bool:
    """Takes out all rows between two moments; says whether it could."""
    for row in range(m[ROWS]):
        if m[slot_at(m, row) + START] < end and start < m[slot_at(m, row) + END]:
            if not may_change(m, row) or m[JOURNALED] == _MOST_OVERLAPPING:
                return False
            take_out(m, row)
    return True


@compiled
def _make_room(m: Ints, segment: int, column: int, day: int) -> None:
    """Takes out rows that hold the segment until it may air on the date."""
    for row in range(m[ROWS]):
        if may_air(m, segment, column, day) or m[JOURNALED] == _MOST_BRINGING_BACK:
            break
        if m[slot_at(m, row) + IN] and may_change(m, row) and holds(m, row, segment):
            take_out(m, row)
