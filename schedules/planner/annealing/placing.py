"""Where a row may stand: no row goes into the plan that breaks a hard constraint."""

from schedules.planner.annealing.compiling import compiled, inlined
from schedules.planner.annealing.counting import rule_at, toggle, worth
from schedules.planner.annealing.layout import (
    A_DAY,
    AIRED,
    AIRED_DAYS,
    AIRED_IN,
    ANY_COLUMN,
    APART,
    COLUMN,
    COLUMNS,
    COUNT,
    DATE,
    DATES,
    DAY,
    DAY_COUNT,
    END,
    EXACT,
    FIRST_GAP_AT,
    FIRST_GAPS,
    FRAME,
    FREEZE,
    GAP_AT,
    GAPS,
    IN,
    IS_MAX,
    LIMIT,
    MAY,
    MINUTE,
    MS,
    NO_LIMIT,
    NOW,
    OF_COLUMN,
    PERIOD,
    PIECE_AT,
    PIECE_END,
    PIECE_OCCURRENCE,
    PIECE_START,
    PIECE_WIDTH,
    PIECES,
    REACHED,
    ROWS,
    RULE_COUNT,
    SEGMENTS,
    SESSION,
    SHAPE_WIDTH,
    SHAPES,
    SLOT_MAX,
    SLOT_MIN,
    SPAN_COUNT,
    SPAN_END,
    SPAN_START,
    SPAN_WIDTH,
    SPANS,
    START,
    TOTALS,
    TOTALS_AT,
    URGENT,
    Ints,
)
from schedules.planner.annealing.rows import duration_of, items_at, slot_at

_NO_LENGTH = -1
_NO_START = -(1 << 62)


@inlined
def put(m: Ints, row: int) -> bool:
    """Into the plan at the first start on the row's date where it breaks nothing; says whether there is one."""
    return put_before(m, row, m[NO_LIMIT])


@compiled
def put_before(m: Ints, row: int, before: int) -> bool:
    """The same with a start before a moment."""
    length = _length(m, row)
    if length == _NO_LENGTH:
        return False
    start = _first_start(m, row, length, before)
    if start == _NO_START:
        return False
    _enter(m, row, start, length)
    return True


@compiled
def put_back(m: Ints, row: int) -> bool:
    """Into the plan at the start that the row has, or else at the first where it breaks nothing."""
    length = _length(m, row)
    if length == _NO_LENGTH:
        return False
    start = m[slot_at(m, row) + START]
    if not _may_stand(m, row, start, length):
        start = _first_start(m, row, length, m[NO_LIMIT])
        if start == _NO_START:
            return False
    _enter(m, row, start, length)
    return True


@compiled
def put_right_back(m: Ints, row: int) -> bool:
    """Into the plan at the start that the row has and nowhere else."""
    length, start = _length(m, row), m[slot_at(m, row) + START]
    if length == _NO_LENGTH or not _may_stand(m, row, start, length):
        return False
    _enter(m, row, start, length)
    return True


@compiled
def is_full(m: Ints, column: int, day: int) -> bool:
    """Whether the date has as many slots of the column as it may."""
    return m[m[DAY_COUNT] + column * m[DATES] + day] >= m[m[SHAPES] + column * SHAPE_WIDTH + A_DAY]


@inlined
def may_ever_air(m: Ints, segment: int, column: int, day: int) -> bool:
    """Validity, targeting and airings of other months."""
    return m[m[MAY] + column * m[SEGMENTS] + segment] >> day & 1 != 0


@compiled
def may_air(m: Ints, segment: int, column: int, day: int) -> bool:
    """The same, and distance and monthly limit, of one more airing."""
    if not may_ever_air(m, segment, column, day):
        return False
    if m[m[AIRED] + segment] == 0:
        return True
    if m[m[ANY_COLUMN] + segment]:
        return _may_repeat_in_columns(m, segment, column, day)
    return _may_repeat(m, segment, column, day)


@compiled
def _may_repeat(m: Ints, segment: int, column: int, day: int) -> bool:
    if m[m[AIRED] + segment] >= m[m[LIMIT] + column * m[SEGMENTS] + segment]:
        return False
    apart = m[m[APART] + column * m[SEGMENTS] + segment]
    first, last = max(0, day - apart + 1), min(m[DATES] - 1, day + apart - 1)
    too_near = (1 << last + 1) - (1 << first)
    return m[m[AIRED_DAYS] + segment] & too_near == 0


@compiled
def _may_repeat_in_columns(m: Ints, segment: int, column: int, day: int) -> bool:
    """A segment of no column keeps the largest distance and the smallest limit of those it airs in, for all airings."""
    apart, limit = m[m[APART] + column * m[SEGMENTS] + segment], m[m[LIMIT] + column * m[SEGMENTS] + segment]
    for other in range(m[COLUMNS]):
        if m[m[AIRED_IN] + other * m[SEGMENTS] + segment]:
            apart = max(apart, m[m[APART] + other * m[SEGMENTS] + segment])
            limit = min(limit, m[m[LIMIT] + other * m[SEGMENTS] + segment])
    days = m[m[AIRED_DAYS] + segment]
    if m[m[AIRED] + segment] >= limit or days >> day & 1:
        return False
    days |= 1 << day
    last = -apart
    for each in range(m[DATES]):
        if days >> each & 1:
            if each - last < apart:
                return False
            last = each
    return True


@compiled
def _length(m: Ints, row: int) -> int:
    """Of the row's slot, if its column has one more on its date and its items may air then, else _NO_LENGTH."""
    slot, items = slot_at(m, row), items_at(m, row)
    column, day, count = m[slot + COLUMN], m[slot + DAY], m[slot + COUNT]
    if count == 0 or is_full(m, column, day):
        return _NO_LENGTH
    shape = m[SHAPES] + column * SHAPE_WIDTH
    length = m[shape + FRAME]
    for at in range(count):
        length += duration_of(m, m[items + at])
        for earlier in range(at):
            if m[items + earlier] == m[items + at]:
                return _NO_LENGTH
    if length < m[shape + SLOT_MIN] or length > m[shape + SLOT_MAX]:
        return _NO_LENGTH
    for at in range(count):
        if not may_air(m, m[items + at], column, day):
            return _NO_LENGTH
    return length


@compiled
def _not_before(m: Ints, row: int) -> int:
    """The earliest start: now with an urgent segment, else the freeze."""
    items = items_at(m, row)
    for at in range(m[slot_at(m, row) + COUNT]):
        if m[m[URGENT] + m[items + at]]:
            return m[NOW]
    return m[FREEZE]


@compiled
def _may_stand(m: Ints, row: int, start: int, length: int) -> bool:
    day = m[slot_at(m, row) + DAY]
    if start < _not_before(m, row) or _free_from(m, day, start, length) != start:
        return False
    for at in range(m[m[GAP_AT] + day], m[m[GAP_AT] + day + 1]):
        gap = m[GAPS] + at * SPAN_WIDTH
        if m[gap + SPAN_START] <= start and start + length <= m[gap + SPAN_END]:
            return _keeps_maxima(m, row, start, start + length)
    return False


@compiled
def _first_start(m: Ints, row: int, length: int, before: int) -> int:
    """The first start in a session that others relay, else in any."""
    start = _first_start_in(m, row, length, before, m[FIRST_GAPS], m[FIRST_GAP_AT])
    return start if start != _NO_START else _first_start_in(m, row, length, before, m[GAPS], m[GAP_AT])


@compiled
def _first_start_in(m: Ints, row: int, length: int, before: int, gaps: int, gap_at: int) -> int:
    day, not_before = m[slot_at(m, row) + DAY], _not_before(m, row)
    for at in range(m[gap_at + day], m[gap_at + day + 1]):
        gap = gaps + at * SPAN_WIDTH
        start = _free_from(m, day, max(m[gap + SPAN_START], not_before), length)
        if start + length <= m[gap + SPAN_END] and start < before and _keeps_maxima(m, row, start, start + length):
            return start
    return _NO_START


@compiled
def _free_from(m: Ints, day: int, start: int, length: int) -> int:
    """The first whole minute from `start` at which a slot of the length meets none of the date's rows."""
    moved = True
    while moved:
        moved = False
        for row in range(m[ROWS]):
            slot = slot_at(m, row)
            if m[slot + IN] and m[slot + DAY] == day and m[slot + START] < start + length and start < m[slot + END]:
                start = -(-m[slot + END] // MINUTE) * MINUTE
                moved = True
    return start


@compiled
def _keeps_maxima(m: Ints, row: int, start: int, end: int) -> bool:
    """Of rules that count every airing; those of first airings are looked at when all is counted anew."""
    for rule in range(m[RULE_COUNT]):
        this = rule_at(m, rule)
        if m[this + IS_MAX] and not m[this + EXACT] and m[this + OF_COLUMN] == m[slot_at(m, row) + COLUMN]:
            added = worth(m, rule, row)
            if added and _fullest(m, rule, m[slot_at(m, row) + DAY], start, end) + added > m[this + MS]:
                return False
    return True


@compiled
def _fullest(m: Ints, rule: int, day: int, start: int, end: int) -> int:
    """What is counted in the fullest of the rule's periods that a slot lies in."""
    this = rule_at(m, rule)
    totals = m[TOTALS] + m[this + TOTALS_AT]
    if m[this + PERIOD] != SESSION:
        return m[totals + (day if m[this + PERIOD] == DATE else 0)]
    most = 0
    for at in range(m[m[PIECE_AT] + day], m[m[PIECE_AT] + day + 1]):
        piece = m[PIECES] + at * PIECE_WIDTH
        if m[piece + PIECE_START] <= start and end <= m[piece + PIECE_END]:
            most = max(most, m[totals + m[piece + PIECE_OCCURRENCE]])
    return most


@compiled
def _enter(m: Ints, row: int, start: int, length: int) -> None:
    slot = slot_at(m, row)
    m[slot + START] = start
    m[slot + END] = start + length
    m[slot + REACHED] = _is_reached(m, start, start + length)
    toggle(m, row)


@compiled
def _is_reached(m: Ints, start: int, end: int) -> int:
    """1 where others relay the station, else 0."""
    for at in range(m[SPAN_COUNT]):
        span = m[SPANS] + at * SPAN_WIDTH
        if m[span + SPAN_START] <= start and end <= m[span + SPAN_END]:
            return 1
    return 0
