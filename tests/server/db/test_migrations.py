"""The schema that migrations make is the one that the tables describe, and no other is touched."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from server.db import migrate
from server.db.tables import METADATA
from server.services.context import Context, open_context
from server.services.refusals import DatabaseDamaged, DatabaseTooNew, HomeUnwritable


def script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    return ScriptDirectory.from_config(config)


def test_the_head_that_the_code_knows_is_the_last_migration() -> None:
    assert script().get_heads() == [migrate.HEAD]
    assert migrate.known_versions() == {revision.revision for revision in script().walk_revisions()}


def test_the_migrated_schema_is_what_the_tables_describe(empty: Context) -> None:
    with empty.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_checks_and_foreign_keys_of_the_tables_are_in_the_database(empty: Context) -> None:
    with sqlite3.connect(empty.database.path) as connection:
        written = "".join(row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'"))
    connection.close()
    for table in METADATA.tables.values():
        for constraint in table.constraints:
            if constraint.name is not None:
                assert str(constraint.name) in written, (table.name, constraint)


def test_a_new_file_has_no_schema_and_a_started_one_has_the_head(empty: Context, tmp_path: Path) -> None:
    assert migrate.schema_version(tmp_path / "none.sqlite") is None
    (tmp_path / "blank.sqlite").touch()
    assert migrate.schema_version(tmp_path / "blank.sqlite") is None
    assert migrate.schema_version(empty.database.path) == migrate.HEAD


def test_a_home_without_a_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    home = tmp_path / "một" / "hai"
    open_context(home=home).close()
    assert migrate.schema_version(home / "loa.sqlite") == migrate.HEAD
    assert (home / "scratch").is_dir()


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "loa.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew) as refused:
        open_context(home=tmp_path)
    assert refused.value.facts == {"path": str(path), "found": "9999"}
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "loa.sqlite"
    path.write_bytes(b"Ghi chu cua toi.\n" * 1000)
    before = path.read_bytes()
    with pytest.raises(DatabaseDamaged) as refused:
        open_context(home=tmp_path)
    assert refused.value.path == str(path)
    assert path.read_bytes() == before


def test_a_damaged_page_is_refused(empty_home: Path, tmp_path: Path) -> None:
    damaged = bytearray((empty_home / "loa.sqlite").read_bytes())
    damaged[100:4096] = b"\xff" * (4096 - 100)
    (tmp_path / "loa.sqlite").write_bytes(damaged)
    with pytest.raises(DatabaseDamaged):
        open_context(home=tmp_path)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    for home in (tmp_path / "home", tmp_path / "home" / "below"):
        with pytest.raises(HomeUnwritable) as refused:
            open_context(home=home)
        assert refused.value.path == str(home)


def test_a_database_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loa.sqlite").mkdir()
    with pytest.raises(HomeUnwritable):
        open_context(home=tmp_path)


def test_processes_that_start_at_once_take_turns(tmp_path: Path) -> None:
    start = (
        "import sys; from pathlib import Path; from server.services.context import open_context; "
        "context = open_context(home=Path(sys.argv[1])); "
        "print(context.database.engine.connect().exec_driver_sql('SELECT version_num FROM alembic_version').scalar())"
    )

    def run(_: int) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-c", start, str(tmp_path / "home")], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout.strip(), done.stderr

    with ThreadPoolExecutor(3) as starters:
        ended = list(starters.map(run, range(3)))
    assert ended == [(0, migrate.HEAD, "")] * 3
