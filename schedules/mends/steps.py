"""Changes of a problem as values: what would have to be decided, and how it is done to an instance."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from schedules.problem import Blackout, Column, Instance, Rule, Segment, Session, Station


class ApproveSegments(Struct, frozen=True, kw_only=True, tag_field="code", tag="approve_segments"):
    """`segments` more of `duration_ms`, for all stations, valid from `valid_from` on."""

    segments: int
    duration_ms: int
    column: str
    topic: str
    language: str
    valid_from: date


class ExtendValidity(Struct, frozen=True, kw_only=True, tag_field="code", tag="extend_validity"):
    """These segments stay valid up to `to_date`."""

    segments: tuple[str, ...]
    to_date: date


class OpenSession(Struct, frozen=True, kw_only=True, tag_field="code", tag="open_session"):
    """A session more, local wall times; on one date where `from_date` is `to_date`. `dates` are its occurrences."""

    station: str
    weekdays: tuple[int, ...]
    start: str
    end: str
    from_date: date
    to_date: date
    dates: int


class LengthenSessions(Struct, frozen=True, kw_only=True, tag_field="code", tag="lengthen_sessions"):
    """Sessions (id, new end) go on for longer."""

    station: str
    ends: tuple[tuple[str, str], ...]


class BroadcastOn(Struct, frozen=True, kw_only=True, tag_field="code", tag="broadcast_on"):
    """No blackout and no cancellation on these dates."""

    station: str
    dates: tuple[date, ...]


class RaiseSlotsPerDay(Struct, frozen=True, kw_only=True, tag_field="code", tag="raise_slots_per_day"):
    column: str
    most: int


class RaiseMonthlyLimit(Struct, frozen=True, kw_only=True, tag_field="code", tag="raise_monthly_limit"):
    """Segments with a smaller limit of their own may air so often too."""

    column: str
    times: int


class LowerSeparation(Struct, frozen=True, kw_only=True, tag_field="code", tag="lower_separation"):
    """Segments that ask for a larger distance of their own ask for this one."""

    column: str
    days: int


class LowerSlotMinimum(Struct, frozen=True, kw_only=True, tag_field="code", tag="lower_slot_minimum"):
    column: str
    ms: int


class RaiseSlotMaximum(Struct, frozen=True, kw_only=True, tag_field="code", tag="raise_slot_maximum"):
    column: str
    ms: int


class RaiseMaximum(Struct, frozen=True, kw_only=True, tag_field="code", tag="raise_maximum"):
    rule: str
    ms: int


class LowerMinimum(Struct, frozen=True, kw_only=True, tag_field="code", tag="lower_minimum"):
    rule: str
    ms: int


Step = (
    ApproveSegments
    | ExtendValidity
    | OpenSession
    | LengthenSessions
    | BroadcastOn
    | RaiseSlotsPerDay
    | RaiseMonthlyLimit
    | LowerSeparation
    | LowerSlotMinimum
    | RaiseSlotMaximum
    | RaiseMaximum
    | LowerMinimum
)


class Mend(Struct, frozen=True, kw_only=True):
    """All `steps` together; none: planning once more is enough. `size` as the package says."""

    steps: tuple[Step, ...]
    size: int


def apply(instance: Instance, mend: Mend) -> Instance:
    """The problem as it would be. A station, rule or column that is not there is passed over."""
    for step in mend.steps:
        instance = _APPLIED[type(step)](instance, step)
    return instance


def _approve(instance: Instance, step: ApproveSegments) -> Instance:
    taken = {segment.id for segment in instance.segments}
    names = (name for number in range(1, len(taken) + step.segments + 1) if (name := f"new-{number}") not in taken)
    return replace(
        instance,
        segments=instance.segments
        + tuple(
            Segment(
                id=name,
                duration_ms=step.duration_ms,
                topic=step.topic,
                language=step.language,
                valid_from=step.valid_from,
                priority="normal",
                column=step.column,
            )
            for name, _ in zip(names, range(step.segments), strict=False)
        ),
    )


def _extend(instance: Instance, step: ExtendValidity) -> Instance:
    chosen = set(step.segments)
    return replace(
        instance,
        segments=tuple(
            replace(each, valid_to=step.to_date) if each.id in chosen else each for each in instance.segments
        ),
    )


def _open(instance: Instance, step: OpenSession) -> Instance:
    def opened(station: Station) -> Station:
        taken = {session.id for session in station.sessions}
        name = next(name for number in range(1, len(taken) + 2) if (name := f"new-{number}") not in taken)
        session = Session(
            id=name,
            weekdays=step.weekdays,
            start=step.start,
            end=step.end,
            from_date=step.from_date,
            to_date=step.to_date,
        )
        return replace(station, sessions=(*station.sessions, session))

    return _of_station(instance, step.station, opened)


def _lengthen(instance: Instance, step: LengthenSessions) -> Instance:
    ends = dict(step.ends)
    return _of_station(
        instance,
        step.station,
        lambda station: replace(
            station, sessions=tuple(replace(each, end=ends.get(each.id, each.end)) for each in station.sessions)
        ),
    )


def _broadcast(instance: Instance, step: BroadcastOn) -> Instance:
    zone = ZoneInfo(instance.timezone)
    return _of_station(
        instance,
        step.station,
        lambda station: replace(
            station,
            blackouts=_lit(station.blackouts, step.dates, zone),
            exceptions=tuple(
                each for each in station.exceptions if each.date not in step.dates or each.start is not None
            ),
        ),
    )


def _lit(blackouts: Iterable[Blackout], dates: Iterable[date], zone: ZoneInfo) -> tuple[Blackout, ...]:
    """What is left of the blackouts outside the dates."""
    left = list(blackouts)
    for day in dates:
        begin = datetime(day.year, day.month, day.day, tzinfo=zone)
        end = begin + timedelta(days=1)
        parts: list[Blackout] = []
        for each in left:
            if each.to_time <= begin or each.from_time >= end:
                parts.append(each)
                continue
            if each.from_time < begin:
                parts.append(Blackout(from_time=each.from_time, to_time=begin))
            if each.to_time > end:
                parts.append(Blackout(from_time=end, to_time=each.to_time))
        left = parts
    return tuple(left)


def _raise_limit(instance: Instance, step: RaiseMonthlyLimit) -> Instance:
    changed = _of_column(instance, step.column, lambda column: replace(column, max_per_month=step.times))
    return replace(
        changed,
        segments=tuple(
            replace(each, max_per_month=step.times)
            if each.column in {None, step.column} and (each.max_per_month or step.times) < step.times
            else each
            for each in instance.segments
        ),
    )


def _lower_separation(instance: Instance, step: LowerSeparation) -> Instance:
    changed = _of_column(instance, step.column, lambda column: replace(column, separation_days=step.days))
    return replace(
        changed,
        segments=tuple(
            replace(each, separation_days=step.days)
            if each.column in {None, step.column} and (each.separation_days or step.days) > step.days
            else each
            for each in instance.segments
        ),
    )


def _of_station(instance: Instance, code: str, change: Callable[[Station], Station]) -> Instance:
    return replace(instance, stations=tuple(change(each) if each.code == code else each for each in instance.stations))


def _of_column(instance: Instance, code: str, change: Callable[[Column], Column]) -> Instance:
    return replace(instance, columns=tuple(change(each) if each.code == code else each for each in instance.columns))


def _of_rule(instance: Instance, code: str, change: Callable[[Rule], Rule]) -> Instance:
    return replace(instance, rules=tuple(change(each) if each.id == code else each for each in instance.rules))


_APPLIED: dict[type, Callable[[Instance, Any], Instance]] = {
    ApproveSegments: _approve,
    ExtendValidity: _extend,
    OpenSession: _open,
    LengthenSessions: _lengthen,
    BroadcastOn: _broadcast,
    RaiseSlotsPerDay: lambda instance, step: _of_column(
        instance, step.column, lambda column: replace(column, max_slots_per_day=step.most)
    ),
    RaiseMonthlyLimit: _raise_limit,
    LowerSeparation: _lower_separation,
    LowerSlotMinimum: lambda instance, step: _of_column(
        instance, step.column, lambda column: replace(column, slot_min_ms=step.ms)
    ),
    RaiseSlotMaximum: lambda instance, step: _of_column(
        instance, step.column, lambda column: replace(column, slot_max_ms=step.ms)
    ),
    RaiseMaximum: lambda instance, step: _of_rule(instance, step.rule, lambda rule: replace(rule, ms=step.ms)),
    LowerMinimum: lambda instance, step: _of_rule(instance, step.rule, lambda rule: replace(rule, ms=step.ms)),
}
