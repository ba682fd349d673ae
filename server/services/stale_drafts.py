"""Whether a draft may still be published: time goes on, segments are withdrawn and replaced after it was made."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.library import Segment
from server.db.plans import PlanRevision
from server.services.campaigns import freeze_of
from server.services.local_time import ZONE
from server.services.rows import identity
from server.services.slot_sounds import newest_sounds
from server.services.stored_plans import StoredSlot, plans_of, read_slots

Aired = tuple[int, str, datetime, int, tuple[str, ...]]


def is_stale(session: Session, draft: PlanRevision, before: PlanRevision | None, now: datetime) -> bool:
    """Whether the draft would rewrite what has begun, air a segment on a day on which it is not valid any more, or
    bring a recording that was replaced into a slot that did not have it.

    What the planner may not touch does not count: slots that are too near or locked keep what they hold, and what is
    relayed is what the parent airs. A first publication may lie in the past: there is nothing yet that it could rewrite.
    """
    slots = read_slots(session, plans_of(identity(draft)))
    published: dict[int, list[StoredSlot]] = {}
    if before is not None:
        published = read_slots(session, plans_of(identity(before)))
        if _begun(slots, now) != _begun(published, now):
            return True
    newest = newest_sounds(session)
    kept = {
        (station, slot.key, item.sha256)
        for station, listed in published.items()
        for slot in listed
        for item in slot.items
    }
    if any(
        item.sha256 != newest[item.segment].sha256 and (station, slot.key, item.sha256) not in kept
        for station, planned in slots.items()
        for slot in planned
        if slot.starts_at > now and slot.relayed_from is None
        for item in slot.items
        # a locked slot can't grow or shrink with a recording of another length
        if not slot.locked or newest[item.segment].duration_ms == item.duration_ms
    ):
        return True
    rows = session.execute(select(col(Segment.code), col(Segment.valid_to)).where(col(Segment.valid_to).is_not(None)))
    freeze = freeze_of(session, Month.parse(draft.month))
    last_days = {code: last for code, last in rows if last is not None}
    return any(
        item.segment in last_days and last_days[item.segment] < slot.starts_at.astimezone(ZONE).date()
        for planned in slots.values()
        for slot in planned
        if slot.starts_at >= now + freeze and not slot.locked and slot.relayed_from is None
        for item in slot.items
    )


def _begun(slots: dict[int, list[StoredSlot]], now: datetime) -> set[Aired]:
    return {
        (station, slot.key, slot.starts_at, slot.length_ms, tuple(item.segment for item in slot.items))
        for station, planned in slots.items()
        for slot in planned
        if slot.starts_at < now
    }
