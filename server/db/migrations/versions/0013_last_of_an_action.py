"""the last entry of an action is found in one look, however many there are (forward only)"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Which station's token was changed last, and when stations were, is asked after every commit.
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_action_id"), ["action", "id"], unique=False)
        batch_op.drop_index(batch_op.f("ix_audit_entry_action"))
