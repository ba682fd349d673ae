"""Stations and units as they were on a day: the look-ups that other use cases build on, inside their own sessions."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlmodel import Session, col, select

from schedules.months import Month
from server.db.registry import Station, StationState, UnitSuccession, UnitVersion
from server.services.listing import touches
from server.services.refusals import UnknownStation
from server.services.rows import among, identity
from server.services.views import StationView, UnitView


def holds(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    return (valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to)


def stations_in(session: Session, month: Month) -> list[Station]:
    """The stations that are there on some day of the month: districts first, then Vietnamese order."""
    return list(
        session.exec(
            select(Station)
            .where(touches(col(Station.valid_from), col(Station.valid_to), month.first_date, month.last_date))
            .order_by(col(Station.tier).desc(), col(Station.sort_key), col(Station.code), col(Station.id))
        )
    )


def find_station(session: Session, code: str, month: Month) -> Station:
    """The station with that code in that month; the later one where a code changes hands within it.

    Raises UnknownStation.
    """
    found = session.exec(
        select(Station)
        .where(Station.code == code)
        .where(touches(col(Station.valid_from), col(Station.valid_to), month.first_date, month.last_date))
        .order_by(col(Station.valid_from).desc().nulls_last())
    ).first()
    if found is None:
        raise UnknownStation(station=code, month=str(month))
    return found


def station_views(session: Session, stations: Sequence[Station], on: date) -> list[StationView]:
    """As they are on that day, or on the day of theirs that is nearest to it."""
    units = _versions(session, {station.unit_id for station in stations})
    parents = {version.parent_id for versions in units.values() for version in versions if version.parent_id}
    units |= _versions(session, parents - set(units))
    days = {identity(station): _nearest_day(station, on) for station in stations}
    states = _states(session, days)
    views = []
    for station in stations:
        key = identity(station)
        unit = _on(units[station.unit_id], days[key])
        district = _district(units, unit, days[key])
        state = states.get(key)
        views.append(
            StationView(
                id=key,
                code=station.code,
                tier=station.tier,
                name=station.name,
                unit_code=unit.code,
                unit_name=unit.name,
                district_code=district.code if district else None,
                district_name=district.name if district else None,
                languages=station.languages,
                language_shares=station.language_shares,
                technology=station.technology,
                timezone=station.timezone,
                valid_from=station.valid_from,
                valid_to=station.valid_to,
                sample=station.sample,
                state=state.state if state else "working",
                state_note=state.note if state else "",
            )
        )
    return views


def unit_code(session: Session, unit_id: int, on: date) -> str:
    """The code that the unit has on that day, or had or will have nearest to it."""
    return _on(_versions(session, {unit_id})[unit_id], on).code


def units_below(session: Session, unit_id: int, first: date, last: date) -> set[int]:
    """The unit and all that lie in it on some day from `first` to `last`, both included."""
    found = {unit_id}
    above = found
    while above:
        rows = session.exec(
            select(UnitVersion.unit_id)
            .where(col(UnitVersion.parent_id).in_(above))
            .where(touches(col(UnitVersion.valid_from), col(UnitVersion.valid_to), first, last))
        )
        above = set(rows) - found
        found |= above
    return found


def unit_views(session: Session, versions: Iterable[UnitVersion]) -> list[UnitView]:
    listed = list(versions)
    successors: dict[int, list[int]] = {}
    for old, new in session.exec(
        select(UnitSuccession.old_unit_id, UnitSuccession.new_unit_id)
        .where(col(UnitSuccession.old_unit_id).in_({version.unit_id for version in listed}))
        .order_by(col(UnitSuccession.new_unit_id))
    ):
        successors.setdefault(old, []).append(new)
    return [
        UnitView(
            id=version.unit_id,
            code=version.code,
            level=version.level,
            kind=version.kind,
            name=version.name,
            parent_id=version.parent_id,
            valid_from=version.valid_from,
            valid_to=version.valid_to,
            successors=successors.get(version.unit_id, []),
        )
        for version in listed
    ]


def _versions(session: Session, unit_ids: set[int]) -> dict[int, list[UnitVersion]]:
    versions: dict[int, list[UnitVersion]] = {}
    for version in session.exec(select(UnitVersion).where(among(col(UnitVersion.unit_id), unit_ids))):
        versions.setdefault(version.unit_id, []).append(version)
    return versions


def _on(versions: list[UnitVersion], on: date) -> UnitVersion:
    def distance(version: UnitVersion) -> timedelta:
        if holds(version.valid_from, version.valid_to, on):
            return timedelta(0)
        if version.valid_from is not None and on < version.valid_from:
            return version.valid_from - on
        return on - (version.valid_to or on) + timedelta(days=1)

    return min(versions, key=distance)


def _district(units: dict[int, list[UnitVersion]], unit: UnitVersion, on: date) -> UnitVersion | None:
    if unit.level == "district":
        return unit
    if unit.parent_id is None:
        return None
    parent = _on(units[unit.parent_id], on)
    return parent if parent.level == "district" else None


def _nearest_day(station: Station, on: date) -> date:
    if station.valid_from is not None and on < station.valid_from:
        return station.valid_from
    if station.valid_to is not None and on >= station.valid_to:
        return station.valid_to - timedelta(days=1)
    return on


def _states(session: Session, days: dict[int, date]) -> dict[int, StationState]:
    rows = session.exec(
        select(StationState).where(among(col(StationState.station_id), days)).order_by(col(StationState.valid_from))
    )
    return {
        row.station_id: row
        for row in rows
        if row.station_id in days and holds(row.valid_from, row.valid_to, days[row.station_id])
    }
