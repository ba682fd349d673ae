"""Finding what the reader may read by its name: stations, units, segments and months, without diacritics, in any order of words."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from schedules.folding import fold
from schedules.months import Month
from server.db.library import Segment
from server.db.plans import PlanRevision
from server.db.registry import Station, UnitVersion
from server.services import scopes
from server.services.context import Context
from server.services.listing import cut, matching, touches, words_of
from server.services.local_time import day_in, local_today
from server.services.rights import Right
from server.services.segment_views import segment_views
from server.services.stations import station_views, unit_views
from server.services.views import Page, SegmentView, StationView, UnitView

T = TypeVar("T")

FEW = 6
LONGEST = 200
_NAMED = re.compile(
    r"\b(?:thang |month |t)?(0?[1-9]|1[0-2])[/.-]((?:19|2[01])\d\d)\b|\b((?:19|2[01])\d\d)-(0[1-9]|1[0-2])\b"
)
_NUMBERED = re.compile(r"\b(?:thang|month) (0?[1-9]|1[0-2])\b")
_BESIDE = {
    "thang nay": 0,
    "this month": 0,
    "thang truoc": -1,
    "last month": -1,
    "thang sau": 1,
    "thang toi": 1,
    "next month": 1,
}


class MonthFound(Struct, frozen=True, kw_only=True):
    """`published` is the number of the plan in force, None where there is none."""

    month: str
    published: int | None


class Found(Struct, frozen=True, kw_only=True):
    """The first few of each kind, in Vietnamese order. `month` is the one that the words named; else the one of today."""

    month: MonthFound
    named: bool
    stations: Page[StationView]
    units: Page[UnitView]
    segments: Page[SegmentView]


def find(context: Context, query: str, *, limit: int = FEW) -> Found:
    """Stations whose months who asks may read, units in which one of these stands, segments within reach.

    A month in the query («12/2026», «tháng sau») is taken out of it; without any word left nothing is looked for.
    Raises BadField.
    """
    words_of(query)
    month, rest = month_in(query, Month.of(local_today(context)))
    looked = month or Month.of(local_today(context))
    on = day_in(looked, local_today(context))
    with context.database.read() as session:
        found = MonthFound(month=str(looked), published=_published(session, looked))
        reached = scopes.station_ids(session, context.who, Right.MONTHS_READ, local_today(context))
        if not rest or reached == frozenset():
            stations: Page[StationView] = _none(limit)
            units: Page[UnitView] = _none(limit)
        else:
            rows, total = _first(session, _stations(looked, reached, rest), limit)
            stations = Page(items=station_views(session, rows, on), total=total, offset=0, limit=limit)
            places, total = _first(session, _units(looked, on, reached, rest), limit)
            units = Page(items=unit_views(session, places), total=total, offset=0, limit=limit)
        if not rest:
            segments: Page[SegmentView] = _none(limit)
        else:
            within = scopes.reached_segments(session, context.who, Right.SEGMENTS_READ, local_today(context))
            statement = select(Segment).where(within, Segment.state != "discarded")
            statement = matching(statement, col(Segment.search), rest)
            library, total = _first(session, statement.order_by(col(Segment.sort_key), col(Segment.id)), limit)
            segments = Page(items=segment_views(session, library), total=total, offset=0, limit=limit)
    return Found(month=found, named=month is not None, stations=stations, units=units, segments=segments)


def _first(session: Session, statement: SelectOfScalar[T], limit: int) -> tuple[Sequence[T], int]:
    """They are counted only where there are more: most words name few things, and every scan is felt while typing."""
    rows = session.exec(statement.limit(limit)).all()
    return (rows, len(rows)) if len(rows) < limit else cut(session, statement, 0, limit)


def month_in(query: str, this_month: Month) -> tuple[Month | None, str]:
    """The month that a query names, and its other words; a number alone means the month of that number nearest to this one."""
    folded = fold(query)
    for words, steps in _BESIDE.items():
        if re.search(rf"\b{words}\b", folded):
            return _beside(this_month, steps), _without(folded, words)
    if named := _NAMED.search(folded):
        number, year = (named[1], named[2]) if named[1] else (named[4], named[3])
        return Month(int(year), int(number)), _without(folded, named[0])
    if numbered := _NUMBERED.search(folded):
        year, number = this_month.year, int(numbered[1])
        around = [Month(year - 1, number), Month(year, number), Month(year + 1, number)]
        return min(around, key=lambda each: _apart(each, this_month)), _without(folded, numbered[0])
    return None, folded


def _apart(one: Month, other: Month) -> int:
    return abs((one.year - other.year) * 12 + one.number - other.number)


def _beside(month: Month, steps: int) -> Month:
    return {-1: month.previous, 0: lambda: month, 1: month.next}[steps]()


def _without(folded: str, words: str) -> str:
    return " ".join(folded.replace(words, " ", 1).split())


def _published(session: Session, month: Month) -> int | None:
    return session.exec(
        select(PlanRevision.number)
        .where(PlanRevision.month == str(month), PlanRevision.status == "published")
        .order_by(col(PlanRevision.number).desc())
    ).first()


def _there(month: Month, reached: frozenset[int] | None) -> list[ColumnElement[bool]]:
    """Conditions on `Station`."""
    in_month = touches(col(Station.valid_from), col(Station.valid_to), month.first_date, month.last_date)
    return [in_month] if reached is None else [in_month, col(Station.id).in_(reached)]


def _stations(month: Month, reached: frozenset[int] | None, query: str) -> SelectOfScalar[Station]:
    return matching(select(Station).where(*_there(month, reached)), col(Station.search), query).order_by(
        col(Station.tier).desc(), col(Station.sort_key), col(Station.code)
    )


def _units(month: Month, on: date, reached: frozenset[int] | None, query: str) -> SelectOfScalar[UnitVersion]:
    """Those of the day in which a station stands, and those in which such units lie: asked of each that is called so."""
    below = aliased(UnitVersion)
    own = select(Station.id).where(col(Station.unit_id) == col(UnitVersion.unit_id), *_there(month, reached))
    within = (
        select(Station.id)
        .join(below, col(below.unit_id) == col(Station.unit_id))
        .where(col(below.parent_id) == col(UnitVersion.unit_id), *_there(month, reached))
    )
    in_force = touches(col(UnitVersion.valid_from), col(UnitVersion.valid_to), on, on)
    statement = matching(select(UnitVersion).where(in_force), col(UnitVersion.search), query)
    return statement.where(or_(own.exists(), within.exists())).order_by(
        col(UnitVersion.level).desc(), col(UnitVersion.sort_key), col(UnitVersion.code)
    )


def _none(limit: int) -> Page[Any]:
    return Page(items=[], total=0, offset=0, limit=limit)
