"""H1–H4 and H6 over any set of a station's slots: each fault names all slots that have a part in it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.checker.counting import counted, periods_of
from tests.checker.facts import MINUTE_MS, Item, Segment, Slot, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`slots` have a part in the break; `beside` may be named with them but need not be."""

    code: str
    why: str
    slots: tuple[Slot, ...]
    beside: tuple[Slot, ...] = ()


def faults(world: World, station: str, slots: Sequence[Slot]) -> Iterator[Fault]:
    slots = sorted(slots, key=lambda s: (s.start, s.id))
    yield from _place(world, station, slots)
    yield from _overlaps(slots)
    for slot in slots:
        yield from _shape(world, slot)
        yield from _fit(world, slot)
    yield from _slots_per_day(world, slots)
    yield from _separation(world, station, slots)
    yield from _maxima(world, station, slots)


def _one(code: str, why: str, slot: Slot) -> Fault:
    return Fault(code=code, why=why, slots=(slot,))


def _place(world: World, station: str, slots: Sequence[Slot]) -> Iterator[Fault]:
    for slot in slots:
        if slot.start % MINUTE_MS:
            yield _one("H1", "does not start on a whole minute", slot)
        if not any(o.holds(slot) for o in world.occurrences[station]):
            yield _one("H1", "lies within no occurrence of a session", slot)


def _overlaps(slots: Sequence[Slot]) -> Iterator[Fault]:
    for n, first in enumerate(slots):
        for second in slots[n + 1 :]:
            if second.start >= first.end:
                break
            yield Fault(code="H1", why=f"{first.id} and {second.id} overlap", slots=(first, second))


def _shape(world: World, slot: Slot) -> Iterator[Fault]:
    column = world.columns[slot.column]
    length = world.frame_ms(slot.column) + sum(i.duration_ms for i in slot.items)
    if slot.length != length:
        yield _one("H2", f"length {slot.length}, its parts make {length}", slot)
    if not column["slot_min_ms"] <= slot.length <= column["slot_max_ms"]:
        yield _one("H2", f"length {slot.length} outside the column's limits", slot)
    at = column["opening_ms"]
    for item in slot.items:
        if item.start_ms != at:
            yield _one("H2", f"{item.segment} starts at {item.start_ms}, not {at}", slot)
        at = item.start_ms + item.duration_ms
        segment = world.segments.get(item.segment)
        if segment is not None and segment.duration_ms != item.duration_ms:
            yield _one("H2", f"{item.segment} lasts {segment.duration_ms}, not {item.duration_ms}", slot)


def _fit(world: World, slot: Slot) -> Iterator[Fault]:
    date = world.date_of(slot.start)
    for item in slot.items:
        segment = world.segments.get(item.segment)
        if segment is None:
            yield _one("H3", f"{item.segment} is not among the segments", slot)
            continue
        if segment.column not in {None, slot.column}:
            yield _one("H3", f"{item.segment} is of column {segment.column}", slot)
        if not segment.valid_on(date):
            yield _one("H3", f"{item.segment} is not valid on {date}", slot)
        if slot.relayed_from is None and not world.meant_for(segment, slot.station):
            yield _one("H3", f"{item.segment} is not meant for the station, or not in its language", slot)


def _slots_per_day(world: World, slots: Sequence[Slot]) -> Iterator[Fault]:
    groups: dict[tuple[str, dt.date], list[Slot]] = defaultdict(list)
    for slot in slots:
        groups[slot.column, world.date_of(slot.start)].append(slot)
    for (column, date), group in groups.items():
        own = tuple(s for s in group if s.relayed_from is None)
        limit = world.columns[column]["max_slots_per_day"]
        if own and len(group) > limit:
            relayed = tuple(s for s in group if s.relayed_from is not None)
            why = f"{len(group)} slots of {column} on {date}, at most {limit}"
            yield Fault(code="H2", why=why, slots=own, beside=relayed)


def separation(world: World, segment: Segment, columns: set[str]) -> int:
    if segment.separation_days is not None:
        return segment.separation_days
    return max(int(world.columns[c]["separation_days"]) for c in columns)


def monthly_limit(world: World, segment: Segment, columns: set[str]) -> int:
    if segment.max_per_month is not None:
        return segment.max_per_month
    return min(int(world.columns[c]["max_per_month"]) for c in columns)


def airings(world: World, slots: Sequence[Slot]) -> dict[str, list[tuple[Slot, Item]]]:
    """Segment id → its airings in order of time; relayed items that do not fit are none."""
    table: dict[str, list[tuple[Slot, Item]]] = defaultdict(list)
    for slot in sorted(slots, key=lambda s: (s.start, s.id)):
        for item in slot.items:
            if world.counts(slot, item):
                table[item.segment].append((slot, item))
    return table


def _separation(world: World, station: str, slots: Sequence[Slot]) -> Iterator[Fault]:
    for code, aired in airings(world, slots).items():
        segment = world.segments[code]
        columns = {slot.column for slot, _ in aired}
        days = separation(world, segment, columns)
        dated = [(world.date_of(slot.start), slot) for slot, _ in aired]
        for n, (first_date, first) in enumerate(dated):
            for second_date, second in dated[n + 1 :]:
                if (second_date - first_date).days >= days:
                    break
                why = f"{code} on {first_date} and {second_date}, at least {days} days apart"
                yield Fault(code="H4", why=why, slots=(first, second))
            for other in world.aired.get((station, code), ()):
                apart = separation(world, segment, {first.column})
                if abs((first_date - other).days) < apart:
                    why = f"{code} on {first_date} and aired {other}, at least {apart} days apart"
                    yield Fault(code="H4", why=why, slots=(first,))
        limit = monthly_limit(world, segment, columns)
        if len(aired) > limit:
            why = f"{code} aired {len(aired)} times this month, at most {limit}"
            yield Fault(code="H4", why=why, slots=tuple(dict.fromkeys(slot for slot, _ in aired)))


def _maxima(world: World, station: str, slots: Sequence[Slot]) -> Iterator[Fault]:
    for rule in world.rules:
        if rule["kind"] != "max" or not world.applies(rule, station):
            continue
        parts = counted(world, rule, slots)
        for period, group in periods_of(world, rule, station, parts).items():
            total = sum(parts[slot] for slot in group)
            if total > rule["ms"]:
                why = f"{total} ms in {period}, rule {rule['id']} allows {rule['ms']}"
                yield Fault(code="H6", why=why, slots=tuple(group))
