"""A backup in the place of what is there: told before, never without a safety copy, the old or the new at every moment."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, delete, func, inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from server.db import migrate
from server.db.dump import Unguarded, load_lines, set_counters, tables_there
from server.db.engine import Database
from server.db.intake import Upload, UploadPiece
from server.db.tables import METADATA
from server.services.audit import record
from server.services.backup_checks import load_backup, require_known
from server.services.backup_making import BackupMade, make_backup
from server.services.backup_refusals import BackupDamaged, BackupSecretOther
from server.services.backup_sealing import Sealing
from server.services.backups import Backup, Progress, lines_in, sound_place
from server.services.calendar_floors import highest_sequence, raise_sequences
from server.services.context import Context
from server.services.disk import disk_refusals, sync_folder
from server.services.hidden import KEY_FILE
from server.services.in_use import for_itself
from server.services.restored_secret import await_exchange, finish_exchange, name_secret
from server.services.revision_numbers import keep_floors, newest_numbers, raise_to


class TableChange(Struct, frozen=True, kw_only=True):
    """Rows now and afterwards, where they differ in number."""

    table: str
    now: int
    then: int


class MonthChange(Struct, frozen=True, kw_only=True):
    """Newest revision: in force now or at some station, and in the backup (0: none)."""

    month: str
    now: int
    then: int


class RestorePreview(Struct, frozen=True, kw_only=True):
    """`months` are those whose newer revisions will be gone: what is published next is numbered above them."""

    backup: str
    tables: list[TableChange]
    months: list[MonthChange]
    sounds_to_bring: int


class Restored(Struct, frozen=True, kw_only=True):
    """`safety` is the backup of what was there before: restoring it undoes this."""

    backup: str
    safety: BackupMade
    rows: int
    sounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    folder: Path
    backup: Backup
    sealing: Sealing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the restored database is told of the one before: revisions by month, the highest SEQUENCE, where it is kept."""

    numbers: dict[str, int]
    sequence: int
    safety: str
    secret: bytes | None


def preview_restore(context: Context, backup: Backup) -> RestorePreview:
    """Raises BackupTooNew."""
    require_known(backup)
    with context.database.read() as session:
        now = _counts(session.connection())
        numbers = newest_numbers(session)
    then = {table.name: table.rows for table in backup.tables}
    return RestorePreview(
        backup=backup.name,
        tables=[
            TableChange(table=name, now=now.get(name, 0), then=then.get(name, 0))
            for name in sorted(now.keys() | then.keys())
            if now.get(name, 0) != then.get(name, 0)
        ],
        months=[
            MonthChange(month=month, now=number, then=backup.months.get(month, 0))
            for month, number in sorted(numbers.items())
            if number > backup.months.get(month, 0)
        ],
        sounds_to_bring=sum(not context.store.exists(sha256) for sha256, _ in backup.sounds),
    )


def restore(
    context: Context, folder: Path, backup: Backup, sealing: Sealing, *, progress: Progress | None = None
) -> Restored:
    """Sounds are brought first, then the database takes the other's place at once; the context can't be used afterwards.

    Raises LoaIsRunning, BackupTooNew, BackupDamaged, BackupKeyMissing, BackupKeyWrong, BackupSecretOther, DiskFull,
    HomeUnwritable.
    """
    require_known(backup)
    source = _Source(folder=folder, backup=backup, sealing=sealing)
    with disk_refusals(context.home), for_itself(context.home, context.database.place):
        secret = secret_of(source.folder, backup, sealing)
        if secret is not None and context.secret_is_set and secret != context.secret:
            raise BackupSecretOther(backup=backup.name, folder=str(folder))
        _require_opens(source)
        safety = make_backup(context, folder, sealing, kind="safety")
        _bring_sounds(context, folder, backup, sealing, progress)
        if context.secret_is_set:  # it is the same, and nobody changes it
            secret = None
        await_exchange(context.home, secret)
        with context.database.read() as session:
            told = _Told(
                numbers=newest_numbers(session),
                sequence=highest_sequence(session),
                safety=safety.name,
                secret=secret,
            )
        raise_to(told.numbers, backup.months)
        try:
            if context.database.kind == "sqlite":
                _replace_file(context, source, told)
            else:
                _replace_tables(context, source, told)
        except BaseException as error:
            # Where even that can't be asked, the next who opens the home finds out.
            with suppress(OSError, DBAPIError):
                finish_exchange(context.home, context.database, gives_up=True)
            if isinstance(error, ValueError | TypeError):
                raise BackupDamaged(backup=backup.name, faults=[str(error)[:200]]) from error
            raise
        finish_exchange(context.home, context.database)
        context.close()
    return Restored(
        backup=backup.name,
        safety=safety,
        rows=sum(table.rows for table in backup.tables),
        sounds=len(backup.sounds),
    )


def set_aside(home: Path, database: Path) -> Path:
    """A file that can't be read any more, out of the way of the one that is restored; where it is now."""
    place = home / f"{database.name}.damaged"
    number = 1
    while place.exists():
        number += 1
        place = home / f"{database.name}.damaged-{number}"
    database.rename(place)
    for ending in ("-wal", "-shm"):
        beside = database.with_name(database.name + ending)
        if beside.exists():
            beside.rename(place.with_name(place.name + ending))
    return place


def _counts(connection: Connection) -> dict[str, int]:
    return {
        name: connection.execute(select(func.count()).select_from(METADATA.tables[name])).scalar_one()
        for name in tables_there(connection)
    }


def _bring_sounds(context: Context, folder: Path, backup: Backup, sealing: Sealing, progress: Progress | None) -> None:
    """Raises BackupDamaged before anything else was changed."""
    for done, (sha256, _size) in enumerate(backup.sounds):
        if progress is not None:
            progress(done, len(backup.sounds))
        if context.store.exists(sha256):
            continue
        part = context.scratch / f"restored-{sha256}"
        digest = hashlib.sha256()
        try:
            with part.open("wb") as file:
                for piece in sealing.read(sound_place(folder, sha256, backup.audio), sha256):
                    digest.update(piece)
                    file.write(piece)
            if digest.hexdigest() != sha256:
                raise BackupDamaged(backup=backup.name, faults=[sha256])
            context.store.take(part)
        except FileNotFoundError as error:
            raise BackupDamaged(backup=backup.name, faults=[sha256]) from error
        finally:
            part.unlink(missing_ok=True)
    if progress is not None:
        progress(len(backup.sounds), len(backup.sounds))


def _replace_file(context: Context, source: _Source, told: _Told) -> None:
    path = context.database.path
    made = path.with_name(f"{path.name}.restored")
    _remove_database(made)
    database = Database(made)
    try:
        load_backup(database, source.folder, source.backup, source.sealing)
        migrate.upgrade(database)
        with database.write() as session:
            _tell(session, context, source.backup, told)
        database.close()
        _make_one_file(made)
        context.close()
        # What a killed server left in the file beside it belongs to the old one. Refused while another has it open.
        _make_one_file(path)
        made.replace(path)
    except BaseException:
        database.close()
        _remove_database(made)
        raise
    sync_folder(path.parent)
    _remove_database(made)


def _replace_tables(context: Context, source: _Source, told: _Told) -> None:
    """All in one transaction: until its end whoever looks sees what was there."""
    with context.database.engine.connect() as connection, connection.begin():
        for name in [each["name"] for each in _functions(connection)]:
            connection.exec_driver_sql(f'DROP FUNCTION "{name}"() CASCADE')
        ours = {*METADATA.tables, "alembic_version", "commit_count"} & set(inspect(connection).get_table_names())
        for name in sorted(ours):
            connection.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS dbos CASCADE")  # jobs of rows that are not there any more
        migrate.run_migrations(connection, source.backup.schema)
        with Unguarded(connection):
            for table in source.backup.tables:
                lines = lines_in(source.folder, source.sealing, source.backup, table)
                load_lines(connection, table.name, table.columns, lines)
        migrate.run_migrations(connection)
        set_counters(connection)
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            _tell(session, context, source.backup, told)
            session.commit()
    context.close()


def _functions(connection: Connection) -> Iterator[dict[str, str]]:
    rows = connection.exec_driver_sql(
        "SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname LIKE '%%\\_refused'"
    )
    for (name,) in rows.all():
        yield {"name": name}


def _tell(session: Session, context: Context, backup: Backup, told: _Told) -> None:
    # The bytes of uploads on their way are in no backup: who sends them begins again.
    session.execute(delete(UploadPiece))
    session.execute(update(Upload).values(stored=0))
    at = context.clock()
    above = {month: number for month, number in told.numbers.items() if number > backup.months.get(month, 0)}
    keep_floors(session, above)
    raise_sequences(session, before=told.sequence, made_at=backup.made_at, at=at)
    name_secret(session, told.secret)
    record(
        session,
        context,
        at=at,
        action="backup.restored",
        subject=backup.name,
        made_at=backup.made_at.isoformat(),
        safety=told.safety,
        database=backup.database,
    )


def _require_opens(source: _Source) -> None:
    """Reads all tables, before anything is written. Raises BackupDamaged, BackupKeyMissing, BackupKeyWrong."""
    for table in source.backup.tables:
        try:
            for _line in lines_in(source.folder, source.sealing, source.backup, table):
                pass
        except (ValueError, FileNotFoundError) as error:
            raise BackupDamaged(backup=source.backup.name, faults=[f"{table.name}.jsonl.gz"]) from error


def secret_of(folder: Path, backup: Backup, sealing: Sealing) -> bytes | None:
    """Of the installation that was backed up. Raises BackupDamaged, BackupKeyMissing, BackupKeyWrong."""
    if backup.secret is None:
        return None
    path = folder / backup.name / KEY_FILE
    try:
        content = b"".join(sealing.read(path, f"{backup.name}/{KEY_FILE}"))
        if hashlib.sha256(path.read_bytes()).hexdigest() == backup.secret:
            return content
    except FileNotFoundError as error:
        raise BackupDamaged(backup=backup.name, faults=[KEY_FILE]) from error
    raise BackupDamaged(backup=backup.name, faults=[KEY_FILE])


def _make_one_file(path: Path) -> None:
    """All of it in the file itself, nothing beside it."""
    with _sqlite(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def _remove_database(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal", ".lock"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
