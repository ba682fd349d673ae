"""Changing a published plan as little as it can be: what breaks nothing is held, the rest is mended in place."""

from random import Random

from schedules.instants import to_ms
from schedules.planner.building import new_slot, place_owed
from schedules.planner.fillings import completed
from schedules.planner.own_slots import OwnSlot
from schedules.planner.shortfall import fill_shortfall
from schedules.planner.station_draft import StationDraft
from schedules.problem import Slot

_TRIES_ONE = 60
"""Exchanges tried after letting one published slot go; of all together more."""


def hold_published(draft: StationDraft, published: list[Slot], broken: frozenset[str], rng: Random) -> bool:
    """Puts the published slots in, held where they can stay; says whether any cannot.

    Of slots that break something only together the earlier ones stay, as far as they can.
    """
    order = sorted(published, key=lambda slot: (slot.id in broken, slot.start, slot.id))
    lost = []
    for slot in order:
        made = draft.tables_slot(slot, held=True)
        if made is None or not draft.put(made):
            lost.append(slot)
    for slot in lost:
        mend(draft, slot, rng)
    return bool(lost)


def mend(draft: StationDraft, slot: Slot, rng: Random) -> None:
    """A slot like the published one, of the items that still can air: at its start, else on its date, else none."""
    tables = draft.tables
    column = tables.column_number[slot.column]
    day = tables.day_number[slot.start.astimezone(tables.index.zone).date()]
    start_ms = to_ms(slot.start)
    numbers = [tables.segment_number.get(item.segment) for item in slot.items]
    items = tuple(
        dict.fromkeys(number for number in numbers if number is not None and draft.may_air(number, day, column))
    )
    if not draft.wishes[column].active and not any(draft.is_owed(number) for number in items):
        return  # nothing asks for this column here, and nothing in the slot must air
    shape = tables.columns[column]
    least = max(1, shape.slot_min_ms - shape.frame_ms)
    most = shape.slot_max_ms - shape.frame_ms
    # first as long as it was, so that the rules count no less
    before = min(most, max(least, slot.length_ms - shape.frame_ms - _LITTLE_SHORTER_MS))
    for wanted in dict.fromkeys((before, least)):
        filled = completed(draft, column, day, items, rng, wanted=wanted)
        if filled is not None and draft.put(draft.make(column, day, start_ms, filled)):
            return
    if items:
        made = new_slot(draft, column, day, items, rng)
        if made is not None:
            draft.put(made)


_LITTLE_SHORTER_MS = 30_000


def release(draft: StationDraft, rng: Random) -> bool:
    """While something is short or missed: lets that published slot change which helps most; says whether any did.

    Where no single one helps, all are let go together, and those that end as they were count as unchanged.
    """
    any_released = False
    published = [slot for slot in draft.slots if slot.held]
    while draft.score()[:2] > (0, 0):
        held = [slot for slot in draft.slots if slot.held]
        best, best_slots = draft.score()[:2], list(draft.slots)
        start_slots = list(draft.slots)
        for slot in held:
            _let_go(draft, [slot])
            _refill(draft, rng, _TRIES_ONE)
            if draft.score()[:2] < best:
                best, best_slots = draft.score()[:2], list(draft.slots)
            draft.restore(start_slots)
        if best_slots == start_slots and held:
            _let_go(draft, held)
            _refill(draft, rng, 10 * _TRIES_ONE)
            if draft.score()[:2] < best:
                best_slots = list(draft.slots)
                any_released = True
            draft.restore(best_slots)
            break
        if best_slots == start_slots:
            break
        draft.restore(best_slots)
        any_released = True
    hold_unchanged(draft, published)
    return any_released


def hold_unchanged(draft: StationDraft, held: list[OwnSlot]) -> None:
    """Holds again what was let go and came back as it was."""
    contents = {slot.content for slot in held}
    for slot in list(draft.slots):
        if not slot.held and slot.content in contents:
            draft.remove(slot)
            draft.add(draft.make(slot.column, slot.day, slot.start, slot.items, held=True))


def _let_go(draft: StationDraft, held: list[OwnSlot]) -> None:
    for slot in held:
        draft.remove(slot)
        draft.add(draft.make(slot.column, slot.day, slot.start, slot.items))


def _refill(draft: StationDraft, rng: Random, exchanges: int) -> None:
    place_owed(draft, rng)
    fill_shortfall(draft, rng, exchanges)
