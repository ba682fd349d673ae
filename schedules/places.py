"""The places of a station's air that something was planned for: each item of each slot, in order of time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schedules.instants import to_ms
from schedules.problem import Item, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An item of a slot; `number` counts all places of the station, `slot_number` its slots."""

    number: int
    slot_number: int
    position: int
    slot: Slot
    item: Item
    start_ms: int
    end_ms: int

    @property
    def planned_ms(self) -> int:
        return self.item.duration_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """`slots` by start (own before relayed at the same time, then id), `places` in their order."""

    slots: tuple[Slot, ...]
    starts: tuple[int, ...]
    places: tuple[Place, ...]
    of_slot: tuple[tuple[Place, ...], ...]
    of_segment: dict[str, list[Place]]
    numbers: dict[str, int]
    """The number of each slot by its id."""


def lay_places(slots: Iterable[Slot]) -> Places:
    """The places of one station's slots, each slot id once."""
    timed = sorted(
        ((to_ms(slot.start), slot) for slot in slots),
        key=lambda each: (each[0], each[1].relayed_from is not None, each[1].id),
    )
    places: list[Place] = []
    of_slot: list[tuple[Place, ...]] = []
    of_segment: dict[str, list[Place]] = {}
    for slot_number, (start_ms, slot) in enumerate(timed):
        first = len(places)
        for position, item in enumerate(slot.items):
            item_ms = start_ms + item.start_ms
            place = Place(
                number=len(places),
                slot_number=slot_number,
                position=position,
                slot=slot,
                item=item,
                start_ms=item_ms,
                end_ms=item_ms + item.duration_ms,
            )
            places.append(place)
            of_segment.setdefault(item.segment, []).append(place)
        of_slot.append(tuple(places[first:]))
    return Places(
        slots=tuple(slot for _, slot in timed),
        starts=tuple(start_ms for start_ms, _ in timed),
        places=tuple(places),
        of_slot=tuple(of_slot),
        of_segment=of_segment,
        numbers={slot.id: number for number, (_, slot) in enumerate(timed)},
    )


def part_shown(item: Item, sounded_ms: int) -> int:
    """What of the item's airtime lies within the first `sounded_ms` of its slot."""
    return max(0, min(item.duration_ms, sounded_ms - item.start_ms))


def slot_at(laid: Places, instant_ms: int) -> int | None:
    """The number of the first slot that the instant lies in (half-open)."""
    for number, start_ms in enumerate(laid.starts):
        if start_ms > instant_ms:
            return None
        if instant_ms < start_ms + laid.slots[number].length_ms:
            return number
    return None


def nearest(places: Sequence[Place], start_ms: int | None) -> Place:
    """The place that starts nearest, the earlier of two; without a start the first."""
    if start_ms is None:
        return places[0]
    return min(places, key=lambda place: (abs(place.start_ms - start_ms), place.number))
