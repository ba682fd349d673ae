"""how often somebody began to listen to a recording of the air and died of it (forward only)"""

import sqlalchemy as sa
from alembic import op

import server.db.columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recording", sa.Column("begun", server.db.columns.WholeNumber, nullable=False, server_default="0"))
