"""Work that takes longer than anybody waits for an answer: asked for once, done by workers, followed by whoever asks."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class Errand(SQLModel, table=True):
    """Of each kind one at most is under way about the same thing. `asked` is what it was given, and what it found at its
    beginning; `by`, `by_kind`, `address` and `origin` are for the trail; `outcome` or `refusal` is what came of it.
    """

    __tablename__ = "errand"
    __table_args__ = (
        CheckConstraint("state in ('running', 'done', 'cancelled', 'failed')", name="state"),
        CheckConstraint("(state = 'running') = (ended_at is null)", name="ended"),
        Index(
            "uq_errand_under_way",
            "kind",
            "about",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: str = Field(primary_key=True)
    kind: str
    about: str
    asked: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    state: str = "running"
    done: int = 0  # parts
    all: int | None = None  # None: nobody has begun yet
    by: str
    by_kind: str
    address: str | None = None
    origin: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))
    refusal: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))


class ErrandPart(SQLModel, table=True):
    """What one worker does of it. `begun`: how often somebody began and neither finished nor left off."""

    __tablename__ = "errand_part"

    errand_id: str = Field(primary_key=True, foreign_key="errand.id")
    number: int = Field(primary_key=True)
    asked: list[int] = Field(sa_column=Column(JSON, nullable=False))
    begun: int = 0
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ErrandFile(SQLModel, table=True):
    """What came of it to be fetched."""

    __tablename__ = "errand_file"
    __table_args__ = (UniqueConstraint("errand_id", "format"),)

    id: int | None = Field(default=None, primary_key=True)
    errand_id: str = Field(foreign_key="errand.id")
    format: str
    sha256: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ClosingDraft(SQLModel, table=True):
    """A `ClosedFigure` to be, made by a part of a closing. `place`: in the order of the closing; `hash`: of the figure."""

    __tablename__ = "closing_draft"
    __table_args__ = (UniqueConstraint("errand_id", "station_id", "rule"),)

    id: int | None = Field(default=None, primary_key=True)
    errand_id: str = Field(foreign_key="errand.id")
    place: int
    station_id: int
    rule: str
    station: str
    station_name: str
    figures: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))
    hash: str
