"""planning runs that any process follows and works off; months that were planned for a recording's sake (forward only)"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_UNDER_WAY = sa.text("ended_at is null")


def upgrade() -> None:
    op.create_table(
        "planning_run",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("station", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("done", server.db.columns.WholeNumber, nullable=False),
        sa.Column("all", server.db.columns.WholeNumber, nullable=True),
        sa.Column("short_ms", server.db.columns.WholeNumber, nullable=False),
        sa.Column("by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("origin", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("started_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("as_of", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", server.db.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.JSON(), nullable=True),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.CheckConstraint("state in ('running', 'done', 'cancelled', 'failed')", name=op.f("ck_planning_run_state")),
        sa.CheckConstraint("(state = 'running') = (ended_at is null)", name=op.f("ck_planning_run_ended")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planning_run")),
    )
    with op.batch_alter_table("planning_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_planning_run_month"), ["month"], unique=False)
        batch_op.create_index(
            "uq_planning_run_under_way", ["month"], unique=True, sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY
        )
    op.create_table(
        "planning_instance",
        sa.Column("run_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["planning_run.id"], name=op.f("fk_planning_instance_run_id_planning_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_planning_instance")),
    )
    op.create_table(
        "planned_arrival",
        sa.Column("version_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("month", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["segment_version.id"], name=op.f("fk_planned_arrival_version_id_segment_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "month", name=op.f("pk_planned_arrival")),
    )
