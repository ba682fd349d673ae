"""Brings a database to the schema that this code knows, and refuses one that is newer."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

HEAD = "0007"
MIGRATIONS = Path(__file__).parent / "migrations"


def schema_version(path: Path) -> str | None:
    """The schema that the file has now; None where there is no file or nothing in it. Raises sqlite3.DatabaseError."""
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


def upgrade(engine: Engine, path: Path) -> None:
    """Applies what is missing. Two processes that start at once take turns."""
    with Path(f"{path}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if schema_version(path) == HEAD:
            return
        # Alembic takes most of a second to import: only a first start or an upgrade pays for it.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with engine.connect() as connection, _tables_may_be_rebuilt(connection):
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@contextmanager
def _tables_may_be_rebuilt(connection: Connection) -> Iterator[None]:
    """SQLite changes a column by building the table anew, which foreign keys to it would forbid.

    They are looked at once more before anybody works with the result; the setting can't be changed in a transaction.
    """
    sqlite = connection.connection.driver_connection
    if not isinstance(sqlite, sqlite3.Connection):
        raise TypeError(sqlite)
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
