"""Must-airs: what urgent, priority and `must_air` segments owe, and what of it is not placed.

Each debt is counted on its own: one airing may answer a segment's `priority` and its `must_air`.
"""

from collections.abc import Mapping, Sequence

from tests.checker.facts import HOUR_MS, Segment, Slot, World
from tests.checker.hard import airings
from tests.checker.room import has_room


def missed(
    world: World, slots_of: Mapping[str, Sequence[Slot]], fixed_of: Mapping[str, Sequence[Slot]]
) -> dict[tuple[str, str], int]:
    """(segment, station) → airings owed and not placed; `fixed_of`: kept and relayed slots alone."""
    return {
        (segment, station): short
        for station, slots in slots_of.items()
        for segment, short in missed_at(world, station, slots, fixed_of[station]).items()
    }


def missed_at(world: World, station: str, slots: Sequence[Slot], fixed: Sequence[Slot]) -> dict[str, int]:
    """Segment id → airings owed to one station and not placed."""
    heard = airings(world, slots)
    total = {}
    for segment in world.segments.values():
        if (segment.priority == "normal" and segment.must_air is None) or not world.meant_for(segment, station):
            continue
        starts = [slot.start for slot, _ in heard.get(segment.id, ())]
        short = must_air_short(world, segment, starts)
        if segment.priority != "normal":
            short += _priority_short(world, segment, station, starts, fixed)
        if short:
            total[segment.id] = short
    return total


def must_air_short(world: World, segment: Segment, starts: Sequence[int]) -> int:
    """Owed whole where the dates touch the month, answered by this month's airings within them."""
    if segment.must_air is None:
        return 0
    times, first, last = segment.must_air
    if last < first or last < world.first or world.last < first:
        return 0
    return max(0, times - sum(first <= world.date_of(start) <= last for start in starts))


def window_end(world: World, segment: Segment, station: str, fixed: Sequence[Slot]) -> int | None:
    """Until when an airing answers what the segment's priority owes; None: nothing is owed."""
    since = max(world.now, world.at(segment.valid_from), world.month_start)
    ahead = [o for o in world.occurrences[station] if o.start >= since]
    if segment.priority == "urgent":
        first = next((o for o in ahead if has_room(world, segment, station, o, fixed)), None)
        return None if first is None else first.end
    limit = since + 72 * HOUR_MS
    soon = [o for o in ahead if o.start < limit]
    if not any(has_room(world, segment, station, o, fixed) for o in soon):
        return None
    return max(limit, *(o.end for o in soon))


def _priority_short(world: World, segment: Segment, station: str, starts: Sequence[int], fixed: Sequence[Slot]) -> int:
    end = window_end(world, segment, station, fixed)
    if end is None:
        return 0
    since = world.at(segment.valid_from)
    if any(since <= start < end for start in starts):
        return 0
    last = world.date_of(end - 1)
    return 0 if any(segment.valid_from <= d <= last for d in world.aired[station, segment.id]) else 1
