"""Whether the database server has connections enough for all who work with it: seen at a start, not under load."""

from server.services.context import Context
from server.services.footing_refusals import DatabaseCrowded

# A web or worker that is busy: its sessions (15), those of its jobs (16), its locks and watches.
EACH = 40


def require_room(context: Context) -> None:
    """To be asked by who has just told that the database is `in_use`. Raises DatabaseCrowded."""
    if context.database.kind == "sqlite":
        return
    from server.db.server_locks import holders_of, most_connections

    with context.database.read() as session:
        processes = holders_of(session, "in use")
        most = most_connections(session)
    if processes * EACH > most:
        raise DatabaseCrowded(
            place=str(context.database.place), processes=processes, most=most, wanted=processes * EACH
        )
