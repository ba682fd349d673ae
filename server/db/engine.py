"""The database: opened so that readers see one state of it and writers never lose an update, whichever it is."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, finalize

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from server.db.place import DatabasePlace, Kind
from server.db.watching import TAKE_TURN, ChangeWatch, LoopWatch, SqliteLoopWatch, SqliteWatch

READ_ONLY = "loa_read_only"
# How long a writer waits for its turn, and anybody for a connection.
BUSY_TIMEOUT_MS = 10_000
CONNECT_TIMEOUT_S = 5
# At one time, of each process.
POOL = 5
POOL_MORE = 10


class Database:
    """Sessions over one database: `read()` sees one state of it, `write()` commits at its end or not at all.

    Writers take turns: the audit trail is one chain, each entry resting on the one before, so they would wait for each
    other there at the latest. What a writer has read stays true until it has committed.
    """

    def __init__(self, place: DatabasePlace | Path) -> None:
        self.place = DatabasePlace.file(place) if isinstance(place, Path) else place
        if self.place.path is not None:
            self.engine = _sqlite_engine(self.place)
            self._reading = self.engine.execution_options(**{READ_ONLY: True})
        else:
            self.engine = _postgresql_engine(self.place)
            event.listen(self.engine, "connect", lambda connection, _: self._lines.add(connection))
            self._reading = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True, **{READ_ONLY: True}
            )
        self.longest_look_s = 5.0
        """How long an event loop's question may take. A server that is only busy answers sooner."""
        self._lines: WeakSet[Any] = WeakSet()
        self._silent_lines: WeakSet[Any] = WeakSet()
        self._loop_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopWatch] = WeakKeyDictionary()
        # Connections to a server are given back also where nobody closed this.
        finalize(self, self.engine.dispose)

    @property
    def kind(self) -> Kind:
        return self.place.kind

    @property
    def path(self) -> Path:
        """SQLite's file. Raises TypeError for a server."""
        if self.place.path is None:
            raise TypeError(self.place)
        return self.place.path

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            if self.kind == "postgresql":
                session.connection().exec_driver_sql(TAKE_TURN)
            yield session

    @contextmanager
    def write_apart(self) -> Iterator[Session]:
        """For rows that nobody decides by and no kept page shows, with no entry in the trail: without a turn where a
        server orders writers by itself, and untold to those who watch for commits.
        """
        if self.kind == "sqlite":
            with self.write() as session:
                yield session
            return
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def watch(self) -> ChangeWatch:
        if self.place.path is not None:
            return SqliteWatch(self.place.path)
        from server.db.server_watch import PostgresqlWatch

        return PostgresqlWatch(postgresql_options(self.place), made=self._lines.add)

    async def version(self) -> int:
        """What a watch tells, asked from an event loop, which is never blocked; one watch serves all of it.

        Raises psycopg.OperationalError where a server does not answer within seconds.
        """
        loop = asyncio.get_running_loop()
        watch = self._loop_watches.get(loop)
        if watch is None:
            watch = self._loop_watches[loop] = self._loop_watch()
        return await watch.version()

    def leave_loop(self) -> None:
        """The event loop that runs will ask no more."""
        watch = self._loop_watches.pop(asyncio.get_running_loop(), None)
        if watch is not None:
            watch.close()

    def note_silence(self) -> None:
        """A server has fallen silent, or still is: whatever line is open by now may be dead."""
        self._silent_lines.update(self._known_lines())

    def cut_silent_lines(self) -> None:
        """It has come back on a new line: who still waits on one from before, perhaps for ever, is told that it is dead.
        What was under way there is taken back by the server; lines at rest are seen to be dead when next they are to be
        used. Those that were opened since are left alone.
        """
        from psycopg import OperationalError

        lines = list(self._silent_lines)
        self._silent_lines.clear()
        for line in lines:
            # Of a copy: the descriptor itself is its owner's to close, who may do so at this moment.
            with suppress(OSError, OperationalError), socket.socket(fileno=os.dup(line.fileno())) as copy:
                copy.shutdown(socket.SHUT_RDWR)

    def _known_lines(self) -> list[Any]:
        while True:
            # Other threads connect meanwhile.
            with suppress(RuntimeError):
                return list(self._lines)

    def close(self) -> None:
        for watch in list(self._loop_watches.values()):
            watch.close()
        self._loop_watches.clear()
        self.engine.dispose()

    def _loop_watch(self) -> LoopWatch:
        if self.place.path is not None:
            return SqliteLoopWatch(self.place.path)
        from server.db.server_watch import PostgresqlLoopWatch

        return PostgresqlLoopWatch(
            postgresql_options(self.place),
            longest_s=self.longest_look_s,
            fell_silent=self.note_silence,
            came_back=self.cut_silent_lines,
        )


def _sqlite_engine(place: DatabasePlace) -> Engine:
    engine = create_engine(
        place.url,
        pool_size=POOL,
        max_overflow=POOL_MORE,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        hide_parameters=True,  # values may be secrets, and errors are logged
        json_deserializer=msgspec.json.decode,
    )

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


def postgresql_options(place: DatabasePlace) -> dict[str, Any]:
    """What the driver is given, beside the URL's own: every wait has an end, and instants are told in UTC."""
    settings = {
        "TimeZone": "UTC",
        "lock_timeout": str(BUSY_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": "600000",
        "synchronous_commit": "on",  # a commit that was acknowledged survives a power cut
        "jit": "off",  # compiling takes longer than what is asked here
    }
    url = place.url
    options: dict[str, Any] = {
        "dbname": url.database,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": "loa",
        "client_encoding": "UTF8",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        # Whose machine or line is gone is known within half a minute, also by who only waits for an answer.
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    named = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
    return options | {name: value for name, value in named.items() if value is not None} | dict(url.query)


def _postgresql_engine(place: DatabasePlace) -> Engine:
    return create_engine(
        place.url.set(query={}),
        connect_args=postgresql_options(place),
        pool_size=POOL,
        max_overflow=POOL_MORE,
        pool_timeout=BUSY_TIMEOUT_MS / 1000,
        pool_pre_ping=True,  # the server may have been started anew since
        hide_parameters=True,
        json_deserializer=msgspec.json.decode,
    )
