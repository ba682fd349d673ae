"""What is to be aired: airtime rules, month plans, their revisions, and the calendar events that follow from them."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class AirtimeRule(SQLModel, table=True):
    """Which stations, which column, at least or at most (or, as a wish, about) so much a session, day or month.

    The scope is the tier, the unit with all below it, or the listed station codes; where several are given, all must
    hold; where none is, the rule is for every station. In force in a month when it holds on any day of it.
    """

    __tablename__ = "airtime_rule"
    __table_args__ = (
        CheckConstraint("kind in ('min', 'max', 'target')", name="kind"),
        CheckConstraint("period in ('session', 'day', 'month')", name="period"),
        CheckConstraint("kind = 'max' or period = 'month'", name="period_of_kind"),
        CheckConstraint("ms >= 0", name="ms"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    kind: str
    period: str
    ms: int
    column_id: int = Field(foreign_key="programme_column.id", index=True)
    tier: str | None = None
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    stations: list[str] | None = Field(default=None, sa_column=Column(JSON))
    repeats: bool = True
    relayed: bool = True
    languages: list[str] | None = Field(default=None, sa_column=Column(JSON))
    count_frame: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    legal_ground: str
    sample: bool = False


class Campaign(SQLModel, table=True):
    """What a province plans for in some years, on which ground, and what its planner weighs. Dates are inclusive.

    `weights` holds those of the planner's wishes that differ from their defaults, by the names of the exchange format.
    """

    __tablename__ = "campaign"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    legal_ground: str
    weights: dict[str, float] = Field(sa_column=Column(JSON, nullable=False))
    freeze_hours: float = 24
    seed: int = 0
    approvals: int = 1  # people who must approve a recording, beside its maker
    vetting_hours: float = 48  # until a recording that was submitted should be decided on
    counts_from: int = 2  # the weakest grade (`schedules.as_run.Grade`) of evidence by which airtime counts
    tolerances: dict[str, float] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    heard_from: float = 2.0  # confidence from which what was heard needs nobody's word; above 1: always a person's
    valid_from: date | None = None
    valid_to: date | None = None
    sample: bool = False


class PlanRevision(SQLModel, table=True):
    """A plan of one month for all stations: the one draft, or a published revision, which never changes."""

    __tablename__ = "plan_revision"
    __table_args__ = (
        UniqueConstraint("month", "number"),
        CheckConstraint("status in ('draft', 'published')", name="status"),
        CheckConstraint("(status = 'published') = (number is not null)", name="number_when_published"),
    )

    id: int | None = Field(default=None, primary_key=True)
    month: str = Field(index=True)
    status: str
    number: int | None = None
    as_of: datetime = Field(sa_type=UtcDateTime)  # the planner's "now"
    made_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = 1  # one more with each draft of the month, planned or changed by hand: two editors notice each other
    summary: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))


class MonthPlan(SQLModel, table=True):
    """All slots of one station in one month. Immutable, found by its digest, shared by revisions that agree."""

    __tablename__ = "month_plan"
    __table_args__ = (UniqueConstraint("station_id", "month", "digest"),)

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    month: str = Field(index=True)
    digest: str  # SHA-256 over the slots


class PlanEntry(SQLModel, table=True):
    """Which month plan a revision gives a station, with what the planner said of it."""

    __tablename__ = "plan_entry"
    __table_args__ = (UniqueConstraint("revision_id", "station_id"),)

    id: int | None = Field(default=None, primary_key=True)
    revision_id: int = Field(foreign_key="plan_revision.id", index=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    month_plan_id: int = Field(foreign_key="month_plan.id", index=True)
    verdicts: list[dict[str, object]] = Field(sa_column=Column(JSON, nullable=False))
    terms: list[dict[str, object]] = Field(sa_column=Column(JSON, nullable=False))


class Slot(SQLModel, table=True):
    """`key` names the slot in exports and calendars and is unique within its month plan."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("month_plan_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    month_plan_id: int = Field(foreign_key="month_plan.id", index=True)
    key: str
    column_id: int = Field(foreign_key="programme_column.id")
    starts_at: datetime = Field(sa_type=UtcDateTime)
    length_ms: int
    relayed_from: str | None = None  # the parent's station code
    locked: bool = False
    opening_sha256: str | None = None  # the broadcast rendition played first
    closing_sha256: str | None = None


class SlotItem(SQLModel, table=True):
    """A segment as planned: its title and sound are kept as they were, whatever becomes of the segment."""

    __tablename__ = "slot_item"
    __table_args__ = (UniqueConstraint("slot_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    slot_id: int = Field(foreign_key="slot.id", index=True)
    position: int
    segment_id: int = Field(foreign_key="segment.id", index=True)
    title: str
    start_ms: int
    duration_ms: int
    rendition_sha256: str


class CalendarEvent(SQLModel, table=True):
    """A published slot as calendars know it. Never deleted: a slot that is gone stays as a cancelled event."""

    __tablename__ = "calendar_event"
    __table_args__ = (UniqueConstraint("station_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    station_id: int = Field(foreign_key="station.id", index=True)
    month: str = Field(index=True)
    key: str
    uid: str = Field(unique=True)
    sequence: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    modified_at: datetime = Field(sa_type=UtcDateTime)
    cancelled: bool
    starts_at: datetime = Field(sa_type=UtcDateTime)
    length_ms: int
    column_name: str
    relayed_from: str | None = None
    items: list[dict[str, object]] = Field(sa_column=Column(JSON, nullable=False))  # title, start_ms, duration_ms


class PlanningRun(SQLModel, table=True):
    """A month's planning that is started and followed, worked off by whichever process is there.

    Of each month one at most has not ended. `as_of` is the planner's "now" since somebody began to work on it. `by`,
    `address` and `origin` are for the trail. `revision` is the draft that came of it, `refusal` why none did.
    """

    __tablename__ = "planning_run"
    __table_args__ = (
        CheckConstraint("state in ('running', 'done', 'cancelled', 'failed')", name="state"),
        CheckConstraint("(state = 'running') = (ended_at is null)", name="ended"),
        Index(
            "uq_planning_run_under_way",
            "month",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: str = Field(primary_key=True)
    month: str = Field(index=True)
    station: str | None = None
    state: str = "running"
    done: int = 0  # stations planned
    all: int | None = None
    short_ms: int = 0  # of the stations that are planned
    by: str
    by_kind: str
    address: str | None = None
    origin: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    as_of: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))
    refusal: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))


class PlanningInstance(SQLModel, table=True):
    """What workers plan together: `loa-instance/1`, deflated, found by the SHA-256 of its JSON. Gone with its run's end."""

    __tablename__ = "planning_instance"

    run_id: str = Field(primary_key=True, foreign_key="planning_run.id")
    sha256: str
    content: bytes


class PlannedArrival(SQLModel, table=True):
    """That a month was planned for the sake of a recording that came in: once, however often somebody sets out to."""

    __tablename__ = "planned_arrival"

    version_id: int = Field(primary_key=True, foreign_key="segment_version.id")
    month: str = Field(primary_key=True)
