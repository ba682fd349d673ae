"""The programs at the stations, as they last checked in: which are silent, behind, short of files, or in trouble."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import case, func, or_, select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.delivering import StationCheckIn
from server.db.plans import PlanRevision
from server.db.registry import Station
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.stations_there import stations_there, views_of
from server.services.views import StationView

SILENT = timedelta(hours=24)
LEAST_FREE = 500_000_000  # bytes: less than a month's files
CLOCK_OFF_MS = 60_000
LATE = timedelta(minutes=10)  # after a publication a program that was heard of should play by it
_OF_MONTH = re.compile(r"(\d{4}-\d{2}):(\d{1,9})", re.ASCII)  # in a manifest's version
# The worst first. `none`: no program ever checked in.
STATES = ("trouble", "silent", "well", "none")


class StationSeen(Struct, frozen=True, kw_only=True):
    """`faults` of trouble, clock, disk, lacking, behind (it plays by an older plan than the one published), silent; what
    is silent may be worse off by now than it said.
    """

    station: StationView
    state: str
    faults: list[str]
    at: datetime | None = None
    program: str = ""
    version: str | None = None
    lacking: int | None = None
    free_bytes: int | None = None
    clock_offset_ms: int | None = None
    trouble: str = ""


def stations_seen(context: Context) -> list[StationSeen]:
    """Those that who asks reaches, the worst first."""
    now = context.clock()
    with context.database.read() as session:
        views = views_of(session, context, stations_there(session, context))
        rows = {
            row.station_id: row
            for row in session.scalars(select(StationCheckIn).where(col(StationCheckIn.station_id).in_(views)))
        }
        published = _published(session, now)
    lines = [_seen(view, rows.get(key), now, published) for key, view in views.items()]
    return sorted(lines, key=lambda line: (STATES.index(line.state), -len(line.faults)))


def station_seen(context: Context, station: StationView) -> StationSeen:
    with context.database.read() as session:
        now = context.clock()
        return _seen(station, session.get(StationCheckIn, station.id), now, _published(session, now))


def has_program(session: Session, station: int, now: datetime) -> bool:
    """Whether one was heard of within the last day: it answers by itself."""
    row = session.get(StationCheckIn, station)
    return row is not None and now - row.at < SILENT


class Silence(Struct, frozen=True, kw_only=True):
    """Of all stations that are there today: with a program that ever checked in, silent for a day, in trouble they told of."""

    stations: int
    with_program: int
    silent: int
    troubled: int


def silence(session: Session, now: datetime) -> Silence:
    """Counted by the database: asked for every few seconds."""
    today = now.astimezone(ZONE).date()
    seen = case((col(StationCheckIn.at) <= now - SILENT, 1), else_=0)
    troubled = case((col(StationCheckIn.trouble) != "", 1), else_=0)
    stations, with_program, silent, in_trouble = session.execute(
        select(
            func.count(),
            func.count(col(StationCheckIn.station_id)),
            func.coalesce(func.sum(seen), 0),
            func.coalesce(func.sum(troubled), 0),
        )
        .select_from(Station)
        .outerjoin(StationCheckIn, col(StationCheckIn.station_id) == col(Station.id))
        .where(
            or_(col(Station.valid_from).is_(None), col(Station.valid_from) <= today),
            or_(col(Station.valid_to).is_(None), col(Station.valid_to) > today),
        )
    ).one()
    return Silence(stations=stations, with_program=with_program, silent=int(silent), troubled=int(in_trouble))


def _published(session: Session, now: datetime) -> dict[str, tuple[int, datetime]]:
    """By month from that of yesterday on: the number of the revision in force, and since when it is."""
    first = str(Month.of((now - timedelta(days=1)).astimezone(ZONE)))
    rows = session.execute(
        select(col(PlanRevision.month), col(PlanRevision.number), col(PlanRevision.published_at))
        .where(col(PlanRevision.status) == "published", col(PlanRevision.month) >= first)
        .order_by(col(PlanRevision.number))
    )
    return {month: (number, at) for month, number, at in rows if number is not None and at is not None}


def _is_behind(row: StationCheckIn, published: Mapping[str, tuple[int, datetime]]) -> bool:
    has = {month: int(number) for month, number in _OF_MONTH.findall(row.version or "")}
    return any(has[month] < number and row.at >= at + LATE for month, (number, at) in published.items() if month in has)


def _seen(
    station: StationView, row: StationCheckIn | None, now: datetime, published: Mapping[str, tuple[int, datetime]]
) -> StationSeen:
    if row is None:
        return StationSeen(station=station, state="none", faults=[])
    faults = [
        name
        for name, there in (
            ("trouble", bool(row.trouble)),
            ("clock", abs(row.clock_offset_ms or 0) >= CLOCK_OFF_MS),
            ("disk", row.free_bytes is not None and row.free_bytes < LEAST_FREE),
            ("lacking", bool(row.lacking)),
            ("behind", _is_behind(row, published)),
            ("silent", now - row.at >= SILENT),
        )
        if there
    ]
    state = "silent" if "silent" in faults else "trouble" if faults else "well"
    return StationSeen(
        station=station,
        state=state,
        faults=faults,
        at=row.at,
        program=row.program,
        version=row.version,
        lacking=row.lacking,
        free_bytes=row.free_bytes,
        clock_offset_ms=row.clock_offset_ms,
        trouble=row.trouble,
    )
