"""What withdrawing a segment would come to, and how far it has come since: nothing here changes anything."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import func, select
from sqlmodel import Session, col

from schedules.evaluation import evaluate
from schedules.months import Month
from schedules.problem import Instance
from server.db.airing import Delivery
from server.db.library import Rendition, Segment
from server.db.plans import MonthPlan, Slot, SlotItem
from server.db.registry import Station
from server.services.airings_ahead import published_items
from server.services.context import Context
from server.services.deliveries import Had
from server.services.local_time import local_today
from server.services.new_segments import find_segment
from server.services.plan_ground import names_of
from server.services.plans import Progress
from server.services.replanning import (
    Change,
    ChangeGround,
    Stored,
    ground_of_change,
    planned_months,
    solved_on,
    told_of,
)
from server.services.rows import identity
from server.services.stored_plans import draft_of


class StationAiring(Struct, frozen=True, kw_only=True):
    """`slots` of what is published and has not begun have the segment; `has` is how and since when the station has its
    sound, None where Loa knows of no copy there."""

    station: str
    station_name: str
    slots: int
    has: Had | None


class MonthAiring(Struct, frozen=True, kw_only=True):
    """`draft`: there is one, so publishing it is what is next."""

    month: str
    slots: int
    stations: int
    draft: bool


class Consequences(Struct, frozen=True, kw_only=True):
    """Of what is published and still to come; `stations` also has those that only have the sound."""

    slots: int
    months: list[MonthAiring]
    stations: list[StationAiring]

    @property
    def airing(self) -> int:
        return sum(1 for station in self.stations if station.slots)

    @property
    def holding(self) -> int:
        return sum(1 for station in self.stations if station.has is not None)


class Instead(Struct, frozen=True, kw_only=True):
    """A segment that would be aired so many times more."""

    segment: str
    title: str
    times: int


class BecomesShort(Struct, frozen=True, kw_only=True):
    """A station that would lack so much of a rule that it meets, or lacks less of, as it is."""

    station_name: str
    rule_name: str
    short_ms: int
    short_before_ms: int


class RehearsedMonth(Struct, frozen=True, kw_only=True):
    """`slots` of `stations` would differ; `left` ones stay although they air the segment: too near, or locked."""

    month: str
    slots: int
    stations: int
    left: int
    instead: list[Instead]
    short: list[BecomesShort]


class _Airing(NamedTuple):
    month: str
    station: int
    slots: int


def consequences(context: Context, code: str) -> Consequences:
    """Raises UnknownSegment."""
    now = context.clock()
    with context.database.read() as session:
        segment = find_segment(session, code)
        rows = session.connection().execute(
            published_items()
            .with_only_columns(
                col(MonthPlan.month),
                col(MonthPlan.station_id),
                func.count(col(Slot.id).distinct()),
            )
            .where(col(SlotItem.segment_id) == identity(segment), col(Slot.starts_at) > now)
            .group_by(col(MonthPlan.month), col(MonthPlan.station_id))
            .order_by(col(MonthPlan.month))
        )
        airing = [_Airing(*row) for row in rows]
        drafted = {each.month for each in airing if draft_of(session, Month.parse(each.month)) is not None}
        stations = _stations(session, segment, airing)
    slots = Counter[str]()
    for each in airing:
        slots[each.month] += each.slots
    return Consequences(
        slots=slots.total(),
        months=[
            MonthAiring(
                month=month, slots=count, stations=sum(each.month == month for each in airing), draft=month in drafted
            )
            for month, count in slots.items()
        ],
        stations=stations,
    )


def rehearse_withdrawal(context: Context, code: str, *, progress: Progress | None = None) -> list[RehearsedMonth]:
    """What would be drafted if it were withdrawn now: as long as withdrawing takes, and nothing is stored.

    Raises UnknownSegment, InvalidInstance.
    """
    yesterday = local_today(context) - timedelta(days=1)
    change = Change(
        subject=code,
        reason="",
        affected=lambda _station, slot: any(item.segment == code for item in slot.items),
        concerned=None,
    )
    with context.database.read() as session:
        find_segment(session, code)
    found = []
    for month in planned_months(context):
        with context.database.read() as session:
            ground = ground_of_change(session, month, context.clock(), change)
        if ground is not None:
            found.append(_rehearsed(context, month, ground, change, until=yesterday, progress=progress))
    return found


def _rehearsed(
    context: Context,
    month: Month,
    ground: ChangeGround,
    change: Change,
    *,
    until: date,
    progress: Progress | None,
) -> RehearsedMonth:
    instance = ground.basis.instance
    # What is published is judged as it is, before the segment goes.
    before = evaluate(instance, ground.basis.slots())
    short = {(verdict.rule, verdict.station): verdict.short_ms for verdict in before.verdicts}
    changed = ground._replace(basis=ground.basis._replace(instance=_without(instance, change.subject, until)))
    solved = solved_on(changed, progress)
    with context.database.read() as session:
        told, _stations, slots = told_of(session, changed, solved, change.affected, context.clock())
        names = names_of(session, ground.basis.codes, month)
    more = _aired(slots) - _aired(ground.before)
    return RehearsedMonth(
        month=str(month),
        slots=told.slots,
        stations=told.stations,
        left=told.left,
        instead=[
            Instead(segment=each, title=names.segments.get(each, each), times=times)
            for each, times in more.most_common()
        ],
        short=[
            BecomesShort(
                station_name=names.station(verdict.station),
                rule_name=names.rule(verdict.rule),
                short_ms=verdict.short_ms,
                short_before_ms=short.get((verdict.rule, verdict.station), 0),
            )
            for verdict in solved.plan.verdicts
            if verdict.short_ms > short.get((verdict.rule, verdict.station), 0)
        ],
    )


def _without(instance: Instance, code: str, until: date) -> Instance:
    """As it is read once the segment is withdrawn: no longer valid after that day."""
    return replace(
        instance,
        segments=tuple(
            replace(each, valid_to=until if each.valid_to is None else min(each.valid_to, until))
            if each.id == code
            else each
            for each in instance.segments
        ),
    )


def _aired(slots: Stored) -> "Counter[str]":
    return Counter(item.segment for listed in slots.values() for slot in listed for item in slot.items)


def _stations(session: Session, segment: Segment, airing: list[_Airing]) -> list[StationAiring]:
    # Of several copies the best known one: «verified» comes after «sent».
    held: Mapping[int, Had] = {
        station: Had(how=how, at=at)
        for station, how, at in session.connection().execute(
            select(col(Delivery.station_id), func.max(col(Delivery.how)), func.min(col(Delivery.at)))
            .where(
                col(Delivery.sha256).in_(
                    select(col(Rendition.sha256)).where(col(Rendition.audio_id) == segment.audio_id)
                )
            )
            .group_by(col(Delivery.station_id))
        )
    }
    slots = Counter[int]()
    for each in airing:
        slots[each.station] += each.slots
    stations = session.scalars(
        select(Station)
        .where(col(Station.id).in_({*held, *slots}))
        .order_by(col(Station.tier).desc(), col(Station.sort_key), col(Station.code))
    )
    return [
        StationAiring(station=row.code, station_name=row.name, slots=slots[identity(row)], has=held.get(identity(row)))
        for row in stations
    ]
