"""Where audio is kept: bytes named by their SHA-256, behind one interface for a local folder and for S3.

A file is there whole or not at all, and what is there under a name never becomes other bytes. A store that can't be
asked is never taken for one that has nothing.
"""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from media.refusals import MissingAudio

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """`size` in bytes; `sha256` as 64 lower-case hexadecimal digits."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """`modified_at` is when the bytes were put last, aware, by the store's own clock."""

    sha256: str
    size: int
    modified_at: datetime


class AudioStore(Protocol):
    """Every method may raise StoreUnreachable, within about ten seconds; those that write also StoreUnwritable.

    Methods may be called from several threads and processes at once. Memory does not grow with the size of a file.
    """

    def put(self, path: Path) -> StoredFile:
        """Keep a copy. Bytes that are there already are written anew, so they count as put now.

        Raises AudioNotReadable.
        """
        ...

    def put_all(self, paths: Sequence[Path]) -> list[StoredFile]:
        """Keep all of the files or, where one of them can't be read or written, none. Raises AudioNotReadable."""
        ...

    def take(self, path: Path) -> StoredFile:
        """Like `put`, and the source is gone afterwards; at each moment the bytes are there or here.

        Nobody may be writing the source any more. Raises AudioNotReadable, AudioChanged.
        """
        ...

    def exists(self, sha256: str) -> bool:
        """False also for what is no hash."""
        ...

    def size(self, sha256: str) -> int:
        """In bytes, as stored, nothing read. Raises MissingAudio, also for what is no hash (as do all below)."""
        ...

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Generator[bytes]:
        """The bytes from `start` up to but not including `end`, in small pieces. Raises MissingAudio.

        Nothing is opened before the first piece is asked for. What was cut short ends early: count.
        """
        ...

    def local_path(self, sha256: str) -> AbstractContextManager[Path]:
        """A file to be read only, while the context lasts. Raises MissingAudio, CorruptAudio."""
        ...

    def verify(self, sha256: str) -> StoredFile:
        """Read all of it and compare. Raises MissingAudio, CorruptAudio."""
        ...

    def delete(self, sha256: str, *, put_before: datetime | None = None) -> bool:
        """Whether this call removed it: False where it was not there, or was put at `put_before` or later."""
        ...

    def entries(self) -> Iterator[StoredEntry]:
        """All that is stored, in no order."""
        ...


def require_sha256(sha256: str) -> str:
    """Raises MissingAudio for what can't be the name of anything stored."""
    if not is_sha256(sha256):
        raise MissingAudio(sha256=sha256)
    return sha256


def is_sha256(name: str) -> bool:
    return _SHA256.fullmatch(name) is not None
