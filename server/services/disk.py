"""What the disk and the database file can refuse, told as refusals: full, read-only, locked, damaged."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from media.refusals import StoreUnwritable
from server.services.refusals import DatabaseBusy, DatabaseDamaged, DiskFull, HomeUnwritable, ServiceRefusal

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}
_FULL_REASONS = {os.strerror(number) for number in _FULL}
# SQLite's names have endings that tell more: SQLITE_IOERR_WRITE, SQLITE_READONLY_DBMOVED.
_UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


@contextmanager
def disk_refusals(path: Path) -> Iterator[None]:
    """Raises DiskFull, HomeUnwritable, DatabaseBusy or DatabaseDamaged for what the system says of writing to `path`."""
    try:
        yield
    except (StoreUnwritable, OSError, DBAPIError, sqlite3.DatabaseError) as error:
        refusal = refusal_of(error, str(path))
        if refusal is None:
            raise
        raise refusal from error


def refusal_of(error: BaseException, path: str) -> ServiceRefusal | None:
    """None where the fault is not the disk's or the file's, such as a broken constraint."""
    if isinstance(error, StoreUnwritable):
        return DiskFull(path=error.path) if error.reason in _FULL_REASONS else None
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return DiskFull(path=path)
        reason = error.strerror or str(error)
        return HomeUnwritable(path=path, reason=reason) if error.errno in _FORBIDDEN else None
    found = error.orig if isinstance(error, DBAPIError) else error
    return _of_database(found, path) if isinstance(found, sqlite3.DatabaseError) else None


def _of_database(error: sqlite3.DatabaseError, path: str) -> ServiceRefusal | None:
    # Errors that Python's own layer raises have no name.
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return DiskFull(path=path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseBusy(path=path)
    if name.startswith(_UNWRITABLE):
        return HomeUnwritable(path=path, reason=str(error))
    return DatabaseDamaged(path=path, reason=str(error)) if name.startswith(_DAMAGED) else None
