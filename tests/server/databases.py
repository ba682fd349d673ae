"""Which database the homes of the tests have: a file of their own, or one of a PostgreSQL that all of them share.

`pytest --database=postgresql` starts that server, once for all test processes. A home's database is found by the home's
path, so whoever knows the home, a child process too, comes to the same one.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text

from server.db.place import DATABASE_FILE, DatabasePlace
from server.db.tables import METADATA
from server.db.watching import TAKE_TURN
from server.services.context import Context
from server.services.context import open_context as open_where
from tests.postgresql import PostgresqlServer
from tests.server import stores

# The folder of the server; of the name that the service takes for none of its settings.
SERVER = "LOA_TEST_POSTGRESQL"


def server() -> PostgresqlServer | None:
    folder = os.environ.get(SERVER)
    return PostgresqlServer(Path(folder)) if folder else None


def place_of(home: Path) -> DatabasePlace:
    """Of the home's database, which is made where there is none."""
    found = server()
    if found is None:
        return DatabasePlace.file(home / DATABASE_FILE)
    name = _name(home)
    if not _mark(home).exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        found.drop(name)
        found.create(name)
        _mark(home).write_text(name, "ascii")
    return found.place(name)


def settings_of(home: Path) -> dict[str, str]:
    """What a command, or a service, has in its environment to work with that home."""
    found = server()
    place_of(home)
    database = {"LOA_DATABASE_URL": found.url(_name(home))} if found else {}
    return {"LOA_HOME": str(home)} | database | stores.settings_of(home)


def open_context(*, home: Path, **given: Any) -> Context:
    """The service's own, with the home's database and store."""
    place = place_of(home)
    given.setdefault("s3", stores.location_of(home))
    return open_where(home=home, server=place if place.kind == "postgresql" else None, **given)


def copy_database(source: Path, target: Path) -> None:
    """Of a home that nobody has open, whose files were copied already."""
    found = server()
    if found is not None and _mark(source).exists():
        found.drop(_name(target))
        found.create(_name(target), template=_name(source))
        _mark(target).write_text(_name(target), "ascii")


def drop_databases(folder: Path) -> None:
    """Of all homes in the folder: a test's are of no use after it."""
    found = server()
    if found is not None:
        for mark in folder.rglob(f"*{_MARK}"):
            found.drop(mark.read_text("ascii"))


class Behind:
    """A connection of somebody who may do anything with the database; ? in a statement is a value."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        parts = statement.replace(":", "\\:").split("?")
        named = "".join(f"{part}:v{number}" for number, part in enumerate(parts[:-1])) + parts[-1]
        done = self._connection.execute(text(named), {f"v{number}": value for number, value in enumerate(values)})
        return [tuple(row) for row in done] if done.returns_rows else []


@contextmanager
def behind(context: Context) -> Iterator[Behind]:
    """Changes that the database itself refuses, made past its triggers and keys, which are there again afterwards."""
    if context.database.kind == "postgresql":
        with context.database.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(TAKE_TURN))
            yield Behind(connection)
        return
    with context.database.engine.connect() as connection:
        file: Any = connection.connection.driver_connection
        file.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
                for name, _sql in triggers:
                    connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
                yield Behind(connection)
                for _name, sql in triggers:
                    connection.exec_driver_sql(sql)
        finally:
            file.execute("PRAGMA foreign_keys = ON")


def dump(context: Context) -> dict[str, list[str]]:
    """Every row of every table of ours, by table, in no order that depends on the database."""
    with context.database.read() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.connection().execute(select(table)))
            for table in METADATA.sorted_tables
        }


_MARK = ".database"


def _mark(home: Path) -> Path:
    """Beside the home, which some commands are to find empty."""
    return home.with_name(home.name + _MARK)


def _name(home: Path) -> str:
    return f"h{hashlib.sha256(str(home.absolute()).encode()).hexdigest()[:24]}"
