"""The programs at the stations, as they last checked in: which are silent, behind, short of files, or in trouble."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import case, func, or_, select, true
from sqlmodel import Session, col

from schedules.months import Month
from server.db.delivering import StationCheckIn
from server.db.plans import PlanRevision
from server.db.registry import Station
from server.services.context import Context
from server.services.listing import one_of, words_of
from server.services.local_time import ZONE
from server.services.rows import among
from server.services.stations_there import is_called, keys_there, stations_there, views_of
from server.services.views import Page, StationView

SILENT = timedelta(hours=24)
LEAST_FREE = 500_000_000  # bytes: less than a month's files
CLOCK_OFF_MS = 60_000
LATE = timedelta(minutes=10)  # after a publication a program that was heard of should play by it
_OF_MONTH = re.compile(r"(\d{4}-\d{2}):(\d{1,9})", re.ASCII)  # in a manifest's version
# The worst first. `none`: no program ever checked in.
STATES = ("trouble", "silent", "well", "none")


PAGE = 200
"""All of a province."""


class _CheckIn(NamedTuple):
    """By the columns of `StationCheckIn`: very many rows are read faster so."""

    station_id: int
    at: datetime
    program: str
    version: str | None
    lacking: int | None
    free_bytes: int | None
    clock_offset_ms: int | None
    trouble: str


_COLUMNS = [col(getattr(StationCheckIn, name)) for name in _CheckIn._fields]


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


class SeenPage(Struct, frozen=True, kw_only=True):
    """Some lines, the worst first; `counts` are of all stations, by state, of those states that there are."""

    counts: dict[str, int]
    found: Page[StationSeen]


def stations_seen(context: Context) -> list[StationSeen]:
    """Those that who asks reaches, the worst first."""
    now = context.clock()
    with context.database.read() as session:
        views = views_of(session, context, stations_there(session, context))
        rows = _check_ins(session)
        published = _published(session, now)
    lines = [_seen(view, rows.get(key), now, published) for key, view in views.items()]
    return sorted(lines, key=lambda line: (STATES.index(line.state), -len(line.faults)))


def seen_page(context: Context, *, state: str = "", q: str = "", offset: int = 0, limit: int = PAGE) -> SeenPage:
    """Those in that state whose name, code or district has all the words; of neither all that ever had a program.

    Raises BadField.
    """
    one_of("state", state or None, STATES)
    now, words = context.clock(), words_of(q)
    with context.database.read() as session:
        keys = keys_there(session, context)
        published = _published(session, now)
        rows = _check_ins(session)
        judged = [(key, *_judged(rows.get(key), now, published)) for key in keys]
        judged.sort(key=lambda each: (STATES.index(each[1]), -len(each[2])))
        wanted = [key for key, of, _ in judged if (of == state if state else q or of != "none")]
        if words:
            views = _views(session, context, wanted)
            wanted = [key for key in wanted if is_called(views[key], words)]
        shown = wanted[offset : offset + limit]
        views = _views(session, context, shown)
        return SeenPage(
            counts={name: count for name in STATES if (count := sum(of == name for _, of, _ in judged))},
            found=Page(
                items=[_seen(views[key], rows.get(key), now, published) for key in shown],
                total=len(wanted),
                offset=offset,
                limit=limit,
            ),
        )


def _views(session: Session, context: Context, keys: Sequence[int]) -> dict[int, StationView]:
    rows = session.scalars(select(Station).where(among(col(Station.id), keys)))
    wanted = set(keys)
    return views_of(session, context, [row for row in rows if row.id in wanted])


def station_seen(context: Context, station: StationView) -> StationSeen:
    with context.database.read() as session:
        now = context.clock()
        return _seen(station, _check_ins(session, station.id).get(station.id), now, _published(session, now))


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


def _check_ins(session: Session, station: int | None = None) -> dict[int, _CheckIn]:
    """By station: of all, or of that one."""
    query = select(*_COLUMNS).where(true() if station is None else col(StationCheckIn.station_id) == station)
    return {row.station_id: row for row in map(_CheckIn._make, session.connection().execute(query))}


def _published(session: Session, now: datetime) -> dict[str, tuple[int, datetime]]:
    """By month from that of yesterday on: the number of the revision in force, and since when it is."""
    first = str(Month.of((now - timedelta(days=1)).astimezone(ZONE)))
    rows = session.execute(
        select(col(PlanRevision.month), col(PlanRevision.number), col(PlanRevision.published_at))
        .where(col(PlanRevision.status) == "published", col(PlanRevision.month) >= first)
        .order_by(col(PlanRevision.number))
    )
    return {month: (number, at) for month, number, at in rows if number is not None and at is not None}


def _is_behind(row: _CheckIn, published: Mapping[str, tuple[int, datetime]]) -> bool:
    has = {month: int(number) for month, number in _OF_MONTH.findall(row.version or "")}
    return any(has[month] < number and row.at >= at + LATE for month, (number, at) in published.items() if month in has)


def _seen(
    station: StationView, row: _CheckIn | None, now: datetime, published: Mapping[str, tuple[int, datetime]]
) -> StationSeen:
    state, faults = _judged(row, now, published)
    if row is None:
        return StationSeen(station=station, state=state, faults=faults)
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


def _judged(
    row: _CheckIn | None, now: datetime, published: Mapping[str, tuple[int, datetime]]
) -> tuple[str, list[str]]:
    """State and faults."""
    if row is None:
        return "none", []
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
    return "silent" if "silent" in faults else "trouble" if faults else "well", faults
