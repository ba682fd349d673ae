"""Where the bytes of files on their way in are kept: one interface for this machine's disk and for an S3 store.

What a sender was told that is kept is there, whichever process died; who goes on with it may be another process, where
the place is the store's on another machine.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.db.intake import Upload

SYNC_EVERY = 4 * 1024 * 1024
# Left free for the database and the copies that are made of what comes in: without it nothing could be ended either.
RESERVE = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """What the sender says its bytes sum up to, by a name that hashlib knows."""

    algorithm: str
    digest: bytes


class Arrival(Protocol):
    """One writer's hold on an upload. `offset` is the place of the next byte, `unsynced` how much `sync` would bring to disk.

    To be used from one thread at a time; only `sync` may run beside `write`. Where the bytes can't be kept any more,
    `write`, `finish` and `break_off` raise what a place raises: UploadNoRoom; UploadTakenOver, UploadGone, StoreUnreachable.
    """

    upload: str
    size: int
    offset: int
    unsynced: int

    @property
    def whole(self) -> bool: ...

    def begin(self, checksum: Checksum | None) -> None:
        """What is written from here on is kept as it comes, or, with a checksum, all of it or nothing."""
        ...

    def write(self, pieces: Sequence[bytes]) -> None: ...

    def sync(self) -> None: ...

    def finish(self) -> None:
        """All of it is kept. Raises UploadChecksum, after which nothing since `begin` is."""
        ...

    def break_off(self) -> None:
        """Keeps what came; where it can't be verified any more, nothing since `begin`."""
        ...

    def take_back(self) -> None:
        """Keeps nothing since `begin`."""
        ...


class Arrivals(Protocol):
    """The place of all uploads, by their keys."""

    def free(self) -> int | None:
        """Bytes that may come in; None where nobody can tell."""
        ...

    def create(self, upload_id: str) -> None:
        """Before the row is there."""
        ...

    def kept(self, upload: Upload) -> int:
        """How many bytes are there for good. Raises FileNotFoundError."""
        ...

    def held(self, upload_id: str, size: int) -> AbstractContextManager[Arrival]:
        """To be written to until the end. Raises UploadBusy, FileNotFoundError."""
        ...

    def settle(self, upload_id: str) -> None:
        """It is whole: for good, also after a power cut."""
        ...

    def remove(self, upload_id: str) -> None:
        """Before its row says that it has ended."""
        ...

    def ended(self, upload_id: str) -> None:
        """After its row says that it has ended."""
        ...

    def remove_leftovers(self, *, before: datetime) -> int:
        """What nobody needs any more, and what no row knows of that came `before`; of how many uploads."""
        ...
