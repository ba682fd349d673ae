"""Backups in a folder: each the whole database as text that either database reads, and every sound once for all of them.

    audio/{first two letters}/{sha256}      sounds, shared by all backups of the folder; audio-{key}/… by those of a key
    {when}[-{kind}]/backup.json             what the backup is, and the hash of each of its files; under the key's mark
    {when}[-{kind}]/{table}.jsonl.gz        its rows, as `server.db.dump` writes them
    {when}[-{kind}]/secret                  what signs this installation's addresses and manifests

A backup is there when its folder has its name; until then it is hidden, and whoever is killed leaves nothing that
counts. Uploads on their way are not in it: whoever sends goes on from the beginning.
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from server.db.dump import DumpedColumn, digest_of, lines_of
from server.db.engine import Database
from server.services.backup_refusals import BackupKeyWrong, BackupUnreadable, BackupUnsealed, UnknownBackup
from server.services.backup_sealing import Sealing

FORMAT = "loa-backup/1"
BACKUP_FACT = "backup"  # its value: when the last one was made
Progress = Callable[[int, int], None]
Kind = Literal["full", "safety", "upgrade"]
_NAME = re.compile(r"(\d{8}T\d{6}Z)(?:\.(\d{1,9}))?(-(safety|upgrade))?")
_AUDIO = re.compile(r"audio(-[0-9a-f]{8})?")
DESCRIPTION = "backup.json"
PART = ".part"


class BackupTable(Struct, frozen=True, kw_only=True):
    """`sha256` is over the lines; `stored` over the file as it lies there, of `size` bytes."""

    name: str
    columns: list[DumpedColumn]
    rows: int
    sha256: str
    size: int
    stored: str


class Backup(Struct, frozen=True, kw_only=True):
    """`schema` of the database, `loa` the release. `sounds`: SHA-256 and bytes; `missing` were not in the store.

    `audio` is the folder of its sounds. Of `missing` those are among `sounds` that an earlier backup had kept.
    `months`: the newest revision of each. `secret`: SHA-256 of the file as it lies there.
    """

    format: str
    name: str
    kind: Kind
    made_at: datetime
    loa: str
    schema: str
    database: str
    sealed: bool
    audio: str
    tables: list[BackupTable]
    sounds: list[tuple[str, int]]
    missing: list[str]
    months: dict[str, int]
    secret: str | None


def list_backups(folder: Path) -> list[Backup]:
    """The newest first; what can't be read is left out."""
    found = []
    for path in backup_folders(folder):
        try:
            found.append(read_backup(folder, path.name))
        except BackupUnreadable:
            continue
    return found


def read_backup(
    folder: Path, name: str | None = None, *, sealing: Sealing | None = None, unsealed: bool = False
) -> Backup:
    """The one of that name, or the newest full one.

    With a `sealing` that has a key it is the one whoever has the key made: what anybody can have written is taken only
    where `unsealed` says so. Raises UnknownBackup, BackupUnreadable, BackupKeyWrong, BackupUnsealed.
    """
    known = [path.name for path in backup_folders(folder)]
    chosen = name or next((each for each in known if "-" not in each), None)
    if chosen not in known:
        raise UnknownBackup(backup=name or "", folder=str(folder), known=known[:5])
    path = folder / chosen / DESCRIPTION
    try:
        described = msgspec.json.decode(path.read_bytes(), type=Described)
        if hashlib.sha256(bytes(described.backup)).hexdigest() != described.sha256:
            raise BackupUnreadable(path=str(path))
        found = msgspec.json.decode(described.backup, type=Backup)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BackupUnreadable(path=str(path)) from error
    if found.format != FORMAT or found.name != chosen or not _AUDIO.fullmatch(found.audio):
        raise BackupUnreadable(path=str(path))
    if sealing is not None and sealing.seals:
        if not found.sealed and not unsealed:
            raise BackupUnsealed(backup=chosen)
        if found.sealed and not hmac.compare_digest(
            described.mark.encode(), sealing.mark(bytes(described.backup)).encode()
        ):
            raise BackupKeyWrong(path=str(path))
    return found


def sound_place(folder: Path, sha256: str, audio: str = "audio") -> Path:
    return folder / audio / sha256[:2] / sha256


def audio_folder(sealing: Sealing) -> str:
    """Sounds that other keys open, or that anybody can read, are no part of a backup that is sealed with this one."""
    return f"audio-{sealing.key_name}" if sealing.seals else "audio"


def lines_in(folder: Path, sealing: Sealing, backup: Backup, table: BackupTable) -> Iterator[bytes]:
    """The rows as they were dumped.

    Raises BackupKeyMissing, BackupKeyWrong, OSError, and ValueError for what is not the table that was dumped, at the latest
    after its last row.
    """
    name = f"{table.name}.jsonl.gz"
    unpacked = zlib.decompressobj(31)
    left = b""
    digest, rows = hashlib.sha256(), 0
    try:
        for piece in sealing.read(folder / backup.name / name, f"{backup.name}/{name}"):
            *lines, left = (left + unpacked.decompress(piece)).split(b"\n")
            for line in lines:
                whole = line + b"\n"
                digest.update(whole)
                rows += 1
                yield whole
    except zlib.error as error:
        raise ValueError(name) from error
    if left or not unpacked.eof or (rows, digest.hexdigest()) != (table.rows, table.sha256):
        raise ValueError(name)


class Described(Struct, frozen=True, kw_only=True):
    """`mark` by the key, where there was one: a hash alone is made by whoever can write."""

    backup: msgspec.Raw
    sha256: str
    mark: str = ""


def backup_folders(folder: Path) -> list[Path]:
    """The newest first."""
    if not folder.is_dir():
        return []
    named = [(found[1], int(found[2] or 1), path) for path in folder.iterdir() if (found := _NAME.fullmatch(path.name))]
    return [path for _when, _number, path in sorted(named, reverse=True)]


def free_name(folder: Path, when: str, kind: Kind) -> str:
    """Above all that are there, also of those that were made while the clock was ahead: the newest is the one made last."""
    ending, number = "" if kind == "full" else f"-{kind}", 1
    for path in backup_folders(folder)[:1]:
        newest = _NAME.fullmatch(path.name)
        if newest is not None and newest[1] >= when:
            when, number = newest[1], int(newest[2] or 1) + 1
    return f"{when}.{number}{ending}" if number > 1 else f"{when}{ending}"


def digest_of_table(database: Database, table: BackupTable) -> tuple[int, str]:
    """Rows and SHA-256 of what the database has of it, over the columns that the backup has."""
    with database.read() as session:
        return digest_of(lines_of(session.connection(), table.name, table.columns))
