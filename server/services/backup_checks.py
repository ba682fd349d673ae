"""Whether a backup is what it says: it is really restored, into a place of its own, and compared."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from server.db import migrate
from server.db.dump import Unguarded, load_lines, set_counters
from server.db.engine import Database
from server.db.place import DATABASE_FILE
from server.services.backup_refusals import BackupKeyMissing, BackupKeyWrong, BackupTooNew
from server.services.backup_sealing import Sealing
from server.services.backups import Backup, Progress, audio_folder, digest_of_table, lines_in, sound_place
from server.services.closing_checks import fault_sentence, verify_closings
from server.services.context import Context, open_context
from server.services.disk import refusal_of
from server.services.footing_refusals import DiskFull
from server.services.hidden import KEY_FILE
from server.services.trail import report_sentences, verify
from server.texts import _

MOST_FAULTS = 20


class BackupVerified(Struct, frozen=True, kw_only=True):
    """`faults`: sentences, the first of them; none: all is as it was. `entries` of the audit trail."""

    name: str
    tables: int
    rows: int
    sounds: int
    missing: list[str]
    entries: int
    faults: list[str]


def verify_backup(
    context: Context, folder: Path, backup: Backup, sealing: Sealing, *, progress: Progress | None = None
) -> BackupVerified:
    """Restores it into a scratch place, dumps it again and compares; reads every sound.

    Raises BackupKeyMissing, BackupTooNew, DiskFull, and BackupKeyWrong for another key than it was made with.
    """
    if backup.sealed and sealing.seals and backup.audio != audio_folder(sealing):
        raise BackupKeyWrong(path=str(folder / backup.name))  # of the backup itself nothing is known then
    faults: list[str] = []
    entries = 0
    with _scratch(context) as home:
        try:
            with _loaded(home, folder, backup, sealing) as database:
                faults += _different(database, backup)
            entries, more = _history(home)
            faults += more
        except BackupKeyWrong as refusal:
            faults.append(_("{file} không mở được bằng khóa này, hoặc đã bị thay đổi.", file=refusal.path))
        except (ValueError, TypeError, OSError, DBAPIError) as error:
            full = refusal_of(error, str(home))
            if isinstance(full, DiskFull):
                raise full from error
            faults.append(_("Không nạp lại được cơ sở dữ liệu: {reason}", reason=str(error).splitlines()[0][:200]))
    faults += _changed_files(folder, backup)
    for done, (sha256, size) in enumerate(backup.sounds):
        if progress is not None:
            progress(done, len(backup.sounds))
        place = sound_place(folder, sha256, backup.audio)
        try:
            whole = _is_sound(place, sealing, sha256, size)
            if not whole and backup.audio == audio_folder(sealing):
                _out_of_the_way(place)
        except OSError:  # says nothing of what the file holds
            whole = False
        if not whole:
            faults.append(_("Âm thanh {sha256} thiếu hoặc đã bị thay đổi.", sha256=sha256))
    if progress is not None:
        progress(len(backup.sounds), len(backup.sounds))
    return BackupVerified(
        name=backup.name,
        tables=len(backup.tables),
        rows=sum(table.rows for table in backup.tables),
        sounds=len(backup.sounds),
        missing=backup.missing,
        entries=entries,
        faults=faults[:MOST_FAULTS],
    )


def require_known(backup: Backup) -> None:
    """Raises BackupTooNew."""
    if backup.schema not in migrate.known_versions():
        raise BackupTooNew(backup=backup.name, found=backup.schema)


def load_backup(database: Database, folder: Path, backup: Backup, sealing: Sealing) -> None:
    """Into a database that has nothing yet: its own schema, its rows; all of it or nothing.

    Raises BackupTooNew, BackupKeyMissing, BackupKeyWrong, DBAPIError, ValueError, OSError.
    """
    require_known(backup)
    with database.engine.connect() as connection:
        migrate.run_migrations(connection, backup.schema)
        connection.commit()
        with connection.begin(), Unguarded(connection):
            for table in backup.tables:
                load_lines(connection, table.name, table.columns, lines_in(folder, sealing, backup, table))
            set_counters(connection)


@contextmanager
def _scratch(context: Context) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="backup-", dir=context.scratch))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _loaded(home: Path, folder: Path, backup: Backup, sealing: Sealing) -> Iterator[Database]:
    database = Database(home / DATABASE_FILE)
    try:
        load_backup(database, folder, backup, sealing)
        yield database
    finally:
        database.close()


def _different(database: Database, backup: Backup) -> Iterator[str]:
    for table in backup.tables:
        rows, sha256 = digest_of_table(database, table)
        if (rows, sha256) != (table.rows, table.sha256):
            yield _(
                "Bảng {table}: nạp lại được {rows} dòng, không giống {expected} dòng lúc sao lưu.",
                table=table.name,
                rows=rows,
                expected=table.rows,
            )


def _history(home: Path) -> tuple[int, list[str]]:
    """Entries of the trail, and what is wrong with it and with closed months, once brought to today's schema."""
    context = open_context(home=home)
    try:
        trail = verify(context)
        faults = [] if trail.whole else report_sentences(trail)
        return trail.entries, faults + [fault_sentence(fault) for fault in verify_closings(context)]
    finally:
        context.close()


def _changed_files(folder: Path, backup: Backup) -> Iterator[str]:
    """Also in bytes that mean nothing to whoever reads them."""
    files = [(f"{table.name}.jsonl.gz", table.stored) for table in backup.tables]
    if backup.secret is not None:
        files.append((KEY_FILE, backup.secret))
    for name, stored in files:
        path = folder / backup.name / name
        if not path.is_file() or _hash_of(path) != stored:
            yield _("{file} thiếu hoặc đã bị thay đổi.", file=path)


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _out_of_the_way(place: Path) -> None:
    """The next backup then copies it again from the store. A folder that is only lent for reading stays as it is."""
    with suppress(OSError):
        place.rename(place.with_name(f"{place.name}.damaged"))


def _is_sound(place: Path, sealing: Sealing, sha256: str, size: int) -> bool:
    """Raises OSError."""
    digest, read = hashlib.sha256(), 0
    try:
        for piece in sealing.read(place, sha256):
            digest.update(piece)
            read += len(piece)
    except (BackupKeyWrong, BackupKeyMissing):
        return False
    return (digest.hexdigest(), read) == (sha256, size)
