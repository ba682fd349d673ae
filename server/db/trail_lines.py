"""The trail as it lies in the file, read so that nothing which somebody wrote into it can stop the reader."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, LargeBinary, cast, select
from sqlmodel import Session, col

from server.db.records import AuditEntry

# As bytes, since text that is no UTF-8, or no JSON, would end the query.
_COLUMNS = [
    cast(col(getattr(AuditEntry, name)), LargeBinary)
    for name in ("at", "actor", "origin", "address", "action", "subject", "facts", "before", "after", "hash")
]


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
    statement = select(key, *_COLUMNS).where(*where).order_by(order).offset(offset).limit(most)
    for row in session.connection().execute(statement):
        yield TrailLine._make(row)
