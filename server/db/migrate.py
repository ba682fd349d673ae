"""Brings a database to the schema that this code knows, and refuses one that is newer."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from server.db.engine import Database
from server.db.place import DatabasePlace

HEAD = "0014"
MIGRATIONS = Path(__file__).parent / "migrations"
_TURN = 0x4C6F61  # names the lock among all locks of a server


def schema_version(place: DatabasePlace | Path) -> str | None:
    """The schema that the database has now; None where there is no file, or nothing in it.

    Raises sqlite3.DatabaseError, DBAPIError.
    """
    if isinstance(place, Path):
        place = DatabasePlace.file(place)
    return _version_of_file(place.path) if place.path is not None else _version_of_server(place)


def _version_of_file(path: Path) -> str | None:
    if not path.exists():
        return None
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        if found is None:
            return None
        row: tuple[str] | None = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return row[0] if row else None
    finally:
        connection.close()


def _version_of_server(place: DatabasePlace) -> str | None:
    database = Database(place)
    try:
        with database.engine.connect() as connection:
            if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                return None
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return None if found is None else str(found)
    finally:
        database.close()


def upgrade(database: Database) -> None:
    """Applies what is missing. Two processes that start at once take turns."""
    with _alone(database):
        if schema_version(database.place) == HEAD:
            return
        with database.engine.connect() as connection:
            run_migrations(connection)


def run_migrations(connection: Connection, to: str = "head") -> None:
    """In a transaction that is open on the connection, or one of its own."""
    # Alembic takes most of a second to import: only a first start or an upgrade pays for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with _tables_may_be_rebuilt(connection):
        config.attributes["connection"] = connection
        command.upgrade(config, to)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    if database.place.path is not None:
        with Path(f"{database.place.path}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    # Of a connection: the server ends it when this process dies. An upgrade may take longer than a writer waits.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": _TURN})
        try:
            yield
        finally:
            connection.invalidate()


@contextmanager
def _tables_may_be_rebuilt(connection: Connection) -> Iterator[None]:
    """SQLite changes a column by building the table anew, which foreign keys to it would forbid.

    They are looked at once more before anybody works with the result; the setting can't be changed in a transaction.
    """
    sqlite = connection.connection.driver_connection
    if not isinstance(sqlite, sqlite3.Connection):
        yield
        return
    sqlite.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
        broken = sqlite.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise sqlite3.IntegrityError(f"foreign keys are broken after the upgrade: {broken[:3]}")
    finally:
        sqlite.execute("PRAGMA foreign_keys = ON")


def known_versions() -> set[str]:
    return {file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")}
