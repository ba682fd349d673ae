"""The schema that migrations make is the one that the tables describe, and no other is touched."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from server.db import migrate
from server.db.engine import Database
from server.db.tables import METADATA, is_ours
from server.services.context import Context, open_context
from server.services.footing_refusals import DatabaseDamaged, DatabaseTooNew, HomeUnwritable
from server.services.segments import list_segments

# What a home of the first release had: two segments (one withdrawn), a column with its opening, a published slot.
FILLED = """
INSERT INTO organisation (id, code, name) VALUES (1, 'snv', 'Sở Nội vụ');
INSERT INTO topic (id, code, name, weight, lead_organisation_id, position) VALUES (1, 'c01', 'Một cửa', 1.0, 1, 1);
INSERT INTO audio (
    id, sha256, size, file_name, container, codec, channels, sample_rate, decoded_ms, cue_in_ms, cue_out_ms,
    duration_ms, loudness_lufs, loudness_range_lu, true_peak_dbtp, ingested_at
) VALUES
    (1, 'aa', 10, 'a.wav', 'wav', 'pcm_s16le', 1, 22050, 60000, 0, 60000, 60000, -20, 3, -2, '2026-01-02 03:04:05.000000'),
    (2, 'bb', 20, 'b.wav', 'wav', 'pcm_s16le', 2, 44100, 62000, 500, 61500, 61000, -19, 4, -1, '2026-01-03 03:04:05.000000'),
    (3, 'cc', 30, 'mo.wav', 'wav', 'pcm_s16le', 1, 22050, 9000, 0, 9000, 9000, -18, 2, -1, '2026-01-03 03:04:05.000000');
INSERT INTO rendition (audio_id, kind, sha256, size, media_type, duration_ms, loudness_lufs, true_peak_dbtp) VALUES
    (1, 'broadcast', 'aa-mp3', 5, 'audio/mpeg', 60000, -23, -3),
    (2, 'broadcast', 'bb-mp3', 6, 'audio/mpeg', 61000, -23, -4),
    (3, 'broadcast', 'cc-mp3', 7, 'audio/mpeg', 9000, -23, -5);
INSERT INTO programme_column (
    id, code, name, opening_audio_id, slot_min_ms, slot_max_ms, max_slots_per_day, separation_days, max_per_month
) VALUES (1, 'cchc', 'Tuyên truyền CCHC', 3, 1, 2, 1, 1, 1);
INSERT INTO segment (
    id, code, title, topic_id, column_id, language, producer_id, audio_id, priority, valid_from, valid_to, stations,
    state, withdrawn_at, withdrawn_reason, text, note, sample, created_at, search, sort_key
) VALUES
    (1, 'b0001', 'Một', 1, 1, 'vi', 1, 1, 'normal', '2026-01-01', NULL, '["h654"]', 'ready', NULL, NULL, 'Lời', 'Ghi',
     0, '2026-01-02 03:04:05.000000', 'b0001 mot', 'm'),
    (2, 'b0002', 'Hai', 1, NULL, 'rad', NULL, 2, 'urgent', '2026-01-01', '2026-02-01', 'null', 'withdrawn',
     '2026-02-02 00:00:00.000000', 'Cũ', '', '', 1, '2026-01-03 03:04:05.000000', 'b0002 hai', 'h');
INSERT INTO unit (id) VALUES (1);
INSERT INTO station (
    id, code, tier, unit_id, name, languages, language_shares, technology, timezone, sample, search, sort_key
) VALUES (1, 'h654', 'district', 1, 'Krông Pắc', '["vi"]', '{}', 'fm', 'Asia/Ho_Chi_Minh', 0, 'h654', 'k');
INSERT INTO month_plan (id, station_id, month, digest) VALUES (1, 1, '2026-01', 'd');
INSERT INTO slot (id, month_plan_id, key, column_id, starts_at, length_ms, locked)
    VALUES (1, 1, 'k', 1, '2026-01-05 22:00:00.000000', 60000, 0);
INSERT INTO slot_item (slot_id, position, segment_id, title, start_ms, duration_ms, rendition_sha256)
    VALUES (1, 0, 2, 'Hai', 0, 61000, 'bb-mp3');
INSERT INTO audit_entry (at, actor, origin, action, subject, facts)
    VALUES ('2026-01-03 03:04:05.000000', 'local', 'cli', 'segment.added', 'b0002', '{"title": "Hai"}');
"""


def script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    return ScriptDirectory.from_config(config)


def _first_schema(path: Path) -> None:
    database = Database(path)
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    database.close()


def _rows(connection: sqlite3.Connection) -> dict[str, list[dict[str, object]]]:
    connection.row_factory = sqlite3.Row
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}  # noqa: S608 (names from the schema)
    return {name: rows for name, rows in tables.items() if rows and name != "alembic_version"}


def test_the_head_that_the_code_knows_is_the_last_migration() -> None:
    assert script().get_heads() == [migrate.HEAD]
    assert migrate.known_versions() == {revision.revision for revision in script().walk_revisions()}


def test_the_migrated_schema_is_what_the_tables_describe(empty: Context) -> None:
    with empty.database.engine.connect() as connection:
        ours = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(ours, METADATA) == []


@pytest.mark.of_sqlite("its file")
def test_tables_of_others_in_the_same_file_are_not_looked_at(empty: Context) -> None:
    with closing(sqlite3.connect(empty.database.path)) as others:
        others.executescript(
            "CREATE TABLE workflow_status (workflow_uuid TEXT PRIMARY KEY, status TEXT);"
            "CREATE INDEX workflow_status_status_index ON workflow_status (status)"
        )
    with empty.database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
        assert {change[0] for change in found} == {"remove_table", "remove_index"}
        ours = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(ours, METADATA) == []


def test_checks_and_foreign_keys_of_the_tables_are_in_the_database(empty: Context) -> None:
    names = (
        "SELECT sql FROM sqlite_master WHERE type = 'table'"
        if empty.database.kind == "sqlite"
        else "SELECT conname FROM pg_constraint"
    )
    with empty.database.read() as session:
        written = " ".join(session.connection().scalars(text(names)))
    for table in METADATA.tables.values():
        for constraint in table.constraints:
            if constraint.name is not None:
                assert str(constraint.name) in written, (table.name, constraint)


@pytest.mark.of_sqlite("its file")
def test_a_new_file_has_no_schema_and_a_started_one_has_the_head(empty: Context, tmp_path: Path) -> None:
    assert migrate.schema_version(tmp_path / "none.sqlite") is None
    (tmp_path / "blank.sqlite").touch()
    assert migrate.schema_version(tmp_path / "blank.sqlite") is None
    assert migrate.schema_version(empty.database.path) == migrate.HEAD


@pytest.mark.of_sqlite("its file")
def test_a_home_without_a_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    home = tmp_path / "một" / "hai"
    open_context(home=home).close()
    assert migrate.schema_version(home / "loa.sqlite") == migrate.HEAD
    assert (home / "scratch").is_dir()


@pytest.mark.of_sqlite("its file")
def test_a_filled_library_of_the_first_schema_keeps_all_of_it_and_gets_versions(tmp_path: Path) -> None:
    path = tmp_path / "loa.sqlite"
    _first_schema(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as first:
        first.executescript(FILLED)
        before = _rows(first)
    context = open_context(home=tmp_path)
    assert migrate.schema_version(path) == migrate.HEAD
    with closing(sqlite3.connect(path)) as now:
        assert now.execute("PRAGMA foreign_key_check").fetchall() == []
        assert now.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        after = _rows(now)
    for table, rows in before.items():
        assert [{name: row[name] for name in rows[0]} for row in after[table]] == rows, table
    versions = after["segment_version"]
    assert [(v["segment_id"], v["number"], v["audio_id"], v["original_sha256"]) for v in versions] == [
        (1, 1, 1, "aa"),
        (2, 1, 2, "bb"),
    ]
    assert {(v["state"], v["step"], v["progress"]) for v in versions} == {("ready", "done", 100)}
    views = {view.code: view for view in list_segments(context).items}
    context.close()
    assert (views["b0001"].state, views["b0002"].state) == ("ready", "withdrawn")
    [version] = views["b0002"].versions
    assert version.in_force
    assert version.audio == views["b0002"].audio
    assert version.audio is not None
    assert (version.audio.duration_ms, version.audio.facts, version.audio.broadcast_sha256) == (61_000, None, "bb-mp3")


@pytest.mark.of_sqlite("its file")
def test_what_is_processed_needs_no_recording_and_what_is_ready_does(empty: Context) -> None:
    with closing(sqlite3.connect(empty.database.path, isolation_level=None)) as rows:
        rows.executescript("INSERT INTO topic (code, name, weight, position) VALUES ('t', 'T', 1, 1)")
        insert = (
            "INSERT INTO segment (code, title, topic_id, language, priority, valid_from, state, text, note, sample, "
            "created_at, search, sort_key) VALUES (?, 'A', 1, 'vi', 'normal', '2026-01-01', ?, '', '', 0, "
            "'2026-01-01 00:00:00.000000', 'a', 'a')"
        )
        for state in ("processing", "held", "rejected", "discarded"):
            rows.execute(insert, (state, state))
        for state in ("ready", "withdrawn", "lost"):
            with pytest.raises(sqlite3.IntegrityError):
                rows.execute(insert, (state, state))


@pytest.mark.of_sqlite("its file")
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


@pytest.mark.of_sqlite("its file")
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "loa.sqlite"
    path.write_bytes(b"Ghi chu cua toi.\n" * 1000)
    before = path.read_bytes()
    with pytest.raises(DatabaseDamaged) as refused:
        open_context(home=tmp_path)
    assert refused.value.path == str(path)
    assert path.read_bytes() == before


@pytest.mark.of_sqlite("its file")
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


@pytest.mark.of_sqlite("its file")
def test_a_database_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loa.sqlite").mkdir()
    with pytest.raises(HomeUnwritable):
        open_context(home=tmp_path)


@pytest.mark.of_sqlite("its file")
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
