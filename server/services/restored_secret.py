"""The secret that a restore brings: it comes into force with the database that it belongs to, or not at all.

It waits beside the old one before the database is exchanged, which names it by its hash; whoever is killed in between has
the exchange finished by the next who opens the home.
"""

import hashlib
import os
import shutil
from contextlib import ExitStack
from pathlib import Path

from sqlmodel import Session

from server.db.engine import Database
from server.db.records import Fact
from server.services.disk import sync_folder
from server.services.hidden import KEY_FILE

SECRET_FACT = "restored_secret"  # noqa: S105 (the name of a fact)
_WAITING = f".{KEY_FILE}.restored"


def await_exchange(home: Path, content: bytes | None) -> None:
    """Before the database is exchanged; None: the backup has no secret. Raises OSError."""
    path = home / _WAITING
    path.unlink(missing_ok=True)
    if content is None:
        return
    with ExitStack() as stack:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        stack.callback(os.close, descriptor)
        os.write(descriptor, content)
        os.fsync(descriptor)
    sync_folder(home)


def name_secret(session: Session, content: bytes | None) -> None:
    """In the database that will take the other's place."""
    if content is not None:
        session.merge(Fact(name=SECRET_FACT, value=_digest(content)))
    elif (fact := session.get(Fact, SECRET_FACT)) is not None:
        session.delete(fact)


def finish_exchange(home: Path, database: Database, *, gives_up: bool = False) -> None:
    """Once the database was exchanged; else nothing is changed, and whoever `gives_up` takes away what waits.

    The secret that was here stays beside it. Raises OSError, DBAPIError.
    """
    waiting, path = home / _WAITING, home / KEY_FILE
    if not waiting.exists():
        return
    content = waiting.read_bytes()
    with database.read() as session:
        fact = session.get(Fact, SECRET_FACT)
    if fact is None or fact.value != _digest(content):
        if gives_up:
            waiting.unlink()
        return
    if path.exists() and path.read_bytes() != content:
        shutil.copyfile(path, home / f"{KEY_FILE}.before")
        (home / f"{KEY_FILE}.before").chmod(0o600)
    waiting.replace(path)
    sync_folder(home)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
