"""Who works on a version right now: one process at a time, and the system knows at once when it has died."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from server.services.context import Context


@contextmanager
def claimed(context: Context, version_id: int) -> Iterator[bool]:
    """Whether the version is this caller's until the end; False where somebody else has it."""
    folder = context.home / "claims"
    folder.mkdir(exist_ok=True)
    path = folder / str(version_id)
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
