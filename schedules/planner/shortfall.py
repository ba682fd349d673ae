"""Filling what minimum rules lack: first by adding, then by exchanging, each step kept only if it helps."""

from random import Random

from schedules.planner.building import place_owed
from schedules.planner.fillings import content_bounds, subset
from schedules.planner.own_slots import OwnSlot
from schedules.planner.rule_totals import RuleTotals
from schedules.planner.station_draft import StationDraft

_EXCHANGES = 1500
"""Tries to exchange slots when adding no longer helps: per station, only while something is short."""


def fill_shortfall(draft: StationDraft, rng: Random, exchanges: int = _EXCHANGES) -> None:
    """Lowers the shortfall as far as it finds a way."""
    if not draft.short():
        return
    _fill(draft)
    best, best_slots = draft.score(), list(draft.slots)
    for _ in range(exchanges):
        if not best[0]:
            break
        _exchange(draft, rng)
        if draft.score() < best:
            best, best_slots = draft.score(), list(draft.slots)
    draft.restore(best_slots)


def _fill(draft: StationDraft) -> None:
    """Whole passes over the dates, far apart ones first, until one adds nothing."""
    days = _far_apart(len(draft.tables.dates))
    while draft.short():
        before = draft.short()
        for day in days:
            for rule in draft.minima:
                if rule.short() and draft.gaps[day]:
                    _extend(draft, rule, day)
                    _open(draft, rule, day)
        if draft.short() >= before:
            return


def _far_apart(count: int) -> list[int]:
    """0 … count - 1 so that each next lies far from those before (bits read backwards)."""
    bits = max(1, (count - 1).bit_length())
    return [day for day in (int(f"{number:0{bits}b}"[::-1], 2) for number in range(1 << bits)) if day < count]


def _worth(draft: StationDraft, rule: RuleTotals, day: int, taken: tuple[int, ...]) -> list[int]:
    """Segments that the rule would count on the date, the longest first."""
    duration = draft.tables.duration
    aired = draft.airings
    found = [
        segment
        for segment in draft.pools[rule.column]
        if rule.counts[segment]
        and segment not in taken
        and draft.may_air(segment, day, rule.column)
        and (not rule.exact or not aired.get(segment))
    ]
    if not found and rule.exact:
        return []
    return sorted(found, key=lambda segment: (-duration[segment], segment))


def _headroom(draft: StationDraft, column: int, day: int, start: int, end: int) -> int:
    room = 1 << 60
    for rule in draft.maxima:
        if rule.column == column:
            room = min(room, rule.headroom(day, start, end) - rule.frame)
    return room


def _open(draft: StationDraft, rule: RuleTotals, day: int) -> None:
    """New slots on the date, as full as is needed."""
    column = rule.column
    shape = draft.tables.columns[column]
    while rule.short() and draft.day_counts[column][day] < shape.max_slots_per_day:
        before = draft.short()
        slot = _fullest(draft, rule, day)
        if slot is None or not draft.put(slot):
            return
        if draft.short() >= before:
            draft.remove(slot)
            return


def _fullest(draft: StationDraft, rule: RuleTotals, day: int) -> OwnSlot | None:
    column = rule.column
    duration = draft.tables.duration
    worth = _worth(draft, rule, day, ())
    if not worth:
        return None
    urgent = next((segment for segment in worth if draft.tables.urgent[segment]), None)
    firsts: list[tuple[int, ...]] = [()]
    if urgent is not None:
        firsts.append((urgent,))
    for first in firsts:
        least, most = content_bounds(draft, column, day, first)
        held = sum(duration[segment] for segment in first)
        left = [segment for segment in worth if segment not in first]
        # with a counted frame many short slots count more than few long ones
        wanted = least if rule.frame else max(least, min(most, rule.short()))
        fitting = [segment for segment in draft.pools[column] if segment not in first and segment not in left]
        fitting = [segment for segment in fitting if draft.may_air(segment, day, column)]
        for start in draft.starts(day, least + draft.tables.columns[column].frame_ms, draft.not_before(first)):
            top = min(most, _headroom(draft, column, day, start, start + 1))
            for pool in (left, left + fitting):
                chosen = subset(pool, duration, min(wanted, top) - held, top - held, fullest=False)
                if chosen is None:
                    chosen = subset(pool, duration, least - held, top - held, fullest=True)
                if chosen is None and held >= least:
                    chosen = ()
                if chosen is not None:
                    slot = draft.placed(column, day, (*first, *chosen))
                    if slot is not None:
                        return slot
    return None


def _extend(draft: StationDraft, rule: RuleTotals, day: int) -> None:
    """More items in the column's own slots of the date."""
    column = rule.column
    shape = draft.tables.columns[column]
    duration = draft.tables.duration
    for slot in list(draft.by_day[day]):
        if slot.held or slot.column != column or not rule.short():
            continue
        others = [each.start for each in draft.by_day[day] if each.start >= slot.end]
        ends = [last for first, last in draft.gaps[day] if first <= slot.start and slot.end <= last]
        end = min([max(ends, default=slot.end), *others, slot.start + shape.slot_max_ms])
        most = min(end - slot.end, _headroom(draft, column, day, slot.start, slot.end) + rule.frame)
        worth = _worth(draft, rule, day, slot.items)
        chosen = subset(worth, duration, min(most, rule.short()), most, fullest=False) or subset(
            worth, duration, 1, most, fullest=True
        )
        if chosen:
            draft.try_exchange((slot,), (draft.make(column, day, slot.start, (*slot.items, *chosen)),), worse_by=1e9)


def _exchange(draft: StationDraft, rng: Random) -> None:
    """A random exchange that does not add to the shortfall; the wishes may suffer meanwhile."""
    short = [rule for rule in draft.minima if rule.short()]
    rule = rng.choice(short)
    free = [slot for slot in draft.slots if not slot.held]
    before, slots = draft.score(), list(draft.slots)
    if free:
        slot = rng.choice(free)
        if rng.random() < 0.5:
            _swap_item(draft, slot, rng)
        else:
            draft.remove(slot)
            if draft.maxima and not draft.holds():
                draft.restore(slots)
                return
    days = [day for day in range(len(draft.tables.dates)) if draft.gaps[day]]
    if days:
        for day in rng.sample(days, min(len(days), 3)):
            _extend(draft, rule, day)
            _open(draft, rule, day)
    if draft.missed() > before[1]:
        place_owed(draft, rng)
    if draft.score()[:2] > before[:2]:
        draft.restore(slots)


def _swap_item(draft: StationDraft, slot: OwnSlot, rng: Random) -> None:
    pool = draft.pools[slot.column]
    if not pool:
        return
    at = rng.randrange(len(slot.items))
    segment = rng.choice(pool)
    items = (*slot.items[:at], segment, *slot.items[at + 1 :])
    other = draft.make(slot.column, slot.day, slot.start, items)
    short = draft.short()
    if draft.exchange((slot,), (other,)) and draft.short() > short:
        draft.undo((slot,), (other,))
