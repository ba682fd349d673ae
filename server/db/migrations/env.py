"""Runs migrations over the connection that `server.db.migrate` hands in."""

from alembic import context
from sqlalchemy import Connection

from server.db.tables import METADATA, is_ours


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_name=is_ours,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
