"""Who is there: units, stations, organisations, topics, columns and rules, as they are on a day or in a month."""

from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from schedules.months import Month
from server.db.library import Audio, ProgrammeColumn, Topic
from server.db.plans import AirtimeRule
from server.db.registry import (
    Blackout,
    BroadcastSession,
    Organisation,
    OrganisationRole,
    Station,
    StationState,
    UnitVersion,
)
from server.services import scopes
from server.services.context import Context
from server.services.listing import TIERS, cut, matching, one_of, touches
from server.services.local_time import ZONE, day_in, local_today, midnight
from server.services.refusals import UnknownUnit
from server.services.rights import Right
from server.services.rows import identity
from server.services.stations import (
    find_station,
    station_views,
    unit_code,
    unit_views,
    units_below,
)
from server.services.views import (
    ColumnView,
    OrganisationView,
    OutageView,
    Page,
    RuleView,
    SessionView,
    StationDetails,
    StationView,
    TopicView,
    UnitView,
)

LEVELS = ("province", "district", "commune")


def list_units(
    context: Context,
    *,
    on: date,
    level: str | None = None,
    parent: str | None = None,
    query: str = "",
    offset: int = 0,
    limit: int = 100,
) -> Page[UnitView]:
    """The units of that day, the province first, then districts, then communes, each in Vietnamese order.

    `parent` is a code of that day. Raises UnknownUnit, BadField.
    """
    one_of("level", level, LEVELS)
    in_force = touches(col(UnitVersion.valid_from), col(UnitVersion.valid_to), on, on)
    statement = select(UnitVersion).where(in_force)
    with context.database.read() as session:
        if level is not None:
            statement = statement.where(UnitVersion.level == level)
        if parent is not None:
            statement = statement.where(col(UnitVersion.parent_id).in_(_units_called(session, parent, on, on)))
        statement = matching(statement, col(UnitVersion.search), query).order_by(
            col(UnitVersion.level).desc(), col(UnitVersion.sort_key), col(UnitVersion.code)
        )
        rows, total = cut(session, statement, offset, limit)
        return Page(items=unit_views(session, rows), total=total, offset=offset, limit=limit)


def get_unit(context: Context, unit_id: int) -> list[UnitView]:
    """All versions of the unit, the oldest first. Raises UnknownUnit."""
    if unit_id >= 2**63:  # more than a key of any database here
        raise UnknownUnit(unit=str(unit_id))
    with context.database.read() as session:
        rows = session.exec(
            select(UnitVersion)
            .where(UnitVersion.unit_id == unit_id)
            .order_by(col(UnitVersion.valid_from).asc().nulls_first())
        ).all()
        if not rows:
            raise UnknownUnit(unit=str(unit_id))
        return unit_views(session, rows)


def list_stations(
    context: Context,
    *,
    month: Month,
    tier: str | None = None,
    district: str | None = None,
    query: str = "",
    offset: int = 0,
    limit: int = 100,
) -> Page[StationView]:
    """Those that are there on some day of the month, districts first, each tier in Vietnamese order of places.

    `district` is a unit's code and stands for the district's own station and its communes'. States are those of
    today, or of the day of the month that is nearest to today. Raises UnknownUnit, BadField.
    """
    one_of("tier", tier, TIERS)
    statement = select(Station).where(
        touches(col(Station.valid_from), col(Station.valid_to), month.first_date, month.last_date)
    )
    with context.database.read() as session:
        if tier is not None:
            statement = statement.where(Station.tier == tier)
        if district is not None:
            places: set[int] = set()
            for unit_id in _units_called(session, district, month.first_date, month.last_date):
                places |= units_below(session, unit_id, month.first_date, month.last_date)
            statement = statement.where(col(Station.unit_id).in_(places))
        statement = matching(statement, col(Station.search), query).order_by(
            col(Station.tier).desc(), col(Station.sort_key), col(Station.code)
        )
        rows, total = cut(session, statement, offset, limit)
        views = station_views(session, rows, day_in(month, local_today(context)))
        return Page(items=views, total=total, offset=offset, limit=limit)


def stations_within(context: Context, right: Right, *, month: Month) -> list[tuple[str, str]]:
    """Code and name of those that the right of who asks reaches, the highest first; none where it reaches all."""
    with context.database.read() as session:
        reached = scopes.station_ids(session, context.who, right, local_today(context))
        if reached is None:
            return []
        rows = session.exec(
            select(Station.code, Station.name)
            .where(touches(col(Station.valid_from), col(Station.valid_to), month.first_date, month.last_date))
            .where(col(Station.id).in_(reached))
            .order_by(col(Station.tier).desc(), col(Station.sort_key), col(Station.code))
        )
        return [(code, name) for code, name in rows]


def station_names(context: Context, codes: set[str], month: Month) -> dict[str, str]:
    """By code; a code that nobody has in the month stands for itself."""
    with context.database.read() as session:
        known = dict(
            session.exec(
                select(Station.code, Station.name)
                .where(col(Station.code).in_(codes))
                .where(touches(col(Station.valid_from), col(Station.valid_to), month.first_date, month.last_date))
            ).all()
        )
    return {code: known.get(code, code) for code in codes}


def get_station(context: Context, code: str, month: Month) -> StationDetails:
    """The station with its sessions and outages that touch the month. Raises UnknownStation."""
    with context.database.read() as session:
        station = find_station(session, code, month)
        [view] = station_views(session, [station], day_in(month, local_today(context)))
        key = identity(station)
        own = session.exec(_sessions_in(month).where(BroadcastSession.station_id == key)).all()
        parents = {row.relays_station_id for row in own}
        codes = dict(session.exec(select(Station.id, Station.code).where(col(Station.id).in_(parents))).all())
        relaying = (
            select(Station.code)
            .where(touches(col(Station.valid_from), col(Station.valid_to), month.first_date, month.last_date))
            .where(
                col(Station.id).in_(
                    select(BroadcastSession.station_id)
                    .where(BroadcastSession.relays_station_id == key)
                    .where(*_in_month(month))
                )
            )
            .order_by(col(Station.code))
        )
        return StationDetails(
            station=view,
            sessions=[_session_view(row, codes) for row in own],
            outages=outages_in(session, key, month),
            relayed_by=list(session.exec(relaying)),
        )


def outages_in(session: Session, station_id: int, month: Month) -> list[OutageView]:
    """Times of the month in which the station transmits nothing, soonest first; whole, also where they pass its ends."""
    first, after = month.bounds(ZONE)
    states = session.exec(
        select(StationState)
        .where(StationState.station_id == station_id, StationState.state != "working")
        .where(touches(col(StationState.valid_from), col(StationState.valid_to), month.first_date, month.last_date))
    )
    blackouts = session.exec(
        select(Blackout).where(
            Blackout.station_id == station_id, col(Blackout.starts_at) < after, col(Blackout.ends_at) > first
        )
    )
    outages = [
        OutageView(
            kind=state.state,
            starts_at=midnight(state.valid_from),
            ends_at=midnight(state.valid_to) if state.valid_to else None,
            note=state.note,
        )
        for state in states
    ]
    outages += [
        OutageView(kind="blackout", starts_at=row.starts_at, ends_at=row.ends_at, note=row.note) for row in blackouts
    ]
    return sorted(outages, key=lambda outage: outage.starts_at)


def list_organisations(context: Context, *, on: date) -> list[OrganisationView]:
    """All of them, with the roles that they hold on that day."""
    with context.database.read() as session:
        return list(_organisations(session, on).values())


def list_topics(context: Context) -> list[TopicView]:
    """The tree, parents before children; the leads with the roles they hold today."""
    with context.database.read() as session:
        leads = _organisations(session, local_today(context))
        topics = session.exec(select(Topic).order_by(col(Topic.position))).all()
        codes = {topic.id: topic.code for topic in topics}
        return [
            TopicView(
                code=topic.code,
                parent=codes[topic.parent_id] if topic.parent_id else None,
                name=topic.name,
                weight=topic.weight,
                lead=leads[topic.lead_organisation_id] if topic.lead_organisation_id else None,
            )
            for topic in topics
        ]


def list_columns(context: Context) -> list[ColumnView]:
    with context.database.read() as session:
        columns = session.exec(select(ProgrammeColumn).order_by(col(ProgrammeColumn.code))).all()
        frames = {column.opening_audio_id for column in columns} | {column.closing_audio_id for column in columns}
        lengths = dict(session.exec(select(Audio.id, Audio.duration_ms).where(col(Audio.id).in_(frames))).all())
        return [
            ColumnView(
                code=column.code,
                name=column.name,
                opening_ms=lengths.get(column.opening_audio_id, 0),
                closing_ms=lengths.get(column.closing_audio_id, 0),
                slot_min_ms=column.slot_min_ms,
                slot_max_ms=column.slot_max_ms,
                max_slots_per_day=column.max_slots_per_day,
                separation_days=column.separation_days,
                max_per_month=column.max_per_month,
            )
            for column in columns
        ]


def list_rules(context: Context, *, month: Month | None = None) -> list[RuleView]:
    """All rules, or those in force on some day of the month. A unit is named by the code it has then."""
    statement = select(AirtimeRule).order_by(col(AirtimeRule.code))
    if month is not None:
        statement = statement.where(
            touches(col(AirtimeRule.valid_from), col(AirtimeRule.valid_to), month.first_date, month.last_date)
        )
    today = local_today(context)
    on = day_in(month, today) if month else today
    with context.database.read() as session:
        columns = dict(session.exec(select(ProgrammeColumn.id, ProgrammeColumn.code)).all())
        return [
            RuleView(
                code=rule.code,
                name=rule.name,
                kind=rule.kind,
                period=rule.period,
                ms=rule.ms,
                column=columns[rule.column_id],
                tier=rule.tier,
                unit=unit_code(session, rule.unit_id, on) if rule.unit_id else None,
                stations=rule.stations,
                repeats=rule.repeats,
                relayed=rule.relayed,
                languages=rule.languages,
                count_frame=rule.count_frame,
                valid_from=rule.valid_from,
                valid_to=rule.valid_to,
                legal_ground=rule.legal_ground,
                sample=rule.sample,
            )
            for rule in session.exec(statement)
        ]


def _organisations(session: Session, on: date) -> dict[int, OrganisationView]:
    held: dict[int, list[str]] = {}
    for role in session.exec(
        select(OrganisationRole)
        .where(touches(col(OrganisationRole.valid_from), col(OrganisationRole.valid_to), on, on))
        .order_by(col(OrganisationRole.role))
    ):
        held.setdefault(role.organisation_id, []).append(role.role)
    return {
        key: OrganisationView(code=code, name=name, roles=held.get(key, []))
        for key, code, name in session.exec(
            select(Organisation.id, Organisation.code, Organisation.name).order_by(col(Organisation.id))
        )
        if key is not None
    }


def _in_month(month: Month) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Sessions whose dates, both included, touch the month."""
    return (
        or_(col(BroadcastSession.valid_from).is_(None), col(BroadcastSession.valid_from) <= month.last_date),
        or_(col(BroadcastSession.valid_to).is_(None), col(BroadcastSession.valid_to) >= month.first_date),
    )


def _sessions_in(month: Month) -> SelectOfScalar[BroadcastSession]:
    """In the order of the day."""
    return (
        select(BroadcastSession)
        .where(*_in_month(month))
        .order_by(col(BroadcastSession.starts), col(BroadcastSession.code))
    )


def _session_view(row: BroadcastSession, codes: dict[int | None, str]) -> SessionView:
    return SessionView(
        code=row.code,
        name=row.name,
        weekdays=row.weekdays,
        starts=row.starts,
        ends=row.ends,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        relays=codes.get(row.relays_station_id) if row.relays_station_id else None,
    )


def _units_called(session: Session, code: str, first: date, last: date) -> set[int]:
    found = session.exec(
        select(UnitVersion.unit_id)
        .where(UnitVersion.code == code)
        .where(touches(col(UnitVersion.valid_from), col(UnitVersion.valid_to), first, last))
    ).all()
    if not found:
        raise UnknownUnit(unit=code)
    return set(found)
