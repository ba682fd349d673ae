"""The inner search, compiled: simulated annealing over one station's own slots, some hundred thousand tries a second.

Everything lies in two arrays, `m` of whole numbers and `f` of floats (`schedules.planner.arrays` lays them out): the
head of `m` says where each table begins, so `m[m[DURATION] + segment]` is a segment's duration. The compiler takes a
few seconds for this, and minutes for the same code over a tuple of sixty arrays. Rows of SLOTS are own slots, their
segments are in ITEMS_OF. A change takes the rows it touches out, writes them anew and puts them in where every hard
constraint holds; what does not help enough is rolled back from the journal.

All compiled functions are in this one file because the compiler's cache looks at the age of a function's own file only.
No logarithm, power or clock decides anything, and sums of floats keep their order: the same seed gives the same slots on
any machine.
"""

from typing import Any, get_type_hints

import numpy as np
from numba import njit, types
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# The head of `m`: single figures first, then where tables begin. S segments, D dates, C columns, R rules, T topics;
# …_AT tables hold half-open ranges: those of i are […_AT + i] to […_AT + i + 1].
FIGURES = (
    "segments dates column_count topic_count week_count language_count rules_count total_count owed_count "
    "published_count spans_count open_days_count wanted_count most_rows most_items freeze now any_exact broadcasts "
    "has_languages"
).split()
(
    SEGMENTS,
    DATES,
    COLUMN_COUNT,
    TOPIC_COUNT,
    WEEK_COUNT,
    LANGUAGE_COUNT,
    RULES_COUNT,
    TOTAL_COUNT,
    OWED_COUNT,
    PUBLISHED_COUNT,
    SPANS_COUNT,
    OPEN_DAYS_COUNT,
    WANTED_COUNT,
    MOST_ROWS,
    MOST_ITEMS,
    FREEZE,
    NOW,
    ANY_EXACT,
    BROADCASTS,
    HAS_LANGUAGES,
) = range(20)
TABLES = (
    "duration topic_of language_of urgent any_column aged may apart limit pool pool_at gaps gap_at first_gaps "
    "first_gap_at spans week_of open_days wanted shape rules rule_counts pieces piece_at first_airings first_airing_at "
    "first_airing_items owed owed_at owed_number published published_items published_of counts slots items_of journal "
    "saved_slots saved_items best_count best_slots best_items mask aired aired_in times sums by_topic by_week "
    "by_language day_count totals made answered seen"
).split()
(
    DURATION,  # S
    TOPIC_OF,  # S
    LANGUAGE_OF,  # S
    URGENT,  # S
    ANY_COLUMN,  # S
    AGED,  # S × D: days since valid_from, 0 to 28
    MAY,  # C × S: bit d stands for date d
    APART,  # C × S
    LIMIT,  # C × S
    POOL,
    POOL_AT,
    GAPS,  # n × 2, by date
    GAP_AT,
    FIRST_GAPS,  # n × 2: of the gaps what others relay
    FIRST_GAP_AT,
    SPANS,  # n × 2: where others relay the station
    WEEK_OF,  # D
    OPEN_DAYS,
    WANTED,  # columns that slots may be added to
    SHAPE,  # C × 4
    RULES,  # R × 7
    RULE_COUNTS,  # R × S
    PIECES,  # n × 3: start, end, number of the occurrence
    PIECE_AT,
    FIRST_AIRINGS,  # n × 6: rule, start, end, day, items from, items to
    FIRST_AIRING_AT,
    FIRST_AIRING_ITEMS,  # n × 2: segment, duration
    OWED,  # n × 4: segment, from, until, times
    OWED_AT,  # by segment
    OWED_NUMBER,
    PUBLISHED,  # n × 6: column, start, items from, items to, how many, date
    PUBLISHED_ITEMS,
    PUBLISHED_OF,  # C
    COUNTS,  # rows, rows before the change under way, rows in the journal, last stamp of SEEN, rows free of charge
    SLOTS,  # rows × WIDTH
    ITEMS_OF,  # rows × most items
    JOURNAL,  # rows touched
    SAVED_SLOTS,
    SAVED_ITEMS,
    BEST_COUNT,
    BEST_SLOTS,
    BEST_ITEMS,
    MASK,  # S: dates with an airing
    AIRED,  # S
    AIRED_IN,  # C × S
    TIMES,  # C × S: counted by the wishes
    SUMS,  # C × 6
    BY_TOPIC,  # C × T
    BY_WEEK,
    BY_LANGUAGE,
    DAY_COUNT,  # C × D
    TOTALS,  # by rule and period
    MADE,  # of that by own slots, for rules of first airings
    ANSWERED,  # of what is owed
    SEEN,  # S
) = range(20, 20 + len(TABLES))
FLOAT_TABLES = "targets weights topic_share week_share language_share penalties costs last before best".split()
(
    TARGETS,  # C; 0: nothing asks for the column
    WEIGHTS,  # C × 8
    TOPIC_SHARE,  # C × T; -1: no share
    WEEK_SHARE,
    LANGUAGE_SHARE,
    PENALTIES,  # of a millisecond short, an airing missed, a published slot gone, a row beyond those free of charge
    COSTS,  # C
    LAST,  # energy, shortfall, missed, published slots gone, cost: as it is
    BEFORE,  # the same before the change under way
    BEST,
) = range(20 + len(TABLES), 20 + len(TABLES) + len(FLOAT_TABLES))
HEAD = 20 + len(TABLES) + len(FLOAT_TABLES)

COLUMN, DAY, START, END, COUNT, REACHED, HELD, IN = range(8)
WIDTH = 8
AIR, ITEMS, DISTINCT, AGES, PASSED_ON, UNCHANGED = range(6)
FRAME, SLOT_MIN, SLOT_MAX, A_DAY = range(4)
SUM_PARTS, RULE_PARTS, SHAPE_PARTS, OWED_PARTS, PUBLISHED_PARTS, PIECE_PARTS, FIRST_PARTS = 6, 7, 4, 4, 6, 3, 6
TERMS = 8
TOPICS, SPREAD, REPETITION, AGE, TARGET, LANGUAGES, REACH, CHANGE = range(8)
IS_MAX, OF_COLUMN, MS, PERIOD, RULE_FRAME, EXACT, TOTALS_AT = range(7)
MONTH, DATE, SESSION = range(3)
SCORES = 5
MINUTE = 60_000
AGE_DAYS = 28

_DRAWS = 8
"""Random segments looked at for a place before the whole pool is."""

_PATIENCE = 3
"""Rounds that find nothing better, after which the search ends."""

_POLISHED = 1000
"""The most segments tried in the place of one item at the end."""

_SPAN = 20.0
"""The most that an accepted change may cost, in units of the temperature."""


_TYPES: dict[Any, Any] = {
    int: types.int64,
    float: types.float64,
    bool: types.boolean,
    type(None): types.void,
    Ints: types.int64[::1],
    Floats: types.float64[::1],
}


def compiled(function: Any) -> Any:
    """Compiled for the types that its annotations name, and kept on disk for the next process where that can be written.

    Only `search` is called from outside: the others go without the compiler's wrappers for that.
    """
    annotations = get_type_hints(function)
    returned = _TYPES[annotations.pop("return")]
    signature = returned(*(_TYPES[each] for each in annotations.values()))
    inner = function.__name__.startswith("_")
    try:
        return njit(signature, cache=True, nogil=True, no_cpython_wrapper=inner, no_cfunc_wrapper=True)(function)
    except RuntimeError:  # no folder to keep it in
        return njit(signature, nogil=True, no_cpython_wrapper=inner, no_cfunc_wrapper=True)(function)


@compiled
def _copy_row(
    m: Ints, f: Floats, source: int, slots: int, items: int, target: int, to_slots: int, to_items: int
) -> None:
    for part in range(WIDTH):
        m[m[to_slots] + target * WIDTH + part] = m[m[slots] + source * WIDTH + part]
    most = m[MOST_ITEMS]
    for at in range(m[m[slots] + source * WIDTH + COUNT]):
        m[m[to_items] + target * most + at] = m[m[items] + source * most + at]


@compiled
def _copy_scores(m: Ints, f: Floats, source: int, target: int) -> None:
    for part in range(SCORES):
        f[m[target] + part] = f[m[source] + part]


@compiled
def _count_airing(m: Ints, f: Floats, column: int, segment: int, day: int, start: int, reached: int, sign: int) -> None:
    duration = m[m[DURATION] + segment] * sign
    m[m[SUMS] + column * SUM_PARTS + AIR] += duration
    m[m[SUMS] + column * SUM_PARTS + ITEMS] += sign
    m[m[SUMS] + column * SUM_PARTS + AGES] += sign * m[m[AGED] + segment * m[DATES] + day]
    if reached:
        m[m[SUMS] + column * SUM_PARTS + PASSED_ON] += duration
    m[m[BY_TOPIC] + column * m[TOPIC_COUNT] + m[m[TOPIC_OF] + segment]] += duration
    m[m[BY_WEEK] + column * m[WEEK_COUNT] + m[m[WEEK_OF] + day]] += duration
    m[m[BY_LANGUAGE] + column * m[LANGUAGE_COUNT] + m[m[LANGUAGE_OF] + segment]] += duration
    before = m[m[TIMES] + column * m[SEGMENTS] + segment]
    m[m[TIMES] + column * m[SEGMENTS] + segment] = before + sign
    if before == 0:
        m[m[SUMS] + column * SUM_PARTS + DISTINCT] += 1
    elif before + sign == 0:
        m[m[SUMS] + column * SUM_PARTS + DISTINCT] -= 1
    m[m[MASK] + segment] ^= 1 << day
    m[m[AIRED] + segment] += sign
    m[m[AIRED_IN] + column * m[SEGMENTS] + segment] += sign
    for at in range(m[m[OWED_AT] + segment], m[m[OWED_AT] + segment + 1]):
        number = m[m[OWED_NUMBER] + at]
        if m[m[OWED] + number * OWED_PARTS + 1] <= start < m[m[OWED] + number * OWED_PARTS + 2]:
            m[m[ANSWERED] + number] += sign


@compiled
def _worth(m: Ints, f: Floats, rule: int, row: int) -> int:
    total = 0
    for at in range(m[m[SLOTS] + row * WIDTH + COUNT]):
        segment = m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at]
        if m[m[RULE_COUNTS] + rule * m[SEGMENTS] + segment]:
            total += m[m[DURATION] + segment]
    return total + m[m[RULES] + rule * RULE_PARTS + RULE_FRAME] if total else 0


@compiled
def _add_to_periods(m: Ints, f: Floats, rule: int, day: int, start: int, end: int, added: int, made: int) -> None:
    first, period = (m[m[RULES] + rule * RULE_PARTS + TOTALS_AT], m[m[RULES] + rule * RULE_PARTS + PERIOD])
    if period == SESSION:
        for at in range(m[m[PIECE_AT] + day], m[m[PIECE_AT] + day + 1]):
            if m[m[PIECES] + at * PIECE_PARTS] <= start and end <= m[m[PIECES] + at * PIECE_PARTS + 1]:
                m[m[TOTALS] + (first + m[m[PIECES] + at * PIECE_PARTS + 2])] += added
                m[m[MADE] + (first + m[m[PIECES] + at * PIECE_PARTS + 2])] += made
    else:
        where = first + (day if period == DATE else 0)
        m[m[TOTALS] + where] += added
        m[m[MADE] + where] += made


@compiled
def _change(m: Ints, f: Floats, row: int, sign: int) -> None:
    """Counts a row in or out, whatever it breaks."""
    column, day, start = (
        m[m[SLOTS] + row * WIDTH + COLUMN],
        m[m[SLOTS] + row * WIDTH + DAY],
        m[m[SLOTS] + row * WIDTH + START],
    )
    count = m[m[SLOTS] + row * WIDTH + COUNT]
    for at in range(count):
        _count_airing(
            m,
            f,
            column,
            m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at],
            day,
            start,
            m[m[SLOTS] + row * WIDTH + REACHED],
            sign,
        )
    m[m[DAY_COUNT] + column * m[DATES] + day] += sign
    m[m[SLOTS] + row * WIDTH + IN] += sign
    for number in range(m[PUBLISHED_COUNT]):
        if (
            m[m[PUBLISHED] + number * PUBLISHED_PARTS + 1] == start
            and m[m[PUBLISHED] + number * PUBLISHED_PARTS] == column
        ):
            first = m[m[PUBLISHED] + number * PUBLISHED_PARTS + 2]
            same = m[m[PUBLISHED] + number * PUBLISHED_PARTS + 3] - first == count
            for at in range(count):
                if not same:
                    break
                same = m[m[PUBLISHED_ITEMS] + (first + at)] == m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at]
            if same:
                m[m[SUMS] + column * SUM_PARTS + UNCHANGED] += sign * m[m[PUBLISHED] + number * PUBLISHED_PARTS + 4]
    for rule in range(m[RULES_COUNT]):
        if m[m[RULES] + rule * RULE_PARTS + OF_COLUMN] == column and (not m[m[RULES] + rule * RULE_PARTS + EXACT]):
            worth = _worth(m, f, rule, row)
            if worth:
                _add_to_periods(m, f, rule, day, start, m[m[SLOTS] + row * WIDTH + END], sign * worth, sign * worth)


@compiled
def _recount(m: Ints, f: Floats) -> bool:
    """Counts rules of first airings anew, in order of start; says whether their maxima hold."""
    holds = True
    if not m[ANY_EXACT]:
        return holds
    order = np.empty(m[m[COUNTS]], np.int64)
    for rule in range(m[RULES_COUNT]):
        if not m[m[RULES] + rule * RULE_PARTS + EXACT]:
            continue
        first = m[m[RULES] + rule * RULE_PARTS + TOTALS_AT]
        last = m[m[RULES] + (rule + 1) * RULE_PARTS + TOTALS_AT] if rule + 1 < m[RULES_COUNT] else m[TOTAL_COUNT]
        for at in range(first, last):
            m[m[TOTALS] + at] = 0
            m[m[MADE] + at] = 0
        rows = 0
        for row in range(m[m[COUNTS]]):
            if (
                m[m[SLOTS] + row * WIDTH + IN]
                and m[m[SLOTS] + row * WIDTH + COLUMN] == m[m[RULES] + rule * RULE_PARTS + OF_COLUMN]
            ):
                at = rows
                while at and m[m[SLOTS] + order[at - 1] * WIDTH + START] > m[m[SLOTS] + row * WIDTH + START]:
                    order[at] = order[at - 1]
                    at -= 1
                order[at] = row
                rows += 1
        m[m[COUNTS] + 3] += 1
        stamp = m[m[COUNTS] + 3]
        fixed, fixed_end = (m[m[FIRST_AIRING_AT] + rule], m[m[FIRST_AIRING_AT] + rule + 1])
        at = 0
        while at < rows or fixed < fixed_end:
            total = 0
            if at == rows or (
                fixed < fixed_end
                and m[m[FIRST_AIRINGS] + fixed * FIRST_PARTS + 1] <= m[m[SLOTS] + order[at] * WIDTH + START]
            ):
                for item in range(
                    m[m[FIRST_AIRINGS] + fixed * FIRST_PARTS + 4], m[m[FIRST_AIRINGS] + fixed * FIRST_PARTS + 5]
                ):
                    segment = m[m[FIRST_AIRING_ITEMS] + item * 2]
                    if m[m[SEEN] + segment] != stamp:
                        m[m[SEEN] + segment] = stamp
                        total += m[m[FIRST_AIRING_ITEMS] + item * 2 + 1]
                start, end, day = (
                    m[m[FIRST_AIRINGS] + fixed * FIRST_PARTS + 1],
                    m[m[FIRST_AIRINGS] + fixed * FIRST_PARTS + 2],
                    m[m[FIRST_AIRINGS] + fixed * FIRST_PARTS + 3],
                )
                own = 0
                fixed += 1
            else:
                row = order[at]
                for item in range(m[m[SLOTS] + row * WIDTH + COUNT]):
                    segment = m[m[ITEMS_OF] + row * m[MOST_ITEMS] + item]
                    if m[m[RULE_COUNTS] + rule * m[SEGMENTS] + segment] and m[m[SEEN] + segment] != stamp:
                        m[m[SEEN] + segment] = stamp
                        total += m[m[DURATION] + segment]
                start, end, day = (
                    m[m[SLOTS] + row * WIDTH + START],
                    m[m[SLOTS] + row * WIDTH + END],
                    m[m[SLOTS] + row * WIDTH + DAY],
                )
                own = 1
                at += 1
            if total:
                total += m[m[RULES] + rule * RULE_PARTS + RULE_FRAME]
                _add_to_periods(m, f, rule, day, start, end, total, own * total)
        if m[m[RULES] + rule * RULE_PARTS + IS_MAX]:
            for at in range(first, last):
                if m[m[MADE] + at] > 0 and m[m[TOTALS] + at] > m[m[RULES] + rule * RULE_PARTS + MS]:
                    holds = False
    return holds


@compiled
def _cost(m: Ints, f: Floats, column: int) -> float:
    """The weighted terms of a column, as schedules.evaluation counts them."""
    if f[m[TARGETS] + column] <= 0:
        return 0.0
    total = 0.0
    if m[m[PUBLISHED_OF] + column]:
        total += f[m[WEIGHTS] + column * TERMS + CHANGE] * (
            1 - m[m[SUMS] + column * SUM_PARTS + UNCHANGED] / m[m[PUBLISHED_OF] + column]
        )
    air = m[m[SUMS] + column * SUM_PARTS + AIR]
    if air <= 0:
        total += (
            f[m[WEIGHTS] + column * TERMS + TOPICS]
            + f[m[WEIGHTS] + column * TERMS + SPREAD]
            + f[m[WEIGHTS] + column * TERMS + TARGET]
        )
        total += f[m[WEIGHTS] + column * TERMS + REACH]
        return total + (f[m[WEIGHTS] + column * TERMS + LANGUAGES] if m[HAS_LANGUAGES] else 0.0)
    apart = 0.0
    for topic in range(m[TOPIC_COUNT]):
        share = f[m[TOPIC_SHARE] + column * m[TOPIC_COUNT] + topic]
        if share >= 0:
            apart += abs(m[m[BY_TOPIC] + column * m[TOPIC_COUNT] + topic] / air - share)
    total += f[m[WEIGHTS] + column * TERMS + TOPICS] / 2 * apart
    if m[BROADCASTS]:
        apart = 0.0
        for week in range(m[WEEK_COUNT]):
            if f[m[WEEK_SHARE] + week] >= 0:
                apart += abs(m[m[BY_WEEK] + column * m[WEEK_COUNT] + week] / air - f[m[WEEK_SHARE] + week])
        total += f[m[WEIGHTS] + column * TERMS + SPREAD] / 2 * apart
    else:
        total += f[m[WEIGHTS] + column * TERMS + SPREAD]
    if m[HAS_LANGUAGES]:
        short = 0.0
        for language in range(m[LANGUAGE_COUNT]):
            share = f[m[LANGUAGE_SHARE] + language]
            if share >= 0:
                short += max(0.0, share - m[m[BY_LANGUAGE] + column * m[LANGUAGE_COUNT] + language] / air)
        total += f[m[WEIGHTS] + column * TERMS + LANGUAGES] * short
    items = m[m[SUMS] + column * SUM_PARTS + ITEMS]
    total += f[m[WEIGHTS] + column * TERMS + REPETITION] * (items - m[m[SUMS] + column * SUM_PARTS + DISTINCT]) / items
    total += f[m[WEIGHTS] + column * TERMS + AGE] * m[m[SUMS] + column * SUM_PARTS + AGES] / AGE_DAYS / items
    total += f[m[WEIGHTS] + column * TERMS + TARGET] * abs(air - f[m[TARGETS] + column]) / f[m[TARGETS] + column]
    return total + f[m[WEIGHTS] + column * TERMS + REACH] * (1 - m[m[SUMS] + column * SUM_PARTS + PASSED_ON] / air)


@compiled
def _short(m: Ints, f: Floats) -> int:
    short = 0
    for rule in range(m[RULES_COUNT]):
        if not m[m[RULES] + rule * RULE_PARTS + IS_MAX]:
            short += max(
                0, m[m[RULES] + rule * RULE_PARTS + MS] - m[m[TOTALS] + m[m[RULES] + rule * RULE_PARTS + TOTALS_AT]]
            )
    return short


@compiled
def _missed(m: Ints, f: Floats) -> int:
    missed = 0
    for number in range(m[OWED_COUNT]):
        missed += max(0, m[m[OWED] + number * OWED_PARTS + 3] - m[m[ANSWERED] + number])
    return missed


@compiled
def _look(m: Ints, f: Floats) -> None:
    """Energy and its parts of the rows as they are."""
    cost = 0.0
    unchanged = 0
    for column in range(m[COLUMN_COUNT]):
        f[m[COSTS] + column] = _cost(m, f, column)
        cost += f[m[COSTS] + column]
        unchanged += m[m[SUMS] + column * SUM_PARTS + UNCHANGED]
    gone = 0
    if f[m[PENALTIES] + 2] > 0:
        gone -= unchanged
        for column in range(m[COLUMN_COUNT]):
            gone += m[m[PUBLISHED_OF] + column]
    cost += f[m[PENALTIES] + 3] * max(0, m[m[COUNTS]] - m[m[COUNTS] + 4])
    short, missed = (_short(m, f), _missed(m, f))
    f[m[LAST]] = cost + f[m[PENALTIES]] * short + f[m[PENALTIES] + 1] * missed + f[m[PENALTIES] + 2] * gone
    f[m[LAST] + 1] = short
    f[m[LAST] + 2] = missed
    f[m[LAST] + 3] = gone
    f[m[LAST] + 4] = cost


@compiled
def _may_air(m: Ints, f: Floats, segment: int, column: int, day: int) -> bool:
    """Validity, targeting, distance and monthly limit of one more airing."""
    if not m[m[MAY] + column * m[SEGMENTS] + segment] >> day & 1:
        return False
    if m[m[AIRED] + segment] == 0:
        return True
    days = m[DATES]
    mask = m[m[MASK] + segment]
    if m[m[ANY_COLUMN] + segment]:
        apart, limit = (m[m[APART] + column * m[SEGMENTS] + segment], m[m[LIMIT] + column * m[SEGMENTS] + segment])
        for other in range(m[COLUMN_COUNT]):
            if m[m[AIRED_IN] + other * m[SEGMENTS] + segment]:
                apart = max(apart, m[m[APART] + other * m[SEGMENTS] + segment])
                limit = min(limit, m[m[LIMIT] + other * m[SEGMENTS] + segment])
        if m[m[AIRED] + segment] >= limit:
            return False
        mask |= 1 << day
        last = -1000
        for each in range(days):
            if mask >> each & 1:
                if each - last < apart:
                    return False
                last = each
        return not m[m[MASK] + segment] >> day & 1
    if m[m[AIRED] + segment] >= m[m[LIMIT] + column * m[SEGMENTS] + segment]:
        return False
    apart = m[m[APART] + column * m[SEGMENTS] + segment]
    low, high = (max(0, day - apart + 1), min(days - 1, day + apart - 1))
    window = (1 << high + 1) - 1 & ~((1 << low) - 1)
    return mask & window == 0


@compiled
def _admits(m: Ints, f: Floats, row: int, start: int, end: int) -> bool:
    column, day = (m[m[SLOTS] + row * WIDTH + COLUMN], m[m[SLOTS] + row * WIDTH + DAY])
    for rule in range(m[RULES_COUNT]):
        if (
            not m[m[RULES] + rule * RULE_PARTS + IS_MAX]
            or m[m[RULES] + rule * RULE_PARTS + EXACT]
            or m[m[RULES] + rule * RULE_PARTS + OF_COLUMN] != column
        ):
            continue
        added = _worth(m, f, rule, row)
        if not added:
            continue
        first, period, most = (
            m[m[RULES] + rule * RULE_PARTS + TOTALS_AT],
            m[m[RULES] + rule * RULE_PARTS + PERIOD],
            m[m[RULES] + rule * RULE_PARTS + MS],
        )
        if period == SESSION:
            for at in range(m[m[PIECE_AT] + day], m[m[PIECE_AT] + day + 1]):
                inside = m[m[PIECES] + at * PIECE_PARTS] <= start and end <= m[m[PIECES] + at * PIECE_PARTS + 1]
                if inside and m[m[TOTALS] + (first + m[m[PIECES] + at * PIECE_PARTS + 2])] + added > most:
                    return False
        elif m[m[TOTALS] + (first + (day if period == DATE else 0))] + added > most:
            return False
    return True


@compiled
def _free_from(m: Ints, f: Floats, day: int, start: int, length: int) -> int:
    """The first whole minute from `start` at which a slot of the length meets none of the date's rows."""
    moved = True
    while moved:
        moved = False
        for row in range(m[m[COUNTS]]):
            if (
                m[m[SLOTS] + row * WIDTH + IN]
                and m[m[SLOTS] + row * WIDTH + DAY] == day
                and (m[m[SLOTS] + row * WIDTH + START] < start + length)
                and (start < m[m[SLOTS] + row * WIDTH + END])
            ):
                start = -(-m[m[SLOTS] + row * WIDTH + END] // MINUTE) * MINUTE
                moved = True
    return start


@compiled
def _place(m: Ints, f: Floats, row: int, keep: bool, wanted: int) -> bool:
    """Finds the row, which is out, a start on its date where it breaks nothing: the present one first if `keep`.

    `wanted` is a moment before which it should start, -1 for none.
    """
    column, day, count = (
        m[m[SLOTS] + row * WIDTH + COLUMN],
        m[m[SLOTS] + row * WIDTH + DAY],
        m[m[SLOTS] + row * WIDTH + COUNT],
    )
    if count == 0 or m[m[DAY_COUNT] + column * m[DATES] + day] >= m[m[SHAPE] + column * SHAPE_PARTS + A_DAY]:
        return False
    length, not_before = (m[m[SHAPE] + column * SHAPE_PARTS + FRAME], m[FREEZE])
    for at in range(count):
        segment = m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at]
        length += m[m[DURATION] + segment]
        if m[m[URGENT] + segment]:
            not_before = m[NOW]
        for other in range(at):
            if m[m[ITEMS_OF] + row * m[MOST_ITEMS] + other] == segment:
                return False
    if length < m[m[SHAPE] + column * SHAPE_PARTS + SLOT_MIN] or length > m[m[SHAPE] + column * SHAPE_PARTS + SLOT_MAX]:
        return False
    for at in range(count):
        if not _may_air(m, f, m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at], column, day):
            return False
    start = m[m[SLOTS] + row * WIDTH + START]
    found = False
    if keep and start >= not_before and (_free_from(m, f, day, start, length) == start):
        for gap in range(m[m[GAP_AT] + day], m[m[GAP_AT] + day + 1]):
            if m[m[GAPS] + gap * 2] <= start and start + length <= m[m[GAPS] + gap * 2 + 1]:
                found = _admits(m, f, row, start, start + length)
                break
    for turn in range(2):
        if found:
            break
        spans, at = (FIRST_GAPS, FIRST_GAP_AT) if turn == 0 else (GAPS, GAP_AT)
        for gap in range(m[m[at] + day], m[m[at] + day + 1]):
            start = _free_from(m, f, day, max(m[m[spans] + gap * 2], not_before), length)
            if start + length <= m[m[spans] + gap * 2 + 1] and (wanted < 0 or start < wanted):
                found = _admits(m, f, row, start, start + length)
                if found:
                    break
    if not found:
        return False
    m[m[SLOTS] + row * WIDTH + START] = start
    m[m[SLOTS] + row * WIDTH + END] = start + length
    m[m[SLOTS] + row * WIDTH + REACHED] = 0
    for span in range(m[SPANS_COUNT]):
        if m[m[SPANS] + span * 2] <= start and start + length <= m[m[SPANS] + span * 2 + 1]:
            m[m[SLOTS] + row * WIDTH + REACHED] = 1
            break
    return True


@compiled
def _take(m: Ints, f: Floats, row: int) -> None:
    """Into the journal and out of the plan."""
    at = m[m[COUNTS] + 2]
    m[m[JOURNAL] + at] = row
    _copy_row(m, f, row, SLOTS, ITEMS_OF, at, SAVED_SLOTS, SAVED_ITEMS)
    m[m[COUNTS] + 2] += 1
    _change(m, f, row, -1)


@compiled
def _new_row(m: Ints, f: Floats, column: int, day: int) -> int:
    row = m[m[COUNTS]]
    m[m[COUNTS]] += 1
    at = m[m[COUNTS] + 2]
    m[m[JOURNAL] + at] = row
    m[m[SAVED_SLOTS] + at * WIDTH + IN] = 0
    m[m[COUNTS] + 2] += 1
    for part in range(WIDTH):
        m[m[SLOTS] + row * WIDTH + part] = 0
    m[m[SLOTS] + row * WIDTH + COLUMN] = column
    m[m[SLOTS] + row * WIDTH + DAY] = day
    return row


@compiled
def _settle(m: Ints, f: Floats) -> None:
    """Keeps the change: rows that are out go."""
    row = m[m[COUNTS]] - 1
    while row >= 0:
        if not m[m[SLOTS] + row * WIDTH + IN]:
            last = m[m[COUNTS]] - 1
            _copy_row(m, f, last, SLOTS, ITEMS_OF, row, SLOTS, ITEMS_OF)
            m[m[COUNTS]] = last
        row -= 1
    m[m[COUNTS] + 1] = m[m[COUNTS]]
    m[m[COUNTS] + 2] = 0


@compiled
def _roll_back(m: Ints, f: Floats) -> None:
    for at in range(m[m[COUNTS] + 2]):
        row = m[m[JOURNAL] + at]
        if m[m[SLOTS] + row * WIDTH + IN]:
            _change(m, f, row, -1)
    for at in range(m[m[COUNTS] + 2]):
        row = m[m[JOURNAL] + at]
        if m[m[SAVED_SLOTS] + at * WIDTH + IN]:
            _copy_row(m, f, at, SAVED_SLOTS, SAVED_ITEMS, row, SLOTS, ITEMS_OF)
            m[m[SLOTS] + row * WIDTH + IN] = 0
            _change(m, f, row, 1)
    m[m[COUNTS]] = m[m[COUNTS] + 1]
    m[m[COUNTS] + 2] = 0


@compiled
def _decide(m: Ints, f: Floats, allowed: float) -> bool:
    """Keeps the change under way if it costs no more than is allowed."""
    _copy_scores(m, f, LAST, BEFORE)
    if _recount(m, f):
        _look(m, f)
        if f[m[LAST]] <= f[m[BEFORE]] + allowed:
            _settle(m, f)
            return True
    _roll_back(m, f)
    _recount(m, f)
    _copy_scores(m, f, BEFORE, LAST)
    return False


@compiled
def _fill(m: Ints, f: Floats, row: int) -> bool:
    """Joins random segments to the row, which is out, until its column's shortest slot is reached."""
    column, day = (m[m[SLOTS] + row * WIDTH + COLUMN], m[m[SLOTS] + row * WIDTH + DAY])
    least = m[m[SHAPE] + column * SHAPE_PARTS + SLOT_MIN] - m[m[SHAPE] + column * SHAPE_PARTS + FRAME]
    most = m[m[SHAPE] + column * SHAPE_PARTS + SLOT_MAX] - m[m[SHAPE] + column * SHAPE_PARTS + FRAME]
    first, size = (m[m[POOL_AT] + column], m[m[POOL_AT] + column + 1] - m[m[POOL_AT] + column])
    content = 0
    for at in range(m[m[SLOTS] + row * WIDTH + COUNT]):
        content += m[m[DURATION] + m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at]]
    while content < least:
        if size == 0 or m[m[SLOTS] + row * WIDTH + COUNT] == m[MOST_ITEMS]:
            return False
        chosen = -1
        offset = int(np.random.random() * size)
        for draw in range(_DRAWS + size):
            # some at random first, then in turn whatever completes the slot, then whatever still fits
            if draw < _DRAWS:
                segment = m[m[POOL] + (first + int(np.random.random() * size))]
                enough = True
            else:
                segment = m[m[POOL] + (first + (offset + draw) % size)]
                enough = content + m[m[DURATION] + segment] >= least or (chosen < 0 and draw > _DRAWS + size // 2)
            if not enough or content + m[m[DURATION] + segment] > most:
                continue
            if not _may_air(m, f, segment, column, day):
                continue
            double = False
            for at in range(m[m[SLOTS] + row * WIDTH + COUNT]):
                double = double or m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at] == segment
            if not double:
                chosen = segment
                break
        if chosen < 0:
            return False
        m[m[ITEMS_OF] + row * m[MOST_ITEMS] + m[m[SLOTS] + row * WIDTH + COUNT]] = chosen
        m[m[SLOTS] + row * WIDTH + COUNT] += 1
        content += m[m[DURATION] + chosen]
    return content <= most


@compiled
def _drawn(m: Ints, f: Floats, column: int, day: int) -> int:
    """A random segment that may air on the date, -1 if some draws find none."""
    first, size = (m[m[POOL_AT] + column], m[m[POOL_AT] + column + 1] - m[m[POOL_AT] + column])
    if size == 0:
        return -1
    for _ in range(_DRAWS):
        segment = m[m[POOL] + (first + int(np.random.random() * size))]
        if _may_air(m, f, segment, column, day):
            return segment
    return -1


@compiled
def _put(m: Ints, f: Floats, row: int, keep: bool) -> bool:
    if not _place(m, f, row, keep, -1):
        return False
    _change(m, f, row, 1)
    return True


@compiled
def _replace(m: Ints, f: Floats, row: int) -> bool:
    """Another segment in place of an item."""
    segment = _drawn(m, f, m[m[SLOTS] + row * WIDTH + COLUMN], m[m[SLOTS] + row * WIDTH + DAY])
    if segment < 0:
        return False
    _take(m, f, row)
    m[m[ITEMS_OF] + row * m[MOST_ITEMS] + int(np.random.random() * m[m[SLOTS] + row * WIDTH + COUNT])] = segment
    return _put(m, f, row, True)


@compiled
def _shift(m: Ints, f: Floats, row: int) -> bool:
    """The same items on another date."""
    _take(m, f, row)
    m[m[SLOTS] + row * WIDTH + DAY] = m[m[OPEN_DAYS] + int(np.random.random() * m[OPEN_DAYS_COUNT])]
    return _put(m, f, row, False)


@compiled
def _join(m: Ints, f: Floats, row: int) -> bool:
    """One more item."""
    if m[m[SLOTS] + row * WIDTH + COUNT] == m[MOST_ITEMS]:
        return False
    segment = _drawn(m, f, m[m[SLOTS] + row * WIDTH + COLUMN], m[m[SLOTS] + row * WIDTH + DAY])
    if segment < 0:
        return False
    _take(m, f, row)
    m[m[ITEMS_OF] + row * m[MOST_ITEMS] + m[m[SLOTS] + row * WIDTH + COUNT]] = segment
    m[m[SLOTS] + row * WIDTH + COUNT] += 1
    return _put(m, f, row, True)


@compiled
def _leave_out(m: Ints, f: Floats, row: int, at: int) -> None:
    for later in range(at, m[m[SLOTS] + row * WIDTH + COUNT] - 1):
        m[m[ITEMS_OF] + row * m[MOST_ITEMS] + later] = m[m[ITEMS_OF] + row * m[MOST_ITEMS] + later + 1]
    m[m[SLOTS] + row * WIDTH + COUNT] -= 1


@compiled
def _drop(m: Ints, f: Floats, row: int) -> bool:
    """One item less, or the slot itself."""
    _take(m, f, row)
    if m[m[SLOTS] + row * WIDTH + COUNT] == 1 or np.random.random() < 0.3:
        return True
    _leave_out(m, f, row, int(np.random.random() * m[m[SLOTS] + row * WIDTH + COUNT]))
    return _put(m, f, row, True)


@compiled
def _other(m: Ints, f: Floats, row: int, all_rows: bool) -> int:
    """Another row of the column that may change, -1 if a few draws find none."""
    for _ in range(_DRAWS):
        other = int(np.random.random() * m[m[COUNTS]])
        if (
            other != row
            and m[m[SLOTS] + other * WIDTH + COLUMN] == m[m[SLOTS] + row * WIDTH + COLUMN]
            and (all_rows or not m[m[SLOTS] + other * WIDTH + HELD])
        ):
            return other
    return -1


@compiled
def _trade(m: Ints, f: Floats, row: int, other: int) -> bool:
    """Two slots exchange an item each."""
    _take(m, f, row)
    _take(m, f, other)
    one = int(np.random.random() * m[m[SLOTS] + row * WIDTH + COUNT])
    two = int(np.random.random() * m[m[SLOTS] + other * WIDTH + COUNT])
    m[m[ITEMS_OF] + row * m[MOST_ITEMS] + one], m[m[ITEMS_OF] + other * m[MOST_ITEMS] + two] = (
        m[m[ITEMS_OF] + other * m[MOST_ITEMS] + two],
        m[m[ITEMS_OF] + row * m[MOST_ITEMS] + one],
    )
    return _put(m, f, row, True) and _put(m, f, other, True)


@compiled
def _pass_on(m: Ints, f: Floats, row: int, other: int) -> bool:
    """An item moves to another slot; a slot that it leaves empty goes."""
    if m[m[SLOTS] + other * WIDTH + COUNT] == m[MOST_ITEMS]:
        return False
    _take(m, f, row)
    _take(m, f, other)
    at = int(np.random.random() * m[m[SLOTS] + row * WIDTH + COUNT])
    m[m[ITEMS_OF] + other * m[MOST_ITEMS] + m[m[SLOTS] + other * WIDTH + COUNT]] = m[
        m[ITEMS_OF] + row * m[MOST_ITEMS] + at
    ]
    m[m[SLOTS] + other * WIDTH + COUNT] += 1
    _leave_out(m, f, row, at)
    return _put(m, f, other, True) and (m[m[SLOTS] + row * WIDTH + COUNT] == 0 or _put(m, f, row, True))


@compiled
def _split(m: Ints, f: Floats, row: int) -> bool:
    """An item moves to a slot of its own on another date."""
    column = m[m[SLOTS] + row * WIDTH + COLUMN]
    if m[m[SLOTS] + row * WIDTH + COUNT] < 2 or m[m[COUNTS]] >= m[MOST_ROWS] - 2:
        return False
    _take(m, f, row)
    at = int(np.random.random() * m[m[SLOTS] + row * WIDTH + COUNT])
    made = _new_row(m, f, column, m[m[OPEN_DAYS] + int(np.random.random() * m[OPEN_DAYS_COUNT])])
    m[m[ITEMS_OF] + made * m[MOST_ITEMS]] = m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at]
    m[m[SLOTS] + made * WIDTH + COUNT] = 1
    _leave_out(m, f, row, at)
    return _put(m, f, row, True) and _fill(m, f, made) and _put(m, f, made, False)


@compiled
def _renew(m: Ints, f: Floats, row: int) -> bool:
    """Another slot in place of this one, on any date."""
    _take(m, f, row)
    day = m[m[OPEN_DAYS] + int(np.random.random() * m[OPEN_DAYS_COUNT])]
    segment = _drawn(m, f, m[m[SLOTS] + row * WIDTH + COLUMN], day)
    if segment < 0:
        return False
    m[m[SLOTS] + row * WIDTH + DAY] = day
    m[m[SLOTS] + row * WIDTH + COUNT] = 1
    m[m[ITEMS_OF] + row * m[MOST_ITEMS]] = segment
    return _fill(m, f, row) and _put(m, f, row, False)


@compiled
def _replace_elsewhere(m: Ints, f: Floats, row: int) -> bool:
    """Another segment in place of an item, and another date for the slot."""
    day = m[m[OPEN_DAYS] + int(np.random.random() * m[OPEN_DAYS_COUNT])]
    segment = _drawn(m, f, m[m[SLOTS] + row * WIDTH + COLUMN], day)
    if segment < 0:
        return False
    _take(m, f, row)
    m[m[SLOTS] + row * WIDTH + DAY] = day
    m[m[ITEMS_OF] + row * m[MOST_ITEMS] + int(np.random.random() * m[m[SLOTS] + row * WIDTH + COUNT])] = segment
    return _put(m, f, row, False)


@compiled
def _new(m: Ints, f: Floats, column: int) -> bool:
    """One more slot."""
    if m[m[COUNTS]] >= m[MOST_ROWS] - 2:
        return False
    day = m[m[OPEN_DAYS] + int(np.random.random() * m[OPEN_DAYS_COUNT])]
    if m[m[DAY_COUNT] + column * m[DATES] + day] >= m[m[SHAPE] + column * SHAPE_PARTS + A_DAY]:
        return False
    segment = _drawn(m, f, column, day)
    if segment < 0:
        return False
    row = _new_row(m, f, column, day)
    m[m[ITEMS_OF] + row * m[MOST_ITEMS]] = segment
    m[m[SLOTS] + row * WIDTH + COUNT] = 1
    return _fill(m, f, row) and _put(m, f, row, False)


@compiled
def _answer(m: Ints, f: Floats, all_rows: bool) -> bool:
    """An airing of something owed that is missed: in a new slot, or in one that is there; it may push others out."""
    number = int(np.random.random() * m[OWED_COUNT])
    if m[m[ANSWERED] + number] >= m[m[OWED] + number * OWED_PARTS + 3] or m[m[COUNTS]] >= m[MOST_ROWS] - 4:
        return False
    segment = m[m[OWED] + number * OWED_PARTS]
    column = int(np.random.random() * m[COLUMN_COUNT])
    day = m[m[OPEN_DAYS] + int(np.random.random() * m[OPEN_DAYS_COUNT])]
    if not m[m[MAY] + column * m[SEGMENTS] + segment] >> day & 1 or (
        f[m[TARGETS] + column] <= 0 and np.random.random() < 0.9
    ):
        return False
    if m[m[AIRED] + segment] and (not _may_air(m, f, segment, column, day)):
        for row in range(m[m[COUNTS]]):
            if m[m[SLOTS] + row * WIDTH + HELD] and (not all_rows):
                continue
            for at in range(m[m[SLOTS] + row * WIDTH + COUNT]):
                if (
                    m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at] == segment
                    and m[m[SLOTS] + row * WIDTH + IN]
                    and (m[m[COUNTS] + 2] < 2)
                ):
                    _take(m, f, row)
                    break
    there = -1
    for row in range(m[m[COUNTS]]):
        if (
            m[m[SLOTS] + row * WIDTH + IN]
            and m[m[SLOTS] + row * WIDTH + DAY] == day
            and (m[m[SLOTS] + row * WIDTH + COLUMN] == column)
        ):
            if (all_rows or not m[m[SLOTS] + row * WIDTH + HELD]) and np.random.random() < 0.6:
                there = row
    if there >= 0:
        _take(m, f, there)
        if np.random.random() < 0.5 or m[m[SLOTS] + there * WIDTH + COUNT] == m[MOST_ITEMS]:
            m[m[ITEMS_OF] + there * m[MOST_ITEMS] + int(np.random.random() * m[m[SLOTS] + there * WIDTH + COUNT])] = (
                segment
            )
        else:
            m[m[ITEMS_OF] + there * m[MOST_ITEMS] + m[m[SLOTS] + there * WIDTH + COUNT]] = segment
            m[m[SLOTS] + there * WIDTH + COUNT] += 1
        return _put(m, f, there, True)
    row = _new_row(m, f, column, day)
    m[m[ITEMS_OF] + row * m[MOST_ITEMS]] = segment
    m[m[SLOTS] + row * WIDTH + COUNT] = 1
    if not _fill(m, f, row) or not _place(m, f, row, False, m[m[OWED] + number * OWED_PARTS + 2]):
        return False
    _change(m, f, row, 1)
    return True


@compiled
def _bring_back(m: Ints, f: Floats, all_rows: bool) -> bool:
    """A published slot that is gone, as it was; what is in its way goes."""
    number = int(np.random.random() * m[PUBLISHED_COUNT])
    column, start, day = (
        m[m[PUBLISHED] + number * PUBLISHED_PARTS],
        m[m[PUBLISHED] + number * PUBLISHED_PARTS + 1],
        m[m[PUBLISHED] + number * PUBLISHED_PARTS + 5],
    )
    first, last = (
        m[m[PUBLISHED] + number * PUBLISHED_PARTS + 2],
        m[m[PUBLISHED] + number * PUBLISHED_PARTS + 3],
    )
    if last - first > m[MOST_ITEMS] or m[m[COUNTS]] >= m[MOST_ROWS] - 4:
        return False
    end = start + m[m[SHAPE] + column * SHAPE_PARTS + FRAME]
    for at in range(first, last):
        end += m[m[DURATION] + m[m[PUBLISHED_ITEMS] + at]]
    for row in range(m[m[COUNTS]]):
        if m[m[SLOTS] + row * WIDTH + START] < end and start < m[m[SLOTS] + row * WIDTH + END]:
            if m[m[SLOTS] + row * WIDTH + HELD] and not all_rows or m[m[COUNTS] + 2] == 3:
                return False
            _take(m, f, row)
    for at in range(first, last):
        segment = m[m[PUBLISHED_ITEMS] + at]
        for row in range(m[m[COUNTS]]):
            if _may_air(m, f, segment, column, day) or m[m[COUNTS] + 2] == 5:
                break
            if not m[m[SLOTS] + row * WIDTH + IN] or m[m[SLOTS] + row * WIDTH + HELD] and not all_rows:
                continue
            for item in range(m[m[SLOTS] + row * WIDTH + COUNT]):
                if m[m[ITEMS_OF] + row * m[MOST_ITEMS] + item] == segment:
                    _take(m, f, row)
                    break
    row = _new_row(m, f, column, day)
    m[m[SLOTS] + row * WIDTH + START] = start
    m[m[SLOTS] + row * WIDTH + COUNT] = last - first
    for at in range(last - first):
        m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at] = m[m[PUBLISHED_ITEMS] + first + at]
    if not _place(m, f, row, True, -1) or m[m[SLOTS] + row * WIDTH + START] != start:
        return False
    _change(m, f, row, 1)
    return True


@compiled
def _better(m: Ints, f: Floats) -> bool:
    """Shortfall, then airings missed, then published slots that are gone, then the cost."""
    for part in range(1, 4):
        if f[m[LAST] + part] != f[m[BEST] + part]:
            return f[m[LAST] + part] < f[m[BEST] + part]
    return f[m[LAST] + 4] < f[m[BEST] + 4] - 1e-09


@compiled
def _remember(m: Ints, f: Floats) -> None:
    count = m[m[COUNTS]]
    m[m[BEST_COUNT]] = count
    for row in range(count):
        _copy_row(m, f, row, SLOTS, ITEMS_OF, row, BEST_SLOTS, BEST_ITEMS)


@compiled
def _recall(m: Ints, f: Floats) -> None:
    for row in range(m[m[COUNTS]]):
        _change(m, f, row, -1)
    count = m[m[BEST_COUNT]]
    m[m[COUNTS]] = count
    for row in range(count):
        _copy_row(m, f, row, BEST_SLOTS, BEST_ITEMS, row, SLOTS, ITEMS_OF)
        m[m[SLOTS] + row * WIDTH + IN] = 0
        _change(m, f, row, 1)
    m[m[COUNTS] + 1] = count
    m[m[COUNTS] + 2] = 0
    _recount(m, f)


@compiled
def _polish(m: Ints, f: Floats) -> bool:
    """Each item tried with each segment, each slot with each date: what gains is done."""
    gained = False
    row = 0
    while row < m[m[COUNTS]]:
        column = m[m[SLOTS] + row * WIDTH + COLUMN]
        if not m[m[SLOTS] + row * WIDTH + HELD] and f[m[TARGETS] + column] > 0:
            for at in range(m[m[SLOTS] + row * WIDTH + COUNT]):
                first, size = (m[m[POOL_AT] + column], m[m[POOL_AT] + column + 1] - m[m[POOL_AT] + column])
                offset = int(np.random.random() * size)
                for number in range(min(size, _POLISHED)):
                    segment = m[m[POOL] + first + (offset + number) % size]
                    if at < m[m[SLOTS] + row * WIDTH + COUNT] and _may_air(
                        m, f, segment, column, m[m[SLOTS] + row * WIDTH + DAY]
                    ):
                        _take(m, f, row)
                        m[m[ITEMS_OF] + row * m[MOST_ITEMS] + at] = segment
                        if _put(m, f, row, True):
                            gained = _decide(m, f, -1e-09) or gained
                        else:
                            _roll_back(m, f)
            for number in range(m[OPEN_DAYS_COUNT]):
                day = m[m[OPEN_DAYS] + number]
                if day != m[m[SLOTS] + row * WIDTH + DAY]:
                    _take(m, f, row)
                    m[m[SLOTS] + row * WIDTH + DAY] = day
                    if _put(m, f, row, False):
                        gained = _decide(m, f, -1e-09) or gained
                    else:
                        _roll_back(m, f)
        row += 1
    return gained


@compiled
def _try(m: Ints, f: Floats, all_rows: bool, owing: bool) -> bool:
    """One random change made, not yet decided on; False if it came to nothing."""
    if owing and (m[WANTED_COUNT] == 0 or np.random.random() < 0.3):
        return _answer(m, f, all_rows)
    if m[WANTED_COUNT] == 0:
        return False
    if m[PUBLISHED_COUNT] and np.random.random() < 0.1:
        return _bring_back(m, f, all_rows)
    kind = np.random.random()
    if kind < 0.05 or m[m[COUNTS]] == 0:
        return _new(m, f, m[m[WANTED] + int(np.random.random() * m[WANTED_COUNT])])
    row = int(np.random.random() * m[m[COUNTS]])
    if m[m[SLOTS] + row * WIDTH + HELD] and (not all_rows) or f[m[TARGETS] + m[m[SLOTS] + row * WIDTH + COLUMN]] <= 0:
        return False
    if kind < 0.35:
        return _replace(m, f, row)
    if kind < 0.47:
        return _shift(m, f, row)
    if kind < 0.6:
        return _replace_elsewhere(m, f, row)
    if kind < 0.7:
        return _join(m, f, row)
    if kind < 0.77:
        return _drop(m, f, row)
    if kind < 0.87:
        return _renew(m, f, row)
    if kind < 0.9:
        return _split(m, f, row)
    other = _other(m, f, row, all_rows)
    if other < 0:
        return False
    return _trade(m, f, row, other) if kind < 0.96 else _pass_on(m, f, row, other)


@compiled
def search(m: Ints, f: Floats, seed: int, rounds: int, tries: int, warm: float, cold: float, all_rows: bool) -> None:
    """`rounds` of `tries` changes from warm to cold; `best_slots` are the rows to start with and the best met.

    Held rows stay, unless `all_rows`.
    """
    np.random.seed(seed)
    _recall(m, f)
    _look(m, f)
    _copy_scores(m, f, LAST, BEST)
    if m[WANTED_COUNT] + m[OWED_COUNT] == 0 or m[OPEN_DAYS_COUNT] == 0:
        return
    idle = 0
    for _ in range(rounds):
        if idle == _PATIENCE:
            break
        idle += 1
        _look(m, f)
        for step in range(tries):
            left = 1.0 - step / tries
            temperature = cold + (warm - cold) * left * left * left
            drawn = np.random.random()
            allowed = temperature * min(_SPAN, (1.0 - drawn) / (drawn + 0.02))
            owing = f[m[LAST] + 2] > 0
            if not _try(m, f, all_rows, owing):
                if m[m[COUNTS] + 2]:
                    _roll_back(m, f)
                continue
            if _decide(m, f, allowed) and _better(m, f):
                idle = 0
                _copy_scores(m, f, LAST, BEST)
                _remember(m, f)
        _recall(m, f)
    _look(m, f)
    for _ in range(8):
        if not _polish(m, f):
            break
    _remember(m, f)
