"""Rows as they lie in the file, read so that nothing which somebody wrote into them can stop the reader."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, cast, select
from sqlmodel import Session, SQLModel, col

# By the names of its columns, each as its bytes, None where it is null.
RawRow = dict[str, bytes | None]


def raw_rows(
    session: Session,
    table: type[SQLModel],
    names: Sequence[str],
    where: Sequence[ColumnElement[bool]],
    order: Sequence[str],
) -> Iterator[RawRow]:
    """In the order of those columns."""
    # As bytes, since text that is no UTF-8, or no JSON, would end the query.
    columns: list[Any] = [cast(col(getattr(table, name)), LargeBinary) for name in names]
    statement = select(*columns).where(*where).order_by(*(col(getattr(table, name)) for name in order))
    for row in session.connection().execute(statement):
        yield dict(zip(names, row, strict=True))
