"""Where everything lies in the two arrays of a search: said here only.

`m` holds whole numbers, `f` floats. `m` begins with its head: single figures, then where each table begins. So
`m[SEGMENTS]` is how many segments there are, and `m[m[DURATION] + segment]` is a segment's duration. Tables with
several numbers to an entry have a width: `m[m[OWED] + number * OWED_WIDTH + OWED_UNTIL]`. Tables …_AT hold where the
entries of each i lie in another table: from `…_AT + i` to `…_AT + i + 1`, half-open. Times are milliseconds since the
epoch, lengths milliseconds, days numbered from 0, sets of days bits.

The ranges are unpacked: a name too many or too few does not import.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Ints(Protocol):
    """`m`, read and written one number at a time, as compiled code does."""

    def __getitem__(self, at: int, /) -> int: ...
    def __setitem__(self, at: int, value: int, /) -> None: ...


class Floats(Protocol):
    """`f`."""

    def __getitem__(self, at: int, /) -> float: ...
    def __setitem__(self, at: int, value: float, /) -> None: ...


IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

# Below: S segments, D dates, C columns, R rules, T first-level topics.

_FIGURES, _STATES, _TABLES, _FLOAT_TABLES = 20, 7, 53, 10

# Single figures of the problem.
(
    SEGMENTS,
    DATES,
    COLUMNS,
    TOPIC_COUNT,
    WEEK_COUNT,
    LANGUAGE_COUNT,
    RULE_COUNT,
    OWED_COUNT,
    PUBLISHED_COUNT,
    SPAN_COUNT,
    OPEN_DAY_COUNT,
    WANTED_COUNT,
    MOST_ROWS,  # room for rows
    MOST_ITEMS,  # room for items in a row
    FREEZE,  # the earliest start of a slot without urgent items
    NOW,  # the earliest start of a slot with one
    NO_LIMIT,  # a moment after all starts
    ANY_EXACT,  # whether any rule counts first airings only
    BROADCASTS,  # whether any date has an occurrence of a session
    HAS_LANGUAGES,  # whether the station has shares of languages
) = range(_FIGURES)

# Single figures of a search.
FIRST_STATE = _FIGURES
(
    ALL_ROWS,  # whether held rows may change too
    FREE_ROWS,  # rows that cost nothing to have
    ROWS,
    ROWS_BEFORE,  # the change under way
    JOURNALED,  # rows in the journal
    STAMP,  # the last one given in SEEN
    BEST_ROWS,
) = range(FIRST_STATE, FIRST_STATE + _STATES)

# Where tables begin in `m`.
FIRST_TABLE = FIRST_STATE + _STATES
(
    DURATION,  # S
    TOPIC_OF,  # S
    LANGUAGE_OF,  # S
    URGENT,  # S
    ANY_COLUMN,  # S: whether distance and limit depend on the columns that it airs in
    AGED,  # S × D: days since valid_from, 0 to AGE_DAYS
    MAY,  # C × S: days on which it may air by validity, targeting and what aired in other months
    APART,  # C × S: days
    LIMIT,  # C × S: airings a month
    POOL,  # segments by column
    POOL_AT,  # C + 1
    GAPS,  # n × SPAN_WIDTH, by day: where own slots may stand
    GAP_AT,  # D + 1
    FIRST_GAPS,  # n × SPAN_WIDTH, by day: of the gaps what others relay
    FIRST_GAP_AT,  # D + 1
    SPANS,  # n × SPAN_WIDTH: where others relay the station
    WEEK_OF,  # D
    OPEN_DAYS,  # days with gaps
    WANTED,  # columns that slots may be added to
    SHAPES,  # C × SHAPE_WIDTH
    RULES,  # R × RULE_WIDTH
    RULE_COUNTS,  # R × S: whether the rule counts the segment
    PIECES,  # n × PIECE_WIDTH, by day: of occurrences of sessions, what blackouts leave
    PIECE_AT,  # D + 1
    FIXED,  # n × FIXED_WIDTH, by rule: fixed slots that a rule of first airings counts, by start
    FIXED_AT,  # R + 1
    FIXED_ITEMS,  # n × FIXED_ITEM_WIDTH
    OWED,  # n × OWED_WIDTH
    OWED_AT,  # S + 1
    OWED_NUMBER,  # of entries in OWED, by segment
    PUBLISHED,  # n × PUBLISHED_WIDTH: what the term *change* counts as unchanged
    PUBLISHED_ITEMS,  # segments
    PUBLISHED_OF,  # C: published slots after the freeze
    SLOTS,  # rows × SLOT_WIDTH: own slots, in no order
    ITEMS_OF,  # rows × most items: their segments
    JOURNAL,  # rows that the change under way touched
    SAVED_SLOTS,  # SLOTS and ITEMS_OF of these before it
    SAVED_ITEMS,
    BEST_SLOTS,  # SLOTS and ITEMS_OF of the best plan met
    BEST_ITEMS,
    AIRED_DAYS,  # S: days with an airing
    AIRED,  # S: airings
    AIRED_IN,  # C × S
    SUMS,  # C × SUM_WIDTH: of what the wishes count
    TIMES,  # C × S: airings
    BY_TOPIC,  # C × T: airtime
    BY_WEEK,
    BY_LANGUAGE,
    DAY_COUNT,  # C × D: slots
    TOTALS,  # counted airtime by rule and period
    MADE,  # what own slots add to it
    ANSWERED,  # by entry in OWED: airings
    SEEN,  # S: the stamp of the count that last met it
) = range(FIRST_TABLE, FIRST_TABLE + _TABLES)

# Where tables begin in `f`.
FIRST_FLOAT_TABLE = FIRST_TABLE + _TABLES
(
    TARGETS,  # C: milliseconds; 0: nothing asks for the column
    WEIGHTS,  # C × WEIGHT_WIDTH
    TOPIC_SHARE,  # C × T; -1: no share
    WEEK_SHARE,
    LANGUAGE_SHARE,
    PENALTIES,  # PENALTY_WIDTH
    COSTS,  # C
    LAST,  # SCORE_WIDTH: of the plan as it is
    BEFORE,  # SCORE_WIDTH: before the change under way
    BEST,  # SCORE_WIDTH
) = range(FIRST_FLOAT_TABLE, FIRST_FLOAT_TABLE + _FLOAT_TABLES)
HEAD = FIRST_FLOAT_TABLE + _FLOAT_TABLES

# Entries of tables.
SPAN_WIDTH = 2
SPAN_START, SPAN_END = range(SPAN_WIDTH)
SHAPE_WIDTH = 4
FRAME, SLOT_MIN, SLOT_MAX, A_DAY = range(SHAPE_WIDTH)
RULE_WIDTH = 8
IS_MAX, OF_COLUMN, MS, PERIOD, RULE_FRAME, EXACT, TOTALS_AT, TOTALS_UNTIL = range(RULE_WIDTH)
MONTH, DATE, SESSION = range(3)  # in PERIOD
PIECE_WIDTH = 3
PIECE_START, PIECE_END, PIECE_OCCURRENCE = range(PIECE_WIDTH)
FIXED_WIDTH = 5
FIXED_START, FIXED_END, FIXED_DAY, FIXED_ITEMS_FROM, FIXED_ITEMS_TO = range(FIXED_WIDTH)
FIXED_ITEM_WIDTH = 2
FIXED_SEGMENT, FIXED_DURATION = range(FIXED_ITEM_WIDTH)
OWED_WIDTH = 4
OWED_SEGMENT, OWED_FROM, OWED_UNTIL, OWED_TIMES = range(OWED_WIDTH)
PUBLISHED_WIDTH = 6
(
    PUBLISHED_COLUMN,
    PUBLISHED_START,
    PUBLISHED_ITEMS_FROM,
    PUBLISHED_ITEMS_TO,
    PUBLISHED_TIMES,  # slots with the same start and items
    PUBLISHED_DAY,
) = range(PUBLISHED_WIDTH)
SLOT_WIDTH = 8
COLUMN, DAY, START, END, COUNT, REACHED, HELD, IN = range(SLOT_WIDTH)
SUM_WIDTH = 6
AIR, ITEMS, DISTINCT, AGES, PASSED_ON, UNCHANGED = range(SUM_WIDTH)
WEIGHT_WIDTH = 8
TOPICS, SPREAD, REPETITION, AGE, TARGET, LANGUAGES, REACH, CHANGE = range(WEIGHT_WIDTH)
PENALTY_WIDTH = 4
PER_MS_SHORT, PER_MISSED, PER_GONE, PER_ROW = range(PENALTY_WIDTH)
SCORE_WIDTH = 5
ENERGY, SHORT, MISSED, GONE, COST = range(SCORE_WIDTH)

MINUTE = 60_000
AGE_DAYS = 28
JOURNAL_ROOM = 8
"""Rows that one change may touch."""
