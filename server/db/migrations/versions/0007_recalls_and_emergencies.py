"""recalls, emergencies and what stations answered; when their programs last checked in (forward only)"""

import json

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "station_check_in",
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("program", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("lacking", server.db.columns.WholeNumber, nullable=True),
        sa.Column("free_bytes", server.db.columns.WholeNumber, nullable=True),
        sa.Column("clock_offset_ms", server.db.columns.WholeNumber, nullable=True),
        sa.Column("trouble", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_station_check_in_station_id_station")),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_station_check_in")),
    )
    op.create_table(
        "emergency_call",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("segment_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("duration_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("stations", sa.JSON(), nullable=True),
        sa.Column("tiers", sa.JSON(), nullable=True),
        sa.Column("at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ended_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_emergency_call_segment_id_segment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_call")),
    )
    with op.batch_alter_table("emergency_call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_call_segment_id"), ["segment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_emergency_call_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_emergency_call_until"), ["until"], unique=False)

    op.create_table(
        "recall",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("segment_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256s", sa.JSON(), nullable=False),
        sa.Column("at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("kind in ('withdrawn', 'replaced', 'restored')", name=op.f("ck_recall_kind")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_recall_segment_id_segment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
    )
    with op.batch_alter_table("recall", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_recall_segment_id"), ["segment_id"], unique=False)

    op.create_table(
        "emergency_answer",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("call_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("received_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("played_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("told_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("said_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["emergency_call.id"], name=op.f("fk_emergency_answer_call_id_emergency_call")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_emergency_answer_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_answer")),
        sa.UniqueConstraint("call_id", "station_id", name=op.f("uq_emergency_answer_call_id_station_id")),
    )
    with op.batch_alter_table("emergency_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_answer_station_id"), ["station_id"], unique=False)

    op.create_table(
        "recall_answer",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("recall_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("said_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("outcome in ('removed', 'never_had')", name=op.f("ck_recall_answer_outcome")),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name=op.f("fk_recall_answer_recall_id_recall")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_recall_answer_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_answer")),
        sa.UniqueConstraint("recall_id", "station_id", name=op.f("uq_recall_answer_recall_id_station_id")),
    )
    with op.batch_alter_table("recall_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recall_answer_station_id"), ["station_id"], unique=False)

    # When stations last changed is asked after every commit.
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_action"), ["action"], unique=False)

    _recall_what_was_withdrawn()


def _recall_what_was_withdrawn() -> None:
    """What was withdrawn before recalls were known is recalled since then."""
    database = op.get_bind()
    withdrawn = database.execute(
        sa.text(
            "SELECT id, title, audio_id, withdrawn_at, withdrawn_reason FROM segment WHERE state = 'withdrawn' ORDER BY "
            "withdrawn_at, id"
        )
    ).all()
    for segment, title, audio, at, reason in withdrawn:
        copies = database.execute(
            sa.text("SELECT sha256 FROM rendition WHERE audio_id = :audio ORDER BY id"), {"audio": audio}
        ).scalars()
        database.execute(
            sa.text(
                "INSERT INTO recall (segment_id, kind, title, reason, sha256s, at, by) "
                "VALUES (:segment, 'withdrawn', :title, :reason, :copies, :at, 'loa')"
            ),
            {
                "segment": segment,
                "title": title,
                "reason": reason or "",
                "copies": json.dumps(list(copies)),
                "at": at,
            },
        )
