"""The revisions of a month, with who made them: what was published when, and what each changed."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlmodel import Session, col, select

from schedules.months import Month
from server.db.plans import PlanRevision
from server.db.records import AuditEntry
from server.services.context import Context
from server.services.differences import MonthDifference, between
from server.services.plan_views import revision_view
from server.services.refusals import UnknownRevision
from server.services.stored_plans import month_revisions
from server.services.views import RevisionView

PUBLISHED = "plan.published"
_COUNTS = ("stations_changed", "slots_new", "slots_changed", "slots_cancelled")
_DRAFTING = ("plan.made", "plan.replanned", "plan.edited", "plan.mended", "plan.restored", "plan.discarded")


class DoneView(Struct, frozen=True, kw_only=True):
    """One thing that was done to the month's draft; `action` and `facts` as in the trail, `actor` a login."""

    action: str
    actor: str
    at: datetime
    facts: dict[str, object]


class RevisionEntry(Struct, frozen=True, kw_only=True):
    """A revision and what was done on the way to it, the latest first: `done[0]` of a published one published it.

    `changed` counts what its publication told calendars: stations, new, changed and cancelled slots; None for a draft,
    and for what an older version published.
    """

    revision: RevisionView
    done: list[DoneView]
    changed: dict[str, int] | None


def revision_history(context: Context, month: Month) -> list[RevisionEntry]:
    """The draft first, if there is one, then what was published, the latest first."""
    with context.database.read() as session:
        rows = month_revisions(session, month)
        entries = _entries(session, month)
    return [_told(row, entries) for row in rows]


def revision_change(context: Context, month: Month, number: int) -> tuple[RevisionEntry, MonthDifference | None]:
    """A published revision, and against the one before it; None for the first. Raises UnknownRevision."""
    with context.database.read() as session:
        rows = month_revisions(session, month)
        row = next((each for each in rows if each.number == number), None)
        if row is None:
            raise UnknownRevision(month=str(month), number=number)
        older = rows[rows.index(row) + 1 :]
        return _told(row, _entries(session, month)), between(session, month, older[0], row) if older else None


def _entries(session: Session, month: Month) -> list[AuditEntry]:
    """The latest first."""
    return list(
        session.exec(
            select(AuditEntry)
            .where(AuditEntry.subject == str(month), col(AuditEntry.action).in_((PUBLISHED, *_DRAFTING)))
            .order_by(col(AuditEntry.id).desc())
        )
    )


def _told(row: PlanRevision, entries: Sequence[AuditEntry]) -> RevisionEntry:
    """From its publication back to the one before it."""
    mine: list[AuditEntry] = []
    inside = row.number is None
    for entry in entries:
        if entry.action == PUBLISHED:
            if inside:
                break
            inside = entry.facts.get("number") == row.number
        if inside:
            mine.append(entry)
    published = mine[0] if mine and mine[0].action == PUBLISHED else None
    return RevisionEntry(
        revision=revision_view(row),
        done=[DoneView(action=each.action, actor=each.actor, at=each.at, facts=dict(each.facts)) for each in mine],
        changed={name: int(str(published.facts[name])) for name in _COUNTS} if published is not None else None,
    )
