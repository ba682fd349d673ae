"""A station's draft as arrays for the compiled search, and back."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from schedules.planner import annealing
from schedules.planner.annealing import layout
from schedules.planner.annealing.layout import FloatArray, IntArray
from schedules.planner.own_slots import OwnSlot
from schedules.planner.rule_totals import RuleTotals
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables

WARM, _COLD = 0.05, 0.0002
"""Temperatures in units of the weighted terms: at first a good part of one item's worth, at last next to nothing."""

_PERIODS = {"month": layout.MONTH, "day": layout.DATE, "session": layout.SESSION}
_MOST_ROWS = 600
_MOST_ITEMS = 64


class Penalties(NamedTuple):
    """What counts against a plan beside the cost of its wishes."""

    short_ms: float
    missed: float
    gone: float
    """A published slot that is not as it was; 0: the term *change* is all that asks for it."""


STRICT = Penalties(1.0, 1000.0, 0.0)
"""Nothing is worth a shortfall or something owed that is missed."""


class SharedArrays:
    """What all stations of an instance have in common."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.duration = _ints(tables.duration)
        self.topic = _ints(tables.topic)
        self.language = _ints(tables.language)
        self.urgent = _ints(tables.urgent)
        self.any_column = _ints(tables.any_column)
        self.valid = _ints(tables.valid)
        self.aged = np.rint(
            np.array(tables.ages, np.float64).reshape(len(tables.segments), len(tables.dates)) * layout.AGE_DAYS
        )
        self.aged = self.aged.astype(np.int64)
        columns, segments = range(len(tables.columns)), range(len(tables.segments))
        self.apart = _ints([[tables.separation(segment, column) for segment in segments] for column in columns])
        self.limit = _ints([[tables.limit(segment, column) for segment in segments] for column in columns])
        self.week = _ints(tables.week)
        self.shape = _ints([(c.frame_ms, c.slot_min_ms, c.slot_max_ms, c.max_slots_per_day) for c in tables.columns])
        self._may: dict[tuple[tuple[int, ...], ...], IntArray] = {}

    def may(self, pools: Sequence[Sequence[int]]) -> IntArray:
        """Dates on which each segment may air by column: none where it is not in the column's pool."""
        key = tuple(tuple(pool) for pool in pools)
        found = self._may.get(key)
        if found is None:
            found = np.zeros((len(pools), len(self.tables.segments)), np.int64)
            for column, pool in enumerate(pools):
                found[column, pool] = self.valid[pool]
            self._may[key] = found
        return found


class StationArrays:
    """The problem and the state of one draft; made once, used for any number of searches."""

    def __init__(self, draft: StationDraft) -> None:
        self.draft = draft
        slots = list(draft.slots)
        draft.restore([])
        laying = _Laying(draft, slots)
        figures, tables, floats = laying.figures(), laying.numbers(), laying.floats()
        draft.restore(slots)
        places = _begins(tables, layout.HEAD) | _begins(floats, 0)
        head = _zeros(layout.HEAD)
        # one by one: what is forgotten is a KeyError
        head[: layout.FIRST_STATE] = [figures[figure] for figure in range(layout.FIRST_STATE)]
        head[layout.FIRST_TABLE :] = [places[table] for table in range(layout.FIRST_TABLE, layout.HEAD)]
        self.numbers = np.concatenate([head, *(each.ravel() for each in tables.values())])
        self.floats = np.concatenate([each.ravel() for each in floats.values()])

    def search(
        self,
        *,
        seed: int,
        tries: int,
        warm: float = WARM,
        penalties: Penalties = STRICT,
        all_rows: bool = False,
        added: float = 0.0,
        at_once: int = 60_000,
    ) -> None:
        """Leaves the draft at the best plan met from where it is; `added` is what a slot more than now costs.

        At most `at_once` tries go from warm to cold; each next round starts from the best plan met.
        """
        m, slots = self.numbers, self.draft.slots
        self._write(slots)
        m[layout.ALL_ROWS] = all_rows
        m[layout.FREE_ROWS] = len(slots)
        first = int(m[layout.PENALTIES])
        self.floats[first : first + layout.PENALTY_WIDTH] = (*penalties, added)
        once = max(1, min(at_once, tries // 3))
        annealing.search(m, self.floats, seed, tries // once, once, warm, _COLD)
        self.draft.restore(self._read())

    def _write(self, slots: Sequence[OwnSlot]) -> None:
        """As the best plan met: the search starts there."""
        m = self.numbers
        m[layout.BEST_ROWS] = len(slots)
        for row, slot in enumerate(slots):
            self._best_slot(row)[:] = (
                slot.column,
                slot.day,
                slot.start,
                slot.end,
                len(slot.items),
                slot.reached,
                slot.held,
                0,
            )
            self._best_items(row)[: len(slot.items)] = slot.items

    def _read(self) -> list[OwnSlot]:
        """What did not change stays the very same slot."""
        there = {slot.content: slot for slot in self.draft.slots}
        found = []
        for row in range(int(self.numbers[layout.BEST_ROWS])):
            column, day, start, end, count, reached, _held, _in = self._best_slot(row).tolist()
            items = tuple(self._best_items(row)[:count].tolist())
            before = there.get((column, start, items))
            found.append(before or OwnSlot(column, day, start, end, items, bool(reached)))
        return sorted(found, key=lambda slot: (slot.start, slot.column))

    def _best_slot(self, row: int) -> IntArray:
        first = int(self.numbers[layout.BEST_SLOTS]) + row * layout.SLOT_WIDTH
        return self.numbers[first : first + layout.SLOT_WIDTH]

    def _best_items(self, row: int) -> IntArray:
        most = int(self.numbers[layout.MOST_ITEMS])
        first = int(self.numbers[layout.BEST_ITEMS]) + row * most
        return self.numbers[first : first + most]


class _Laying:
    """The tables of one draft without own slots; `slots` only say how much room rows and items need."""

    def __init__(self, draft: StationDraft, slots: Sequence[OwnSlot]) -> None:
        self.draft = draft
        self.tables = draft.tables
        self.shared = draft.tables.shared
        self.rules: list[RuleTotals] = [*draft.minima, *draft.maxima]
        dates, sessions = len(self.tables.dates), len(draft.view.occurrences)
        periods = {"month": 1, "day": dates, "session": sessions}
        self.total_places = [0, *accumulate(periods[each.rule.period] for each in self.rules)]
        self.open_days = [day for day in range(dates) if draft.gaps[day]]
        shapes = self.tables.columns
        most_rows = min(_MOST_ROWS, sum(shape.max_slots_per_day for shape in shapes) * len(self.open_days))
        self.most_rows = max(most_rows, len(slots)) + layout.JOURNAL_ROOM
        most_items = max(shape.slot_max_ms for shape in shapes) // min(self.tables.duration, default=1)
        most_items = min(most_items, len(self.tables.segments), _MOST_ITEMS)
        self.most_items = max(1, most_items, *(len(slot.items) for slot in slots))

    def figures(self) -> dict[int, int]:
        draft, tables = self.draft, self.tables
        return {
            layout.SEGMENTS: len(tables.segments),
            layout.DATES: len(tables.dates),
            layout.COLUMNS: len(tables.columns),
            layout.TOPIC_COUNT: max(1, len(tables.topic_number)),
            layout.WEEK_COUNT: tables.weeks,
            layout.LANGUAGE_COUNT: max(1, len(tables.language_number)),
            layout.RULE_COUNT: len(self.rules),
            layout.OWED_COUNT: len(draft.owed),
            layout.PUBLISHED_COUNT: len(draft.published_contents),
            layout.SPAN_COUNT: len(draft.view.reached or ()),
            layout.OPEN_DAY_COUNT: len(self.open_days),
            layout.WANTED_COUNT: len(self._wanted()),
            layout.MOST_ROWS: self.most_rows,
            layout.MOST_ITEMS: self.most_items,
            layout.FREEZE: draft.freeze_ms,
            layout.NOW: draft.now_ms,
            layout.NO_LIMIT: 1 << 62,
            layout.ANY_EXACT: any(each.exact for each in self.rules),
            layout.BROADCASTS: bool(draft.view.broadcast_dates),
            layout.HAS_LANGUAGES: bool(draft.view.station.language_shares),
        }

    def numbers(self) -> dict[int, IntArray]:
        return self._segments() | self._places() | self._rules() | self._asked() | self._rows() | self._sums()

    def _wanted(self) -> list[int]:
        return [number for number, wishes in enumerate(self.draft.wishes) if wishes.active and self.draft.pools[number]]

    def _segments(self) -> dict[int, IntArray]:
        shared, draft = self.shared, self.draft
        may = shared.may(draft.pools)
        if draft.blocked:
            may = may.copy()
            for (segment, column), dates in draft.blocked.items():
                may[column, segment] &= ~dates
        return {
            layout.DURATION: shared.duration,
            layout.TOPIC_OF: shared.topic,
            layout.LANGUAGE_OF: shared.language,
            layout.URGENT: shared.urgent,
            layout.ANY_COLUMN: shared.any_column,
            layout.AGED: shared.aged,
            layout.MAY: may,
            layout.APART: shared.apart,
            layout.LIMIT: shared.limit,
            layout.POOL: _ints([segment for pool in draft.pools for segment in pool]),
            layout.POOL_AT: _places(draft.pools),
        }

    def _places(self) -> dict[int, IntArray]:
        draft = self.draft
        return {
            layout.GAPS: _pairs(draft.gaps),
            layout.GAP_AT: _places(draft.gaps),
            layout.FIRST_GAPS: _pairs(draft.reached_gaps),
            layout.FIRST_GAP_AT: _places(draft.reached_gaps),
            layout.SPANS: _table(draft.view.reached or ()),
            layout.WEEK_OF: self.shared.week,
            layout.OPEN_DAYS: _ints(self.open_days),
            layout.WANTED: _ints(self._wanted()),
            layout.SHAPES: self.shared.shape,
        }

    def _rules(self) -> dict[int, IntArray]:
        tables, view = self.tables, self.draft.view
        pieces: list[list[tuple[int, int, int]]] = [[] for _ in tables.dates]
        for number, occurrence in enumerate(view.occurrences):
            day = tables.day_number[occurrence.date]
            pieces[day].extend((first, last, number) for first, last in occurrence.pieces)
        entries = [
            [entry for entry in sorted(each.fixed_entries, key=lambda entry: entry[0]) if each.exact]
            for each in self.rules
        ]
        flat = [entry for listed in entries for entry in listed]
        items_at = [0, *accumulate(len(entry[2]) for entry in flat)]
        return {
            layout.RULES: _table(
                (
                    each.rule.kind == "max",
                    each.column,
                    each.rule.ms,
                    _PERIODS[each.rule.period],
                    each.frame,
                    each.exact,
                    first,
                    last,
                )
                for each, (first, last) in zip(self.rules, pairwise(self.total_places), strict=True)
            ),
            layout.RULE_COUNTS: _table(each.counts for each in self.rules),
            layout.PIECES: _table(piece for day in pieces for piece in day),
            layout.PIECE_AT: _places(pieces),
            layout.FIXED: _table(
                (start, end, day, items_at[number], items_at[number + 1])
                for number, (start, _own, _items, end, day) in enumerate(flat)
            ),
            layout.FIXED_AT: _places(entries),
            layout.FIXED_ITEMS: _table(item for entry in flat for item in entry[2]),
        }

    def _asked(self) -> dict[int, IntArray]:
        draft, tables = self.draft, self.tables
        owed = [(tables.segment_number[each.segment.id], each) for each in draft.owed]
        numbers = sorted(range(len(owed)), key=lambda number: owed[number][0])
        owed_at = np.searchsorted([owed[number][0] for number in numbers], np.arange(len(tables.segments) + 1))
        published = list(draft.published_contents.items())
        items_at = [0, *accumulate(len(content[2]) for content, _ in published)]
        return {
            layout.OWED: _table((segment, each.from_ms, each.until_ms, each.times) for segment, each in owed),
            layout.OWED_AT: owed_at.astype(np.int64),
            layout.OWED_NUMBER: _ints(numbers),
            layout.PUBLISHED: _table(
                (column, start, items_at[number], items_at[number + 1], times, tables.day_of(start))
                for number, ((column, start, _items), times) in enumerate(published)
            ),
            layout.PUBLISHED_ITEMS: _ints([segment for content, _ in published for segment in content[2]]),
            layout.PUBLISHED_OF: _ints(wishes.published for wishes in draft.wishes),
        }

    def _rows(self) -> dict[int, IntArray]:
        rows, items = self.most_rows * layout.SLOT_WIDTH, self.most_rows * self.most_items
        return {
            layout.SLOTS: _zeros(rows),
            layout.ITEMS_OF: _zeros(items),
            layout.JOURNAL: _zeros(layout.JOURNAL_ROOM),
            layout.SAVED_SLOTS: _zeros(layout.JOURNAL_ROOM * layout.SLOT_WIDTH),
            layout.SAVED_ITEMS: _zeros(layout.JOURNAL_ROOM * self.most_items),
            layout.BEST_SLOTS: _zeros(rows),
            layout.BEST_ITEMS: _zeros(items),
        }

    def _sums(self) -> dict[int, IntArray]:
        draft, tables, wishes = self.draft, self.tables, self.draft.wishes
        columns, segments = len(tables.columns), len(tables.segments)
        mask, aired, aired_in = _zeros(segments), _zeros(segments), _zeros(columns * segments)
        for segment, airings in draft.airings.items():
            for day, column in airings:
                mask[segment] |= 1 << day
                aired[segment] += 1
                aired_in[column * segments + segment] += 1
        totals = _zeros(self.total_places[-1])
        for place, each in zip(self.total_places, self.rules, strict=False):
            for period, total in each.totals.items():
                totals[place + period] = total
        return {
            layout.AIRED_DAYS: mask,
            layout.AIRED: aired,
            layout.AIRED_IN: aired_in,
            layout.TIMES: _table(each.times for each in wishes),
            layout.SUMS: _table(
                (w.air, w.items, w.distinct, round(w.ages * layout.AGE_DAYS), w.reached, w.unchanged) for w in wishes
            ),
            layout.BY_TOPIC: _table([*each.by_topic, *([] if each.by_topic else [0])] for each in wishes),
            layout.BY_WEEK: _table(each.by_week for each in wishes),
            layout.BY_LANGUAGE: _table([*each.by_language, *([] if each.by_language else [0])] for each in wishes),
            layout.DAY_COUNT: _table(draft.day_counts),
            layout.TOTALS: totals,
            layout.MADE: _zeros(self.total_places[-1]),
            layout.ANSWERED: _ints(draft.answered),
            layout.SEEN: _zeros(segments),
        }

    def floats(self) -> dict[int, FloatArray]:
        tables, wishes = self.tables, self.draft.wishes
        return {
            layout.TARGETS: np.array([each.target for each in wishes]),
            layout.WEIGHTS: np.array([each.all_weights for each in wishes], np.float64),
            layout.TOPIC_SHARE: _shares([each.topic_wish for each in wishes], len(tables.topic_number)),
            layout.WEEK_SHARE: _shares([wishes[0].week_wish], tables.weeks),
            layout.LANGUAGE_SHARE: _shares([wishes[0].language_wish], len(tables.language_number)),
            layout.PENALTIES: np.zeros(layout.PENALTY_WIDTH),
            layout.COSTS: np.zeros(len(wishes)),
            layout.LAST: np.zeros(layout.SCORE_WIDTH),
            layout.BEFORE: np.zeros(layout.SCORE_WIDTH),
            layout.BEST: np.zeros(layout.SCORE_WIDTH),
        }


def _ints(values: Iterable[object]) -> IntArray:
    return np.array(list(values), np.int64)


def _zeros(size: int) -> IntArray:
    return np.zeros(size, np.int64)


def _table(rows: Iterable[Sequence[object]]) -> IntArray:
    return np.array([tuple(row) for row in rows], np.int64)


def _pairs(by_day: Sequence[Sequence[tuple[int, int]]]) -> IntArray:
    return _table(span for spans in by_day for span in spans)


def _places(lists: Sequence[Sequence[object]]) -> IntArray:
    return _ints([0, *accumulate(len(each) for each in lists)])


def _shares(wishes: Sequence[Sequence[tuple[int, float]]], count: int) -> FloatArray:
    """-1 where no share is wished for."""
    shares = np.full((len(wishes), max(1, count)), -1.0)
    for row, each in enumerate(wishes):
        for number, share in each:
            shares[row, number] = share
    return shares


def _begins(tables: Mapping[int, IntArray | FloatArray], first: int) -> dict[int, int]:
    """Where each table begins when they follow each other."""
    return dict(zip(tables, accumulate((each.size for each in tables.values()), initial=first), strict=False))
