"""Who works on something right now: one process at a time, and the others know at once when it has died."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from server.services.context import Context


@contextmanager
def claimed(context: Context, what: int | str) -> Iterator[bool]:
    """Whether it is this caller's until the end; False where somebody else has it. A number: a segment's version."""
    if context.database.kind == "postgresql":
        from server.db.server_locks import server_lock

        with server_lock(context.database.place, f"claim {what}", waits=False) as mine:
            yield mine
        return
    folder = context.home / "claims"
    folder.mkdir(exist_ok=True)
    path = folder / str(what)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between opening and locking, the one before may have finished and taken the file away.
            if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
                break
        except BlockingIOError:
            os.close(descriptor)
            yield False
            return
        except FileNotFoundError:
            pass
        os.close(descriptor)
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)
