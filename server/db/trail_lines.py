"""The trail as it lies in the database, read so that nothing which somebody wrote into it can stop the reader."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from server.db.raw_rows import RawColumns
from server.db.records import AuditEntry

_NAMES = ("at", "actor", "origin", "address", "action", "subject", "facts", "before", "after", "hash")


class TrailLine(NamedTuple):
    """One row, each column as its bytes, None where it is null."""

    id: int
    at: bytes | None
    actor: bytes | None
    origin: bytes | None
    address: bytes | None
    action: bytes | None
    subject: bytes | None
    facts: bytes | None
    before: bytes | None
    after: bytes | None
    hash: bytes | None


def trail_lines(
    session: Session, where: Sequence[ColumnElement[bool]], *, most: int, offset: int = 0, newest_first: bool = False
) -> Iterator[TrailLine]:
    """At most `most` rows from `offset` on, by their ids."""
    key = col(AuditEntry.id)
    order = key.desc() if newest_first else key
    raw = RawColumns(session, [col(getattr(AuditEntry, name)) for name in _NAMES])
    statement = select(key, *raw.columns).where(*where).order_by(order).offset(offset).limit(most)
    for number, *row in session.connection().execute(statement):
        yield TrailLine(number, *raw.read(row))
