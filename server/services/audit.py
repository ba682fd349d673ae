"""The trail of what was done: one entry a change, written in the change's own transaction."""

from datetime import datetime

from sqlmodel import Session

from server.db.records import AuditEntry
from server.services.context import Context


def record(session: Session, context: Context, *, at: datetime, action: str, subject: str, **facts: object) -> None:
    session.add(
        AuditEntry(at=at, actor=context.actor, origin=context.origin, action=action, subject=subject, facts=dict(facts))
    )
