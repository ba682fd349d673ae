"""What is refused of backups and of restoring them."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal

ANYWHERE = "~/loa-backup"
"""A folder that whoever types a command can make."""


@dataclass(kw_only=True, eq=False)
class NoBackupFolder(ServiceRefusal):
    """Neither the command nor LOA_BACKUP_TO says where backups go; `command`: the one that was given, with a folder."""

    code = "backup.no_folder"
    command: str


@dataclass(kw_only=True, eq=False)
class BackupFolderUnusable(ServiceRefusal):
    """It can't be made, or is no folder."""

    code = "backup.folder_unusable"
    folder: str
    reason: str


@dataclass(kw_only=True, eq=False)
class UnknownBackup(ServiceRefusal):
    """`known`: the newest."""

    code = "backup.unknown"
    backup: str
    folder: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class BackupRunning(ServiceRefusal):
    code = "backup.running"
    folder: str


@dataclass(kw_only=True, eq=False)
class BackupKeyMissing(ServiceRefusal):
    """The file is sealed, and no key is set."""

    code = "backup.key_missing"
    path: str


@dataclass(kw_only=True, eq=False)
class BackupKeyWrong(ServiceRefusal):
    """The file was sealed with another key, or is not as it was written."""

    code = "backup.key_wrong"
    path: str


@dataclass(kw_only=True, eq=False)
class BackupUnsealed(ServiceRefusal):
    """A key is set, and this backup was made without one: anybody may have written it."""

    code = "backup.unsealed"
    backup: str


@dataclass(kw_only=True, eq=False)
class BackupUnreadable(ServiceRefusal):
    """Its description is missing, or none that this release knows."""

    code = "backup.unreadable"
    path: str


@dataclass(kw_only=True, eq=False)
class BackupTooNew(ServiceRefusal):
    code = "backup.too_new"
    backup: str
    found: str


@dataclass(kw_only=True, eq=False)
class BackupDamaged(ServiceRefusal):
    """`faults`: the first of what is not as it was."""

    code = "backup.damaged"
    backup: str
    faults: list[str]


@dataclass(kw_only=True, eq=False)
class BackupSecretOther(ServiceRefusal):
    """What is in it was sealed with another secret than the one that is set here."""

    code = "backup.secret_other"
    backup: str
    folder: str


@dataclass(kw_only=True, eq=False)
class LoaIsRunning(ServiceRefusal):
    """Nothing is restored under a server or worker that works with it."""

    code = "restore.running"
    place: str


@dataclass(kw_only=True, eq=False)
class RestoreNotMeant(ServiceRefusal):
    """It was shown what would change, and nobody said yes."""

    code = "restore.not_meant"
    backup: str
