"""Who works with an installation: servers, workers and commands share it, a restore has it for itself."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from server.db.place import DatabasePlace
from server.services.backup_refusals import LoaIsRunning
from server.services.disk import disk_refusals
from server.services.footing_refusals import HomeUnwritable

_NAME, _FILE = "in use", "in-use.lock"


@contextmanager
def in_use(home: Path, place: DatabasePlace) -> Iterator[None]:
    """As long as a server, a worker or a command runs.

    Raises LoaIsRunning while a restore is at it, and what `for_itself` raises.
    """
    with _held(home, place, shared=True):
        yield


@contextmanager
def for_itself(home: Path, place: DatabasePlace) -> Iterator[None]:
    """Raises LoaIsRunning, DatabaseUnreachable, DiskFull, HomeUnwritable."""
    with _held(home, place, shared=False):
        yield


@contextmanager
def _held(home: Path, place: DatabasePlace, *, shared: bool) -> Iterator[None]:
    if place.kind == "postgresql":
        from server.db.server_locks import kept_lock, server_lock

        lock = kept_lock(place, _NAME) if shared else server_lock(place, _NAME, waits=False)
        with ExitStack() as stack:
            with disk_refusals(Path(str(place))):
                mine = stack.enter_context(lock)
            if not mine:
                raise LoaIsRunning(place=str(place))
            yield
        return
    try:
        with disk_refusals(home):
            home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(home / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise HomeUnwritable(path=str(home), reason=error.strerror or str(error)) from error
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LoaIsRunning(place=str(place)) from error
        yield
    finally:
        os.close(descriptor)
