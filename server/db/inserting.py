"""Rows put in by what both databases have, and SQLAlchemy spells by the database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

MANY = 5_000
"""Rows from which on COPY is worth it: the plan of a province has fewer, that of a country a hundred thousand."""


def insert_into(session: Session, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """INSERT … ON CONFLICT."""
    dialect = session.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_many(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Rows that all name the same columns; `MANY` by COPY, where there is one.

    Raises DBAPIError as any other statement does.
    """
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite" or len(rows) < MANY:
        connection.execute(insert(table), rows)
    else:
        _copy(connection, table, rows)


def _copy(connection: Connection, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    import psycopg
    from psycopg.sql import SQL, Identifier

    dialect = connection.dialect
    columns = SQLModel.metadata.tables[str(table.__tablename__)].columns
    binding = {name: columns[name].type.dialect_impl(dialect).bind_processor(dialect) for name in rows[0]}
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(str(table.__tablename__)), SQL(", ").join(map(Identifier, binding))
    )
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([row[name] if bind is None else bind(row[name]) for name, bind in binding.items()])
    except psycopg.Error as error:
        # As SQLAlchemy says it: whoever stores a plan knows a full disk and a lost line by that.
        told = DBAPIError.instance(statement.as_string(), None, error, psycopg.Error, dialect=dialect)
        raise told from error
