"""A process that is killed at its n-th write: before a statement that changes something, before a commit, after it, or before
a file is made, moved or taken away.

It is forked from the test, so that nothing is imported anew; it opens its own context, and shares no connection.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlmodel import Session

from server.db.engine import Database
from server.services.context import Context

Opened = TypeVar("Opened", Context, Database)
_CHANGES = ("INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP")
_FILES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def is_killed(
    opened: Callable[[], Opened], act: Callable[[Opened], object], *, at: int, files: Path | None = None
) -> bool:
    """Whether `act` has that many writes; all that came before the last of them was done. With `files` those that are made,
    moved or taken away in that folder count, and nothing else does.
    """
    child = os.fork()
    if child == 0:
        try:
            found = opened()
            _count(found.database if isinstance(found, Context) else found, at, files)
            act(found)
        except BaseException as error:  # noqa: BLE001 (a child never comes back into the test)
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the act itself failed"
    return os.WIFSIGNALED(status)


def _count(database: Database, at: int, files: Path | None) -> None:
    left = at

    def one_more() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if files is not None:
        # Can't be taken off again: the process ends soon.
        sys.addaudithook(lambda name, facts: one_more() if _is_write(name, facts, str(files)) else None)
        return

    @event.listens_for(database.engine, "before_cursor_execute")
    def _(_c: Connection, _cursor: DBAPICursor, statement: str, _p: object, _x: object, _many: bool) -> None:  # noqa: FBT001 (the event's)
        if statement.lstrip().upper().startswith(_CHANGES):
            one_more()

    event.listen(database.engine, "commit", lambda _: one_more())
    event.listen(Session, "after_commit", lambda _: one_more())


def _is_write(name: str, facts: tuple[object, ...], folder: str) -> bool:
    if name == "open":
        path, mode, flags = facts
        writes = (isinstance(mode, str) and mode[:1] in {"x", "w", "a"}) or (
            mode is None and isinstance(flags, int) and bool(flags & _WRITING)
        )
        return writes and str(path).startswith(folder)
    return name in _FILES and str(facts[0]).startswith(folder)
