"""Sums that follow each row in and out of the plan: for the wishes, for the rules, for what is owed."""

from schedules.planner.annealing.compiling import compiled, inlined
from schedules.planner.annealing.layout import (
    AGED,
    AGES,
    AIR,
    AIRED,
    AIRED_DAYS,
    AIRED_IN,
    ANSWERED,
    BY_LANGUAGE,
    BY_TOPIC,
    BY_WEEK,
    COLUMN,
    COUNT,
    DATE,
    DATES,
    DAY,
    DAY_COUNT,
    DISTINCT,
    END,
    EXACT,
    IN,
    ITEMS,
    LANGUAGE_COUNT,
    LANGUAGE_OF,
    MADE,
    OF_COLUMN,
    OWED,
    OWED_AT,
    OWED_FROM,
    OWED_NUMBER,
    OWED_UNTIL,
    OWED_WIDTH,
    PASSED_ON,
    PERIOD,
    PIECE_AT,
    PIECE_END,
    PIECE_OCCURRENCE,
    PIECE_START,
    PIECE_WIDTH,
    PIECES,
    PUBLISHED,
    PUBLISHED_COLUMN,
    PUBLISHED_COUNT,
    PUBLISHED_ITEMS,
    PUBLISHED_ITEMS_FROM,
    PUBLISHED_ITEMS_TO,
    PUBLISHED_START,
    PUBLISHED_TIMES,
    PUBLISHED_WIDTH,
    REACHED,
    RULE_COUNT,
    RULE_COUNTS,
    RULE_FRAME,
    RULE_WIDTH,
    RULES,
    SEGMENTS,
    SESSION,
    START,
    SUM_WIDTH,
    SUMS,
    TIMES,
    TOPIC_COUNT,
    TOPIC_OF,
    TOTALS,
    TOTALS_AT,
    UNCHANGED,
    WEEK_COUNT,
    WEEK_OF,
    Ints,
)
from schedules.planner.annealing.rows import duration_of, items_at, slot_at


@compiled
def toggle(m: Ints, row: int) -> None:
    """Counts the row out of the plan if it is in, and in, whatever it breaks, if it is out."""
    slot, items = slot_at(m, row), items_at(m, row)
    sign = -1 if m[slot + IN] else 1
    column, day = m[slot + COLUMN], m[slot + DAY]
    for at in range(m[slot + COUNT]):
        segment = m[items + at]
        _count_wishes(m, column, segment, day, m[slot + REACHED], sign)
        _count_airing(m, column, segment, day, m[slot + START], sign)
    m[m[DAY_COUNT] + column * m[DATES] + day] += sign
    m[slot + IN] += sign
    for number in range(m[PUBLISHED_COUNT]):
        if _is_published(m, row, number):
            times = m[m[PUBLISHED] + number * PUBLISHED_WIDTH + PUBLISHED_TIMES]
            m[m[SUMS] + column * SUM_WIDTH + UNCHANGED] += sign * times
    for rule in range(m[RULE_COUNT]):
        this = rule_at(m, rule)
        if m[this + OF_COLUMN] == column and not m[this + EXACT]:
            added = sign * worth(m, rule, row)
            if added:
                add_to_periods(m, rule, day, m[slot + START], m[slot + END], added, added)


@compiled
def _count_wishes(m: Ints, column: int, segment: int, day: int, reached: int, sign: int) -> None:
    air = duration_of(m, segment) * sign
    sums = m[SUMS] + column * SUM_WIDTH
    m[sums + AIR] += air
    m[sums + ITEMS] += sign
    m[sums + AGES] += sign * m[m[AGED] + segment * m[DATES] + day]
    if reached:
        m[sums + PASSED_ON] += air
    m[m[BY_TOPIC] + column * m[TOPIC_COUNT] + m[m[TOPIC_OF] + segment]] += air
    m[m[BY_WEEK] + column * m[WEEK_COUNT] + m[m[WEEK_OF] + day]] += air
    m[m[BY_LANGUAGE] + column * m[LANGUAGE_COUNT] + m[m[LANGUAGE_OF] + segment]] += air
    times = m[TIMES] + column * m[SEGMENTS] + segment
    before = m[times]
    m[times] = before + sign
    if before == 0:
        m[sums + DISTINCT] += 1
    elif before + sign == 0:
        m[sums + DISTINCT] -= 1


@compiled
def _count_airing(m: Ints, column: int, segment: int, day: int, start: int, sign: int) -> None:
    """For distance, monthly limit and what is owed."""
    m[m[AIRED_DAYS] + segment] ^= 1 << day
    m[m[AIRED] + segment] += sign
    m[m[AIRED_IN] + column * m[SEGMENTS] + segment] += sign
    for at in range(m[m[OWED_AT] + segment], m[m[OWED_AT] + segment + 1]):
        number = m[m[OWED_NUMBER] + at]
        owed = m[OWED] + number * OWED_WIDTH
        if m[owed + OWED_FROM] <= start < m[owed + OWED_UNTIL]:
            m[m[ANSWERED] + number] += sign


@compiled
def _is_published(m: Ints, row: int, number: int) -> bool:
    """Whether the row is a published slot as it was."""
    slot, items, published = slot_at(m, row), items_at(m, row), m[PUBLISHED] + number * PUBLISHED_WIDTH
    if m[published + PUBLISHED_START] != m[slot + START] or m[published + PUBLISHED_COLUMN] != m[slot + COLUMN]:
        return False
    first = m[published + PUBLISHED_ITEMS_FROM]
    if m[published + PUBLISHED_ITEMS_TO] - first != m[slot + COUNT]:
        return False
    for at in range(m[slot + COUNT]):
        if m[m[PUBLISHED_ITEMS] + first + at] != m[items + at]:
            return False
    return True


@compiled
def rule_at(m: Ints, rule: int) -> int:
    """Where the rule lies: `m[rule_at(m, rule) + PERIOD]`."""
    return m[RULES] + rule * RULE_WIDTH


@inlined
def is_counted(m: Ints, rule: int, segment: int) -> bool:
    return m[m[RULE_COUNTS] + rule * m[SEGMENTS] + segment] != 0


@compiled
def worth(m: Ints, rule: int, row: int) -> int:
    """What the row's items and frame count for a rule that counts every airing."""
    items = items_at(m, row)
    total = 0
    for at in range(m[slot_at(m, row) + COUNT]):
        if is_counted(m, rule, m[items + at]):
            total += duration_of(m, m[items + at])
    return total + m[rule_at(m, rule) + RULE_FRAME] if total else 0


@compiled
def add_to_periods(m: Ints, rule: int, day: int, start: int, end: int, added: int, made: int) -> None:
    """Counts airtime in the rule's periods that a slot lies in; `made` is what of it own slots add."""
    this = rule_at(m, rule)
    first = m[this + TOTALS_AT]
    if m[this + PERIOD] == SESSION:
        for at in range(m[m[PIECE_AT] + day], m[m[PIECE_AT] + day + 1]):
            piece = m[PIECES] + at * PIECE_WIDTH
            if m[piece + PIECE_START] <= start and end <= m[piece + PIECE_END]:
                m[m[TOTALS] + first + m[piece + PIECE_OCCURRENCE]] += added
                m[m[MADE] + first + m[piece + PIECE_OCCURRENCE]] += made
    else:
        period = first + (day if m[this + PERIOD] == DATE else 0)
        m[m[TOTALS] + period] += added
        m[m[MADE] + period] += made
