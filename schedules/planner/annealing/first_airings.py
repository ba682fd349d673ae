"""Rules that count a segment's first airing in the month only: counted anew after each change."""

import numpy as np

from schedules.planner.annealing.compiling import compiled
from schedules.planner.annealing.counting import add_to_periods, is_counted, rule_at
from schedules.planner.annealing.layout import (
    ANY_EXACT,
    COLUMN,
    COUNT,
    DAY,
    END,
    EXACT,
    FIXED,
    FIXED_AT,
    FIXED_DAY,
    FIXED_DURATION,
    FIXED_END,
    FIXED_ITEM_WIDTH,
    FIXED_ITEMS,
    FIXED_ITEMS_FROM,
    FIXED_ITEMS_TO,
    FIXED_SEGMENT,
    FIXED_START,
    FIXED_WIDTH,
    IN,
    IS_MAX,
    MADE,
    MS,
    OF_COLUMN,
    ROWS,
    RULE_COUNT,
    RULE_FRAME,
    SEEN,
    STAMP,
    START,
    TOTALS,
    TOTALS_AT,
    TOTALS_UNTIL,
    Ints,
)
from schedules.planner.annealing.rows import duration_of, items_at, slot_at


@compiled
def recount(m: Ints) -> bool:
    """Counts all rules of first airings anew; says whether their maxima hold."""
    holds = True
    if m[ANY_EXACT]:
        order = np.empty(m[ROWS], np.int64)
        for rule in range(m[RULE_COUNT]):
            if m[rule_at(m, rule) + EXACT]:
                _recount_rule(m, rule, order)
                holds = _holds(m, rule) and holds
    return holds


@compiled
def _recount_rule(m: Ints, rule: int, order: Ints) -> None:
    """Fixed slots and rows in the order of their start; a fixed one before a row with the same."""
    for at in range(m[rule_at(m, rule) + TOTALS_AT], m[rule_at(m, rule) + TOTALS_UNTIL]):
        m[m[TOTALS] + at] = 0
        m[m[MADE] + at] = 0
    m[STAMP] += 1
    rows = _rows_by_start(m, rule, order)
    fixed, fixed_end = m[m[FIXED_AT] + rule], m[m[FIXED_AT] + rule + 1]
    for at in range(rows):
        start = m[slot_at(m, order[at]) + START]
        while fixed < fixed_end and m[m[FIXED] + fixed * FIXED_WIDTH + FIXED_START] <= start:
            _count_fixed(m, rule, fixed)
            fixed += 1
        _count_row(m, rule, order[at])
    while fixed < fixed_end:
        _count_fixed(m, rule, fixed)
        fixed += 1


@compiled
def _rows_by_start(m: Ints, rule: int, order: Ints) -> int:
    """Writes the column's rows into `order`; says how many."""
    rows = 0
    for row in range(m[ROWS]):
        slot = slot_at(m, row)
        if m[slot + IN] and m[slot + COLUMN] == m[rule_at(m, rule) + OF_COLUMN]:
            at = rows
            while at and m[slot_at(m, order[at - 1]) + START] > m[slot + START]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = row
            rows += 1
    return rows


@compiled
def _is_first(m: Ints, segment: int) -> bool:
    """Whether this count meets the segment for the first time."""
    if m[m[SEEN] + segment] == m[STAMP]:
        return False
    m[m[SEEN] + segment] = m[STAMP]
    return True


@compiled
def _count_fixed(m: Ints, rule: int, number: int) -> None:
    fixed = m[FIXED] + number * FIXED_WIDTH
    total = 0
    for at in range(m[fixed + FIXED_ITEMS_FROM], m[fixed + FIXED_ITEMS_TO]):
        item = m[FIXED_ITEMS] + at * FIXED_ITEM_WIDTH
        if _is_first(m, m[item + FIXED_SEGMENT]):
            total += m[item + FIXED_DURATION]
    if total:
        total += m[rule_at(m, rule) + RULE_FRAME]
        add_to_periods(m, rule, m[fixed + FIXED_DAY], m[fixed + FIXED_START], m[fixed + FIXED_END], total, 0)


@compiled
def _count_row(m: Ints, rule: int, row: int) -> None:
    slot, items = slot_at(m, row), items_at(m, row)
    total = 0
    for at in range(m[slot + COUNT]):
        segment = m[items + at]
        if is_counted(m, rule, segment) and _is_first(m, segment):
            total += duration_of(m, segment)
    if total:
        total += m[rule_at(m, rule) + RULE_FRAME]
        add_to_periods(m, rule, m[slot + DAY], m[slot + START], m[slot + END], total, total)


@compiled
def _holds(m: Ints, rule: int) -> bool:
    """Whether no period with own counted airtime is above a maximum."""
    this = rule_at(m, rule)
    if m[this + IS_MAX]:
        for at in range(m[this + TOTALS_AT], m[rule_at(m, rule) + TOTALS_UNTIL]):
            if m[m[MADE] + at] > 0 and m[m[TOTALS] + at] > m[this + MS]:
                return False
    return True
