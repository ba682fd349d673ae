"""What was done, by whom; and what this installation is."""

from datetime import datetime

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class AuditEntry(SQLModel, table=True):
    """Only ever added to; triggers in the database refuse changes."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor: str
    origin: str  # the door it came through: cli, api, start
    action: str  # for example segment.added
    subject: str = Field(index=True)
    facts: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))


class Fact(SQLModel, table=True):
    """One fact about this installation, for example its id in calendar UIDs."""

    __tablename__ = "fact"

    name: str = Field(primary_key=True)
    value: str
