"""What is said without a slot around midnight between two months, held against the plans of both."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.as_run import AsRun, Tolerances
from schedules.clock_shifts import ClockShift, clock_shifts
from schedules.instants import from_ms
from schedules.month_edges import edge_near, months_of
from schedules.months import Month
from schedules.places import Places, lay_places
from server.db.airing import AsRunEntry
from server.db.plans import MonthPlan, PlanEntry
from server.services.campaign_counting import tolerances_of
from server.services.campaigns import campaign_of
from server.services.instances import slots_as_values
from server.services.local_time import ZONE
from server.services.statements import EntryRow, entries_where, source_of, statement_of
from server.services.stored_plans import published_of, read_slots


def months_at_edges(session: Session, station_id: int, statements: Sequence[AsRun], now: Month) -> dict[str, Month]:
    """By uid, of all that name no slot in one log, where one of them lies near the edge of a month.

    Those that are not there are of their start's month. `now`: whose campaign says how far a start may be off.
    """
    loose = [statement for statement in statements if statement.slot is None]
    if not loose:
        return {}
    tolerances = tolerances_of(campaign_of(session, now))
    months: set[Month] = set()
    for statement in loose:
        if statement.start_ms is not None:
            other = edge_near(statement.start_ms, ZONE, tolerances, shared_clock=bool(statement.source))
            if other is not None:
                months |= {other, Month.of(from_ms(statement.start_ms, ZONE))}
    if not months:
        return {}
    laid = _laid(session, station_id, months)
    return months_of(laid, loose, clock_shifts(laid, statements, tolerances), ZONE, tolerances)


def clocks_at_edges(
    session: Session, month: Month, entries: Mapping[int, Iterable[EntryRow]], tolerances: Tolerances
) -> dict[int, dict[str, ClockShift]]:
    """By station: the clocks of logs with an entry that was found to be of this month although it begins in another.

    What shows that such a clock is wrong may lie in the other month.
    """
    found: dict[int, dict[str, ClockShift]] = {}
    for station_id, rows in entries.items():
        for batch, other in sorted({(row.batch_id, there) for row in rows if (there := _elsewhere(row, month))}):
            said = entries_where(
                session,
                col(AsRunEntry.batch_id) == batch,
                col(AsRunEntry.station_id) == station_id,
                col(AsRunEntry.month).in_([str(month), str(other)]),
            )
            laid = _laid(session, station_id, {month, other})
            found.setdefault(station_id, {}).update(clock_shifts(laid, map(statement_of, said), tolerances))
    return found


def _elsewhere(row: EntryRow, month: Month) -> Month | None:
    if row.slot is not None or row.starts_at is None or not source_of(row):
        return None
    there = Month.of(row.starts_at.astimezone(ZONE))
    return None if there == month else there


def _laid(session: Session, station_id: int, months: Iterable[Month]) -> Places:
    """The published slots of the station in these months."""
    plans: list[int] = []
    for month in sorted(months):
        revision = published_of(session, month)
        if revision is not None:
            plans += session.scalars(
                select(col(PlanEntry.month_plan_id))
                .join(MonthPlan, col(MonthPlan.id) == col(PlanEntry.month_plan_id))
                .where(col(PlanEntry.revision_id) == revision.id, col(MonthPlan.station_id) == station_id)
            ).all()
    return lay_places(slots_as_values(read_slots(session, plans), {station_id: ""}))
