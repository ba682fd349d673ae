"""named ways of looking at the month of the province; where a recording begins and ends on air, as people say (forward only)"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("account_id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("query", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("saved_at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_saved_view_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_saved_view_account_id_name")),
    )
    op.add_column("segment_version", sa.Column("cue_in_ms", server.db.columns.WholeNumber, nullable=True))
    op.add_column("segment_version", sa.Column("cue_out_ms", server.db.columns.WholeNumber, nullable=True))
    # The same original with other cues is another recording to listeners.
    with op.batch_alter_table("audio", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_audio_sha256"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_audio_sha256_cue_in_ms_cue_out_ms"), ["sha256", "cue_in_ms", "cue_out_ms"]
        )
        batch_op.create_index(batch_op.f("ix_audio_sha256"), ["sha256"], unique=False)
