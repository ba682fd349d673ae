"""What the disk and the database file can refuse, told as refusals: full, read-only, locked, damaged."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from media.refusals import StoreUnwritable
from server.services.footing_refusals import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseUnreachable,
    DiskFull,
    HomeUnwritable,
)
from server.services.refusals import ServiceRefusal

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}
_FULL_REASONS = {os.strerror(number) for number in _FULL}
# SQLite's names have endings that tell more: SQLITE_IOERR_WRITE, SQLITE_READONLY_DBMOVED.
_UNWRITABLE = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
# PostgreSQL's, by SQLSTATE: connections (08), sign-in (28), shutting down (57P), no such database, too many clients, read-only.
_SERVER_GONE = ("08", "28", "57P", "3D000", "53300", "25006")
# Waited too long for a lock, was ended by a time limit, lost to another transaction.
_SERVER_BUSY = {"55P03", "57014", "40001", "40P01", "25P03"}
_SERVER_FULL = {"53100"}


@contextmanager
def disk_refusals(path: Path) -> Iterator[None]:
    """Raises DiskFull, HomeUnwritable, DatabaseBusy, DatabaseUnreachable or DatabaseDamaged for what the system says of
    writing to `path`.
    """
    try:
        yield
    except Exception as error:  # the server's driver has classes of its own, which are not imported here
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
    if isinstance(error, PoolTimeout):
        return DatabaseBusy(path=path)
    found = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(found, sqlite3.DatabaseError):
        return _of_database(found, path)
    # Not asked for by its class: without a server of PostgreSQL's nobody pays for the import.
    is_servers = type(found).__module__.startswith("psycopg")
    return _of_server(found, path) if is_servers and found is not None else None


def sync_folder(folder: Path) -> None:
    """The names in it are there after a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _of_server(error: BaseException, place: str) -> ServiceRefusal | None:
    """By PostgreSQL's classes of errors (its documentation, appendix A); one without: the connection is gone."""
    state = getattr(error, "sqlstate", None)
    lines = str(error).strip().splitlines()
    reason = lines[0] if lines else type(error).__name__
    if state is None:
        return DatabaseUnreachable(place=place, reason=reason) if _is_cut(error) else None
    if state in _SERVER_FULL:
        return DiskFull(path=place)
    if state.startswith(_SERVER_GONE):
        return DatabaseUnreachable(place=place, reason=reason)
    if state in _SERVER_BUSY:
        return DatabaseBusy(path=place)
    return DatabaseDamaged(path=place, reason=reason) if state.startswith("XX") else None


def _is_cut(error: BaseException) -> bool:
    return any(each.__name__ in {"OperationalError", "ConnectionTimeout"} for each in type(error).__mro__)


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
