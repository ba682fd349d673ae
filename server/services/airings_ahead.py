"""How often segments are aired in what is published, by month: in a few figures, however many stations there are."""

from collections.abc import Collection
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Select, case, distinct, select
from sqlmodel import Session, and_, col, func

from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.registry import Station
from server.services.context import Context
from server.services.new_segments import find_segment
from server.services.rows import identity


class MonthOfAirings(Struct, frozen=True, kw_only=True):
    """Of the published revision in force. `ahead` of the `slots` have not begun; `next_at` is the soonest of them."""

    month: str
    slots: int
    stations: int
    ahead: int
    next_at: datetime | None


class NextAiring(Struct, frozen=True, kw_only=True):
    """The soonest one, at one of the `stations` that air it at that moment."""

    at: datetime
    station_name: str
    stations: int


def airings_by_month(session: Session, segment_ids: Collection[int], now: datetime) -> dict[int, list[MonthOfAirings]]:
    """By the segment's key, the earliest month first; segments that nobody airs are left out."""
    begun = col(Slot.starts_at) <= now
    rows = session.connection().execute(
        published_items()
        .with_only_columns(
            col(SlotItem.segment_id),
            col(PlanRevision.month),
            func.count(distinct(col(Slot.id))),
            func.count(distinct(col(MonthPlan.station_id))),
            func.count(distinct(case((~begun, col(Slot.id))))),
            func.min(case((~begun, col(Slot.starts_at)))),
        )
        .where(col(SlotItem.segment_id).in_(segment_ids))
        .group_by(col(SlotItem.segment_id), col(PlanRevision.month))
        .order_by(col(PlanRevision.month))
    )
    found: dict[int, list[MonthOfAirings]] = {}
    for segment, month, slots, stations, ahead, next_at in rows:
        found.setdefault(segment, []).append(
            MonthOfAirings(month=month, slots=slots, stations=stations, ahead=ahead, next_at=next_at)
        )
    return found


def airings_of(context: Context, code: str) -> tuple[list[MonthOfAirings], NextAiring | None]:
    """The months of one segment, the earliest first, and what comes next. Raises UnknownSegment."""
    now = context.clock()
    with context.database.read() as session:
        key = identity(find_segment(session, code))
        months = airings_by_month(session, [key], now).get(key, [])
        at = min((month.next_at for month in months if month.next_at is not None), default=None)
        if at is None:
            return months, None
        names = session.scalars(
            published_items()
            .with_only_columns(col(Station.name))
            .join(Station, col(Station.id) == col(MonthPlan.station_id))
            .where(col(SlotItem.segment_id) == key, col(Slot.starts_at) == at)
            .order_by(col(Station.tier).desc(), col(Station.sort_key), col(Station.code))
            .group_by(col(Station.id))
        ).all()
    return months, NextAiring(at=at, station_name=names[0], stations=len(names))


def published_items() -> Select[SlotItem]:
    """Items of slots with the revision in force that they belong to."""
    in_force = (
        select(col(PlanRevision.month), func.max(PlanRevision.number).label("number"))
        .where(col(PlanRevision.status) == "published")
        .group_by(col(PlanRevision.month))
        .subquery()
    )
    return (
        select(SlotItem)
        .join(Slot, col(Slot.id) == col(SlotItem.slot_id))
        .join(MonthPlan, col(MonthPlan.id) == col(Slot.month_plan_id))
        .join(PlanEntry, col(PlanEntry.month_plan_id) == col(MonthPlan.id))
        .join(PlanRevision, col(PlanRevision.id) == col(PlanEntry.revision_id))
        .join(in_force, and_(PlanRevision.month == in_force.c.month, PlanRevision.number == in_force.c.number))
    )
