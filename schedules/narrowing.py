"""A smaller problem: some stations and those that relay them, while all others keep their slots."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from schedules.evaluation import as_plan, evaluate
from schedules.plan import Plan
from schedules.problem import Instance, Published, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialPlan:
    """`instance` is the smaller problem; `rest` are the slots that stay whatever its answer is."""

    whole: Instance
    instance: Instance
    planned: frozenset[str]
    rest: tuple[Slot, ...]

    def completed(self, plan: Plan, given: Mapping[tuple[str, str], Iterable[dict[str, object]]] | None = None) -> Plan:
        """The answer to the smaller problem as an answer to the whole.

        `given` are the reasons, by rule and station, that stations which keep their slots had before.
        """
        slots = self.rest + tuple(slot for slot in plan.slots if slot.station in self.planned)
        reasons = {key: tuple(listed) for key, listed in (given or {}).items()}
        reasons |= {(verdict.rule, verdict.station): verdict.reasons for verdict in plan.verdicts}
        evaluation = evaluate(self.whole, slots, reasons=lambda rule, station: reasons.get((rule, station), ()))
        return as_plan(self.whole, slots, evaluation)


def narrowed(instance: Instance, stations: Iterable[str], base: Iterable[Slot]) -> PartialPlan:
    """`base` are the slots of all stations as they are now.

    The parents of those that are planned come along with no session left to plan in and their slots locked, so that
    what is relayed from them stays.
    """
    base = tuple(base)
    planned = frozenset(_relaying(instance, stations))
    parents = {
        session.relays
        for each in instance.stations
        if each.code in planned
        for session in each.sessions
        if session.relays is not None
    } - planned
    there = planned | parents
    reduced = [
        each if each.code in planned else replace(each, sessions=(), exceptions=(), blackouts=())
        for each in instance.stations
        if each.code in there
    ]
    published = instance.published
    smaller = replace(
        instance,
        stations=tuple(reduced),
        segments=tuple(
            replace(segment, stations=tuple(code for code in segment.stations if code in there))
            if segment.stations is not None
            else segment
            for segment in instance.segments
        ),
        rules=tuple(
            replace(rule, stations=tuple(sorted(planned if rule.stations is None else planned & set(rule.stations))))
            for rule in instance.rules
        ),
        published=Published(
            revision=published.revision, slots=tuple(slot for slot in published.slots if slot.station in planned)
        )
        if published
        else None,
        locked=tuple(
            replace(slot, relayed_from=slot.relayed_from if slot.relayed_from in there else None)
            for slot in base
            if slot.station in parents
        )
        + tuple(slot for slot in instance.locked if slot.station in planned),
        aired=tuple(airing for airing in instance.aired if airing.station in planned),
    )
    return PartialPlan(
        whole=instance,
        instance=smaller,
        planned=planned,
        rest=tuple(slot for slot in base if slot.station not in planned),
    )


def _relaying(instance: Instance, stations: Iterable[str]) -> set[str]:
    """The stations and all that relay them, also by way of others."""
    children: dict[str, list[str]] = defaultdict(list)
    for each in instance.stations:
        for session in each.sessions:
            if session.relays is not None:
                children[session.relays].append(each.code)
    found: set[str] = set()
    waiting = list(stations)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting += children[code]
    return found
