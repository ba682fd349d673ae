"""What every use case is given: the database, the store, the door to ffmpeg, the clock. Made once, at the door."""

import errno
import shutil
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from media.ffmpeg import Ffmpeg
from media.profile import Profile
from media.stores import AudioStore
from media.stores.local import LocalStore
from media.stores.s3 import S3Location, S3Store
from media.stores.s3_pieces import S3Pieces
from server.db import migrate
from server.db.engine import Database
from server.db.measuring import is_fit
from server.db.place import DATABASE_FILE, DatabasePlace
from server.services.arrival_files import FileArrivals
from server.services.arrivals import Arrivals
from server.services.disk import refusal_of
from server.services.footing_refusals import DatabaseDamaged, DatabaseTooNew, DatabaseUnfit, DiskFull, HomeUnwritable
from server.services.hidden import installation_secret
from server.services.kept_boards import KeptBoards
from server.services.kept_proofs import KeptProofs
from server.services.mail_server import MailServer
from server.services.openid_provider import OidcProvider
from server.services.restored_secret import finish_exchange
from server.services.session_limits import SessionLimits
from server.services.stored_arrivals import StoredArrivals
from server.services.upload_limits import UploadLimits
from server.services.who import LOCAL, Who
from server.tracing import span


def system_clock() -> datetime:
    return datetime.now(UTC)


class Jobs(Protocol):
    """Work that outlives this process: what is queued in a transaction that is kept will be done."""

    def enqueue(self, session: Session, version_id: int) -> None:
        """The way of a segment's version from the file to the verdict; twice for one version is once."""
        ...

    def enqueue_plan(self, session: Session, run_id: str) -> None:
        """A planning run, the same way; where this process works, it begins as soon as the session has committed."""
        ...

    def enqueue_errand(self, session: Session, step: str) -> None:
        """A step of an errand, the same way."""
        ...

    @property
    def stopping(self) -> bool:
        """Nothing will be done any more: whoever waits for a result should stop waiting."""
        ...


@dataclass(kw_only=True)
class Context:
    """`origin` says through which door things are done (cli, web, api, jobs, start) and `who` asks, for the audit trail.

    `incoming` holds the files that are being uploaded or wait for their turn; where the store is no folder of this home,
    no longer than a request lasts. Without `jobs` (a command, a test) the
    caller does the work itself. `private_webhooks`: webhooks may point to this machine and its network.
    `planning_threads`: stations that this process plans at the same time.
    """

    home: Path
    database: Database
    store: AudioStore
    scratch: Path
    incoming: Path
    jobs: Jobs | None = None
    uploads: UploadLimits = field(default_factory=UploadLimits)
    profile: Profile = field(default_factory=Profile)
    sessions: SessionLimits = field(default_factory=SessionLimits)
    mail: MailServer | None = None
    private_webhooks: bool = False
    planning_threads: int = 4
    few_stations: int = 1_000  # of so many a month is closed, and a report made, while who asks waits
    oidc: OidcProvider | None = None
    ffmpeg_override: Path | None = None
    clock: Callable[[], datetime] = field(default=system_clock)
    origin: str = "cli"
    who: Who = LOCAL
    proofs: KeptProofs = field(default_factory=KeptProofs, repr=False)
    boards: KeptBoards = field(default_factory=KeptBoards, repr=False)
    secret: bytes = field(default=b"", repr=False)  # this installation's own: signs addresses, hides second factors
    secret_is_set: bool = False  # by its people, so nobody else changes it

    @cached_property
    def ffmpeg(self) -> Ffmpeg:
        """Looked for when first needed: pages and plans work without it. Raises FfmpegMissing."""
        return replace(Ffmpeg.find(self.ffmpeg_override), around=span)

    @cached_property
    def arrivals(self) -> Arrivals:
        """Where uploads on their way are: with the audio, so that whoever reaches that can go on with them."""
        if isinstance(self.store, S3Store):
            return StoredArrivals(pieces=S3Pieces(self.store), database=self.database)
        return FileArrivals(self.incoming, self.database)

    def close(self) -> None:
        self.boards.close()
        self.database.close()


def open_context(
    *,
    home: Path,
    server: DatabasePlace | None = None,
    before_upgrade: Callable[["Context", str], object] | None = None,
    ffmpeg: Path | None = None,
    uploads: UploadLimits | None = None,
    s3: S3Location | None = None,
    secret: bytes | None = None,
    profile: Profile | None = None,
    sessions: SessionLimits | None = None,
    mail: MailServer | None = None,
    private_webhooks: bool = False,
    planning_threads: int = 4,
    oidc: OidcProvider | None = None,
    clock: Callable[[], datetime] = system_clock,
    origin: str = "cli",
) -> Context:
    """Makes the folders and brings the database up to date, after `before_upgrade` was given it with its older schema.

    Without `server` the database is a file of `home`, without `s3` audio lies in a folder of it, and
    without `secret` that is a file of it. The bucket is asked
    for nothing yet: pages and plans work without it. Raises HomeUnwritable, DiskFull, DatabaseTooNew, DatabaseDamaged,
    DatabaseUnreachable, DatabaseUnfit.
    """
    place = server or DatabasePlace.file(home / DATABASE_FILE)
    try:
        home.mkdir(parents=True, exist_ok=True)
        found = migrate.schema_version(place)
        if found is not None and found not in migrate.known_versions():
            raise DatabaseTooNew(path=str(place), found=found)
        database = Database(place)
        if found is None and place.kind == "postgresql":
            _require_fit(database)
        scratch = home / "scratch"
        scratch.mkdir(exist_ok=True)
        incoming = home / "incoming"
        incoming.mkdir(exist_ok=True)
        _sweep(scratch)
        if found is not None and secret is None:
            finish_exchange(home, database)
        own_secret = secret or installation_secret(home)
        store: AudioStore = S3Store(location=s3, scratch=scratch) if s3 else LocalStore(home / "store")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(path=str(home)) from error
        raise HomeUnwritable(path=str(home), reason=error.strerror or str(error)) from error
    except (sqlite3.DatabaseError, DBAPIError) as error:
        raise refusal_of(error, str(place)) or DatabaseDamaged(path=str(place), reason=str(error)) from error
    context = Context(
        home=home,
        database=database,
        store=store,
        scratch=scratch,
        incoming=incoming,
        uploads=uploads or UploadLimits(),
        profile=profile or Profile(),
        sessions=sessions or SessionLimits(),
        mail=mail,
        private_webhooks=private_webhooks,
        planning_threads=planning_threads,
        oidc=oidc,
        ffmpeg_override=ffmpeg,
        clock=clock,
        origin=origin,
        secret=own_secret,
        secret_is_set=secret is not None,
    )
    if found != migrate.HEAD:
        try:
            if found is not None and before_upgrade is not None:
                before_upgrade(context, found)
            migrate.upgrade(database)
        except (sqlite3.DatabaseError, DBAPIError, OSError) as error:
            context.close()
            raise refusal_of(error, str(place)) or DatabaseDamaged(path=str(place), reason=str(error)) from error
        except BaseException:
            context.close()
            raise
    return context


def _require_fit(database: Database) -> None:
    """Raises DatabaseUnfit."""
    with database.engine.connect() as connection:
        encoding, collation = connection.execute(
            text("SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()")
        ).one()
    if not is_fit(encoding, collation):
        raise DatabaseUnfit(place=str(database.place), encoding=encoding, collation=collation)


ABANDONED_S = 86_400


def _sweep(scratch: Path) -> None:
    """Removes what a killed ingest or upload left: nothing in use is a day old."""
    limit = time.time() - ABANDONED_S
    for path in scratch.iterdir():
        if path.stat().st_mtime < limit:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
