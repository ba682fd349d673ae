"""Whether the database server has connections enough for all who serve or work: seen at a start, not under load."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.footing_refusals import DatabaseCrowded

# A web or worker that is busy: its sessions (15), those of its jobs (16), its locks and watches.
EACH = 40
_NAME = "serves or works"


@contextmanager
def with_room(context: Context) -> Iterator[None]:
    """As long as a web server or a worker runs; commands, which have a few connections for a moment, are not counted.

    Raises DatabaseCrowded, DatabaseUnreachable.
    """
    if context.database.kind == "sqlite":
        yield
        return
    from server.db.server_locks import holders_of, kept_lock, most_connections

    place = context.database.place
    with ExitStack() as held:
        with disk_refusals(Path(str(place))):
            held.enter_context(kept_lock(place, _NAME))
            with context.database.read() as session:
                processes, most = holders_of(session, _NAME), most_connections(session)
        if processes * EACH > most:
            raise DatabaseCrowded(place=str(place), processes=processes, most=most, wanted=processes * EACH)
        yield
