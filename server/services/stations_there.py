"""The stations that somebody reaches today, as lists beside what was asked of them show them."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.folding import fold
from schedules.months import Month
from server.db.registry import Station
from server.services.context import Context
from server.services.listing import one_of, touches, words_of
from server.services.local_time import local_today
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import station_ids
from server.services.stations import holds, station_views, stations_in
from server.services.views import StationView


class OfStation(Protocol):
    """A line of a list: a station with its state."""

    @property
    def station(self) -> StationView: ...

    @property
    def state(self) -> str: ...


Line = TypeVar("Line", bound=OfStation)


def stations_there(session: Session, context: Context, *, right: Right = Right.MONTHS_READ) -> list[Station]:
    """Districts first, then Vietnamese order."""
    today = local_today(context)
    reached = station_ids(session, context.who, right, today)
    return [
        row
        for row in stations_in(session, Month.of(today))
        if holds(row.valid_from, row.valid_to, today) and (reached is None or identity(row) in reached)
    ]


def keys_there(session: Session, context: Context, *, right: Right = Right.MONTHS_READ) -> list[int]:
    """The keys of `stations_there`, in their order: a country's in little time."""
    today = local_today(context)
    reached = station_ids(session, context.who, right, today)
    rows = session.execute(
        select(col(Station.id))
        .where(touches(col(Station.valid_from), col(Station.valid_to), today, today))
        .order_by(col(Station.tier).desc(), col(Station.sort_key), col(Station.code), col(Station.id))
    )
    return [key for (key,) in rows if key is not None and (reached is None or key in reached)]


def views_of(session: Session, context: Context, stations: Sequence[Station]) -> dict[int, StationView]:
    """By the station's key, in the given order."""
    return {view.id: view for view in station_views(session, stations, local_today(context))}


def narrowed(lines: Sequence[Line], states: tuple[str, ...], *, state: str = "", q: str = "") -> list[Line]:
    """Those in that state whose name, code or district has all the words. Raises BadField."""
    one_of("state", state or None, states)
    words = words_of(q)
    return [each for each in lines if (not state or each.state == state) and is_called(each.station, words)]


def is_called(station: StationView, words: Iterable[str]) -> bool:
    """Whether its name, code or district has all the words (of `words_of`)."""
    text = fold(f"{station.code} {station.name} {station.district_name or ''}")
    return all(word in text for word in words)
