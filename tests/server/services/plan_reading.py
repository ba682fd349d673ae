"""What tests of plans ask of a world: its slots, its rows, its calendar events."""

from sqlmodel import select

from server.db.plans import CalendarEvent, PlanEntry, PlanRevision
from server.db.registry import Blackout
from server.services.plans import (
    station_month,
)
from server.services.views import SlotView
from tests.server.worlds import MONTH, World, local


def slots_of(world: World, code: str, *, revision: int | None = None) -> list[SlotView]:
    return station_month(world.context, code, MONTH, revision=revision).slots


def plan_ids(world: World, number: int | None) -> dict[int, int]:
    with world.context.database.read() as session:
        revision = session.exec(select(PlanRevision).where(PlanRevision.number == number)).one()
        entries = session.exec(select(PlanEntry).where(PlanEntry.revision_id == revision.id))
        return {entry.station_id: entry.month_plan_id for entry in entries}


def rows(world: World, table: type) -> int:
    with world.context.database.read() as session:
        return len(session.exec(select(table)).all())


def events(world: World) -> dict[tuple[int, str], CalendarEvent]:
    with world.context.database.read() as session:
        return {(row.station_id, row.key): row for row in session.exec(select(CalendarEvent))}


def segments_in(slots: list[SlotView]) -> set[str]:
    return {item.segment for slot in slots for item in slot.items}


def darken(world: World, code: str, start: str, end: str) -> None:
    with world.change() as session:
        session.add(Blackout(station_id=world.keys[code], starts_at=local(start), ends_at=local(end)))


# Making
