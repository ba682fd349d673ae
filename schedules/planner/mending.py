"""Changing a published plan as little as it can be: what breaks nothing is held, the rest is mended in place."""

from random import Random

from schedules.instants import to_ms
from schedules.planner.fillings import completed
from schedules.planner.station_draft import StationDraft
from schedules.problem import Slot

_LITTLE_SHORTER_MS = 30_000


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
    filled = completed(draft, column, day, items, rng) if items else None
    made = None if filled is None else draft.placed(column, day, filled)
    if made is not None:
        draft.put(made)
