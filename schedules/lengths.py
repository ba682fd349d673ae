"""Slots in which segments have become longer or shorter, where they stand."""

from collections.abc import Mapping

from msgspec.structs import replace

from schedules.instants import HOUR_MS, to_ms
from schedules.problem import Instance, Slot


def with_lengths(slot: Slot, lengths_ms: Mapping[str, int]) -> Slot:
    """The slot with items as long as `lengths_ms` says by segment; those it does not name stay as they are."""
    items, more_ms = [], 0
    for item in slot.items:
        long_ms = lengths_ms.get(item.segment, item.duration_ms)
        items.append(replace(item, start_ms=item.start_ms + more_ms, duration_ms=long_ms))
        more_ms += long_ms - item.duration_ms
    if tuple(items) == slot.items:
        return slot
    return replace(slot, length_ms=slot.length_ms + more_ms, items=tuple(items))


def with_lengths_of_now(instance: Instance) -> Instance:
    """The same where each published slot that may change has its segments in their lengths of now.

    A planner holds such a slot where it breaks nothing, as if it had been published so, and does not look for
    another place. The instance itself where no segment has become longer or shorter.
    """
    published = instance.published
    if published is None:
        return instance
    lengths_ms = {segment.id: segment.duration_ms for segment in instance.segments}
    freeze_ms = to_ms(instance.now) + int(instance.freeze_hours * HOUR_MS)
    slots = tuple(
        slot if slot.locked or to_ms(slot.start) < freeze_ms else with_lengths(slot, lengths_ms)
        for slot in published.slots
    )
    if all(new is old for new, old in zip(slots, published.slots, strict=True)):
        return instance
    return replace(instance, published=replace(published, slots=slots))
