"""What a database tells of itself, whichever it is, and a limit of the time that one asks it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import text
from sqlmodel import Session

from server.db.place import DatabasePlace

# Of SQLite's virtual machine, between two looks at the clock.
_INSTRUCTIONS = 10_000
_HELD_NAMES = "loa "
_KEPT = 63
# Texts are compared as bytes, as SQLite does: another order would show other lists.
_ENCODING = "UTF8"
_COLLATIONS = frozenset({"C", "C.UTF-8", "C.utf8", "POSIX"})


class DatabaseFacts(Struct, frozen=True, kw_only=True):
    """`connections` of all programs at the server, `most_connections` that this one may have with them; `clock_offset`:
    how far the server's clock is ahead of this machine's. None where there is no server.
    """

    kind: str
    version: str
    size: int  # bytes
    encoding: str | None = None
    collation: str | None = None
    connections: int | None = None
    most_connections: int | None = None
    clock_offset: timedelta | None = None


@contextmanager
def time_limited(session: Session, seconds: float) -> Iterator[None]:
    """What takes longer fails, as sqlalchemy.exc.DBAPIError; to be used at a transaction's beginning."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        yield
        return
    driver: Any = connection.connection.driver_connection
    end = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > end, _INSTRUCTIONS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def is_fit(encoding: str, collation: str) -> bool:
    """Whether a database of PostgreSQL's was made the way that Loa needs it."""
    return encoding == _ENCODING and collation in _COLLATIONS


def database_facts(session: Session, place: DatabasePlace) -> DatabaseFacts:
    if place.path is not None:
        return DatabaseFacts(kind="sqlite", version=sqlite3.sqlite_version, size=_size(place.path))
    before = datetime.now(UTC)
    row = session.connection().execute(
        text(
            "SELECT current_setting('server_version'), pg_encoding_to_char(encoding), datcollate, pg_database_size(oid),"
            " (SELECT sum(numbackends) FROM pg_stat_database),"
            " current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,"
            " clock_timestamp()"
            " FROM pg_database WHERE datname = current_database()"
        )
    )
    version, encoding, collation, size, connections, most, clock = row.one()
    after = datetime.now(UTC)
    return DatabaseFacts(
        kind="postgresql",
        version=version,
        size=size,
        encoding=encoding,
        collation=collation,
        connections=int(connections),
        most_connections=most,
        clock_offset=clock - (before + (after - before) / 2),
    )


def held_names(session: Session) -> list[str]:
    """The names of `ServerLock`s that somebody holds or asks for right now; none where there is no server."""
    if session.connection().dialect.name != "postgresql":
        return []
    found = session.connection().execute(
        text("SELECT application_name FROM pg_stat_activity WHERE datname = current_database()")
    )
    return [name.removeprefix(_HELD_NAMES) for (name,) in found if (name or "").startswith(_HELD_NAMES)]


def program_name(name: str) -> str:
    """What a connection that holds a lock of that name is called; the server keeps 63 letters of it, so of more its end."""
    full = _HELD_NAMES + name
    return full if len(full) <= _KEPT else f"{full[: _KEPT // 2]}~{full[-(_KEPT // 2) :]}"


def _size(path: Path) -> int:
    """With the log beside it."""
    files = (path, path.with_name(path.name + "-wal"))
    return sum(each.stat().st_size for each in files if each.exists())
