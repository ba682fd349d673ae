"""Making backups: of one moment of the database, while people go on; and taking old ones away."""

import errno
import fcntl
import hashlib
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlmodel import Session

from media.refusals import MissingAudio
from server.db import migrate
from server.db.dump import columns_of, lines_of, tables_there
from server.db.records import Fact
from server.services.audit import record
from server.services.backup_refusals import BackupFolderUnusable, BackupRunning
from server.services.backup_sealing import Sealing
from server.services.backups import (
    BACKUP_FACT,
    DESCRIPTION,
    FORMAT,
    PART,
    Backup,
    BackupTable,
    Described,
    Kind,
    Progress,
    audio_folder,
    backup_folders,
    free_name,
    read_backup,
    sound_place,
)
from server.services.claims import claimed
from server.services.context import Context
from server.services.disk import disk_refusals, sync_folder
from server.services.hidden import KEY_FILE
from server.services.media_care import used_files
from server.services.revision_numbers import newest_numbers


class BackupMade(Struct, frozen=True, kw_only=True):
    """`size` and `new_size` in bytes: of all it needs, and of what was written for it."""

    name: str
    folder: str
    sealed: bool
    rows: int
    sounds: int
    new_sounds: int
    missing: list[str]
    size: int
    new_size: int


def make_backup(
    context: Context, folder: Path, sealing: Sealing, *, kind: Kind = "full", progress: Progress | None = None
) -> BackupMade:
    """Of one moment of the database, and of all sounds that it names.

    Raises BackupRunning, BackupFolderUnusable, DiskFull, HomeUnwritable.
    """
    at = context.clock().astimezone(UTC)
    with _Alone(context, folder), context.database.read() as session:
        needed = sorted(used_files(session, at))
        made = _write(
            context,
            folder,
            sealing,
            session,
            at=at,
            kind=kind,
            schema=migrate.HEAD,
            needed=needed,
            months=newest_numbers(session),
            progress=progress,
        )
    with context.database.write() as session:
        session.merge(Fact(name=BACKUP_FACT, value=at.isoformat()))
        record(
            session,
            context,
            at=at,
            action="backup.made",
            subject=made.name,
            kind=kind,
            sounds=made.sounds,
            rows=made.rows,
        )
    return made


def backup_before_upgrade(context: Context, folder: Path, sealing: Sealing, schema: str) -> BackupMade:
    """Of a database of an older schema, without sounds, which an upgrade does not touch."""
    with _Alone(context, folder), context.database.read() as session:
        return _write(
            context,
            folder,
            sealing,
            session,
            at=context.clock().astimezone(UTC),
            kind="upgrade",
            schema=schema,
            needed=[],
            months={},
            progress=None,
        )


def prune_backups(context: Context, folder: Path, *, keep: int) -> list[str]:
    """Removes all full backups but the newest `keep`, and sounds that none needs any more; the names that went.

    Raises BackupUnreadable before anything is removed: nobody knows which sounds such a one needs.
    """
    with _Alone(context, folder):
        there = {path.name: read_backup(folder, path.name) for path in backup_folders(folder)}
        gone = [path for path in backup_folders(folder) if "-" not in path.name][keep:]
        for path in gone:
            hidden = path.with_name(f".{path.name}{PART}")
            path.rename(hidden)
            shutil.rmtree(hidden)
            del there[path.name]
        wanted = {sound_place(folder, sha256, each.audio) for each in there.values() for sha256, _ in each.sounds}
        for path in folder.glob("audio*/*/*"):
            if path not in wanted:
                path.unlink()
    if gone:
        with context.database.write() as session:
            at = context.clock()
            record(session, context, at=at, action="backup.pruned", subject=gone[0].name, backups=len(gone))
    return [path.name for path in gone]


class _Alone:
    """One backup at a time, of this installation and into this folder; what a killed one left is taken away."""

    def __init__(self, context: Context, folder: Path) -> None:
        self._context = context
        self._folder = folder
        self._held = ExitStack()

    def __enter__(self) -> None:
        with ExitStack() as stack:
            if not stack.enter_context(claimed(self._context, "backup")):
                raise BackupRunning(folder=str(self._folder))
            with disk_refusals(self._folder):
                descriptor = self._opened()
                stack.callback(os.close, descriptor)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise BackupRunning(folder=str(self._folder)) from error
                for path in self._folder.glob(f".*{PART}"):
                    shutil.rmtree(path)
            self._held = stack.pop_all()

    def _opened(self) -> int:
        """Raises BackupFolderUnusable; OSError of a disk that is full."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
            raise BackupFolderUnusable(folder=str(self._folder), reason=error.strerror or str(error)) from error

    def __exit__(self, *_: object) -> None:
        self._held.close()


def _write(
    context: Context,
    folder: Path,
    sealing: Sealing,
    session: Session,
    *,
    at: datetime,
    kind: Kind,
    schema: str,
    needed: list[str],
    months: dict[str, int],
    progress: Progress | None,
) -> BackupMade:
    name = free_name(folder, f"{at:%Y%m%dT%H%M%SZ}", kind)
    part = folder / f".{name}{PART}"
    with disk_refusals(folder):
        part.mkdir()
        try:
            tables = list(_tables(session, part, sealing, name))
            secret = _secret(context, part, sealing, name)
            sounds, missing, new_size, new = _sounds(context, folder, sealing, needed, progress)
            backup = Backup(
                format=FORMAT,
                name=name,
                kind=kind,
                made_at=at,
                loa=version("loa"),
                schema=schema,
                database=context.database.kind,
                sealed=sealing.seals,
                audio=audio_folder(sealing),
                tables=tables,
                sounds=sounds,
                missing=missing,
                months=months,
                secret=secret,
            )
            _describe(part / DESCRIPTION, backup, sealing)
            sync_folder(part)
            part.rename(folder / name)
            sync_folder(folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    of_tables = sum(table.size for table in tables)
    return BackupMade(
        name=name,
        folder=str(folder),
        sealed=sealing.seals,
        rows=sum(table.rows for table in tables),
        sounds=len(sounds),
        new_sounds=new,
        missing=missing,
        size=of_tables + sum(size for _, size in sounds),
        new_size=of_tables + new_size,
    )


def _tables(session: Session, part: Path, sealing: Sealing, backup: str) -> Iterator[BackupTable]:
    connection = session.connection()
    for name in tables_there(connection):
        columns = columns_of(connection, name)
        digest = hashlib.sha256()
        rows = 0

        def counted(lines: Iterable[bytes], digest: "hashlib._Hash" = digest) -> Iterator[bytes]:
            nonlocal rows
            for line in lines:
                digest.update(line)
                rows += 1
                yield line

        file = f"{name}.jsonl.gz"
        size, stored = sealing.write(
            part / file, f"{backup}/{file}", _packed(counted(lines_of(connection, name, columns)))
        )
        yield BackupTable(name=name, columns=columns, rows=rows, sha256=digest.hexdigest(), size=size, stored=stored)


def _packed(lines: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for line in lines:
        if piece := packer.compress(line):
            yield piece
    yield packer.flush()


def _secret(context: Context, part: Path, sealing: Sealing, backup: str) -> str:
    _size, stored = sealing.write(part / KEY_FILE, f"{backup}/{KEY_FILE}", [context.secret])
    (part / KEY_FILE).chmod(0o600)
    return stored


def _sounds(
    context: Context, folder: Path, sealing: Sealing, needed: list[str], progress: Progress | None
) -> tuple[list[tuple[str, int]], list[str], int, int]:
    """Those that are there, those that are not; the bytes and the number of those that were not here yet."""
    sounds, missing = [], []
    new_size = new = 0
    for done, sha256 in enumerate(needed):
        if progress is not None:
            progress(done, len(needed))
        place = sound_place(folder, sha256, audio_folder(sealing))
        kept = sealing.plain_size(place.stat().st_size) if place.exists() else None
        try:
            size = context.store.size(sha256)
            if kept != size:  # not there, or cut
                new_size += _keep_sound(context, place, sealing, sha256)
                new += 1
        except MissingAudio:
            missing.append(sha256)
            # The copy that an earlier backup made may be the last one.
            if kept is not None:
                sounds.append((sha256, kept))
        else:
            sounds.append((sha256, size))
    if progress is not None:
        progress(len(needed), len(needed))
    return sounds, missing, new_size, new


def _keep_sound(context: Context, place: Path, sealing: Sealing, sha256: str) -> int:
    """Raises MissingAudio, also for what is not any more what it was."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{sha256}{PART}")
    part.unlink(missing_ok=True)
    digest = hashlib.sha256()

    def seen() -> Iterator[bytes]:
        for piece in context.store.read(sha256):
            digest.update(piece)
            yield piece

    try:
        size, _stored = sealing.write(part, sha256, seen())
        if digest.hexdigest() == sha256:
            part.rename(place)
            return size
    finally:
        part.unlink(missing_ok=True)
    raise MissingAudio(sha256=sha256)


def _describe(path: Path, backup: Backup, sealing: Sealing) -> None:
    told = msgspec.json.encode(backup)
    described = Described(backup=msgspec.Raw(told), sha256=hashlib.sha256(told).hexdigest(), mark=sealing.mark(told))
    with path.open("xb") as file:
        file.write(msgspec.json.encode(described))
        file.flush()
        os.fsync(file.fileno())
