"""Plans as they lie in the database: which revision holds, the slots of a month plan, and how both are stored.

A month plan is all slots of one station in one month, found by a digest over them: revisions that agree about a
station share it, so a published revision costs only what it changed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Select, delete, func, select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.inserting import insert_many
from server.db.library import ProgrammeColumn, Segment
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.records import Fact


class StoredItem(msgspec.Struct, frozen=True, kw_only=True):
    """A segment as planned; `start_ms` from the slot's start, opening included."""

    segment: str
    title: str
    start_ms: int
    duration_ms: int
    sha256: str


class StoredSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A slot with the sound it had when it was planned; `relayed_from` is the parent station's code."""

    key: str
    column: str
    starts_at: datetime
    length_ms: int
    relayed_from: str | None
    locked: bool
    opening_sha256: str | None
    closing_sha256: str | None
    items: tuple[StoredItem, ...]

    @property
    def airtime_ms(self) -> int:
        return sum(item.duration_ms for item in self.items)


def month_revisions(session: Session, month: Month) -> list[PlanRevision]:
    """The draft, if there is one, then what was published, the latest first."""
    rows = session.scalars(select(PlanRevision).where(col(PlanRevision.month) == str(month)))
    return sorted(rows, key=lambda row: (row.number is not None, -(row.number or 0)))


def draft_of(session: Session, month: Month) -> PlanRevision | None:
    return session.scalars(
        select(PlanRevision).where(col(PlanRevision.month) == str(month), col(PlanRevision.status) == "draft")
    ).one_or_none()


def published_of(session: Session, month: Month, *, below: int | None = None) -> PlanRevision | None:
    """The published revision in force, or the latest with a number below `below`."""
    query = select(PlanRevision).where(col(PlanRevision.month) == str(month), col(PlanRevision.status) == "published")
    if below is not None:
        query = query.where(col(PlanRevision.number) < below)
    return session.scalars(query.order_by(col(PlanRevision.number).desc()).limit(1)).one_or_none()


def next_version(session: Session, month: Month) -> int:
    """Larger than that of any plan of the month so far, so that it never stands for two different plans."""
    found = session.connection().scalar(
        select(func.max(PlanRevision.version)).where(col(PlanRevision.month) == str(month))
    )
    discarded = session.get(Fact, _discarded(month))
    return max(found or 0, int(discarded.value) if discarded is not None else 0) + 1


def note_discarded(session: Session, month: Month, version: int) -> None:
    """The version of a draft that nothing took the place of is not given again."""
    session.merge(Fact(name=_discarded(month), value=str(version)))


def _discarded(month: Month) -> str:
    return f"discarded draft {month}"


def hand_changes_of(revision: PlanRevision) -> int:
    """How many changes by hand have gone into it since it was planned."""
    return msgspec.convert(revision.summary.get("hand_changes", 0), int)


def months_with_plans(session: Session, *, since: Month, status: str | None = None) -> list[Month]:
    """Those from `since` on that have a revision (of that status), in order."""
    query = select(col(PlanRevision.month)).where(col(PlanRevision.month) >= str(since)).distinct()
    if status is not None:
        query = query.where(col(PlanRevision.status) == status)
    return sorted(Month.parse(month) for (month,) in session.connection().execute(query))


def plans_of(revision: int | None, station: int | None = None) -> Select[int]:
    """The ids of a revision's month plans, or of one station's, for `read_slots`."""
    plans = select(col(PlanEntry.month_plan_id)).where(col(PlanEntry.revision_id) == revision)
    return plans if station is None else plans.where(col(PlanEntry.station_id) == station)


def read_slots(session: Session, plans: Select[int] | Iterable[int]) -> dict[int, list[StoredSlot]]:
    """The slots of month plans by station id, in order of time. A station without slots has no entry."""
    wanted = plans if isinstance(plans, Select) else list(plans)
    database = session.connection()
    items: dict[int, list[StoredItem]] = {}
    for row in database.execute(
        select(
            col(SlotItem.slot_id),
            col(Segment.code),
            col(SlotItem.title),
            col(SlotItem.start_ms),
            col(SlotItem.duration_ms),
            col(SlotItem.rendition_sha256),
        )
        .join(Segment, col(Segment.id) == col(SlotItem.segment_id))
        .join(Slot, col(Slot.id) == col(SlotItem.slot_id))
        .where(col(Slot.month_plan_id).in_(wanted))
        .order_by(col(SlotItem.slot_id), col(SlotItem.position))
    ):
        items.setdefault(row[0], []).append(
            StoredItem(segment=row[1], title=row[2], start_ms=row[3], duration_ms=row[4], sha256=row[5])
        )
    slots: dict[int, list[StoredSlot]] = {}
    for station, slot, key, column, starts_at, length_ms, relayed_from, locked, opening, closing in database.execute(
        select(
            col(MonthPlan.station_id),
            col(Slot.id),
            col(Slot.key),
            col(ProgrammeColumn.code),
            col(Slot.starts_at),
            col(Slot.length_ms),
            col(Slot.relayed_from),
            col(Slot.locked),
            col(Slot.opening_sha256),
            col(Slot.closing_sha256),
        )
        .join(MonthPlan, col(MonthPlan.id) == col(Slot.month_plan_id))
        .join(ProgrammeColumn, col(ProgrammeColumn.id) == col(Slot.column_id))
        .where(col(Slot.month_plan_id).in_(wanted))
        .order_by(col(Slot.starts_at), col(Slot.key))
    ):
        slots.setdefault(station, []).append(
            StoredSlot(
                key=key,
                column=column,
                starts_at=starts_at,
                length_ms=length_ms,
                relayed_from=relayed_from,
                locked=locked,
                opening_sha256=opening,
                closing_sha256=closing,
                items=tuple(items.get(slot or 0, ())),
            )
        )
    return slots


def digest_of(slots: Sequence[StoredSlot]) -> str:
    """SHA-256 over the slots in order of time; the same slots give the same digest on any machine."""
    ordered = sorted(slots, key=lambda slot: (slot.starts_at, slot.key))
    in_utc = [msgspec.structs.replace(slot, starts_at=slot.starts_at.astimezone(UTC)) for slot in ordered]
    return hashlib.sha256(msgspec.json.encode(in_utc)).hexdigest()


def store_month_plans(session: Session, month: Month, plans: Mapping[int, Sequence[StoredSlot]]) -> dict[int, int]:
    """The id of each station's month plan; only those that are not there yet are written."""
    session.flush()
    digests = {station: digest_of(slots) for station, slots in plans.items()}
    found = _plan_ids(session, month)
    missing = {station: digest for station, digest in digests.items() if (station, digest) not in found}
    if missing:
        insert_many(
            session,
            MonthPlan,
            [{"station_id": station, "month": str(month), "digest": digest} for station, digest in missing.items()],
        )
        found = _plan_ids(session, month)
        _insert_slots(session, {found[station, digest]: plans[station] for station, digest in missing.items()})
    return {station: found[station, digest] for station, digest in digests.items()}


def _plan_ids(session: Session, month: Month) -> dict[tuple[int, str], int]:
    rows = session.connection().execute(
        select(col(MonthPlan.station_id), col(MonthPlan.digest), col(MonthPlan.id)).where(
            col(MonthPlan.month) == str(month)
        )
    )
    return {(station, digest): plan for station, digest, plan in rows if plan is not None}


def _insert_slots(session: Session, plans: Mapping[int, Sequence[StoredSlot]]) -> None:
    database = session.connection()
    columns = {code: key for key, code in database.execute(select(col(ProgrammeColumn.id), col(ProgrammeColumn.code)))}
    segments = {code: key for key, code in database.execute(select(col(Segment.id), col(Segment.code)))}
    rows = [
        {
            "month_plan_id": plan,
            "key": slot.key,
            "column_id": columns[slot.column],
            "starts_at": slot.starts_at,
            "length_ms": slot.length_ms,
            "relayed_from": slot.relayed_from,
            "locked": slot.locked,
            "opening_sha256": slot.opening_sha256,
            "closing_sha256": slot.closing_sha256,
        }
        for plan, slots in plans.items()
        for slot in slots
    ]
    if not rows:
        return
    insert_many(session, Slot, rows)
    slot_ids = {
        (plan, key): slot
        for plan, key, slot in database.execute(
            select(col(Slot.month_plan_id), col(Slot.key), col(Slot.id)).where(col(Slot.month_plan_id).in_(plans))
        )
    }
    items = [
        {
            "slot_id": slot_ids[plan, slot.key],
            "position": position,
            "segment_id": segments[item.segment],
            "title": item.title,
            "start_ms": item.start_ms,
            "duration_ms": item.duration_ms,
            "rendition_sha256": item.sha256,
        }
        for plan, slots in plans.items()
        for slot in slots
        for position, item in enumerate(slot.items)
    ]
    insert_many(session, SlotItem, items)


def delete_draft(session: Session, month: Month) -> None:
    """Its month plans stay until `delete_orphans`, so that a new draft can share them. Ask for `next_version` before."""
    drafts = select(col(PlanRevision.id)).where(
        col(PlanRevision.month) == str(month), col(PlanRevision.status) == "draft"
    )
    known = draft_of(session, month)
    if known is not None:
        session.expunge(known)  # its id may be the next draft's
    session.connection().execute(delete(PlanEntry).where(col(PlanEntry.revision_id).in_(drafts)))
    session.connection().execute(
        delete(PlanRevision).where(col(PlanRevision.month) == str(month), col(PlanRevision.status) == "draft")
    )


def delete_orphans(session: Session, month: Month) -> None:
    """The month plans that no revision points at any more."""
    session.flush()
    database = session.connection()
    orphans = list(
        database.scalars(
            select(col(MonthPlan.id))
            .outerjoin(PlanEntry, col(PlanEntry.month_plan_id) == col(MonthPlan.id))
            .where(col(MonthPlan.month) == str(month), col(PlanEntry.id).is_(None))
        )
    )
    if not orphans:
        return
    slots = select(col(Slot.id)).where(col(Slot.month_plan_id).in_(orphans))
    database.execute(delete(SlotItem).where(col(SlotItem.slot_id).in_(slots)))
    database.execute(delete(Slot).where(col(Slot.month_plan_id).in_(orphans)))
    database.execute(delete(MonthPlan).where(col(MonthPlan.id).in_(orphans)))
