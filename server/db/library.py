"""What there is to air: topics, columns, audio and segments. Durations are milliseconds of decoded audio."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class Topic(SQLModel, table=True):
    __tablename__ = "topic"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    parent_id: int | None = Field(default=None, foreign_key="topic.id", index=True)
    name: str
    weight: float
    lead_organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    position: int


class Audio(SQLModel, table=True):
    """One ingested recording: the original as it came, and what was measured when it was decoded.

    The same original with other cues is another recording to listeners, and a row of its own.
    """

    __tablename__ = "audio"
    __table_args__ = (UniqueConstraint("sha256", "cue_in_ms", "cue_out_ms"),)

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(index=True)
    size: int
    file_name: str  # as the sender called it; never used as a path
    container: str
    codec: str
    channels: int
    sample_rate: int
    decoded_ms: int
    cue_in_ms: int
    cue_out_ms: int
    duration_ms: int  # cue_out_ms − cue_in_ms
    loudness_lufs: float  # EBU R 128, integrated
    loudness_range_lu: float
    true_peak_dbtp: float
    mono_loudness_lufs: float | None = None  # of the mix that a single chain of loudspeakers gets
    fingerprint: bytes | None = None  # chromaprint items of the whole recording, uint32 little-endian
    peaks: bytes | None = None  # for a picture of the sound: largest samples of equal pieces, 0–255
    facts: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))  # all else that the decode told
    ingested_at: datetime = Field(sa_type=UtcDateTime)


# The copy for the ears of who moves the cues: never for the air.
WHOLE = "whole"


class Rendition(SQLModel, table=True):
    """A copy made for a purpose, measured again after it was made."""

    __tablename__ = "rendition"
    __table_args__ = (UniqueConstraint("audio_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    audio_id: int = Field(foreign_key="audio.id", index=True)
    kind: str  # broadcast, light_opus, light_mp3, flac, whole
    sha256: str = Field(index=True)
    size: int
    media_type: str
    duration_ms: int
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float | None = None
    was_limited: bool | None = None


class ProgrammeColumn(SQLModel, table=True):
    """A named series with its sound and its limits (chuyên mục)."""

    __tablename__ = "programme_column"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    opening_audio_id: int | None = Field(default=None, foreign_key="audio.id")
    closing_audio_id: int | None = Field(default=None, foreign_key="audio.id")
    slot_min_ms: int
    slot_max_ms: int
    max_slots_per_day: int
    separation_days: int
    max_per_month: int


class Segment(SQLModel, table=True):
    """`valid_to` is the last day (inclusive), as in the exchange format. A withdrawn segment keeps its row for ever.

    `audio_id` is the recording in force; there is none before the first version is ready.
    """

    __tablename__ = "segment"
    __table_args__ = (
        CheckConstraint("priority in ('normal', 'priority', 'urgent')", name="priority"),
        CheckConstraint(
            "state in ('processing', 'held', 'rejected', 'draft', 'submitted', 'returned', 'ready', 'withdrawn', "
            "'discarded')",
            name="state",
        ),
        CheckConstraint("state not in ('ready', 'withdrawn') or audio_id is not null", name="audio_when_ready"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    title: str
    topic_id: int = Field(foreign_key="topic.id", index=True)
    column_id: int | None = Field(default=None, foreign_key="programme_column.id", index=True)
    language: str
    producer_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    audio_id: int | None = Field(default=None, foreign_key="audio.id", index=True)
    priority: str = "normal"
    valid_from: date
    valid_to: date | None = None
    stations: list[str] | None = Field(default=None, sa_column=Column(JSON))
    tiers: list[str] | None = Field(default=None, sa_column=Column(JSON))
    separation_days: int | None = None
    max_per_month: int | None = None
    must_air: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))  # times, from, to: as exchanged
    state: str = "ready"
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_reason: str | None = None
    text: str = ""
    note: str = ""
    sample: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    search: str = Field(index=True)
    sort_key: str
