"""The trail of what was done: one entry a change, written in the change's own transaction, each over the one before."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import ScalarSelect, func
from sqlmodel import Session, col, select

from server.db.records import AuditEntry
from server.services.context import Context


def record(
    session: Session,
    context: Context,
    *,
    at: datetime,
    action: str,
    subject: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    **facts: object,
) -> None:
    """`before` and `after` hold what changed of the subject, by field; secrets are in none of them."""
    # The writer's turn is held from the transaction's first statement on, so nobody else adds between these two. The
    # numbers are ours: a counter of the database's own skips those of transactions that were taken back.
    last = session.exec(select(AuditEntry.id, AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1)).first()
    number, before_it = last or (0, "")
    entry = AuditEntry(
        id=(number or 0) + 1,
        at=at,
        actor=_storable(context.who.name),
        origin=context.origin,
        address=context.who.address,
        action=action,
        subject=_storable(subject),
        facts=dict(facts),
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
    )
    entry.hash = chained(before_it, entry)
    session.add(entry)
    session.flush()


def last_of(action: str) -> ScalarSelect[int | None]:
    """The number of the last entry of that action, for a query that asks for several: a look at the index for each."""
    return select(func.max(col(AuditEntry.id))).where(AuditEntry.action == action).scalar_subquery()


def chained(before: str, entry: AuditEntry) -> str:
    """SHA-256, in hex, over the hash of the entry before ("" for the first) and all that this one says."""
    return hash_over(
        before,
        [
            entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.actor,
            entry.origin,
            entry.address,
            entry.action,
            entry.subject,
            entry.facts,
            entry.before,
            entry.after,
        ],
    )


def hash_over(before: str, said: Sequence[object]) -> str:
    """`said`: the time in UTC as ISO 8601 with microseconds, then the columns in their order."""
    # Once through JSON first: what is read back from the database is what was hashed.
    text = json.dumps(json.loads(json.dumps(said)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{before}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _storable(text: str) -> str:
    """Halves of characters, which names that were no UTF-8 leave behind, and zero bytes are no text for a database."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
