"""A station's month made ready for statements: what `schedules.quick_proof` looks up instead of working it out."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schedules.instants import from_ms, to_ms, wall_ms
from schedules.months import Month
from schedules.occurrences import Occurrence
from schedules.problem import Column, Rule, Segment, Slot
from schedules.rule_counting import RuleSlot


class PlannedSlot(NamedTuple):
    """A slot in as little as counting needs; `items` are (segment, start from the slot's, duration), in order."""

    id: str
    column: str
    start_ms: int
    length_ms: int
    relayed: bool
    items: Sequence[tuple[str, int, int]]

    @classmethod
    def of(cls, slot: Slot) -> "PlannedSlot":
        items = [(item.segment, item.start_ms, item.duration_ms) for item in slot.items]
        return cls(slot.id, slot.column, to_ms(slot.start), slot.length_ms, slot.relayed_from is not None, items)


class SlotPlaces(NamedTuple):
    """`numbers` by segment, None where it comes twice; `first` and `end` bound the numbers of all its items."""

    numbers: dict[str, int | None]
    start_ms: int
    length_ms: int
    first: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlaces:
    """What a rule counts: `numbers` of items (`all_items`: none is left out), and `slots` where the rule has a way of
    counting of its own; None where the items' figures only have to be added up."""

    rule: Rule
    numbers: tuple[int, ...]
    all_items: bool
    slots: tuple[RuleSlot, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPlan:
    """A station's month made ready for statements; it changes only when the plan, the rules or the segments do.

    Lists are by the number of an item. `doubted`: the items whose segment nobody knows or is not valid any more then,
    so that it is doubtful that they were aired. `last_ms`: when the last item ends.
    """

    station: str
    month: Month
    month_ends_ms: int
    planned: list[int]
    starts: list[int]
    offsets: list[int]
    segments: list[str]
    slots: dict[str, SlotPlaces]
    slot_of: list[str]
    doubted: frozenset[int]
    last_ms: int
    rules: tuple[RulePlaces, ...]
    occurrences: Sequence[Occurrence]


def make_ready(
    station: str,
    slots: Iterable[PlannedSlot],
    *,
    rules: Iterable[Rule],
    month: Month,
    zone: ZoneInfo,
    segments: Mapping[str, Segment],
    columns: Mapping[str, Column],
    meant: Container[str],
    occurrences: Sequence[Occurrence] = (),
) -> StationPlan:
    """`slots`: as for `schedules.reconciling.reconcile`; the rest as for `schedules.proof.prove`."""
    first, end = month.bounds(zone)
    first_ms, end_ms = to_ms(first), to_ms(end)
    planned: list[int] = []
    starts: list[int] = []
    offsets: list[int] = []
    codes: list[str] = []
    slot_of: list[str] = []
    places: dict[str, SlotPlaces] = {}
    in_month: list[tuple[PlannedSlot, int]] = []
    last_ms = 0
    for slot in sorted(slots, key=_order):
        slot_id, _, start_ms, length_ms, _, items = slot
        number = begin = len(planned)
        here: dict[str, int | None] = {}
        for segment, offset_ms, duration_ms in items:
            here[segment] = None if segment in here else number
            planned.append(duration_ms)
            starts.append(start_ms + offset_ms)
            offsets.append(offset_ms)
            codes.append(segment)
            last_ms = max(last_ms, start_ms + offset_ms + duration_ms)
            number += 1
        slot_of += [slot_id] * (number - begin)
        places[slot_id] = SlotPlaces(here, start_ms, length_ms, begin, number)
        if first_ms <= start_ms < end_ms:
            in_month.append((slot, begin))
    return StationPlan(
        station=station,
        month=month,
        month_ends_ms=end_ms,
        planned=planned,
        starts=starts,
        offsets=offsets,
        segments=codes,
        slots=places,
        slot_of=slot_of,
        doubted=_doubted(codes, starts, segments, zone),
        last_ms=last_ms,
        rules=tuple(
            _rule_places(rule, in_month, many=len(planned), zone=zone, segments=segments, columns=columns, meant=meant)
            for rule in rules
        ),
        occurrences=occurrences,
    )


def _order(slot: PlannedSlot) -> tuple[int, bool, str]:
    return slot.start_ms, slot.relayed, slot.id


def _doubted(
    codes: Sequence[str], starts: Sequence[int], segments: Mapping[str, Segment], zone: ZoneInfo
) -> frozenset[int]:
    found = []
    for number, code in enumerate(codes):
        segment = segments.get(code)
        if segment is None or (
            segment.valid_to is not None and starts[number] >= wall_ms(segment.valid_to, 1440, zone)
        ):
            found.append(number)
    return frozenset(found)


def _rule_places(
    rule: Rule,
    in_month: Iterable[tuple[PlannedSlot, int]],
    *,
    many: int,
    zone: ZoneInfo,
    segments: Mapping[str, Segment],
    columns: Mapping[str, Column],
    meant: Container[str],
) -> RulePlaces:
    column = columns.get(rule.column)
    frame_ms = 0 if column is None else column.frame_ms
    languages = rule.languages
    numbers: list[int] = []
    looked_at: list[RuleSlot] = []
    plain = rule.kind != "max" and rule.repeats and not rule.count_frame
    for slot, first in in_month:
        if slot.column != rule.column or (slot.relayed and not rule.relayed):
            continue
        things = []
        for number, (code, _, _) in enumerate(slot.items, first):
            segment = segments.get(code)
            if segment is None or (slot.relayed and code not in meant):
                continue
            if languages is None or segment.language in languages:
                things.append((number, code))
                numbers.append(number)
        if not plain:
            looked_at.append(
                RuleSlot(
                    number=len(looked_at),
                    start_ms=slot.start_ms,
                    end_ms=slot.start_ms + slot.length_ms,
                    date=from_ms(slot.start_ms, zone).date(),
                    frame_ms=frame_ms,
                    things=things,
                )
            )
    return RulePlaces(
        rule=rule,
        numbers=tuple(numbers),
        all_items=len(numbers) == many,
        slots=None if plain else tuple(looked_at),
    )
