"""Dropping a month's draft."""

from msgspec import Struct

from schedules.months import Month
from server.services.audit import record
from server.services.context import Context
from server.services.refusals import NoDraft
from server.services.restoring import check_version
from server.services.stored_plans import (
    delete_draft,
    delete_orphans,
    draft_of,
    hand_changes_of,
    note_discarded,
)


class Discarded(Struct, frozen=True, kw_only=True):
    """`hand_changes` went with the draft of that version."""

    month: str
    version: int
    hand_changes: int


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
