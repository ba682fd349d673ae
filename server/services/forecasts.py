"""During a month: who will miss a minimum if nothing changes, why, and the slots that would mend it.

The forecast is of what is published. Mends are added to the draft, or to one opened out of what is published, as
changes by hand are; nothing changes for the station until somebody publishes it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, to_builtins
from sqlmodel import col, select

from schedules.editing import AddSlot
from schedules.exchange import check_instance
from schedules.forecast import expect_with, lacking_ms
from schedules.months import Month
from schedules.problem import Slot
from schedules.proof import ProofVerdict
from schedules.shortfall_reasons import Frozen, MonthOver, Reason
from server.db.registry import Station
from server.services.board_views import Board, BoardRow
from server.services.boards import month_board
from server.services.context import Context
from server.services.editing import EditView, add_slots
from server.services.forecast_sentences import forecast_view
from server.services.forecast_views import (
    ForecastPage,
    ForecastView,
    MendedView,
    ProposedItemView,
    ProposedSlotView,
    ProvinceForecast,
    StationForecast,
    StationMends,
)
from server.services.local_time import ZONE, day_in, local_today
from server.services.mend_sentences import no_mend_sentence
from server.services.naming import Names
from server.services.plan_ground import names_of
from server.services.plans import PlanBasis, read_basis
from server.services.proof_ground import ProofGround
from server.services.reasons import reason_sentence
from server.services.rows import identity
from server.services.stations import find_station, station_views
from server.services.verdicts import rule_texts
from server.services.views import Page, StationView

PAGE = 200
"""All of a province."""


class ChosenSlot(Struct, frozen=True, kw_only=True):
    """A proposed slot that is to be planned, by its segments' codes."""

    column: str
    starts_at: Annotated[datetime, Meta(tz=True)]
    segments: tuple[str, ...]


def province_forecast(context: Context, month: Month) -> ProvinceForecast:
    """Of every station with a minimum that who asks reaches. Raises NoPlan, NoStations."""
    board, rows, over = _expected(context, month)
    return ProvinceForecast(
        month=str(month),
        as_of=board.as_of,
        revision=_number(board),
        over=over,
        stations=_told(context, month, board, rows),
    )


def forecast_page(context: Context, month: Month, *, offset: int = 0, limit: int = PAGE) -> ForecastPage:
    """Why is found out for the stations of the page alone. Raises NoPlan, NoStations."""
    board, rows, over = _expected(context, month)
    missing = [row for row in rows if _misses(row)]
    ordered = [*missing, *(row for row in rows if not _misses(row))]
    return ForecastPage(
        as_of=board.as_of,
        revision=_number(board),
        over=over,
        all=len(rows),
        missing=len(missing),
        found=Page(
            items=_told(context, month, board, ordered[offset : offset + limit]),
            total=len(rows),
            offset=offset,
            limit=limit,
        ),
    )


def _expected(context: Context, month: Month) -> tuple[Board, list[BoardRow], bool]:
    """The month's board, its stations with a minimum, and whether nothing is open any more."""
    board = month_board(context, month, aired=True)
    rows = [row for row in board.rows if row.forecasts]
    over = month.bounds(ZONE)[1] <= board.as_of
    return board, rows, over and not any(rule.open_ms for row in rows for rule in row.forecasts)


def _misses(row: BoardRow) -> bool:
    return any(each.misses for each in row.forecasts)


def _number(board: Board) -> int:
    return (board.revision.number if board.revision is not None else None) or 0


def _told(context: Context, month: Month, board: Board, rows: Sequence[BoardRow]) -> list[StationForecast]:
    """What is missed is looked at with all that it rests on, as it was when the board was made."""
    over = month.bounds(ZONE)[1] <= board.as_of
    asked = [row.station.id for row in rows if _misses(row)]
    explained: dict[int, list[ForecastView]] = {}
    with context.database.read() as session:
        texts = rule_texts(session)
        if asked:
            there = session.exec(select(Station).where(col(Station.id).in_(asked))).all()
            ground = ProofGround(session, month, board.as_of, only=there, revision=_number(board))
            explained = {identity(row): ground.forecasts(*ground.prove(row)) for row in there}
    return [
        _forecast(
            row.station,
            explained.get(row.station.id) or [forecast_view(each, texts, over=over) for each in row.forecasts],
        )
        for row in rows
    ]


def station_mends(context: Context, code: str, month: Month) -> StationMends:
    """The slots that would mend what the station will miss, found by planning: some seconds at most.

    They stand beside all that the draft, or else what is published, has. Raises UnknownStation, NoPlan,
    InvalidInstance.
    """
    at = context.clock()
    with context.database.read() as session:
        station = find_station(session, code, month)
        ground = ProofGround(session, month, at, only=[station])
        reconciled, verdicts = ground.prove(station)
        [view] = station_views(session, [station], day_in(month, local_today(context)))
        basis = read_basis(session, month, at, code)
        names = names_of(session, basis.codes, month)
    forecast = _forecast(view, ground.forecasts(reconciled, verdicts))
    missed = {each.rule for each in forecast.rules if each.misses}
    asked = {each.rule: each for each in verdicts if each.rule in missed}
    state, slots, rules = _mends(basis, basis.codes[identity(station)], asked, names)
    return StationMends(
        station=view,
        month=str(month),
        as_of=at,
        over=ground.over and not any(each.open_ms for each in forecast.rules),
        version=ground.version if basis.draft is None else basis.draft,
        state=state,
        forecast=forecast,
        slots=[_proposed(slot, names) for slot in slots],
        rules=rules,
    )


def plan_mends(
    context: Context,
    month: Month,
    code: str,
    slots: Sequence[ChosenSlot],
    *,
    version: int | None = None,
    store: bool = True,
) -> EditView:
    """Adds the slots, at least one, to the draft: all of them, or none where one would break a hard constraint by now.

    Raises NoPlan, DraftChanged, UnknownStation, UnknownColumn, UnknownSegment, ChangeBreaks.
    """
    added = [AddSlot(station=code, column=each.column, start=each.starts_at, segments=each.segments) for each in slots]
    return add_slots(context, month, added, version=version, store=store)


def _forecast(view: StationView, rules: list[ForecastView]) -> StationForecast:
    return StationForecast(station=view, misses=any(each.misses for each in rules), rules=rules)


State = Literal["met", "drafted", "mends", "partly", "none"]


def _mends(
    basis: PlanBasis, station: str, asked: dict[str, ProofVerdict], names: Names
) -> tuple[State, tuple[Slot, ...], list[MendedView]]:
    if not asked:
        return "met", (), []
    from schedules.mends.more_airtime import more_airtime  # the planner takes long to import

    check_instance(basis.instance)
    needed = {rule: verdict.planned_ms + lacking_ms(verdict) for rule, verdict in asked.items()}
    found = more_airtime(basis.instance, basis.slots(), station, needed)
    rules = []
    for rule, verdict in asked.items():
        # What the draft adds already counts too.
        then = expect_with(verdict, found.planned_ms[rule] - verdict.planned_ms)
        rules.append(
            MendedView(
                rule=rule,
                rule_name=names.rules.get(rule, rule),
                expected_ms=then.expected_ms,
                required_ms=then.required_ms,
                misses=then.misses,
                sentences=_why_not(found.reasons.get(rule, ()), names) if then.misses else [],
            )
        )
    missed = any(each.misses for each in rules)
    if not found.slots:
        return ("none" if missed else "drafted"), (), rules
    return ("partly" if missed else "mends"), found.slots, rules


def _why_not(reasons: tuple[Reason, ...], names: Names) -> list[str]:
    for each in reasons:
        if isinstance(each, MonthOver | Frozen):
            return [no_mend_sentence("month_over" if isinstance(each, MonthOver) else "frozen", 0)]
    return [reason_sentence(to_builtins(each), names) for each in reasons]


def _proposed(slot: Slot, names: Names) -> ProposedSlotView:
    return ProposedSlotView(
        column=slot.column,
        column_name=names.column(slot.column),
        starts_at=slot.start,
        length_ms=slot.length_ms,
        airtime_ms=sum(item.duration_ms for item in slot.items),
        items=[
            ProposedItemView(
                segment=item.segment,
                title=names.segments.get(item.segment, item.segment),
                duration_ms=item.duration_ms,
            )
            for item in slot.items
        ],
    )
