"""A station's month made ready for statements: what `schedules.quick_proof` looks up instead of working it out."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schedules.instants import from_ms, to_ms, wall_ms
from schedules.months import Month
from schedules.occurrences import Occurrence
from schedules.problem import Column, Rule, Segment, Slot
from schedules.rule_counting import RuleSlot


class PlannedSlot(NamedTuple):
    """A slot in as little as counting needs; slots are in the order of proof when they are sorted as they are.

    Of its items, in order: `segments`, `offsets` from the slot's start, and `durations`.
    """

    start_ms: int
    relayed: bool
    id: str
    column: str
    length_ms: int
    segments: Sequence[str]
    offsets: Sequence[int]
    durations: Sequence[int]

    @classmethod
    def of(cls, slot: Slot) -> "PlannedSlot":
        return cls(
            to_ms(slot.start),
            slot.relayed_from is not None,
            slot.id,
            slot.column,
            slot.length_ms,
            [item.segment for item in slot.items],
            [item.start_ms for item in slot.items],
            [item.duration_ms for item in slot.items],
        )


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
    segments: list[str]
    slots: dict[str, SlotPlaces]
    doubted: frozenset[int]
    last_ms: int
    rules: tuple[RulePlaces, ...]
    occurrences: Sequence[Occurrence]

    def slot_of(self, number: int) -> str:
        return next(slot for slot, places in self.slots.items() if places.first <= number < places.end)


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
    codes: list[str] = []
    places: dict[str, SlotPlaces] = {}
    in_month: list[tuple[PlannedSlot, int]] = []
    for slot in sorted(slots):
        start_ms, _, slot_id, _, length_ms, here, offsets, durations = slot
        begin = len(planned)
        planned += durations
        starts += [start_ms + offset_ms for offset_ms in offsets]
        codes += here
        places[slot_id] = SlotPlaces(_numbers(here, begin), start_ms, length_ms, begin, len(planned))
        if first_ms <= start_ms < end_ms:
            in_month.append((slot, begin))
    sure = all((segment := segments.get(code)) is not None and segment.valid_to is None for code in set(codes))
    return StationPlan(
        station=station,
        month=month,
        month_ends_ms=end_ms,
        planned=planned,
        starts=starts,
        segments=codes,
        slots=places,
        doubted=frozenset() if sure else _doubted(codes, starts, segments, zone),
        last_ms=max(map(add, starts, planned), default=0),
        rules=tuple(
            _rule_places(rule, in_month, many=len(planned), zone=zone, segments=segments, columns=columns, meant=meant)
            for rule in rules
        ),
        occurrences=occurrences,
    )


def _numbers(codes: Sequence[str], begin: int) -> dict[str, int | None]:
    numbers: dict[str, int | None] = dict(zip(codes, range(begin, begin + len(codes)), strict=True))
    if len(numbers) < len(codes):
        numbers |= {code: None for code in codes if codes.count(code) > 1}
    return numbers


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
        own = [
            number
            for number, code in enumerate(slot.segments, first)
            if (segment := segments.get(code)) is not None
            and (languages is None or segment.language in languages)
            and (not slot.relayed or code in meant)
        ]
        numbers += own
        if not plain:
            looked_at.append(
                RuleSlot(
                    number=len(looked_at),
                    start_ms=slot.start_ms,
                    end_ms=slot.start_ms + slot.length_ms,
                    date=from_ms(slot.start_ms, zone).date(),
                    frame_ms=frame_ms,
                    things=[(number, slot.segments[number - first]) for number in own],
                )
            )
    return RulePlaces(
        rule=rule,
        numbers=tuple(numbers),
        all_items=len(numbers) == many,
        slots=None if plain else tuple(looked_at),
    )
