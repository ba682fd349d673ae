"""What makes a plan no answer to its instance: found with the path of the field, before anything is counted.

That a plan breaks hard constraints is no fault here: `schedules.breaks.violations` tells that.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from zoneinfo import ZoneInfo

from schedules.exchange import InvalidPlan
from schedules.instance_faults import Fault
from schedules.months import Month
from schedules.plan import Plan
from schedules.problem import Instance, Slot


def check_plan(plan: Plan, instance: Instance) -> None:
    """Refuses with InvalidPlan what the instance knows nothing of, and slots that start outside its month.

    A segment that only slots of `published` or `locked` name is known: those slots may have to stay.
    """
    fault = next(_faults(plan, instance), None)
    if fault is not None:
        raise InvalidPlan(path=fault.path, problem=fault.problem, value=fault.value)


def _faults(plan: Plan, instance: Instance) -> Iterator[Fault]:
    if plan.month != instance.month:
        yield Fault("month", "other_month", plan.month)
    stations = {station.code for station in instance.stations}
    columns = {column.code for column in instance.columns}
    segments = {segment.id for segment in instance.segments}
    rules = {rule.id for rule in instance.rules}
    given: Iterable[Slot] = chain(instance.published.slots if instance.published else (), instance.locked)
    planned = segments | {item.segment for slot in given for item in slot.items}
    begins, ends = Month.parse(instance.month).bounds(ZoneInfo(instance.timezone))
    seen: set[str] = set()
    for at, slot in enumerate(plan.slots):
        path = f"slots[{at}]"
        if slot.id in seen:
            yield Fault(f"{path}.id", "duplicate", slot.id)
        seen.add(slot.id)
        yield from _unknown(f"{path}.station", "unknown_station", slot.station, stations)
        yield from _unknown(f"{path}.column", "unknown_column", slot.column, columns)
        if not begins <= slot.start < ends:
            yield Fault(f"{path}.start", "outside_month", slot.start.isoformat())
        for number, item in enumerate(slot.items):
            yield from _unknown(f"{path}.items[{number}].segment", "unknown_segment", item.segment, planned)
        if slot.relayed_from is not None:
            yield from _unknown(f"{path}.relayed_from", "unknown_station", slot.relayed_from, stations)
    for at, verdict in enumerate(plan.verdicts):
        yield from _unknown(f"verdicts[{at}].rule", "unknown_rule", verdict.rule, rules)
        yield from _unknown(f"verdicts[{at}].station", "unknown_station", verdict.station, stations)
    for at, scores in enumerate(plan.terms):
        yield from _unknown(f"terms[{at}].station", "unknown_station", scores.station, stations)
        yield from _unknown(f"terms[{at}].column", "unknown_column", scores.column, columns)
    for at, missed in enumerate(plan.must_air_missed):
        yield from _unknown(f"must_air_missed[{at}].segment", "unknown_segment", missed.segment, segments)
        yield from _unknown(f"must_air_missed[{at}].station", "unknown_station", missed.station, stations)
    for at, conflict in enumerate(plan.conflicts):
        yield from _unknown(f"conflicts[{at}].station", "unknown_station", conflict.station, stations)


def _unknown(path: str, problem: str, value: str, known: set[str]) -> Iterator[Fault]:
    if value not in known:
        yield Fault(path, problem, value)
