"""What reaches stations besides their plan: recalls, emergencies, what they answered, when they last checked in; and large
exports as they were made.
"""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class Recall(SQLModel, table=True):
    """A segment, or a recording of it, that may not be aired any more; `restored` says that it may again.

    The last row of a segment holds. `sha256s` are all copies that a station can have. Only ever added to.
    """

    __tablename__ = "recall"
    __table_args__ = (CheckConstraint("kind in ('withdrawn', 'replaced', 'restored')", name="kind"),)

    id: int | None = Field(default=None, primary_key=True)
    segment_id: int = Field(foreign_key="segment.id", index=True)
    kind: str
    title: str
    reason: str
    sha256s: list[str] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    by: str


class RecallAnswer(SQLModel, table=True):
    """A station has removed what was recalled (`removed`), or never had it (`never_had`)."""

    __tablename__ = "recall_answer"
    __table_args__ = (
        UniqueConstraint("recall_id", "station_id"),
        CheckConstraint("outcome in ('removed', 'never_had')", name="outcome"),
    )

    id: int | None = Field(default=None, primary_key=True)
    recall_id: int = Field(foreign_key="recall.id")
    station_id: int = Field(foreign_key="station.id", index=True)
    outcome: str
    at: datetime = Field(sa_type=UtcDateTime)
    said_by: str


class EmergencyCall(SQLModel, table=True):
    """An urgent segment that stations are to play at once, from its approval until `until`.

    For the stations named, those of the tiers named, or all, as the segment says. `sha256` is the broadcast copy.
    """

    __tablename__ = "emergency_call"

    id: int | None = Field(default=None, primary_key=True)
    segment_id: int = Field(foreign_key="segment.id", index=True)
    title: str
    sha256: str = Field(index=True)
    duration_ms: int
    stations: list[str] | None = Field(default=None, sa_column=Column(JSON))
    tiers: list[str] | None = Field(default=None, sa_column=Column(JSON))
    at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime, index=True)
    by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: str | None = None


class EmergencyAnswer(SQLModel, table=True):
    """When a station got the call, and when it began to play it, both as the server heard and the station says."""

    __tablename__ = "emergency_answer"
    __table_args__ = (UniqueConstraint("call_id", "station_id"),)

    id: int | None = Field(default=None, primary_key=True)
    call_id: int = Field(foreign_key="emergency_call.id")
    station_id: int = Field(foreign_key="station.id", index=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    played_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    told_at: datetime = Field(sa_type=UtcDateTime)
    said_by: str


class StationCheckIn(SQLModel, table=True):
    """What a station's program said of itself last. `clock_offset_ms`: how far its clock is ahead of ours.

    `version` is of the manifest that it plays by, `lacking` how many of its files it has not got yet.
    """

    __tablename__ = "station_check_in"

    station_id: int = Field(foreign_key="station.id", primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    program: str
    version: str | None = None
    lacking: int | None = None
    free_bytes: int | None = None
    clock_offset_ms: int | None = None
    trouble: str = ""


class KeptExport(SQLModel, table=True):
    """A large export as it was made the last time. `asked` and `source` are hashes: of what was, and what it followed from."""

    __tablename__ = "kept_export"

    asked: str = Field(primary_key=True)
    source: str
    media_type: str
    file_name: str
    etag: str
    modified_at: datetime = Field(sa_type=UtcDateTime)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
