"""Changes by hand as tests make them: of the small district's slots, in the draft or what is published."""

from datetime import date, datetime

from schedules.editing import AddSlot, AlterSlot, Change, LockSlot, RemoveSlot
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.records import AuditEntry
from server.services.editing import EditView, edit_draft
from server.services.plans import station_month
from server.services.views import SlotView
from tests.server.services.plan_reading import rows
from tests.server.worlds import MONTH, World, local


def in_hand(world: World, code: str = "h654") -> list[SlotView]:
    """The station's slots as a change by hand finds them."""
    return station_month(world.context, code, MONTH, draft=True).slots


def own_slots(world: World, code: str = "h654") -> list[SlotView]:
    return [slot for slot in in_hand(world, code) if slot.relayed_from is None]


def version_of(world: World) -> int:
    return station_month(world.context, "h654", MONTH, draft=True).revision.version


def counted(world: World) -> list[int]:
    """Rows of all that changes by hand write."""
    return [rows(world, table) for table in (PlanRevision, PlanEntry, MonthPlan, Slot, SlotItem, AuditEntry)]


def free_day(world: World) -> date:
    """At least three days from all slots of the district, and not at the month's ends."""
    days = {slot.starts_at.date() for slot in own_slots(world)}
    return next(
        day for day in MONTH.dates() if 3 < day.day < 28 and all(abs((day - other).days) >= 3 for other in days)
    )


def on(day: date, clock: str = "05:10") -> datetime:
    return local(f"{day} {clock}")


def edited(world: World, change: Change, *, version: int | None = None, store: bool = True) -> EditView:
    return edit_draft(world.context, MONTH, change, version=version, store=store)


def add(start: str | datetime, *segments: str, station: str = "h654", column: str = "cchc") -> AddSlot:
    """`start` as in "2026-12-05 05:00"."""
    begins = local(start) if isinstance(start, str) else start
    return AddSlot(station=station, column=column, start=begins, segments=segments)


def move(slot: SlotView, start: str | datetime, *, station: str = "h654") -> AlterSlot:
    return AlterSlot(station=station, slot=slot.key, start=local(start) if isinstance(start, str) else start)


def lengthen(slot: SlotView, *segments: str, station: str = "h654") -> AlterSlot:
    return AlterSlot(station=station, slot=slot.key, more=segments)


def refill(slot: SlotView, *segments: str, station: str = "h654") -> AlterSlot:
    return AlterSlot(station=station, slot=slot.key, segments=segments)


def lock(slot: SlotView, *, station: str = "h654", locked: bool = True) -> LockSlot:
    return LockSlot(station=station, slot=slot.key, locked=locked)


def remove(slot: SlotView, *, station: str = "h654") -> RemoveSlot:
    return RemoveSlot(station=station, slot=slot.key)
