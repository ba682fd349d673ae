"""Locks by name among all processes of a PostgreSQL database; on one machine alone files do the same."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import text
from sqlmodel import Session

from server.db.engine import CONNECT_TIMEOUT_S, postgresql_options
from server.db.measuring import program_name
from server.db.place import DatabasePlace

# Seconds between two looks at a lock that a process has as long as it lives.
KEPT_EVERY_S = 5.0


class ServerLock:
    """Held by a connection of its own: when the process dies the server lets go at once, and within twenty seconds when its
    machine or the line does. Raises psycopg.OperationalError where the server does not answer.
    """

    def __init__(self, place: DatabasePlace, name: str, *, shared: bool = False) -> None:
        self._key = _key(name)
        self._of = "_shared" if shared else ""
        # By its name whoever looks after the server sees what it is for, and `server.services.workers_seen` who works.
        options = postgresql_options(place) | {"application_name": program_name(name)}
        self._connection = psycopg.connect(**options, autocommit=True)
        self._connection.execute("SET lock_timeout = 0")
        for setting, value in (("idle", 8), ("interval", 4), ("count", 3)):
            self._connection.execute(f"SET tcp_keepalives_{setting} = {value}")

    def take(self, *, waits: bool) -> bool:
        """Whether it is this one's now; with `waits` it always is, in the end."""
        if waits:
            self._connection.execute(f"SELECT pg_advisory_lock{self._of}(%s)", [self._key])
            return True
        row = self._connection.execute(f"SELECT pg_try_advisory_lock{self._of}(%s)", [self._key]).fetchone()
        return row is not None and bool(row[0])

    def is_there(self) -> bool:
        """Whether the connection is: without it nothing is held any more."""
        try:
            self._connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def close(self) -> None:
        """The name is free when this returns: of a line that is only closed the server hears a moment later."""
        if self._connection.info.transaction_status is TransactionStatus.IDLE:
            with suppress(psycopg.OperationalError):
                self._connection.execute("SELECT pg_advisory_unlock_all()")
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def server_lock(place: DatabasePlace, name: str, *, waits: bool) -> Iterator[bool]:
    """Whether the name is this caller's until the end."""
    with ServerLock(place, name) as lock:
        yield lock.take(waits=waits)


@contextmanager
def kept_lock(place: DatabasePlace, name: str, *, look_every_s: float = KEPT_EVERY_S) -> Iterator[bool]:
    """Whether the name is this caller's, with others that share it, for as long as a process lives.

    A server that was started anew has forgotten who held it: it is taken again, in a thread.
    """
    ended = Event()
    lock = ServerLock(place, name, shared=True)

    def keep() -> None:
        nonlocal lock
        while not ended.wait(look_every_s):
            if lock.is_there():
                continue
            with suppress(psycopg.OperationalError):
                lock.close()
                lock = ServerLock(place, name, shared=True)
                if not lock.take(waits=False):
                    lock.close()  # another has it for itself: taken again once that is done

    keeper = Thread(target=keep, name="loa-lock", daemon=True)
    try:
        mine = lock.take(waits=False)
        if mine:
            keeper.start()
        yield mine
    finally:
        ended.set()
        if keeper.is_alive():
            keeper.join(CONNECT_TIMEOUT_S)
        lock.close()


def up_for_s(place: DatabasePlace) -> float:
    """Seconds since the server was started. Raises psycopg.OperationalError where it does not answer."""
    with psycopg.connect(**postgresql_options(place), autocommit=True) as connection:
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())").fetchone()
        return 0.0 if row is None else float(row[0])


def holders_of(session: Session, name: str) -> int:
    """How many hold the lock of that name in this database."""
    key = _key(name) % 2**64
    held = session.connection().scalar(
        text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND "
            "classid::bigint = :high AND objid::bigint = :low AND "
            "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ),
        {"high": key >> 32, "low": key % 2**32},
    )
    return int(held or 0)


def most_connections(session: Session) -> int:
    """How many connections the server lets in of users like ours."""
    found = session.connection().scalar(
        text("SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int")
    )
    return int(found or 0)


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
