"""The board of a month: every station that who asks reaches, with its figures; made once and kept while they are the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func
from sqlmodel import col, select

from schedules.forecast import expect
from schedules.months import Month
from schedules.proof import ProofVerdict, Status
from server.db.airing import AsRunEntry
from server.db.registry import Station, UnitVersion
from server.services.board_summaries import summary_of
from server.services.board_views import Board, BoardRow
from server.services.context import Context
from server.services.kept_proofs import StationFigures
from server.services.local_time import day_in, local_today
from server.services.plan_views import list_revisions, station_rows
from server.services.proof_figures import figures_of
from server.services.proof_ground import ProofGround
from server.services.refusals import NoPlan, NoStations
from server.services.rights import Right
from server.services.scopes import reached_stations
from server.services.stations import station_views, stations_in
from server.services.stored_plans import month_revisions
from server.services.views import RevisionView, StationRow, StationView
from server.texts import language

_NOTHING = StationFigures((), 0, 0)


def month_board(
    context: Context,
    month: Month,
    *,
    aired: bool | None = None,
    plan: RevisionView | None = None,
    right: Right = Right.MONTHS_READ,
) -> Board:
    """As aired or as planned; where that is not said, as aired once the month has begun and a plan of it is published.

    As planned by `plan`, one of the month's revisions, where that is given; else by what is published, else the draft.
    Figures are of this minute and of all that was committed; of a registry too large for that they may be ten minutes
    old (`Board.as_of`). The stations are those that who asks reaches with that `right`. Raises NoPlan where it is to be
    as aired and nothing is published.
    """
    version = context.boards.version(context.database)
    revisions = list_revisions(context, month)
    draft = next((each for each in revisions if each.status == "draft"), None)
    published = next((each for each in revisions if each.status == "published"), None)
    if aired is None:
        aired = published is not None and local_today(context) >= month.first_date
    if aired and published is None:
        raise NoPlan(month=str(month))
    at = context.clock()
    in_force = published or draft if aired or plan is None else plan
    key = (str(month), aired, language(), in_force and (in_force.status, in_force.number, in_force.version))
    board = context.boards.find(key, version=version, at=at)
    if board is None:
        board = _made(context, month, at, aired=aired, plan=in_force)
        context.boards.keep(key, board, version=version)
    reached = reached_stations(context, right)
    if reached is None:
        return msgspec.structs.replace(board, draft=draft)
    rows = [row for row in board.rows if row.station.id in reached]
    return msgspec.structs.replace(board, draft=draft, rows=rows, summary=summary_of(rows))


def boards_until(context: Context, month: Month, *, months: int) -> list[tuple[Month, Board | None]]:
    """As aired, so many months that end with this one, the oldest first; None where nothing is published for one."""
    found: list[tuple[Month, Board | None]] = []
    for _ in range(months):
        try:
            board = month_board(context, month, aired=True)
        except (NoPlan, NoStations):
            board = None
        found.append((month, board))
        month = month.previous()
    return found[::-1]


def _made(
    context: Context,
    month: Month,
    at: datetime,
    *,
    aired: bool,
    plan: RevisionView | None,
) -> Board:
    with context.database.read() as session:
        figures: Mapping[int, StationFigures] = {}
        until_entry = session.exec(select(func.max(AsRunEntry.id))).one() or 0
        if aired:
            ground = ProofGround(session, month, at, kept=context.proofs)
            stations = ground.stations
            figures = figures_of(session, ground, stations, context.proofs)
        else:
            stations = stations_in(session, month)
        views = station_views(session, stations, day_in(month, local_today(context)))
        shown = next((row for row in month_revisions(session, month) if plan and row.number == plan.number), None)
        plans = station_rows(session, month, views, shown, now=at)
        names = session.exec(select(UnitVersion.name, UnitVersion.sort_key).where(col(UnitVersion.level) == "district"))
        keys = dict(names.all())
    rows = [
        _row(
            station, view, plans[view.id], figures.get(view.id, _NOTHING), keys.get(view.district_name or "", ""), aired
        )
        for station, view in zip(stations, views, strict=True)
    ]
    return Board(
        month=str(month),
        as_of=at,
        aired=aired,
        over=local_today(context) > month.last_date,
        revision=plan,
        draft=None,
        rows=rows,
        summary=summary_of(rows),
        until_entry=until_entry,
    )


def _row(  # noqa: PLR0917 (of one call)
    station: Station,
    view: StationView,
    plan: StationRow,
    figures: StationFigures,
    district_key: str,
    aired: bool,  # noqa: FBT001
) -> BoardRow:
    chosen = _chosen(figures.verdicts)
    forecasts = tuple(expect(each) for each in figures.verdicts if each.kind == "min" and each.required_ms)
    if aired and chosen is not None:
        told = {
            name: getattr(chosen, name)
            for name in ("kind", "required_ms", "planned_ms", "delivered_ms", "reported_ms", "logged_ms", "heard_ms")
        } | {"counted_ms": chosen.counted_ms, "short_ms": chosen.short_ms, "status": chosen.status.value}
    else:
        nothing = dict.fromkeys(("delivered_ms", "reported_ms", "logged_ms", "heard_ms", "counted_ms"), 0)
        told = {
            "kind": plan.kind,
            "required_ms": plan.required_ms,
            "planned_ms": plan.planned_ms,
            "short_ms": plan.short_ms,
            "status": "none" if aired else plan.status,
            **nothing,
        }
    return BoardRow(
        station=view,
        plan=plan,
        others=sum(each.status is Status.NOT_MET for each in figures.verdicts if each is not chosen),
        doubtful=figures.doubtful,
        forecast=next((each for each in forecasts if chosen is not None and each.rule == chosen.rule), None),
        forecasts=forecasts,
        waits=figures.waits,
        folded=station.search,
        name_key=f"{station.sort_key} {station.code}",
        district_key=district_key,
        **told,
    )


def _chosen(verdicts: Sequence[ProofVerdict]) -> ProofVerdict | None:
    """Of several minima the one that is shortest, else of several targets, else of what is left."""
    return max(
        verdicts,
        key=lambda each: (each.kind == "min", each.kind == "target", each.short_ms, each.required_ms),
        default=None,
    )
