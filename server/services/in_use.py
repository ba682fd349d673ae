"""Who works with an installation: servers and workers share it, a restore has it for itself."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.db.place import DatabasePlace
from server.services.backup_refusals import LoaIsRunning


@contextmanager
def in_use(home: Path, place: DatabasePlace) -> Iterator[None]:
    """As long as a server or worker runs. Raises LoaIsRunning while a restore is at it."""
    with _held(home, place, shared=True):
        yield


@contextmanager
def for_itself(home: Path, place: DatabasePlace) -> Iterator[None]:
    """Raises LoaIsRunning."""
    with _held(home, place, shared=False):
        yield


@contextmanager
def _held(home: Path, place: DatabasePlace, *, shared: bool) -> Iterator[None]:
    if place.kind == "postgresql":
        from server.db.server_locks import server_lock

        with server_lock(place, "in use", waits=False, shared=shared) as mine:
            if not mine:
                raise LoaIsRunning(place=str(place))
            yield
        return
    descriptor = os.open(home / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LoaIsRunning(place=str(place)) from error
        yield
    finally:
        os.close(descriptor)
