"""Calendars of what is published: of a station, of a district with its communes, of the province."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import func, select
from sqlmodel import Session, col

from schedules.exports.calendars import CalendarEvent as RenderedEvent
from schedules.exports.calendars import numbered_items, render_calendar
from schedules.months import Month
from server.db.plans import CalendarEvent
from server.db.registry import BroadcastSession, Station, UnitVersion
from server.services.context import Context
from server.services.listing import touches
from server.services.local_time import ZONE
from server.services.playlists import etag_of
from server.services.refusals import NotPublished, UnknownStation, UnknownUnit
from server.services.rows import identity
from server.services.stations import find_station, holds, units_below
from server.services.stored_plans import published_of
from server.services.views import Export
from server.texts import _

MONTHS_BACK = 3
MONTHS_AHEAD = 12
REFRESH = timedelta(hours=1)
PRODUCT = "-//Loa//Loa//VI"
MEDIA_TYPE = "text/calendar; charset=utf-8"

_NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)


class CalendarOrder(Struct, frozen=True, kw_only=True):
    """Which calendar: the station's, the district's with its communes, else the province's; one month or a feed."""

    station: str | None = None
    district: str | None = None
    month: Month | None = None
    today: date

    def months(self) -> list[Month]:
        if self.month is not None:
            return [self.month]
        first = Month.of(self.today)
        for _step in range(MONTHS_BACK):
            first = first.previous()
        months = [first]
        for _step in range(MONTHS_BACK + MONTHS_AHEAD):
            months.append(months[-1].next())
        return months


class _Place(Struct, frozen=True, kw_only=True):
    """`short` is the unit's name without its kind."""

    name: str
    short: str


class _Parent(Struct, frozen=True, kw_only=True):
    """A station that others relay: whose code it is changes with the years."""

    code: str
    name: str
    valid_from: date | None
    valid_to: date | None


class _Scope(Struct, frozen=True, kw_only=True):
    """The stations in a calendar by id; `title` names the calendar."""

    title: str
    file_stem: str
    places: dict[int, _Place]
    parents: tuple[_Parent, ...]


def calendar(
    context: Context,
    *,
    station: str | None = None,
    district: str | None = None,
    month: Month | None = None,
    today: date,
) -> Export:
    """Without `month` a feed to subscribe to, from 3 months before today's to 12 after.

    A feed by a code is that of the station or district that has the code today, else of the last that had it within
    the feed's months. Raises UnknownStation, UnknownUnit, and NotPublished for a month that is not.
    """
    with context.database.read() as session:
        return render_feed(session, CalendarOrder(station=station, district=district, month=month, today=today))


def render_feed(session: Session, order: CalendarOrder) -> Export:
    scope = _scope(session, order)
    months = order.months()
    if order.month is not None and published_of(session, order.month) is None:
        raise NotPublished(month=str(order.month))
    events = _events(session, scope, months)
    content = render_calendar(
        events,
        name=scope.title,
        description=_("Các khung phát đã công bố. Lịch này tự cập nhật khi kế hoạch thay đổi."),
        refresh=REFRESH,
        zone=ZONE,
        product=PRODUCT,
    )
    return Export(
        content=content,
        media_type=MEDIA_TYPE,
        file_name=f"{scope.file_stem}-{order.month}.ics" if order.month else f"{scope.file_stem}.ics",
        etag=etag_of(content),
        modified_at=max((event.last_modified for event in events), default=_NOTHING_YET),
    )


def calendar_source(session: Session, order: CalendarOrder) -> Hashable:
    """What the bytes of a calendar follow from: any change of an event raises its sequence."""
    scope = _scope(session, order)
    months = [str(month) for month in order.months()]
    counted = session.connection().execute(
        select(
            func.count(col(CalendarEvent.id)),
            func.sum(col(CalendarEvent.sequence)),
            func.max(col(CalendarEvent.modified_at)),
        ).where(col(CalendarEvent.station_id).in_(scope.places), col(CalendarEvent.month).in_(months))
    )
    return (*counted.one(), *months, scope.title, *scope.places.items(), *scope.parents)


def _events(session: Session, scope: _Scope, months: list[Month]) -> list[RenderedEvent]:
    rows = session.connection().execute(
        select(
            col(CalendarEvent.station_id),
            col(CalendarEvent.uid),
            col(CalendarEvent.sequence),
            col(CalendarEvent.created_at),
            col(CalendarEvent.modified_at),
            col(CalendarEvent.cancelled),
            col(CalendarEvent.starts_at),
            col(CalendarEvent.length_ms),
            col(CalendarEvent.column_name),
            col(CalendarEvent.relayed_from),
            col(CalendarEvent.items),
        )
        .where(
            col(CalendarEvent.station_id).in_(scope.places),
            col(CalendarEvent.month).in_([str(month) for month in months]),
        )
        .order_by(col(CalendarEvent.starts_at), col(CalendarEvent.station_id), col(CalendarEvent.key))
    )
    events = []
    for station, uid, sequence, created, modified, cancelled, starts_at, length_ms, column, relayed_from, items in rows:
        place = scope.places[station]
        listed = numbered_items([(str(item["title"]), int(item["duration_ms"])) for item in items])
        relay = [_("Tiếp âm: {station}", station=_parent_name(scope, relayed_from, starts_at))] if relayed_from else []
        events.append(
            RenderedEvent(
                uid=uid,
                sequence=sequence,
                last_modified=modified,
                created=created,
                starts_at=starts_at,
                length_ms=length_ms,
                summary=f"{column} · {place.short}",
                description="\n".join([*relay, listed]),
                location=place.name,
                categories=(column,),
                cancelled=cancelled,
            )
        )
    return events


def _parent_name(scope: _Scope, code: str, starts_at: datetime) -> str:
    """By its name then; by its code where nobody relays it any more."""
    day = starts_at.astimezone(ZONE).date()
    names = (
        parent.name
        for parent in scope.parents
        if parent.code == code and holds(parent.valid_from, parent.valid_to, day)
    )
    return next(names, code)


def _scope(session: Session, order: CalendarOrder) -> _Scope:
    months = order.months()
    first, last = months[0].first_date, months[-1].last_date
    on = order.month.first_date if order.month else order.today
    if order.station is not None:
        station = _station(session, order, first, last)
        return _Scope(
            title=_("Lịch phát · {station}", station=station.name),
            file_stem=station.code,
            places=_places(session, [station], on),
            parents=_parents(session, [station]),
        )
    statement = select(Station).where(touches(col(Station.valid_from), col(Station.valid_to), first, last))
    if order.district is None:
        province = _unit(session, level="province", code=None, first=first, last=last, on=on)
        name = province.name if province else ""
        everywhere = session.scalars(statement).all()
        return _Scope(
            title=_("Lịch phát các đài · {place}", place=name) if name else _("Lịch phát các đài"),
            file_stem="province",
            places=_places(session, everywhere, on),
            parents=_parents(session, everywhere),
        )
    unit = _unit(session, level="district", code=order.district, first=first, last=last, on=on)
    if unit is None:
        raise UnknownUnit(unit=order.district)
    below = units_below(session, unit.unit_id, first, last)
    stations = session.scalars(statement.where(col(Station.unit_id).in_(below))).all()
    return _Scope(
        title=_("Lịch phát các đài · {place}", place=unit.name),
        file_stem=f"district-{unit.code}",
        places=_places(session, stations, on),
        parents=_parents(session, stations),
    )


def _station(session: Session, order: CalendarOrder, first: date, last: date) -> Station:
    code = order.station or ""
    if order.month is not None:
        return find_station(session, code, order.month)
    rows = session.scalars(
        select(Station)
        .where(col(Station.code) == code)
        .where(touches(col(Station.valid_from), col(Station.valid_to), first, last))
        .order_by(col(Station.valid_from).asc().nulls_first())
    ).all()
    if not rows:
        raise UnknownStation(station=code)
    return next((row for row in rows if holds(row.valid_from, row.valid_to, order.today)), rows[-1])


def _unit(session: Session, *, level: str, code: str | None, first: date, last: date, on: date) -> UnitVersion | None:
    statement = (
        select(UnitVersion)
        .where(col(UnitVersion.level) == level)
        .where(touches(col(UnitVersion.valid_from), col(UnitVersion.valid_to), first, last))
        .order_by(col(UnitVersion.valid_from).asc().nulls_first())
    )
    if code is not None:
        statement = statement.where(col(UnitVersion.code) == code)
    rows = session.scalars(statement).all()
    return next((row for row in rows if holds(row.valid_from, row.valid_to, on)), rows[-1] if rows else None)


def _places(session: Session, stations: Sequence[Station], on: date) -> dict[int, _Place]:
    units: dict[int, list[UnitVersion]] = {}
    for version in session.scalars(
        select(UnitVersion)
        .where(col(UnitVersion.unit_id).in_({station.unit_id for station in stations}))
        .order_by(col(UnitVersion.valid_from).asc().nulls_first())
    ):
        units.setdefault(version.unit_id, []).append(version)
    return {identity(station): _Place(name=station.name, short=_short(units, station, on)) for station in stations}


def _parents(session: Session, stations: Sequence[Station]) -> tuple[_Parent, ...]:
    relayed = select(col(BroadcastSession.relays_station_id)).where(
        col(BroadcastSession.station_id).in_([identity(station) for station in stations])
    )
    return tuple(
        _Parent(code=row.code, name=row.name, valid_from=row.valid_from, valid_to=row.valid_to)
        for row in session.scalars(select(Station).where(col(Station.id).in_(relayed)).order_by(col(Station.id)))
    )


def _short(units: Mapping[int, list[UnitVersion]], station: Station, on: date) -> str:
    versions = units[station.unit_id]
    unit = next((each for each in versions if holds(each.valid_from, each.valid_to, on)), versions[-1])
    if unit.name.casefold().startswith(f"{unit.kind} ".casefold()):
        return unit.name[len(unit.kind) + 1 :]
    return unit.name
