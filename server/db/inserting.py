"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells by the database."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_into(session: Session, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    dialect = session.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
