"""long work that workers share and people follow: months being closed, large reports (forward only)"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_UNDER_WAY = sa.text("ended_at is null")
_Text = sqlmodel.sql.sqltypes.AutoString
_Moment = server.db.columns.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "errand",
        sa.Column("id", _Text(), nullable=False),
        sa.Column("kind", _Text(), nullable=False),
        sa.Column("about", _Text(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("state", _Text(), nullable=False),
        sa.Column("done", server.db.columns.WholeNumber, nullable=False),
        sa.Column("all", server.db.columns.WholeNumber, nullable=True),
        sa.Column("by", _Text(), nullable=False),
        sa.Column("by_kind", _Text(), nullable=False),
        sa.Column("address", _Text(), nullable=True),
        sa.Column("origin", _Text(), nullable=False),
        sa.Column("started_at", _Moment, nullable=False),
        sa.Column("ended_at", _Moment, nullable=True),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.CheckConstraint("state in ('running', 'done', 'cancelled', 'failed')", name=op.f("ck_errand_state")),
        sa.CheckConstraint("(state = 'running') = (ended_at is null)", name=op.f("ck_errand_ended")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
    )
    with op.batch_alter_table("errand", schema=None) as batch_op:
        batch_op.create_index(
            "uq_errand_under_way",
            ["kind", "about"],
            unique=True,
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        )
    op.create_table(
        "errand_part",
        sa.Column("errand_id", _Text(), nullable=False),
        sa.Column("number", server.db.columns.WholeNumber, nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("begun", server.db.columns.WholeNumber, nullable=False),
        sa.Column("done_at", _Moment, nullable=True),
        sa.ForeignKeyConstraint(["errand_id"], ["errand.id"], name=op.f("fk_errand_part_errand_id_errand")),
        sa.PrimaryKeyConstraint("errand_id", "number", name=op.f("pk_errand_part")),
    )
    op.create_table(
        "errand_file",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("errand_id", _Text(), nullable=False),
        sa.Column("format", _Text(), nullable=False),
        sa.Column("sha256", _Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["errand_id"], ["errand.id"], name=op.f("fk_errand_file_errand_id_errand")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand_file")),
        sa.UniqueConstraint("errand_id", "format", name=op.f("uq_errand_file_errand_id_format")),
    )
    op.create_table(
        "closing_draft",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("errand_id", _Text(), nullable=False),
        sa.Column("place", server.db.columns.WholeNumber, nullable=False),
        sa.Column("station_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("rule", _Text(), nullable=False),
        sa.Column("station", _Text(), nullable=False),
        sa.Column("station_name", _Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("hash", _Text(), nullable=False),
        sa.ForeignKeyConstraint(["errand_id"], ["errand.id"], name=op.f("fk_closing_draft_errand_id_errand")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_draft")),
        sa.UniqueConstraint("errand_id", "station_id", "rule", name=op.f("uq_closing_draft_errand_id_station_id_rule")),
    )
