"""How a rule counts figures over a station's slots: repeats, frames, periods. The one place for plan and proof alike.

Figures come as lists by the number of the thing (an item of a slot, or a substitute); which things of which slots a
rule looks at at all (column, relays, languages) is the caller's, as `RuleSlot`s in order of start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from schedules.occurrences import Occurrence
from schedules.problem import Rule

FRAME = -1
"""In place of a thing's number: the frame of a slot."""


class RuleSlot(NamedTuple):
    """A slot that the rule looks at, and of its things those that count: (number, segment) in order."""

    number: int
    start_ms: int
    end_ms: int
    date: date
    frame_ms: int
    things: list[tuple[int, str]]


class Part(NamedTuple):
    """What a thing, or a slot's frame, gives to a figure."""

    slot: int
    thing: int
    ms: int


@dataclass(slots=True)
class Figures:
    """By the number of a thing, in milliseconds; see `schedules.proof.ProofVerdict`."""

    planned: list[int] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    reported: list[int] = field(default_factory=list)
    logged: list[int] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)
    to_come: list[int] = field(default_factory=list)
    awaited: list[int] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)


class Sums(NamedTuple):
    """What the rule counts of each figure; see `schedules.proof.ProofVerdict`."""

    planned_ms: int
    delivered_ms: int
    reported_ms: int
    logged_ms: int
    heard_ms: int
    counted_ms: int
    to_come_ms: int
    awaited_ms: int
    settled_ms: int


def count(
    rule: Rule, slots: Sequence[RuleSlot], figures: Figures, occurrences: Sequence[Occurrence] = ()
) -> tuple[Sums, tuple[Part, ...]]:
    """The rule's sums over a month's `slots`, of a maximum those of its fullest period; and what makes up `counted_ms`."""
    planned = _chosen(rule, slots, figures.planned, first=True)
    counted = _chosen(rule, slots, figures.counted)
    to_come = _beyond(rule, slots, figures.to_come, counted)
    awaited = _beyond(rule, slots, figures.awaited, [*counted, *to_come])
    all_parts = [
        planned,
        _chosen(rule, slots, figures.delivered),
        _chosen(rule, slots, figures.reported),
        _chosen(rule, slots, figures.logged),
        _chosen(rule, slots, figures.heard),
        counted,
        to_come,
        awaited,
        _chosen(rule, slots, figures.settled),
    ]
    if rule.kind == "max":
        within = _fullest(rule, slots, counted, planned, occurrences)
        all_parts = [[part for part in parts if part.slot in within] for parts in all_parts]
        counted = all_parts[5]
    return Sums(*[sum(part.ms for part in parts) for parts in all_parts]), tuple(counted)


def _chosen(rule: Rule, slots: Iterable[RuleSlot], values: list[int], *, first: bool = False) -> list[Part]:
    """What counts of a figure. A segment that counts once counts with its longest airing, or the `first` that has any."""
    best: dict[str, tuple[int, int]] = {}
    if not rule.repeats:
        for slot in slots:
            for thing, segment in slot.things:
                held = best.get(segment)
                if held is None or (values[thing] > held[0] and not (first and held[0])):
                    best[segment] = values[thing], thing
    parts = []
    for slot in slots:
        here = [
            Part(slot.number, thing, values[thing])
            for thing, segment in slot.things
            if values[thing] and (rule.repeats or best[segment][1] == thing)
        ]
        parts += here
        if here and rule.count_frame and slot.frame_ms:
            parts.append(Part(slot.number, FRAME, slot.frame_ms))
    return parts


def _beyond(rule: Rule, slots: Iterable[RuleSlot], values: list[int], counted: list[Part]) -> list[Part]:
    """What `values` can add to what counts: a segment that counts once only what makes its airing longer."""
    gained = _chosen(rule, slots, values)
    if not gained:
        return []
    segments = {thing: segment for slot in slots for thing, segment in slot.things}
    has: dict[str, int] = {}
    framed = set()
    for part in counted:
        if part.thing == FRAME:
            framed.add(part.slot)
        elif not rule.repeats:
            has[segments[part.thing]] = has.get(segments[part.thing], 0) + part.ms
    beyond = []
    longer = set()
    for part in gained:
        if part.thing == FRAME:
            continue
        ms = part.ms - has.get(segments[part.thing], 0)
        if ms > 0:
            longer.add(part.slot)
            beyond.append(Part(part.slot, part.thing, ms))
    frames = [part for part in gained if part.thing == FRAME and part.slot in longer and part.slot not in framed]
    return beyond + frames


def _fullest(
    rule: Rule,
    slots: Iterable[RuleSlot],
    counted: Iterable[Part],
    planned: Iterable[Part],
    occurrences: Sequence[Occurrence],
) -> frozenset[int]:
    """The slots of the period with most counted, then most planned, then the first; none where there is nothing."""
    counted_of, planned_of = _by_slot(counted), _by_slot(planned)
    members: dict[tuple[str, str], list[int]] = {}
    for slot in slots:
        if slot.number in counted_of or slot.number in planned_of:
            for period in _periods_of(rule, slot, occurrences):
                members.setdefault(period, []).append(slot.number)
    best: tuple[int, int] = (-1, -1)
    fullest: list[int] = []
    for numbers in members.values():
        full = (
            sum(counted_of.get(number, 0) for number in numbers),
            sum(planned_of.get(number, 0) for number in numbers),
        )
        if full > best:
            best, fullest = full, numbers
    return frozenset(fullest)


def _by_slot(parts: Iterable[Part]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for part in parts:
        totals[part.slot] = totals.get(part.slot, 0) + part.ms
    return totals


def _periods_of(rule: Rule, slot: RuleSlot, occurrences: Iterable[Occurrence]) -> list[tuple[str, str]]:
    if rule.period == "month":
        return [("month", "")]
    if rule.period == "day":
        return [("day", slot.date.isoformat())]
    return [
        (each.session, each.date.isoformat())
        for each in occurrences
        if each.start_ms <= slot.start_ms < each.end_ms and each.holds(slot.start_ms, slot.end_ms)
    ]
