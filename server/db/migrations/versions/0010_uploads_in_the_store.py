"""uploads on their way may lie in the store, in pieces (forward only)"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import server.db.columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("upload", sa.Column("stored", server.db.columns.WholeNumber, nullable=False, server_default="0"))
    op.create_table(
        "upload_piece",
        sa.Column("upload_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("start", server.db.columns.WholeNumber, nullable=False),
        sa.Column("size", server.db.columns.WholeNumber, nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_upload_piece_upload_id_upload")),
        sa.PrimaryKeyConstraint("upload_id", "start", name=op.f("pk_upload_piece")),
    )
