"""What makes an instance contradictory in itself, beyond its schema: found with the path of the field.

Ids are unique in their list; what is referred to exists (tiers and languages are free words; segments
of items and of `aired` may have gone); topics and relays have no circles; slots start in the month;
exceptions name sessions of their station, one a session and date; language shares sum to at most 1 and
name the station's own languages.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schedules.months import InvalidMonth, Month
from schedules.problem import Instance, Slot, Station

Plain = str | int | float | bool | None


class Fault(NamedTuple):
    """`path` leads to the wrong field, `problem` is a stable word, `value` what stands there."""

    path: str
    problem: str
    value: Plain


def first_fault(instance: Instance) -> Fault | None:
    """The first fault in the order of the document's lists, None if the instance can be planned."""
    return next(chain(_head(instance), _lists(instance), _stations(instance), _slots(instance)), None)


def _head(instance: Instance) -> Iterator[Fault]:
    try:
        month = Month.parse(instance.month)
    except InvalidMonth:
        yield Fault("month", "unknown_month", instance.month)
        return
    try:
        zone = ZoneInfo(instance.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Fault("timezone", "unknown_timezone", instance.timezone)
        return
    # Clocks that went by the sun, some minutes and seconds from any other, have no whole minutes that ISO 8601 can
    # write: Việt Nam's until 1911.
    if any(_seconds(moment.utcoffset()) % 60 for moment in month.bounds(zone)):
        yield Fault("month", "unknown_month", instance.month)


def _seconds(offset: timedelta | None) -> int:
    return 0 if offset is None else offset.days * 86_400 + offset.seconds


def _lists(instance: Instance) -> Iterator[Fault]:
    yield from _repeated("topics", "code", (topic.code for topic in instance.topics))
    yield from _repeated("columns", "code", (column.code for column in instance.columns))
    yield from _repeated("segments", "id", (segment.id for segment in instance.segments))
    yield from _repeated("stations", "code", (station.code for station in instance.stations))
    yield from _repeated("rules", "id", (rule.id for rule in instance.rules))
    yield from _topics(instance)
    columns = {column.code for column in instance.columns}
    topics = {topic.code for topic in instance.topics}
    stations = {station.code for station in instance.stations}
    for index, segment in enumerate(instance.segments):
        if segment.column is not None and segment.column not in columns:
            yield Fault(f"segments[{index}].column", "unknown_column", segment.column)
        if segment.topic not in topics:
            yield Fault(f"segments[{index}].topic", "unknown_topic", segment.topic)
        yield from _unknown_stations(f"segments[{index}].stations", segment.stations, stations)
    for index, rule in enumerate(instance.rules):
        if rule.kind != "max" and rule.period != "month":
            yield Fault(f"rules[{index}].period", "not_one_of", rule.period)
        if rule.column not in columns:
            yield Fault(f"rules[{index}].column", "unknown_column", rule.column)
        yield from _unknown_stations(f"rules[{index}].stations", rule.stations, stations)


def _repeated(name: str, key: str, ids: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, identity in enumerate(ids):
        if identity in seen:
            yield Fault(f"{name}[{index}].{key}", "duplicate", identity)
        seen.add(identity)


def _unknown_stations(path: str, named: tuple[str, ...] | None, known: set[str]) -> Iterator[Fault]:
    for index, code in enumerate(named or ()):
        if code not in known:
            yield Fault(f"{path}[{index}]", "unknown_station", code)


def _topics(instance: Instance) -> Iterator[Fault]:
    parents = {topic.code: topic.parent for topic in instance.topics}
    for index, topic in enumerate(instance.topics):
        if topic.parent is None:
            continue
        if topic.parent not in parents:
            yield Fault(f"topics[{index}].parent", "unknown_topic", topic.parent)
            return
        above: str | None = topic.parent
        steps = 0
        while above is not None and above in parents and above != topic.code and steps <= len(parents):
            above = parents[above]
            steps += 1
        if above == topic.code:
            yield Fault(f"topics[{index}].parent", "circle", topic.parent)


def _stations(instance: Instance) -> Iterator[Fault]:
    stations = {station.code for station in instance.stations}
    for index, station in enumerate(instance.stations):
        path = f"stations[{index}]"
        yield from _repeated(f"{path}.sessions", "id", (session.id for session in station.sessions))
        for at, session in enumerate(station.sessions):
            here = f"{path}.sessions[{at}]"
            if session.end <= session.start:
                yield Fault(f"{here}.end", "not_later", session.end)
            if len(set(session.weekdays)) != len(session.weekdays):
                yield Fault(f"{here}.weekdays", "duplicate", None)
            if session.relays is not None and session.relays not in stations:
                yield Fault(f"{here}.relays", "unknown_station", session.relays)
        yield from _exceptions(path, station)
        for at, blackout in enumerate(station.blackouts):
            if blackout.to_time < blackout.from_time:
                yield Fault(f"{path}.blackouts[{at}].to", "not_later", blackout.to_time.isoformat())
        yield from _shares(path, station)
    yield from _relay_circles(instance)


def _exceptions(path: str, station: Station) -> Iterator[Fault]:
    sessions = {session.id for session in station.sessions}
    seen = set()
    for at, exception in enumerate(station.exceptions):
        here = f"{path}.exceptions[{at}]"
        if exception.session not in sessions:
            yield Fault(f"{here}.session", "unknown_session", exception.session)
        if (exception.session, exception.date) in seen:
            yield Fault(f"{here}.date", "duplicate", exception.date.isoformat())
        seen.add((exception.session, exception.date))
        if exception.start is None and exception.end is not None:
            yield Fault(f"{here}.start", "missing", None)
        elif exception.start is not None and exception.end is None:
            yield Fault(f"{here}.end", "missing", None)
        elif exception.start is not None and exception.end is not None and exception.end <= exception.start:
            yield Fault(f"{here}.end", "not_later", exception.end)


def _shares(path: str, station: Station) -> Iterator[Fault]:
    for language in station.language_shares:
        if language not in station.languages:
            yield Fault(f"{path}.language_shares.{language}", "foreign_language", language)
    total = sum(station.language_shares.values())
    # shares such as 0.1 are not exact in binary: ten of them may sum to a hair above 1
    if total > 1 + 1e-9:
        yield Fault(f"{path}.language_shares", "above_one", total)


def _relay_circles(instance: Instance) -> Iterator[Fault]:
    parents = {
        station.code: [session.relays for session in station.sessions if session.relays is not None]
        for station in instance.stations
    }
    reached_end: set[str] = set()
    for index, station in enumerate(instance.stations):
        for at, session in enumerate(station.sessions):
            if session.relays is not None and _leads_to(session.relays, station.code, parents, reached_end):
                yield Fault(f"stations[{index}].sessions[{at}].relays", "circle", session.relays)
        reached_end.add(station.code)


def _leads_to(start: str, sought: str, parents: dict[str, list[str]], cleared: set[str]) -> bool:
    """Whether the relays above `start` come back to `sought`; `cleared` stations lie in no circle."""
    stack, seen = [start], set()
    while stack:
        code = stack.pop()
        if code == sought:
            return True
        if code not in seen and code not in cleared:
            seen.add(code)
            stack += parents.get(code, ())
    return False


def _slots(instance: Instance) -> Iterator[Fault]:
    lists: list[tuple[str, tuple[Slot, ...]]] = [("locked", instance.locked)]
    if instance.published is not None:
        lists.insert(0, ("published.slots", instance.published.slots))
    stations = {station.code for station in instance.stations}
    columns = {column.code for column in instance.columns}
    begins, ends = Month.parse(instance.month).bounds(ZoneInfo(instance.timezone))
    for path, slots in lists:
        yield from _repeated(path, "id", (slot.id for slot in slots))
        for index, slot in enumerate(slots):
            if slot.station not in stations:
                yield Fault(f"{path}[{index}].station", "unknown_station", slot.station)
            if slot.column not in columns:
                yield Fault(f"{path}[{index}].column", "unknown_column", slot.column)
            if not begins <= slot.start < ends:
                yield Fault(f"{path}[{index}].start", "outside_month", slot.start.isoformat())
            if slot.relayed_from is not None and slot.relayed_from not in stations:
                yield Fault(f"{path}[{index}].relayed_from", "unknown_station", slot.relayed_from)
    for index, airing in enumerate(instance.aired):
        if airing.station not in stations:
            yield Fault(f"aired[{index}].station", "unknown_station", airing.station)
