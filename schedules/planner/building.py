"""First plans: what is owed is placed, then slots are added where the wishes gain most."""

from random import Random
from typing import NamedTuple

from schedules.planner.fillings import candidates, completed
from schedules.planner.own_slots import OwnSlot
from schedules.planner.probe import Probe
from schedules.planner.station_draft import StationDraft

_MOST_SLOTS = 400
"""Slots that one call adds to a column: far more than a month of one station holds."""


def place_owed(draft: StationDraft, rng: Random) -> None:
    """Places owed airings, those that are due first before others."""
    order = sorted(range(len(draft.owed)), key=lambda number: (draft.owed[number].aim_ms, number))
    for number in order:
        while draft.answered[number] < draft.owed[number].times and _answer(draft, number, rng):
            pass
        if draft.answered[number] < draft.owed[number].times:
            _rearrange(draft, number, rng)


def _rearrange(draft: StationDraft, number: int, rng: Random) -> None:
    """All airings of the segment that may change are taken out and placed anew; taken back if that helps nothing."""
    segment = draft.tables.segment_number[draft.owed[number].segment.id]
    before, slots = draft.score(), list(draft.slots)
    for slot in slots:
        if segment not in slot.items or slot.held:
            continue
        draft.remove(slot)
        rest = tuple(item for item in slot.items if item != segment)
        whole = completed(draft, slot.column, slot.day, rest, rng) if rest else None
        if whole is not None and segment not in whole:
            draft.put(draft.make(slot.column, slot.day, slot.start, whole))
    same = [each for each in range(len(draft.owed)) if draft.owed[each].segment is draft.owed[number].segment]
    for each in sorted(same, key=lambda each: draft.owed[each].aim_ms):
        while draft.answered[each] < draft.owed[each].times and _answer(draft, each, rng):
            pass
    if draft.score()[:2] >= before[:2] or (draft.maxima and not draft.holds()):
        draft.restore(slots)


def _answer(draft: StationDraft, number: int, rng: Random) -> bool:
    """One more airing of what is owed: in a slot that is there, in a new one, or in place of another item."""
    owed, tables = draft.owed[number], draft.tables
    segment = tables.segment_number[owed.segment.id]
    columns = [tables.column[segment]] if tables.column[segment] >= 0 else list(range(len(tables.columns)))
    columns.sort(key=lambda column: not draft.wishes[column].active)
    days = _days_for(draft, number)
    for before in dict.fromkeys((owed.aim_ms, owed.until_ms)):
        asked = [
            _Asked(segment, column, day, owed.from_ms, before)
            for day in days
            for column in columns
            if draft.may_air(segment, day, column)
        ]
        if (
            any(_join(draft, each) for each in asked)
            or any(_open(draft, each, rng) for each in asked)
            or any(_oust(draft, each) for each in asked)
        ):
            return True
    return False


class _Asked(NamedTuple):
    """An airing asked for on a date, to start within half-open bounds."""

    segment: int
    column: int
    day: int
    from_ms: int
    before_ms: int

    def takes(self, slot: OwnSlot) -> bool:
        """Whether the slot is one that may change, of the column and within the bounds."""
        return slot.column == self.column and not slot.held and self.from_ms <= slot.start < self.before_ms


def _days_for(draft: StationDraft, number: int) -> list[int]:
    """Dates of the bounds, in turn: from the first where one airing is owed, spread out where more are."""
    owed, tables = draft.owed[number], draft.tables
    midnights = [*tables.midnights, tables.midnights[-1] + 86_400_000]
    days = [
        day
        for day in range(len(tables.dates))
        if midnights[day] < owed.until_ms and midnights[day + 1] > owed.from_ms and draft.gaps[day]
    ]
    if owed.times == 1 or not days:
        return days
    wanted = draft.answered[number] * len(days) // owed.times
    first = days[min(wanted, len(days) - 1)]
    return sorted(days, key=lambda day: (abs(day - first), day))


def _join(draft: StationDraft, asked: _Asked) -> bool:
    for slot in list(draft.by_day[asked.day]):
        if asked.takes(slot):
            longer = draft.make(slot.column, slot.day, slot.start, (*slot.items, asked.segment))
            if draft.exchange((slot,), (longer,)):
                return True
    return False


def _open(draft: StationDraft, asked: _Asked, rng: Random) -> bool:
    column, day, items = asked.column, asked.day, (asked.segment,)
    if draft.day_counts[column][day] >= draft.tables.columns[column].max_slots_per_day:
        return False
    whole = completed(draft, column, day, items, rng)
    if whole is None:
        return False
    slot = draft.placed(column, day, whole, asked.before_ms)
    return slot is not None and slot.start >= asked.from_ms and draft.put(slot)


def _oust(draft: StationDraft, asked: _Asked) -> bool:
    """In place of another item, or of a whole slot, that answers nothing itself."""
    for slot in list(draft.by_day[asked.day]):
        if not asked.takes(slot):
            continue
        before = draft.score()
        others = [(*slot.items[:at], asked.segment, *slot.items[at + 1 :]) for at in range(len(slot.items))]
        for items in [*others, (asked.segment,)]:
            other = draft.make(slot.column, slot.day, slot.start, items)
            if draft.exchange((slot,), (other,)):
                if draft.score()[:2] < before[:2]:
                    return True
                draft.undo((slot,), (other,))
    return False


def add_slots(draft: StationDraft, column: int, rng: Random, least_gain: float = 1e-9) -> None:
    """Adds slots to a column as long as the wishes gain, in the weeks that lack most."""
    if not draft.wishes[column].active:
        return
    for _ in range(_MOST_SLOTS):
        if not any(_add_slot(draft, column, days, rng, least_gain) for days in _weeks_by_lack(draft, column)):
            return


def _weeks_by_lack(draft: StationDraft, column: int) -> list[list[int]]:
    """Up to two dates of each week with room for a slot, the emptiest first; weeks that lack most first."""
    tables, wishes = draft.tables, draft.wishes[column]
    most = tables.columns[column].max_slots_per_day
    free: dict[int, list[int]] = {}
    for day in range(len(tables.dates)):
        if draft.gaps[day] and draft.day_counts[column][day] < most:
            free.setdefault(tables.week[day], []).append(day)
    total = max(wishes.air, int(wishes.target))
    lack = {week: share * total - wishes.by_week[week] for week, share in wishes.week_wish}
    weeks = sorted(free, key=lambda week: (-lack[week], week))
    return [
        sorted(free[week], key=lambda day: (not draft.reached_gaps[day], len(draft.by_day[day]), day))[:2]
        for week in weeks
    ]


def _add_slot(draft: StationDraft, column: int, days: list[int], rng: Random, least_gain: float) -> bool:
    wishes = draft.wishes[column]
    best: tuple[float, int, int] | None = None
    for day in days:
        reached = bool(draft.reached_gaps[day])
        probe = Probe(wishes, day, [], reached=reached)
        for segment in candidates(draft, column, day, rng):
            cost = probe.cost(segment)
            if best is None or cost < best[0]:
                best = (cost, day, segment)
    if best is None:
        return False
    _, day, segment = best
    slot = new_slot(draft, column, day, (segment,), rng)
    if slot is None:
        return False
    before = draft.score()
    if not draft.put(slot):
        return False
    if draft.score() <= (before[0], before[1], before[2] - least_gain):
        return True
    draft.remove(slot)
    return False


def new_slot(draft: StationDraft, column: int, day: int, items: tuple[int, ...], rng: Random) -> OwnSlot | None:
    """A slot on the date that holds the items, and others where it would be too short."""
    whole = completed(draft, column, day, items, rng)
    return None if whole is None else draft.placed(column, day, whole)
