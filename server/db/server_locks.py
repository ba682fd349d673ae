"""Locks by name among all processes of a PostgreSQL database; on one machine alone files do the same."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from server.db.engine import postgresql_options
from server.db.place import DatabasePlace


@contextmanager
def server_lock(place: DatabasePlace, name: str, *, waits: bool, shared: bool = False) -> Iterator[bool]:
    """Whether the name is this caller's until the end; with `waits` it always is, in the end. `shared` with others that
    share it.

    Held by a connection of its own: when the process dies the server lets go at once, and within half a minute when its
    machine or the line does.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    of = "_shared" if shared else ""
    with psycopg.connect(**postgresql_options(place), autocommit=True) as connection:
        connection.execute("SET lock_timeout = 0")
        for setting, value in (("idle", 10), ("interval", 5), ("count", 3)):
            connection.execute(f"SET tcp_keepalives_{setting} = {value}")
        if waits:
            connection.execute(f"SELECT pg_advisory_lock{of}(%s)", [key])
            yield True
        else:
            row = connection.execute(f"SELECT pg_try_advisory_lock{of}(%s)", [key]).fetchone()
            yield row is not None and bool(row[0])
