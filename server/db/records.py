"""What was done, by whom; and what this installation is."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class AuditEntry(SQLModel, table=True):
    """Only ever added to; triggers in the database refuse changes, and each entry's hash covers the one before it."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_action_id", "action", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor: str
    origin: str  # the door it came through: cli, web, api, jobs, start
    address: str | None = None  # the network address that asked
    action: str  # for example segment.added
    subject: str = Field(index=True)
    facts: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    before: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))
    after: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))
    hash: str = ""  # SHA-256, see `server.services.audit`; "" only in entries of before there was a chain


SAMPLE_FACT = "sample"  # its value: which sample, and in which structure


class Fact(SQLModel, table=True):
    """One fact about this installation, for example its id in calendar UIDs."""

    __tablename__ = "fact"

    name: str = Field(primary_key=True)
    value: str
