"""Why a minimum is missed: bounds that no plan of the station can pass, the tightest ones named.

Codes and facts (milliseconds unless said otherwise):

* `no_occurrence`: no session occurs in what is left of the month.
* `not_enough_segments`: all airings of eligible segments that dates and monthly limits allow, `segments` of
  them, come to `available_ms`.
* `separation`: the distances between airings leave `available_ms`, without them it would be enough.
* `no_room`: slots a day, their longest length and the free time leave `available_ms` of content.
* `max_rule`: maximum `rule` leaves `available_ms`.
* `does_not_combine`: each bound alone would leave enough; the planner found no plan that keeps all.
"""

from collections.abc import Iterable
from typing import Any

from schedules.breaks import slots_by_station
from schedules.laid_slots import LaidSlot, counted_by_slot, lay
from schedules.owed import owed_airings
from schedules.planner.rule_totals import RuleTotals
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables
from schedules.problem import Rule, Slot
from schedules.problem_index import ProblemIndex, StationView


class Reasons:
    """Reasons of missed minima in a finished plan; called with (rule id, station)."""

    def __init__(self, index: ProblemIndex, slots: Iterable[Slot]) -> None:
        self._index = index
        self._slots = list(slots)
        self._by_station: dict[str, list[Slot]] | None = None
        self._tables: Tables | None = None

    def __call__(self, rule: str, station: str) -> tuple[dict[str, Any], ...]:
        if self._by_station is None or self._tables is None:
            self._by_station = slots_by_station(self._slots)
            self._tables = Tables(self._index)
        view = self._index.view(station)
        laid = lay(self._index, view, self._by_station.get(station, ()))
        missed = next(each for each in view.min_rules if each.id == rule)
        return _reasons(self._tables, view, laid, missed)


def _reasons(tables: Tables, view: StationView, laid: list[LaidSlot], rule: Rule) -> tuple[dict[str, Any], ...]:
    index = tables.index
    fixed = [each for each in laid if each.fixed]
    draft = StationDraft(tables, view, fixed, list(owed_airings(index, view, fixed)), [])
    given = sum(total for _, total in counted_by_slot(rule, fixed))
    needed = rule.ms - given
    totals = RuleTotals(tables, view, rule, fixed)
    days = [day for day in range(len(tables.dates)) if draft.free_length(day, draft.freeze_ms) > 0]
    if not days:
        return ({"code": "no_occurrence"},)
    frame = totals.frame * tables.columns[totals.column].max_slots_per_day * len(days)
    apart, limited, number = _supply(draft, totals, days)
    room = _room(draft, totals.column, days) + frame
    reasons: list[dict[str, Any]] = []
    if limited + frame < needed:
        reasons.append(
            {"code": "not_enough_segments", "segments": number, "available_ms": limited, "needed_ms": needed}
        )
    elif apart + frame < needed:
        reasons.append({"code": "separation", "available_ms": apart, "needed_ms": needed})
    if room < needed:
        reasons.append({"code": "no_room", "available_ms": room, "needed_ms": needed})
    for most in draft.maxima:
        left = _left(most, days)
        if most.column == totals.column and left < needed:
            reasons.append({"code": "max_rule", "rule": most.rule.id, "available_ms": left, "needed_ms": needed})
    return tuple(reasons) or ({"code": "does_not_combine", "needed_ms": needed},)


def _supply(draft: StationDraft, rule: RuleTotals, days: list[int]) -> tuple[int, int, int]:
    """Milliseconds that segments can give, with and without separation, and how many segments can give any."""
    tables = draft.tables
    apart_ms = limited_ms = number = 0
    for segment in draft.pools[rule.column]:
        if not rule.counts[segment]:
            continue
        there = len(draft.airings.get(segment, ()))
        valid = [day for day in days if tables.valid[segment] >> day & 1]
        most = max(0, tables.limit(segment, rule.column) - there)
        if rule.exact:
            most = min(most, 0 if there else 1)
        limited = min(len(valid), most)
        apart = 0
        last: int | None = None
        for day in valid:
            near = last is not None and day - last < tables.separation(segment, rule.column)
            if apart < most and not near and draft.may_air(segment, day, rule.column):
                apart, last = apart + 1, day
        apart_ms += apart * tables.duration[segment]
        limited_ms += limited * tables.duration[segment]
        number += limited > 0
    return apart_ms, limited_ms, number


def _room(draft: StationDraft, column: int, days: list[int]) -> int:
    shape = draft.tables.columns[column]
    room = 0
    for day in days:
        slots = max(0, shape.max_slots_per_day - draft.day_counts[column][day])
        longest = min(shape.slot_max_ms, draft.free_length(day, draft.freeze_ms))
        room += slots * max(0, longest - shape.frame_ms)
    return room


def _left(most: RuleTotals, days: list[int]) -> int:
    """What a maximum leaves over the days, its sessions taken as one a day and more."""
    if most.rule.period == "month":
        return max(0, most.rule.ms - most.totals.get(0, 0))
    if most.rule.period == "day":
        return sum(max(0, most.rule.ms - most.totals.get(day, 0)) for day in days)
    return sum(max(0, most.rule.ms - most.totals.get(number, 0)) for day in days for number in most.sessions_of(day))
