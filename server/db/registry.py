"""Who is there: units, organisations, stations, and when they broadcast. What changes with the years is dated.

Dates are half-open: a row holds from `valid_from` (none: always) until the day before `valid_to` (none: for ever),
except where a name says otherwise. Dates are local to the station.
"""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class Unit(SQLModel, table=True):
    """An administrative unit's identity. Codes, names, types and parents change: see `UnitVersion`."""

    __tablename__ = "unit"

    id: int | None = Field(default=None, primary_key=True)


class UnitVersion(SQLModel, table=True):
    __tablename__ = "unit_version"
    __table_args__ = (CheckConstraint("level in ('province', 'district', 'commune')", name="level"),)

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    code: str = Field(index=True)
    level: str
    kind: str  # tỉnh, thành phố, huyện, xã, phường, …
    name: str
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    valid_from: date | None = None
    valid_to: date | None = None
    search: str = Field(index=True)
    sort_key: str


class UnitSuccession(SQLModel, table=True):
    """`new` took over all (`whole`) or a part (`split`) of `old` on that date."""

    __tablename__ = "unit_succession"
    __table_args__ = (
        UniqueConstraint("old_unit_id", "new_unit_id"),
        CheckConstraint("kind in ('whole', 'split')", name="kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    old_unit_id: int = Field(foreign_key="unit.id", index=True)
    new_unit_id: int = Field(foreign_key="unit.id", index=True)
    kind: str
    on_date: date


class Organisation(SQLModel, table=True):
    __tablename__ = "organisation"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str


class OrganisationRole(SQLModel, table=True):
    """A role, for example `monitor`, that an organisation holds for a period."""

    __tablename__ = "organisation_role"

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    role: str
    valid_from: date | None = None
    valid_to: date | None = None


class Station(SQLModel, table=True):
    """A code is unique among the stations of one day, not for ever: codes are given anew when units merge."""

    __tablename__ = "station"
    __table_args__ = (
        CheckConstraint("tier in ('district', 'commune')", name="tier"),
        CheckConstraint("technology in ('wired', 'fm', 'both', 'ip')", name="technology"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(index=True)
    tier: str = Field(index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    name: str
    languages: list[str] = Field(sa_column=Column(JSON, nullable=False))
    language_shares: dict[str, float] = Field(sa_column=Column(JSON, nullable=False))
    technology: str
    timezone: str = "Asia/Ho_Chi_Minh"
    valid_from: date | None = None
    valid_to: date | None = None
    sample: bool = False
    search: str = Field(index=True)
    sort_key: str


class StationState(SQLModel, table=True):
    """While broken or closed a station transmits nothing; where no row holds it works."""

    __tablename__ = "station_state"
    __table_args__ = (CheckConstraint("state in ('working', 'broken', 'closed')", name="state"),)

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    state: str
    valid_from: date
    valid_to: date | None = None
    note: str = ""


class BroadcastSession(SQLModel, table=True):
    """A recurring period on the air. `valid_to` is the last day it holds (inclusive), as in the exchange format."""

    __tablename__ = "broadcast_session"
    __table_args__ = (UniqueConstraint("station_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    code: str
    name: str
    weekdays: list[int] = Field(sa_column=Column(JSON, nullable=False))  # ISO: 1 is Monday
    starts: str  # HH:MM, local
    ends: str  # HH:MM or 24:00, local
    valid_from: date | None = None
    valid_to: date | None = None
    relays_station_id: int | None = Field(default=None, foreign_key="station.id", index=True)


class SessionException(SQLModel, table=True):
    """On that date the session is moved, or cancelled where no times are given."""

    __tablename__ = "session_exception"
    __table_args__ = (UniqueConstraint("session_id", "on_date"),)

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="broadcast_session.id", index=True)
    on_date: date
    starts: str | None = None
    ends: str | None = None
    note: str = ""


class Blackout(SQLModel, table=True):
    __tablename__ = "blackout"

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    note: str = ""
