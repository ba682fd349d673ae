"""Work that is done by one at a time, whichever threads and processes want it: the others wait."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from server.services.context import Context


@contextmanager
def alone(context: Context, name: str) -> Iterator[None]:
    """Waits until nobody else is inside under that name. The system ends the turn of a process that dies."""
    if context.database.kind == "postgresql":
        from server.db.server_locks import server_lock

        with server_lock(context.database.place, f"turn {name}", waits=True):
            yield
        return
    folder = context.home / "turns"
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
