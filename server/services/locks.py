"""Slots that were locked by hand. Where there is a draft its locks hold, not those of what is published."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from server.services.slot_sounds import same_broadcast
from server.services.stored_plans import StoredSlot

Stored = Mapping[int, Sequence[StoredSlot]]
"""Slots by station id."""


def locked_slots(drafted: Stored, as_of: datetime) -> dict[int, list[StoredSlot]]:
    """Those that stay in all plans to come. A slot whose time has come without its being published is not one."""
    return {
        station: [slot for slot in slots if slot.locked and slot.starts_at >= as_of]
        for station, slots in drafted.items()
    }


def with_flags(published: Stored, drafted: Stored) -> dict[int, list[StoredSlot]]:
    """What is published, each slot locked where the draft has it locked."""
    locked = {(station, slot.key) for station, slots in drafted.items() for slot in slots if slot.locked}
    return {
        station: [replace(slot, locked=(station, slot.key) in locked) for slot in slots]
        for station, slots in published.items()
    }


def with_locks(published: Stored, drafted: Stored, as_of: datetime) -> dict[int, list[StoredSlot]]:
    """What is published with the draft's locked slots, in the place of those with their keys, by start.

    One that is published as it is keeps the sound that it was published with.
    """
    found = with_flags(published, drafted)
    for station, slots in locked_slots(drafted, as_of).items():
        there = {slot.key: slot for slot in found.get(station, ())}
        for slot in slots:
            known = there.get(slot.key)
            if known is None or not same_broadcast(known, slot):
                there[slot.key] = slot
        if slots:
            found[station] = sorted(there.values(), key=lambda slot: (slot.starts_at, slot.key))
    return found
