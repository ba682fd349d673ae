"""Whether anybody has committed anything: asked at each request, so it must cost next to nothing."""

import sqlite3
from pathlib import Path
from typing import Protocol

# One row, which every writer changes first: so writers take turns, and its number is that of the last commit.
TAKE_TURN = "UPDATE commit_count SET commits = commits + 1"


class ChangeWatch(Protocol):
    def version(self) -> int:
        """Another number than before once anybody, in this process or in another, has committed anything."""
        ...

    def close(self) -> None: ...


class LoopWatch(Protocol):
    """The same for one event loop, which is never blocked."""

    async def version(self) -> int: ...

    def close(self) -> None: ...


class SqliteLoopWatch:
    def __init__(self, path: Path) -> None:
        self._watch = SqliteWatch(path)

    async def version(self) -> int:
        return self._watch.version()

    def close(self) -> None:
        self._watch.close()


class SqliteWatch:
    """Microseconds, no query. To be used from one thread.

    SQLite's `data_version` counts the commits of other connections, in this process and in others; this connection
    never writes, so it sees them all.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA query_only = ON")

    def version(self) -> int:
        row: tuple[int] = self._connection.execute("PRAGMA data_version").fetchone()
        return row[0]

    def close(self) -> None:
        self._connection.close()
