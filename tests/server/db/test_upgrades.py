"""A database of each earlier release with data in it: upgraded in either kind, after a backup that was verified."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.db import migrate
from server.db.engine import Database
from server.db.place import DATABASE_FILE
from server.services.backup_checks import load_backup, verify_backup
from server.services.backup_making import backup_before_upgrade
from server.services.backup_sealing import Sealing
from server.services.backups import list_backups, read_backup
from server.services.context import Context
from server.services.context import open_context as open_where
from server.services.trail import verify
from tests.postgresql import PostgresqlServer, running_postgresql
from tests.server.cli.command import loa
from tests.server.databases import dump
from tests.server.db.test_migrations import FILLED

PLAIN = Sealing(None)
EARLIER = sorted(migrate.known_versions())[:-1]
pytestmark = pytest.mark.of_sqlite("it takes both kinds itself")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with running_postgresql() as found:
        yield found


def home_of(folder: Path, revision: str) -> Path:
    """As the release with that schema left it: filled when it was the first, then brought there."""
    folder.mkdir()
    database = Database(folder / DATABASE_FILE)
    with database.engine.connect() as connection:
        migrate.run_migrations(connection, "0001")
    with closing(sqlite3.connect(folder / DATABASE_FILE, isolation_level=None)) as first:
        first.executescript(FILLED)
    with database.engine.connect() as connection:
        migrate.run_migrations(connection, revision)
    database.close()
    return folder


def upgraded(home: Path, folder: Path, **where: object) -> Context:
    def before(context: Context, schema: str) -> None:
        made = backup_before_upgrade(context, folder, PLAIN, schema)
        assert verify_backup(context, folder, read_backup(folder, made.name), PLAIN).faults == []

    return open_where(home=home, before_upgrade=before, **where)  # type: ignore[arg-type]  # its own


@pytest.mark.parametrize("revision", EARLIER)
def test_both_kinds_come_to_the_same_rows_from_each_earlier_schema(
    server: PostgresqlServer, tmp_path: Path, revision: str
) -> None:
    folder = tmp_path / "backups"
    file = upgraded(home_of(tmp_path / "home", revision), folder)
    [backup] = list_backups(folder)
    assert (backup.kind, backup.schema) == ("upgrade", revision)
    assert {table.name: table.rows for table in backup.tables}["audit_entry"] == 1
    assert verify(file).whole
    # What the backup of the old schema holds comes to the same in a server's database, which is then upgraded there.
    server.create(f"old_{revision}")
    database = Database(server.place(f"old_{revision}"))
    load_backup(database, folder, backup, PLAIN)
    database.close()
    assert migrate.schema_version(server.place(f"old_{revision}")) == revision
    there = upgraded(tmp_path / "other", tmp_path / "backups of the server", server=server.place(f"old_{revision}"))
    assert len(list_backups(tmp_path / "backups of the server")) == 1
    assert dump(there) == dump(file)
    assert verify(there).whole
    there.close()
    file.close()


def test_a_command_upgrades_after_a_verified_backup_and_says_so(tmp_path: Path) -> None:
    home = home_of(tmp_path / "home", EARLIER[-1])
    done = loa(home, "segments", "list", "--json")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)) > 0
    assert "sao lưu" in done.stderr
    [backup] = list_backups(home / "backups")
    assert backup.schema == EARLIER[-1]
    assert migrate.schema_version(home / DATABASE_FILE) == migrate.HEAD
    assert "sao lưu" not in loa(home, "segments", "list").stderr


def test_where_no_backup_can_be_made_nothing_is_upgraded(tmp_path: Path) -> None:
    home = home_of(tmp_path / "home", EARLIER[-1])
    (home / "backups").write_text("not a folder")
    done = loa(home, "segments", "list")
    assert done.returncode == 3
    assert migrate.schema_version(home / DATABASE_FILE) == EARLIER[-1]
    (home / "backups").unlink()
    assert loa(home, "segments", "list").returncode == 0
