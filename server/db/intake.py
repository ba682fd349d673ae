"""What comes in: files on their way, and each recording of a segment from its arrival to its verdict."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import UtcDateTime


class Upload(SQLModel, table=True):
    """A file that arrives in pieces. On this machine's disk the file's own size tells how much of it is there; in an S3 store
    `stored` does.
    """

    __tablename__ = "upload"
    __table_args__ = (CheckConstraint("state in ('receiving', 'complete', 'terminated', 'expired')", name="state"),)

    id: str = Field(primary_key=True)  # long and random: whoever knows it may write
    state: str = "receiving"
    file_name: str  # as the sender called it; never used as a path
    media_type: str
    size: int  # as declared before the first byte
    stored: int = Field(
        default=0, sa_column_kwargs={"server_default": "0"}
    )  # the bytes of its pieces, from the first on
    fields: dict[str, object] = Field(sa_column=Column(JSON, nullable=False))  # what is said of the segment
    replaces: str | None = None  # the segment's code, where this is a newer recording of it
    made_by: str = ""  # nobody else may add to it
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class UploadPiece(SQLModel, table=True):
    """Some bytes of an upload, as an object of the store: they count from when this row is there."""

    __tablename__ = "upload_piece"

    upload_id: str = Field(primary_key=True, foreign_key="upload.id")
    start: int = Field(primary_key=True)
    size: int
    name: str


class SegmentVersion(SQLModel, table=True):
    """One recording of a segment: number 1 comes with the segment, later ones replace it once they are ready.

    processing → held or rejected → draft → submitted → returned or ready (approved, or released ahead of its review).
    """

    __tablename__ = "segment_version"
    __table_args__ = (
        UniqueConstraint("segment_id", "number"),
        CheckConstraint(
            "state in ('processing', 'held', 'rejected', 'draft', 'submitted', 'returned', 'ready', 'discarded')",
            name="state",
        ),
        CheckConstraint(
            "step in ('received', 'identify', 'examine', 'encode', 'compare', 'conclude', 'done')", name="step"
        ),
        CheckConstraint("progress between 0 and 100", name="progress"),
    )

    id: int | None = Field(default=None, primary_key=True)
    segment_id: int = Field(foreign_key="segment.id", index=True)
    number: int
    # One upload is one recording, whatever is repeated after a crash.
    upload_id: str | None = Field(default=None, foreign_key="upload.id", unique=True)
    state: str = Field(default="processing", index=True)
    step: str = "received"
    progress: int = 0
    file_name: str
    size: int
    source: str | None = (
        None  # what waits for the first step, see `server.services.waiting_files`; None when it is done
    )
    original_sha256: str | None = Field(default=None, index=True)
    audio_id: int | None = Field(default=None, foreign_key="audio.id", index=True)
    # Where it begins and ends on air, where a person said so; else that is found when it is examined.
    cue_in_ms: int | None = None
    cue_out_ms: int | None = None
    # What the steps found, kept between them: media.examine.Examination, the renditions in the store.
    examination: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))
    renditions: list[dict[str, object]] | None = Field(default=None, sa_column=Column(JSON))
    checks: list[dict[str, object]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    likenesses: list[dict[str, object]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    refusal: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))  # code and facts
    messages: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # ffmpeg's own
    decision: dict[str, object] | None = Field(default=None, sa_column=Column(JSON))  # who overruled, kept, discarded
    timeline: list[dict[str, object]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    made_by: str = ""  # who sent it: never the one who approves it
    wants_vetting: bool = True  # goes to its lead as soon as its checks are passed
    submitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approvals_needed: int = 1  # as the campaign asked when it was submitted
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)  # of the decision or the review
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    review_open: bool = False  # on the air by the short path, not yet looked at by another
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class VettingEntry(SQLModel, table=True):
    """One step of a recording's vetting; only ever added to."""

    __tablename__ = "vetting_entry"
    __table_args__ = (
        CheckConstraint(
            "action in ('submitted', 'approved', 'returned', 'released', 'confirmed', 'disputed')", name="action"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="segment_version.id", index=True)
    action: str
    actor: str
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    reason: str = ""
    at: datetime = Field(sa_type=UtcDateTime)


class RenderedProgramme(SQLModel, table=True):
    """A slot's opening, items and closing as one file, found by the digest of what it is made from."""

    __tablename__ = "rendered_programme"

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)  # SHA-256 over the parts in their order and the way of joining them
    sha256: str = Field(index=True)
    size: int
    media_type: str
    duration_ms: int
    loudness_lufs: float
    true_peak_dbtp: float
    made_at: datetime = Field(sa_type=UtcDateTime)
