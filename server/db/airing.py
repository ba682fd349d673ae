"""What was aired, who says so, what was heard, and the months that are closed over it."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class AsRunBatch(SQLModel, table=True):
    """One log as it came: a file, a call of the API, what a page sent. The same bytes again are the same batch."""

    __tablename__ = "as_run_batch"

    id: int | None = Field(default=None, primary_key=True)
    source: str  # page, paper, csv, xlsx, api, source_system, liquidsoap, mpd, recording
    sha256: str
    name: str = ""  # the file's, as the sender called it
    said_by: str
    received_at: datetime = Field(sa_type=UtcDateTime, index=True)
    lines: int
    new: int


class AsRunEntry(SQLModel, table=True):
    """One statement about a station's air, in the terms of `schedules.as_run`. Triggers refuse any change of it.

    `month` is that of its slot, else of its start, at the station. Titles are kept as they were said.
    """

    __tablename__ = "as_run_entry"
    __table_args__ = (
        UniqueConstraint("station_id", "uid"),
        CheckConstraint("grade between 2 and 4", name="grade"),
        CheckConstraint("duration_ms is null or duration_ms >= 0", name="duration_ms"),
        Index("ix_as_run_entry_month_station_id", "month", "station_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str
    station_id: int = Field(foreign_key="station.id")
    month: str
    batch_id: int = Field(foreign_key="as_run_batch.id", index=True)
    grade: int
    aired: bool
    slot: str | None = None
    segment: str | None = None  # its code
    title: str = ""
    starts_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    duration_ms: int | None = None
    reason: str = ""
    corrects: str | None = None  # the uid of another entry of the station
    made_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    said_by: str
    recording_id: int | None = Field(default=None, foreign_key="recording.id", index=True)
    covers_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    covers_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    amends: bool = False  # it came after its month was closed
    judged: bool = False  # the decision of who looked at what was doubtful, see `schedules.judgements`


class Delivery(SQLModel, table=True):
    """A station has that file whole: its last byte was sent to it, or it has verified the hash itself."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("station_id", "sha256"),
        CheckConstraint("how in ('sent', 'verified')", name="how"),
    )

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id")
    sha256: str
    at: datetime = Field(sa_type=UtcDateTime)
    how: str


class Recording(SQLModel, table=True):
    """A recording of a station's air. `claimed_at` is when its maker says it begins, `begins_at` when it does.

    `begun`: how often somebody began to listen to it and neither finished nor left off.
    """

    __tablename__ = "recording"
    __table_args__ = (CheckConstraint("state in ('waiting', 'hearing', 'heard', 'refused')", name="state"),)

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    month: str = Field(index=True)
    sha256: str = Field(index=True)
    size: int
    file_name: str
    sent_by: str
    sent_at: datetime = Field(sa_type=UtcDateTime)
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    begins_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    length_ms: int | None = None
    state: str = "waiting"
    progress: int = 0
    begun: int = 0
    trouble: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))
    facts: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))
    peaks: bytes | None = None


class RecordingMatch(SQLModel, table=True):
    """A segment heard in a recording, or looked for and not found; times from the recording's beginning."""

    __tablename__ = "recording_match"
    __table_args__ = (CheckConstraint("state in ('proposed', 'confirmed', 'dismissed')", name="state"),)

    id: int | None = Field(default=None, primary_key=True)
    recording_id: int = Field(foreign_key="recording.id", index=True)
    segment: str  # its code
    title: str
    found: bool
    slot: str | None = None
    start_ms: int
    end_ms: int
    heard_ms: int
    speed: float
    confidence: float
    parts: list[dict[str, int]] = Field(sa_column=Column(JSON, nullable=False))
    state: str = "proposed"
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    entry_uid: str | None = None


class VerdictNote(SQLModel, table=True):
    """What the monitor wrote beside a station's verdict; only ever added to."""

    __tablename__ = "verdict_note"

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    month: str = Field(index=True)
    text: str
    said_by: str
    at: datetime = Field(sa_type=UtcDateTime)


class MonthClosing(SQLModel, table=True):
    """A month that was closed (number 0), or an amendment of it. Each one's hash covers the closing before it."""

    __tablename__ = "month_closing"
    __table_args__ = (UniqueConstraint("month", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    month: str
    number: int
    closed_at: datetime = Field(sa_type=UtcDateTime)
    closed_by: str
    as_of: datetime = Field(sa_type=UtcDateTime)
    revision: int | None = None  # the published plan that it was held against
    policy: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    entries: int
    entries_hash: str  # over all entries of the month, in the order of stations and uids
    figures: int
    figures_hash: str  # over all figures of the closing
    hash: str  # over all above and the hash of the closing before
    reason: str = ""


class ClosedFigure(SQLModel, table=True):
    """One station's figures for one rule as they were closed, with the names of that time."""

    __tablename__ = "closed_figure"
    __table_args__ = (UniqueConstraint("closing_id", "station_id", "rule"),)

    id: int | None = Field(default=None, primary_key=True)
    closing_id: int = Field(foreign_key="month_closing.id", index=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    rule: str
    station: str
    station_name: str
    figures: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))


class Report(SQLModel, table=True):
    """A report as it was handed out: its figures and its files, found again by the code in its QR."""

    __tablename__ = "report"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    kind: str  # month, quarter, year
    period: str = Field(index=True)  # 2026-12, 2026-Q4, 2026
    scope: str  # province, district:654, lead:so-noi-vu
    closing_id: int | None = Field(default=None, foreign_key="month_closing.id", index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    figures: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    hash: str  # over code, period, scope, figures, files and the closing's hash


class ReportFile(SQLModel, table=True):
    __tablename__ = "report_file"
    __table_args__ = (UniqueConstraint("report_id", "format"),)

    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="report.id", index=True)
    format: str  # docx, pdf, xlsx
    sha256: str = Field(index=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ReportTemplate(SQLModel, table=True):
    """A Word template that reports were written in from then on; without content Loa's own. The last row holds."""

    __tablename__ = "report_template"

    id: int | None = Field(default=None, primary_key=True)
    file_name: str  # as the sender called it
    sha256: str
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    put_at: datetime = Field(sa_type=UtcDateTime)
    put_by: str


class Reminder(SQLModel, table=True):
    """A station was urged: by its page, a letter by e-mail, a webhook, or an official letter; and what came of it."""

    __tablename__ = "reminder"
    __table_args__ = (CheckConstraint("channel in ('page', 'email', 'webhook', 'letter')", name="channel"),)

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    month: str = Field(index=True)
    channel: str
    address: str = ""
    text: str
    figures: list[dict[str, object]] = Field(sa_column=Column(JSON, nullable=False))  # what was short, by rule
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    failure: str | None = None
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_by: str | None = None
    answer: str = ""


class Webhook(SQLModel, table=True):
    """Where a station, or whoever looks after it, wants to be told; each message is signed with the sealed secret."""

    __tablename__ = "webhook"

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    url: str
    secret: str  # sealed
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
