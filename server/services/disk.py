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
_FULL_REASONS = {os.strerror(number) for number in _FULL}
# SQLite's names have endings that tell more: SQLITE_IOERR_WRITE, SQLITE_READONLY_DBMOVED.
_UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


@contextmanager
def disk_refusals(path: Path) -> Iterator[None]:
    """Raises DiskFull, HomeUnwritable, DatabaseBusy or DatabaseDamaged for what the system says of writing to `path`."""
    try:
        yield
    except StoreUnwritable as error:
        if error.reason in _FULL_REASONS:
            raise DiskFull(path=error.path) from error
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(path=str(path)) from error
        raise HomeUnwritable(path=str(path), reason=error.strerror or str(error)) from error
    except DBAPIError as error:
        refusal = _of_database(path, error.orig)
        if refusal is None:
            raise
        raise refusal from error
    except sqlite3.DatabaseError as error:
        refusal = _of_database(path, error)
        if refusal is None:
            raise
        raise refusal from error


def _of_database(path: Path, error: BaseException | None) -> ServiceRefusal | None:
    """None where the fault is not the file's, such as a broken constraint."""
    if not isinstance(error, sqlite3.DatabaseError):
        return None
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_FULL"):
        return DiskFull(path=str(path))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DatabaseBusy(path=str(path))
    if name.startswith(_UNWRITABLE):
        return HomeUnwritable(path=str(path), reason=str(error))
    return DatabaseDamaged(path=str(path), reason=str(error)) if name.startswith(_DAMAGED) else None
