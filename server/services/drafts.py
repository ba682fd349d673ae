"""Taking back what was done to a month's draft: the last change by hand, or all of it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from sqlmodel import Session, col, select

from schedules.editing import AddSlot, AlterSlot, Change, LockSlot, RemoveSlot
from schedules.months import Month
from server.db.records import AuditEntry
from server.services.audit import record
from server.services.context import Context
from server.services.editing import EditView, edit_draft
from server.services.refusals import NoDraft
from server.services.restoring import check_version
from server.services.revision_refusals import NothingToUndo
from server.services.stored_plans import (
    delete_draft,
    delete_orphans,
    draft_of,
    hand_changes_of,
    note_discarded,
)


class LastChange(Struct, frozen=True, kw_only=True):
    """The change by hand that made the draft what it is: `change` is add, alter, remove, lock or unlock, of the
    station's slot at `starts_at`, by the login `actor`.
    """

    change: str
    station: str
    starts_at: datetime
    actor: str
    at: datetime


class Discarded(Struct, frozen=True, kw_only=True):
    """`hand_changes` went with the draft of that version."""

    month: str
    version: int
    hand_changes: int


class _Told(Struct, frozen=True, kw_only=True):
    slot: str
    column: str
    starts_at: Annotated[datetime, Meta(tz=True)]
    length_ms: int
    segments: tuple[str, ...]
    locked: bool


class _Facts(Struct, frozen=True, kw_only=True):
    change: str
    station: str
    version: int


def last_change(context: Context, month: Month) -> LastChange | None:
    """What `undo_edit` would take back."""
    with context.database.read() as session:
        found = _last(session, month)
    if found is None:
        return None
    entry, facts, before, after = found
    slot = before or after
    return (
        LastChange(change=facts.change, station=facts.station, starts_at=slot.starts_at, actor=entry.actor, at=entry.at)
        if slot is not None
        else None
    )


def undo_edit(context: Context, month: Month, *, version: int | None = None) -> EditView:
    """Makes the opposite change, as another change by hand: undone twice it is there again.

    Raises NoDraft, NothingToUndo, and what `edit_draft` does: today's rules may stand against what was.
    """
    with context.database.read() as session:
        draft = draft_of(session, month)
        if draft is None:
            raise NoDraft(month=str(month))
        check_version(session, month, version)
        found = _last(session, month)
    if found is None:
        raise NothingToUndo(month=str(month))
    _entry, facts, before, after = found
    return edit_draft(context, month, _opposite(facts, before, after), version=draft.version)


def discard_draft(context: Context, month: Month, *, version: int | None = None) -> Discarded:
    """What is published, if anything is, holds on. Raises NoDraft, DraftChanged."""
    with context.database.write() as session:
        draft = draft_of(session, month)
        if draft is None:
            raise NoDraft(month=str(month))
        check_version(session, month, version)
        gone = Discarded(month=str(month), version=draft.version, hand_changes=hand_changes_of(draft))
        note_discarded(session, month, gone.version)
        delete_draft(session, month)
        delete_orphans(session, month)
        record(
            session,
            context,
            at=context.clock(),
            action="plan.discarded",
            subject=str(month),
            version=gone.version,
            hand_changes=gone.hand_changes,
        )
    return gone


def _last(session: Session, month: Month) -> tuple[AuditEntry, _Facts, _Told | None, _Told | None] | None:
    """The entry of the change that made the draft of now; None where that was made by something else."""
    draft = draft_of(session, month)
    entry = session.exec(
        select(AuditEntry)
        .where(AuditEntry.subject == str(month), AuditEntry.action == "plan.edited")
        .order_by(col(AuditEntry.id).desc())
        .limit(1)
    ).first()
    if draft is None or entry is None:
        return None
    facts = msgspec.convert(entry.facts, _Facts)
    if facts.version != draft.version:
        return None
    before, after = (msgspec.convert(told, _Told | None) for told in (entry.before, entry.after))
    return entry, facts, before, after


def _opposite(facts: _Facts, before: _Told | None, after: _Told | None) -> Change:
    station = facts.station
    if before is None:
        return RemoveSlot(station=station, slot=after.slot if after is not None else "")
    if after is None:
        return AddSlot(station=station, column=before.column, start=before.starts_at, segments=before.segments)
    if before.locked != after.locked:
        return LockSlot(station=station, slot=before.slot, locked=before.locked)
    return AlterSlot(station=station, slot=before.slot, start=before.starts_at, segments=before.segments)
