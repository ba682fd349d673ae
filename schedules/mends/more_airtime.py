"""More slots for a station beside all that it has, for a minimum that what is planned will not meet.

What is planned stays as it is, slot for slot. The planner is asked for the station alone, with the larger minimum; each
new slot is then tried as a change by hand, which also looks at the stations that relay it. Where one of these stands in
the way, the planner is asked once more, without the times that anybody relays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from schedules.editing import AddSlot, PlanInHand
from schedules.evaluation import verdicts_of
from schedules.instants import from_ms, to_ms
from schedules.laid_slots import lay
from schedules.mends.trying import alone
from schedules.narrowing import narrowed
from schedules.planner import make_plan
from schedules.planner.reasons import binding_reasons
from schedules.planner.tables import Tables
from schedules.problem import Blackout, Instance, Published, Slot
from schedules.problem_index import ProblemIndex
from schedules.shortfall_reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreAirtime:
    """`slots`: new ones of the station's own, by start. `planned_ms` by rule, of all its slots and these; `reasons` by
    rule: why no more could be added, where that is less than was asked for."""

    slots: tuple[Slot, ...]
    planned_ms: dict[str, int]
    reasons: dict[str, tuple[Reason, ...]]


def more_airtime(
    instance: Instance, slots: Iterable[Slot], station: str, required_ms: Mapping[str, int]
) -> MoreAirtime:
    """The fewest new slots of one planning that bring the station's minima to `required_ms`, by rule, or near to it.

    `slots` are those of all stations. Some seconds at most for a station. Same arguments, same answer.
    """
    slots = tuple(slots)
    part = narrowed(instance, [station], slots).instance
    there = {each.code for each in part.stations}
    hand = PlanInHand(part, (slot for slot in slots if slot.station in there))
    added: list[Slot] = []
    for taken in _taken(hand, station):
        problem = _raised(instance, hand.slots, station, required_ms, taken)
        found = _new(problem, hand, station)
        refused = False
        for slot in found:
            segments = tuple(item.segment for item in slot.items)
            change = AddSlot(station=station, column=slot.column, start=slot.start, segments=segments)
            attempt = hand.attempt(change, first=True)
            after = attempt.changed[0].after
            if attempt.broken or after is None:
                refused = True
                continue
            added.append(after)
            hand = PlanInHand(attempt.instance, attempt.slots)
        if not refused:
            break
    return _needed(_raised(instance, slots, station, required_ms, ()), station, slots, added)


Span = tuple[datetime, datetime]


def _taken(hand: PlanInHand, station: str) -> tuple[list[Span], list[Span]]:
    """When new slots would meet those that stations which relay it have of their own; when anybody relays it."""
    zone = hand.index.zone
    own = [
        (slot.start, from_ms(to_ms(slot.start) + slot.length_ms, zone))
        for child in hand.index.relayed_by.get(station, ())
        for slot in hand.by_station.get(child, ())
        if slot.relayed_from is None
    ]
    reached = hand.index.view(station).reached or ()
    return own, [(from_ms(start, zone), from_ms(end, zone)) for start, end in reached]


def _raised(
    instance: Instance,
    slots: tuple[Slot, ...],
    station: str,
    required_ms: Mapping[str, int],
    taken: Iterable[Span],
) -> Instance:
    """The station's problem alone, with all its slots locked, nothing new in the times that are `taken`."""
    problem = alone(instance, station, slots)
    own = tuple(replace(slot, locked=True) for slot in slots if slot.station == station)
    dark = tuple(Blackout(from_time=start, to_time=end) for start, end in taken)
    return replace(
        problem,
        stations=tuple(
            replace(each, blackouts=each.blackouts + dark) if each.code == station else each
            for each in problem.stations
        ),
        rules=tuple(replace(rule, ms=required_ms.get(rule.id, rule.ms)) for rule in problem.rules),
        published=Published(revision=1, slots=own),
        locked=tuple(slot for slot in problem.locked if slot.station != station) + own,
    )


def _new(problem: Instance, hand: PlanInHand, station: str) -> list[Slot]:
    there = {slot.id for slot in hand.slots if slot.station == station}
    found = [slot for slot in make_plan(problem).slots if slot.station == station and slot.id not in there]
    return sorted((slot for slot in found if slot.relayed_from is None), key=lambda slot: slot.start)


def _needed(problem: Instance, station: str, slots: tuple[Slot, ...], added: list[Slot]) -> MoreAirtime:
    """Without those that bring nothing of what is asked for, the last looked at first."""
    index = ProblemIndex(problem)
    view = index.view(station)
    own = [slot for slot in slots if slot.station == station]
    left = sorted(added, key=lambda slot: slot.start)

    def short(new: list[Slot]) -> int:
        return sum(verdict.short_ms for verdict in verdicts_of(view, lay(index, view, [*own, *new])))

    for slot in reversed(left[:]):
        rest = [each for each in left if each is not slot]
        if short(rest) <= short(left):
            left = rest
    laid = lay(index, view, [*own, *left])
    kept = ProblemIndex(replace(problem, locked=(*problem.locked, *(replace(slot, locked=True) for slot in left))))
    again = kept.view(station)
    verdicts = list(verdicts_of(view, laid))
    missed = {verdict.rule for verdict in verdicts if verdict.short_ms}
    return MoreAirtime(
        slots=tuple(left),
        planned_ms={verdict.rule: verdict.planned_ms for verdict in verdicts},
        reasons={
            rule.id: binding_reasons(Tables(kept), again, lay(kept, again, [*own, *left]), rule)
            for rule in again.min_rules
            if rule.id in missed
        },
    )
