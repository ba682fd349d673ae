"""Rows as they lie in the database, read so that nothing which somebody wrote into them can stop the reader."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, LargeBinary, String, cast, select
from sqlmodel import Session, SQLModel, col

# By the names of its columns, each as the bytes that SQLite keeps of it, None where it is null: what is hashed over
# them is the same in either database.
RawRow = dict[str, bytes | None]


def raw_rows(
    session: Session,
    table: type[SQLModel],
    names: Sequence[str],
    where: Sequence[ColumnElement[bool]],
    order: Sequence[str],
) -> Iterator[RawRow]:
    """In the order of those columns."""
    raw = RawColumns(session, [col(getattr(table, name)) for name in names])
    statement = select(*raw.columns).where(*where).order_by(*(col(getattr(table, name)) for name in order))
    for row in session.connection().execute(statement):
        yield dict(zip(names, raw.read(row), strict=True))


class RawColumns:
    """What to ask for, and how each row of it is read."""

    def __init__(self, session: Session, columns: Sequence[Any]) -> None:
        self._is_file = session.get_bind().dialect.name == "sqlite"
        self.columns: list[Any] = [(_as_bytes if self._is_file else _typed)(column) for column in columns]

    def read(self, row: Iterable[Any]) -> Iterable[bytes | None]:
        return row if self._is_file else map(_bytes_of, row)


def _as_bytes(column: Any) -> ColumnElement[bytes]:
    # As bytes, since text that is no UTF-8, or no JSON, would end the query.
    return cast(column, LargeBinary)


def _typed(column: Any) -> ColumnElement[Any]:
    # PostgreSQL keeps nothing that is not of its column's type; the text of JSON it keeps as it was written.
    return cast(column, String) if isinstance(column.type, JSON) else column


def _bytes_of(value: object) -> bytes | None:
    match value:
        case None:
            return None
        case bytes():
            return value
        case bool():
            return b"1" if value else b"0"
        case float():
            return _as_sqlite_writes(value).encode()
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S.%f}".encode()
        case _:
            return str(value).encode()


def _as_sqlite_writes(number: float) -> str:
    """Fifteen digits, and always with a point."""
    digits, mark, exponent = f"{number:.15g}".partition("e")
    return f"{digits if '.' in digits else digits + '.0'}{mark}{exponent}"
