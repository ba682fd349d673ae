"""media from upload to air (forward only: what is being processed has no place in the schema before)"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns
from server.db.guards import check_again

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# The recordings that were there are the first versions of their segments.
FIRST_VERSIONS = """
INSERT INTO segment_version (
    segment_id, number, state, step, progress, file_name, size, original_sha256, audio_id,
    checks, likenesses, messages, timeline, created_at, updated_at, ended_at
)
SELECT s.id, 1, 'ready', 'done', 100, a.file_name, a.size, a.sha256, a.id,
    '[]', '[]', '[]', '[]', s.created_at, s.created_at, a.ingested_at
FROM segment s JOIN audio a ON a.id = s.audio_id
"""
STATES = "state in ('processing', 'held', 'rejected', 'ready', 'withdrawn', 'discarded')"
WITH_AUDIO = "state not in ('ready', 'withdrawn') or audio_id is not null"


def upgrade() -> None:
    op.create_table(
        "rendered_programme",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", server.db.columns.WholeNumber, nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("duration_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("loudness_lufs", sa.Float(), nullable=False),
        sa.Column("true_peak_dbtp", sa.Float(), nullable=False),
        sa.Column("made_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendered_programme")),
        sa.UniqueConstraint("digest", name=op.f("uq_rendered_programme_digest")),
    )
    with op.batch_alter_table("rendered_programme", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rendered_programme_sha256"), ["sha256"], unique=False)

    op.create_table(
        "upload",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", server.db.columns.WholeNumber, nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("replaces", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("created_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('receiving', 'complete', 'terminated', 'expired')", name=op.f("ck_upload_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "segment_version",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("segment_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("number", server.db.columns.WholeNumber, nullable=False),
        sa.Column("upload_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("step", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("progress", server.db.columns.WholeNumber, nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", server.db.columns.WholeNumber, nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("original_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("audio_id", server.db.columns.WholeNumber, nullable=True),
        sa.Column("examination", sa.JSON(), nullable=True),
        sa.Column("renditions", sa.JSON(), nullable=True),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("likenesses", sa.JSON(), nullable=False),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=True),
        sa.Column("timeline", sa.JSON(), nullable=False),
        sa.Column("created_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('processing', 'held', 'rejected', 'ready', 'discarded')", name=op.f("ck_segment_version_state")
        ),
        sa.CheckConstraint(
            "step in ('received', 'identify', 'examine', 'encode', 'compare', 'conclude', 'done')",
            name=op.f("ck_segment_version_step"),
        ),
        sa.CheckConstraint("progress between 0 and 100", name=op.f("ck_segment_version_progress")),
        sa.ForeignKeyConstraint(["audio_id"], ["audio.id"], name=op.f("fk_segment_version_audio_id_audio")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_segment_version_segment_id_segment")),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_segment_version_upload_id_upload")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_version")),
        sa.UniqueConstraint("segment_id", "number", name=op.f("uq_segment_version_segment_id_number")),
        sa.UniqueConstraint("upload_id", name=op.f("uq_segment_version_upload_id")),
    )
    with op.batch_alter_table("segment_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segment_version_audio_id"), ["audio_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_segment_version_original_sha256"), ["original_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_segment_version_segment_id"), ["segment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_segment_version_state"), ["state"], unique=False)

    op.add_column("audio", sa.Column("mono_loudness_lufs", sa.Float(), nullable=True))
    op.add_column("audio", sa.Column("fingerprint", sa.LargeBinary(), nullable=True))
    op.add_column("audio", sa.Column("peaks", sa.LargeBinary(), nullable=True))
    op.add_column("audio", sa.Column("facts", sa.JSON(), nullable=True))
    op.add_column("rendition", sa.Column("gain_db", sa.Float(), nullable=True))
    op.add_column("rendition", sa.Column("was_limited", sa.Boolean(), nullable=True))

    with op.batch_alter_table("segment", schema=None) as batch_op:
        batch_op.alter_column("audio_id", existing_type=sa.INTEGER(), nullable=True)
        check_again(batch_op, "segment", "ck_segment_priority", "priority in ('normal', 'priority', 'urgent')")
        check_again(batch_op, "segment", "ck_segment_state", STATES)
        check_again(batch_op, "segment", "ck_segment_audio_when_ready", WITH_AUDIO)

    op.execute(FIRST_VERSIONS)
