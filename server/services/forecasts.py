"""During a month: who will miss a minimum if nothing changes, why, and the slots that would mend it.

The forecast is of what is published. Mends are added to the draft, or to one opened out of what is published, as
changes by hand are; nothing changes for the station until somebody publishes it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, to_builtins

from schedules.editing import AddSlot
from schedules.exchange import check_instance
from schedules.forecast import expect_with, lacking_ms
from schedules.months import Month
from schedules.problem import Slot
from schedules.proof import ProofVerdict
from schedules.shortfall_reasons import Frozen, MonthOver, Reason
from server.services.context import Context
from server.services.editing import EditView, add_slots
from server.services.forecast_views import (
    ForecastView,
    MendedView,
    ProposedItemView,
    ProposedSlotView,
    ProvinceForecast,
    StationForecast,
    StationMends,
)
from server.services.local_time import day_in, local_today
from server.services.mend_sentences import no_mend_sentence
from server.services.naming import Names
from server.services.plan_ground import names_of
from server.services.plans import PlanBasis, read_basis
from server.services.proof_ground import ProofGround
from server.services.reasons import reason_sentence
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import reached_stations
from server.services.stations import find_station, station_views
from server.services.views import StationView


class ChosenSlot(Struct, frozen=True, kw_only=True):
    """A proposed slot that is to be planned, by its segments' codes."""

    column: str
    starts_at: Annotated[datetime, Meta(tz=True)]
    segments: tuple[str, ...]


def province_forecast(context: Context, month: Month) -> ProvinceForecast:
    """Of every station with a minimum that who asks reaches. Raises NoPlan, NoStations."""
    at = context.clock()
    reached = reached_stations(context, Right.MONTHS_READ)
    with context.database.read() as session:
        ground = ProofGround(session, month, at)
        ground.read()
        rows = [row for row in ground.stations if reached is None or identity(row) in reached]
        views = station_views(session, rows, day_in(month, local_today(context)))
        found = [_forecast(view, ground.forecasts(*ground.prove(row))) for row, view in zip(rows, views, strict=True)]
    return ProvinceForecast(
        month=str(month),
        as_of=at,
        revision=ground.revision,
        over=ground.over and not any(rule.open_ms for each in found for rule in each.rules),
        stations=[each for each in found if each.rules],
    )


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
