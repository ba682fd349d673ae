"""tries of secrets, counted for all processes together (forward only)"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "counted_try",
        sa.Column("id", server.db.columns.WholeNumber, nullable=False),
        sa.Column("what", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", server.db.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counted_try")),
    )
    with op.batch_alter_table("counted_try", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_counted_try_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_counted_try_what_at"), ["what", "at"], unique=False)
