"""Column types that keep what a database forgets, and the names of constraints that migrations rely on."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Integer, Table, event
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

# Set before any table is declared: without names, constraints can't be dropped in SQLite's batch mode.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


# A file may have more bytes than the 32 bits of PostgreSQL's INTEGER count; SQLite's takes them all.
WholeNumber = BigInteger().with_variant(Integer(), "sqlite")


@event.listens_for(Column, "after_parent_attach")
def _make_wide(column: Column[Any], parent: object) -> None:
    if isinstance(parent, Table) and parent.metadata is SQLModel.metadata and type(column.type) is Integer:
        column.type = WholeNumber


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC and given back aware; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a time without a zone can't be stored: {value!r}"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
