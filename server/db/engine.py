"""The database: one SQLite file in WAL mode, opened so that readers never wait and writers never lose an update."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

READ_ONLY = "loa_read_only"
BUSY_TIMEOUT_MS = 10_000


class Database:
    """Sessions over one SQLite file: `read()` sees one state of it, `write()` commits at its end or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = _engine(path)
        self._reading = self.engine.execution_options(**{READ_ONLY: True})
        self._shared_watch: ChangeWatch | None = None

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def watch(self) -> "ChangeWatch":
        return ChangeWatch(self.path)

    def shared_watch(self) -> "ChangeWatch":
        """One for all who look from the same thread, however many they are; it is closed with the database."""
        if self._shared_watch is None:
            self._shared_watch = self.watch()
        return self._shared_watch

    def close(self) -> None:
        if self._shared_watch is not None:
            self._shared_watch.close()
            self._shared_watch = None
        self.engine.dispose()


class ChangeWatch:
    """Tells cheaply (microseconds, no query) whether anybody has committed anything since it was last asked.

    SQLite's `data_version` counts the commits of other connections, in this process and in others; this connection
    never writes, so it sees them all. To be used from one thread.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA query_only = ON")

    def version(self) -> int:
        row: tuple[int] = self._connection.execute("PRAGMA data_version").fetchone()
        return row[0]

    def close(self) -> None:
        self._connection.close()


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by itself: `begin` below chooses the kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode = WAL",
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "foreign_keys = ON",
            "synchronous = FULL",  # a commit that was acknowledged survives a power cut
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once, so a read that decides a write can't be overtaken.
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
