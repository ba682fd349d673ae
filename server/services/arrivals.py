"""The bytes of a file that arrives in pieces: on disk in order, by one writer at a time, kept over any crash.

How much is there is the size of the file. Beside it a mark may stand: what comes after the marked offset was sent with
a checksum that nobody has compared yet, and is cut off by whoever opens the file next.
"""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.services.disk import sync_folder
from server.services.upload_refusals import UploadBusy, UploadChecksum, UploadNoRoom

SYNC_EVERY = 4 * 1024 * 1024
_MARK_DIGITS = 20  # always as many, so that the mark is overwritten in one piece
# Left free for the database and the copies that are made of what comes in: without it nothing could be ended either.
RESERVE = 64_000_000
# EFBIG is what file systems say that have no room for so large a file, such as FAT.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """What the sender says its bytes sum up to, by a name that hashlib knows."""

    algorithm: str
    digest: bytes


def create(path: Path) -> None:
    """An empty file that is still there after a power cut. Raises OSError."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    sync_folder(path.parent)


def kept(path: Path) -> int:
    """How many bytes are there for good. Raises FileNotFoundError."""
    size = path.stat().st_size
    marked = _marked(path)
    return size if marked is None else min(size, marked)


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    forget_mark(path)


def forget_mark(path: Path) -> None:
    """For good, also after a power cut: it would take away what came later."""
    mark = _mark_of(path)
    if mark.exists():
        mark.unlink(missing_ok=True)
        sync_folder(path.parent)


@contextmanager
def held(path: Path, *, upload: str, size: int) -> "Iterator[Arrival]":
    """The file, for this writer alone until the end. Raises UploadBusy, FileNotFoundError."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadBusy(upload=upload) from error
        # The one before may have moved or removed it between opening and locking.
        if not os.path.samestat(os.fstat(descriptor), path.stat()):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        yield Arrival(path, descriptor, upload=upload, size=size)
    finally:
        os.close(descriptor)


class Arrival:
    """One writer's hold on the file. `offset` is the place of the next byte, `unsynced` how much may be in memory only.

    To be used from one thread at a time; only `sync` may run beside `write`.
    """

    def __init__(self, path: Path, descriptor: int, *, upload: str, size: int) -> None:
        self.upload = upload
        self.size = size
        self._path = path
        self._descriptor = descriptor
        self.unsynced = 0
        self._checksum: Checksum | None = None
        marked = _marked(path)
        self.offset = os.fstat(descriptor).st_size
        if marked is not None and marked < self.offset:
            self._cut(marked)
        self._start = self.offset

    @property
    def whole(self) -> bool:
        return self.offset == self.size

    def begin(self, checksum: Checksum | None) -> None:
        """What is written from here on is kept as it comes, or, with a checksum, all of it or nothing."""
        self._start = self.offset
        self._checksum = checksum
        if checksum is None:
            forget_mark(self._path)
        else:
            self._hash = hashlib.new(checksum.algorithm, usedforsecurity=False)
            self._mark(self.offset)

    def write(self, pieces: Sequence[bytes]) -> None:
        """Raises UploadNoRoom, also where less than RESERVE would be left; what was written before it stays."""
        free = shutil.disk_usage(self._path.parent).free - RESERVE
        if free < sum(map(len, pieces)):
            raise UploadNoRoom(needed=self.size - self.offset, free=max(0, free))
        try:
            for piece in pieces:
                self._write(piece)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            free = shutil.disk_usage(self._path.parent).free
            raise UploadNoRoom(needed=self.size - self.offset, free=free) from error

    def sync(self) -> None:
        self.unsynced = 0
        os.fsync(self._descriptor)

    def finish(self) -> None:
        """To disk. Raises UploadChecksum, after which nothing since `begin` is kept."""
        self.sync()
        if self._checksum is None:
            return
        if self._hash.digest() != self._checksum.digest:
            self._cut(self._start)
            raise UploadChecksum(algorithm=self._checksum.algorithm, offset=self._start)
        self._mark(self.offset)

    def break_off(self) -> None:
        """Keeps what came, to disk; where it can't be verified any more, nothing since `begin`."""
        if self._checksum is not None:
            self._cut(self._start)
        else:
            self.sync()

    def take_back(self) -> None:
        """Keeps nothing since `begin`."""
        self._cut(self._start)

    def _write(self, piece: bytes) -> None:
        left = memoryview(piece)
        while left:
            # At its offset, whatever another process may have left behind it.
            written = os.pwrite(self._descriptor, left, self.offset)
            self.offset += written
            self.unsynced += written
            left = left[written:]
        if self._checksum is not None:
            self._hash.update(piece)

    def _cut(self, offset: int) -> None:
        os.ftruncate(self._descriptor, offset)
        self.offset = offset
        self.sync()

    def _mark(self, offset: int) -> None:
        if _marked(self._path) == offset:
            return
        mark = _mark_of(self._path)
        fresh = not mark.exists()
        descriptor = os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, f"{offset:0{_MARK_DIGITS}d}".encode(), 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            sync_folder(mark.parent)


def _mark_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.verified")


def _marked(path: Path) -> int | None:
    """None where everything counts. A mark that was begun and never written stands before any unverified byte."""
    try:
        text = _mark_of(path).read_text("ascii")
    except FileNotFoundError:
        return None
    return int(text) if len(text) == _MARK_DIGITS else None
