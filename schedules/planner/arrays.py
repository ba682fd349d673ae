"""A station's draft as arrays for the compiled search, and back."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from schedules.planner import compiled
from schedules.planner.compiled import Floats, Ints
from schedules.planner.own_slots import OwnSlot
from schedules.planner.rule_totals import RuleTotals
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables

WARM, _COLD = 0.05, 0.0002
"""Temperatures in units of the weighted terms: at first a good part of one item's worth, at last next to nothing."""

_PERIODS = {"month": compiled.MONTH, "day": compiled.DATE, "session": compiled.SESSION}
_MOST_ROWS = 600
_MOST_ITEMS = 64
_JOURNAL = 8


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
        self.aged = np.rint(np.array(tables.ages, np.float64).reshape(len(tables.segments), -1) * compiled.AGE_DAYS)
        self.aged = self.aged.astype(np.int64)
        columns, segments = range(len(tables.columns)), range(len(tables.segments))
        self.apart = _ints([[tables.separation(segment, column) for segment in segments] for column in columns])
        self.limit = _ints([[tables.limit(segment, column) for segment in segments] for column in columns])
        self.week = _ints(tables.week)
        self.shape = _ints([(c.frame_ms, c.slot_min_ms, c.slot_max_ms, c.max_slots_per_day) for c in tables.columns])
        self._may: dict[tuple[tuple[int, ...], ...], Ints] = {}

    def may(self, pools: Sequence[Sequence[int]]) -> Ints:
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
        self.most_items = laying.most_items
        places = dict(
            zip(tables, accumulate((each.size for each in tables.values()), initial=compiled.HEAD), strict=False)
        )
        float_places = dict(zip(floats, accumulate((each.size for each in floats.values()), initial=0), strict=False))
        head = [
            *(int(figures[name]) for name in compiled.FIGURES),
            *(places[name] for name in compiled.TABLES),
            *(float_places[name] for name in compiled.FLOAT_TABLES),
        ]
        self.numbers = np.concatenate([_ints(head), *(each.ravel() for each in tables.values())])
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
        self._write(self.draft.slots)
        first = int(self.numbers[compiled.PENALTIES])
        self.floats[first : first + 4] = (*penalties, added)
        once = max(1, min(at_once, tries // 3))
        compiled.search(self.numbers, self.floats, seed, tries // once, once, warm, _COLD, all_rows)
        self.draft.restore(self._read())

    def _write(self, slots: Sequence[OwnSlot]) -> None:
        """As the best plan met: the search starts there."""
        m = self.numbers
        m[m[compiled.BEST_COUNT]] = m[m[compiled.COUNTS] + 4] = len(slots)
        for row, slot in enumerate(slots):
            first = m[compiled.BEST_SLOTS] + row * compiled.WIDTH
            m[first : first + compiled.WIDTH] = (
                slot.column,
                slot.day,
                slot.start,
                slot.end,
                len(slot.items),
                slot.reached,
                slot.held,
                0,
            )
            first = m[compiled.BEST_ITEMS] + row * self.most_items
            m[first : first + len(slot.items)] = slot.items

    def _read(self) -> list[OwnSlot]:
        """What did not change stays the very same slot."""
        there = {slot.content: slot for slot in self.draft.slots}
        m = self.numbers
        found = []
        for row in range(int(m[m[compiled.BEST_COUNT]])):
            first = int(m[compiled.BEST_SLOTS]) + row * compiled.WIDTH
            column, day, start, end, count, reached, _held, _in = m[first : first + compiled.WIDTH].tolist()
            first = int(m[compiled.BEST_ITEMS]) + row * self.most_items
            items = tuple(m[first : first + count].tolist())
            before = there.get((column, start, items))
            found.append(before or OwnSlot(column, day, start, end, items, bool(reached)))
        return sorted(found, key=lambda slot: (slot.start, slot.column))


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
        self.most_rows = max(most_rows, len(slots)) + _JOURNAL
        most_items = max(shape.slot_max_ms for shape in shapes) // min(self.tables.duration, default=1)
        most_items = min(most_items, len(self.tables.segments), _MOST_ITEMS)
        self.most_items = max(1, most_items, *(len(slot.items) for slot in slots))

    def figures(self) -> dict[str, int]:
        draft, tables = self.draft, self.tables
        return {
            "segments": len(tables.segments),
            "dates": len(tables.dates),
            "column_count": len(tables.columns),
            "topic_count": max(1, len(tables.topic_number)),
            "week_count": tables.weeks,
            "language_count": max(1, len(tables.language_number)),
            "rules_count": len(self.rules),
            "total_count": self.total_places[-1],
            "owed_count": len(draft.owed),
            "published_count": len(draft.published_contents),
            "spans_count": len(draft.view.reached or ()),
            "open_days_count": len(self.open_days),
            "wanted_count": len(self._wanted()),
            "most_rows": self.most_rows,
            "most_items": self.most_items,
            "freeze": draft.freeze_ms,
            "now": draft.now_ms,
            "any_exact": any(each.exact for each in self.rules),
            "broadcasts": bool(draft.view.broadcast_dates),
            "has_languages": bool(draft.view.station.language_shares),
        }

    def numbers(self) -> dict[str, Ints]:
        return self._segments() | self._places() | self._rules() | self._asked() | self._rows() | self._sums()

    def _wanted(self) -> list[int]:
        return [number for number, wishes in enumerate(self.draft.wishes) if wishes.active and self.draft.pools[number]]

    def _segments(self) -> dict[str, Ints]:
        shared, draft = self.shared, self.draft
        may = shared.may(draft.pools)
        if draft.blocked:
            may = may.copy()
            for (segment, column), dates in draft.blocked.items():
                may[column, segment] &= ~dates
        return {
            "duration": shared.duration,
            "topic_of": shared.topic,
            "language_of": shared.language,
            "urgent": shared.urgent,
            "any_column": shared.any_column,
            "aged": shared.aged,
            "may": may,
            "apart": shared.apart,
            "limit": shared.limit,
            "pool": _ints([segment for pool in draft.pools for segment in pool]),
            "pool_at": _places(draft.pools),
        }

    def _places(self) -> dict[str, Ints]:
        draft = self.draft
        return {
            "gaps": _pairs(draft.gaps),
            "gap_at": _places(draft.gaps),
            "first_gaps": _pairs(draft.reached_gaps),
            "first_gap_at": _places(draft.reached_gaps),
            "spans": _table(draft.view.reached or ()),
            "week_of": self.shared.week,
            "open_days": _ints(self.open_days),
            "wanted": _ints(self._wanted()),
            "shape": self.shared.shape,
        }

    def _rules(self) -> dict[str, Ints]:
        tables, view = self.tables, self.draft.view
        pieces: list[list[tuple[int, int, int]]] = [[] for _ in tables.dates]
        for number, occurrence in enumerate(view.occurrences):
            day = tables.day_number[occurrence.date]
            pieces[day].extend((first, last, number) for first, last in occurrence.pieces)
        entries = [
            [entry for entry in sorted(each.fixed_entries, key=lambda entry: entry[0]) if each.exact]
            for each in self.rules
        ]
        flat = [(rule, entry) for rule, listed in enumerate(entries) for entry in listed]
        items_at = [0, *accumulate(len(entry[2]) for _, entry in flat)]
        return {
            "rules": _table(
                (
                    each.rule.kind == "max",
                    each.column,
                    each.rule.ms,
                    _PERIODS[each.rule.period],
                    each.frame,
                    each.exact,
                    place,
                )
                for each, place in zip(self.rules, self.total_places, strict=False)
            ),
            "rule_counts": _table(each.counts for each in self.rules),
            "pieces": _table(piece for day in pieces for piece in day),
            "piece_at": _places(pieces),
            "first_airings": _table(
                (rule, start, end, day, items_at[number], items_at[number + 1])
                for number, (rule, (start, _own, _items, end, day)) in enumerate(flat)
            ),
            "first_airing_at": _places(entries),
            "first_airing_items": _table(item for _, entry in flat for item in entry[2]),
        }

    def _asked(self) -> dict[str, Ints]:
        draft, tables = self.draft, self.tables
        owed = [(tables.segment_number[each.segment.id], each) for each in draft.owed]
        numbers = sorted(range(len(owed)), key=lambda number: owed[number][0])
        owed_at = np.searchsorted([owed[number][0] for number in numbers], np.arange(len(tables.segments) + 1))
        published = list(draft.published_contents.items())
        items_at = [0, *accumulate(len(content[2]) for content, _ in published)]
        return {
            "owed": _table((segment, each.from_ms, each.until_ms, each.times) for segment, each in owed),
            "owed_at": owed_at.astype(np.int64),
            "owed_number": _ints(numbers),
            "published": _table(
                (column, start, items_at[number], items_at[number + 1], times, tables.day_of(start))
                for number, ((column, start, _items), times) in enumerate(published)
            ),
            "published_items": _ints([segment for content, _ in published for segment in content[2]]),
            "published_of": _ints(wishes.published for wishes in draft.wishes),
        }

    def _rows(self) -> dict[str, Ints]:
        rows, items = self.most_rows * compiled.WIDTH, self.most_rows * self.most_items
        return {
            "counts": _zeros(5),
            "slots": _zeros(rows),
            "items_of": _zeros(items),
            "journal": _zeros(_JOURNAL),
            "saved_slots": _zeros(_JOURNAL * compiled.WIDTH),
            "saved_items": _zeros(_JOURNAL * self.most_items),
            "best_count": _zeros(1),
            "best_slots": _zeros(rows),
            "best_items": _zeros(items),
        }

    def _sums(self) -> dict[str, Ints]:
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
            "mask": mask,
            "aired": aired,
            "aired_in": aired_in,
            "times": _table(each.times for each in wishes),
            "sums": _table(
                (w.air, w.items, w.distinct, round(w.ages * compiled.AGE_DAYS), w.reached, w.unchanged) for w in wishes
            ),
            "by_topic": _table([*each.by_topic, *([] if each.by_topic else [0])] for each in wishes),
            "by_week": _table(each.by_week for each in wishes),
            "by_language": _table([*each.by_language, *([] if each.by_language else [0])] for each in wishes),
            "day_count": _table(draft.day_counts),
            "totals": totals,
            "made": _zeros(self.total_places[-1]),
            "answered": _ints(draft.answered),
            "seen": _zeros(segments),
        }

    def floats(self) -> dict[str, Floats]:
        tables, wishes = self.tables, self.draft.wishes
        return {
            "targets": np.array([each.target for each in wishes]),
            "weights": np.array([each.all_weights for each in wishes], np.float64),
            "topic_share": _shares([each.topic_wish for each in wishes], len(tables.topic_number)),
            "week_share": _shares([wishes[0].week_wish], tables.weeks),
            "language_share": _shares([wishes[0].language_wish], len(tables.language_number)),
            "penalties": np.zeros(4),
            "costs": np.zeros(len(wishes)),
            "last": np.zeros(compiled.SCORES),
            "before": np.zeros(compiled.SCORES),
            "best": np.zeros(compiled.SCORES),
        }


def _ints(values: Iterable[object]) -> Ints:
    return np.array(list(values), np.int64)


def _zeros(size: int) -> Ints:
    return np.zeros(size, np.int64)


def _table(rows: Iterable[Sequence[object]]) -> Ints:
    return np.array([tuple(row) for row in rows], np.int64)


def _pairs(by_day: Sequence[Sequence[tuple[int, int]]]) -> Ints:
    return _table(span for spans in by_day for span in spans)


def _places(lists: Sequence[Sequence[object]]) -> Ints:
    return _ints([0, *accumulate(len(each) for each in lists)])


def _shares(wishes: Sequence[Sequence[tuple[int, float]]], count: int) -> Floats:
    """-1 where no share is wished for."""
    shares = np.full((len(wishes), max(1, count)), -1.0)
    for row, each in enumerate(wishes):
        for number, share in each:
            shares[row, number] = share
    return shares
