"""Keys of rows: the database gives them, so a row has none until it was flushed."""

from collections.abc import Collection
from typing import Any, Protocol

from sqlalchemy import ColumnElement, SQLColumnExpression, true

# PostgreSQL takes 65,535 values in one statement, and is quicker with a whole table long before.
MANY = 500


class Keyed(Protocol):
    id: int | None


def identity(row: Keyed) -> int:
    """The key of a row that the database has."""
    if row.id is None:
        message = f"not stored yet: {row!r}"
        raise ValueError(message)
    return row.id


def among(column: SQLColumnExpression[Any], wanted: Collection[object]) -> ColumnElement[bool]:
    """A condition that holds for the rows of what is wanted, and for all others too where that is very much."""
    return column.in_(wanted) if len(wanted) <= MANY else true()


def is_key(number: int) -> bool:
    """Whether it can be a key at all: databases keep no larger one."""
    return 0 < number < 2**63
