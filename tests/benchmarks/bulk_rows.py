"""Rows by the million, as each database's driver takes them fastest: SQLAlchemy would be longer at it than all that is measured."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import Connection, text
from sqlmodel import Session

_AT_ONCE = 50_000


def put_rows(session: Session, table: str, names: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Instants are texts in UTC and truths numbers, which both databases read; whoever gives ids calls `set_counters`."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        _copied(connection, f"COPY {table} ({', '.join(names)}) FROM STDIN", rows)
        return
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 (names of ours)
    waiting = iter(rows)
    while some := list(islice(waiting, _AT_ONCE)):
        connection.exec_driver_sql(statement, some)


def _copied(connection: Connection, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    # Keys that lead nowhere would show in what is measured; looking each of them up takes longer than the rows.
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute(text("SET LOCAL session_replication_role = origin"))
