"""planning: campaigns with their weights, airings that are owed, drafts that several people change (forward only)"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("legal_ground", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("freeze_hours", sa.Float(), nullable=False),
        sa.Column("seed", server.db.columns.WholeNumber, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("code", name=op.f("uq_campaign_code")),
    )
    # added in place: rebuilding the tables would drop the triggers that guard what is published
    op.add_column("segment", sa.Column("must_air", sa.JSON(), nullable=True))
    op.add_column(
        "plan_revision", sa.Column("version", server.db.columns.WholeNumber, nullable=False, server_default="1")
    )
