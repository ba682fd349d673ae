"""Taking back the last change by hand, of a month or of one station's, and what was changed of a slot: all told by the trail.

Taking back is a change like any other: judged, stored as the draft's next version, and itself taken back by the next.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from schedules.editing import AddSlot, AlterSlot, Change, LockSlot, RemoveSlot
from schedules.months import Month
from server.db.records import AuditEntry
from server.services.context import Context
from server.services.editing import EditView, edit_draft
from server.services.instances import codes_in
from server.services.local_time import ZONE
from server.services.refusals import NoDraft
from server.services.restoring import check_version
from server.services.revision_refusals import NothingToUndo, UndoOutdated
from server.services.rows import identity
from server.services.stations import find_station
from server.services.stored_plans import StoredSlot, draft_of, plans_of, published_of, read_slots

_ACTION = "plan.edited"
_MOST_READ = 500


class ToldSlot(Struct, frozen=True, kw_only=True):
    """A slot as the trail has it."""

    slot: str
    column: str
    starts_at: datetime
    length_ms: int
    segments: list[str]
    locked: bool


class HandChange(Struct, frozen=True, kw_only=True):
    """`change`: add, alter, remove, lock or unlock. `entry` is its number in the trail, `version` the draft's by it."""

    entry: int
    at: datetime
    actor: str
    station: str
    version: int
    change: str
    before: ToldSlot | None
    after: ToldSlot | None

    @property
    def slot(self) -> str:
        return next(each.slot for each in (self.after, self.before) if each is not None)

    @property
    def starts_at(self) -> datetime:
        """Where it was, or was put to."""
        return next(each.starts_at for each in (self.before, self.after) if each is not None)


def last_change(context: Context, code: str, month: Month) -> HandChange | None:
    """The station's last change by hand, where its slot still is as that left it and the draft is not published yet.

    Raises UnknownStation.
    """
    with context.database.read() as session:
        return _last(session, code, month)


def undo_change(
    context: Context, code: str, month: Month, entry: int, *, version: int | None = None, store: bool = True
) -> EditView:
    """The opposite of that change. Raises UndoOutdated and what `edit_draft` does."""
    found = last_change(context, code, month)
    if found is None or found.entry != entry:
        raise UndoOutdated(month=str(month), station=code)
    return edit_draft(context, month, _opposite(code, found), version=version, store=store)


def last_change_of_month(context: Context, month: Month) -> HandChange | None:
    """The change by hand that made the draft what it is; None where that was made by something else."""
    with context.database.read() as session:
        return _last_of_month(session, month)


def undo_last_change(context: Context, month: Month, *, version: int | None = None) -> EditView:
    """Makes the opposite change, as another change by hand: undone twice it is there again.

    Raises NoDraft, NothingToUndo, and what `edit_draft` does: today's rules may stand against what was.
    """
    with context.database.read() as session:
        draft = draft_of(session, month)
        if draft is None:
            raise NoDraft(month=str(month))
        check_version(session, month, version)
        found = _last_of_month(session, month)
    if found is None:
        raise NothingToUndo(month=str(month))
    return edit_draft(context, month, _opposite(found.station, found), version=draft.version)


def slot_history(context: Context, code: str, month: Month, slot: str) -> list[HandChange]:
    """What was changed of it by hand, the latest first. Raises UnknownStation."""
    with context.database.read() as session:
        return [each for each in _changes(session, code, month) if each.slot == slot]


def _last(session: Session, code: str, month: Month) -> HandChange | None:
    draft = draft_of(session, month)
    if draft is None:
        return None
    found = _changes(session, code, month)
    published = published_of(session, month)
    if not found or (published is not None and found[0].version <= published.version):
        return None
    key = identity(find_station(session, code, month))
    slots = read_slots(session, plans_of(draft.id, key)).get(key, [])
    there = next((slot for slot in slots if slot.key == found[0].slot), None)
    return found[0] if _is_as(there, found[0].after) else None


def _last_of_month(session: Session, month: Month) -> HandChange | None:
    draft = draft_of(session, month)
    row = session.exec(_entries(month).limit(1)).first()
    found = _change(row) if row is not None else None
    return found if draft is not None and found is not None and found.version == draft.version else None


def _is_as(slot: StoredSlot | None, told: ToldSlot | None) -> bool:
    if slot is None or told is None:
        return slot is None and told is None
    segments = [item.segment for item in slot.items]
    return (slot.column, slot.starts_at, segments, slot.locked) == (
        told.column,
        told.starts_at,
        told.segments,
        told.locked,
    )


def _opposite(code: str, done: HandChange) -> Change:
    if done.before is None:
        return RemoveSlot(station=code, slot=done.slot)
    start, segments = done.before.starts_at.astimezone(ZONE), tuple(done.before.segments)
    if done.after is None:
        return AddSlot(station=code, column=done.before.column, start=start, segments=segments)
    if done.change in {"lock", "unlock"}:
        return LockSlot(station=code, slot=done.slot, locked=done.before.locked)
    return AlterSlot(station=code, slot=done.slot, start=start, segments=segments)


def _changes(session: Session, code: str, month: Month) -> list[HandChange]:
    """Of the station, the latest first; of the month's last some hundred."""
    named = codes_in(session, month)[identity(find_station(session, code, month))]
    rows = session.exec(_entries(month).limit(_MOST_READ))
    return [_change(row) for row in rows if row.facts.get("station") == named]


def _entries(month: Month) -> SelectOfScalar[AuditEntry]:
    """Of changes by hand, the latest first."""
    return (
        select(AuditEntry)
        .where(AuditEntry.action == _ACTION, AuditEntry.subject == str(month))
        .order_by(col(AuditEntry.id).desc())
    )


def _change(row: AuditEntry) -> HandChange:
    return HandChange(
        entry=identity(row),
        at=row.at,
        actor=row.actor,
        station=str(row.facts["station"]),
        version=int(str(row.facts["version"])),
        change=str(row.facts["change"]),
        before=_told(row.before),
        after=_told(row.after),
    )


def _told(slot: Mapping[str, Any] | None) -> ToldSlot | None:
    return msgspec.convert(slot, ToldSlot) if slot is not None else None
