"""The bytes of a file that arrives in pieces, on this machine's disk: in order, by one writer at a time, kept over any
crash.

How much is there is the size of the file. Beside it a mark may stand: what comes after the marked offset was sent with
a checksum that nobody has compared yet, and is cut off by whoever opens the file next.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from server.db.engine import Database
from server.db.intake import SegmentVersion, Upload
from server.services.arrivals import RESERVE, Arrival, Checksum
from server.services.disk import sync_folder
from server.services.upload_refusals import UploadBusy, UploadChecksum, UploadNoRoom

_MARK_DIGITS = 20  # always as many, so that the mark is overwritten in one piece
# EFBIG is what file systems say that have no room for so large a file, such as FAT.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class FileArrivals:
    """Each upload is a file of its own in `folder`, under its key; whoever holds it has locked it."""

    folder: Path
    database: Database

    def free(self) -> int:
        return shutil.disk_usage(self.folder).free - RESERVE

    def create(self, upload_id: str) -> None:
        create(self.folder / upload_id)

    def kept(self, upload: Upload) -> int:
        return kept(self.folder / upload.id)

    @contextmanager
    def held(self, upload_id: str, size: int) -> Iterator[Arrival]:
        with held(self.folder / upload_id, upload=upload_id, size=size) as arrival:
            yield arrival

    def settle(self, upload_id: str) -> None:
        path = self.folder / upload_id
        forget_mark(path)
        sync(path)

    def remove(self, upload_id: str) -> None:
        remove(self.folder / upload_id)

    def ended(self, upload_id: str) -> None:
        """The file went before the row did: on a full disk there is room for the row only then."""

    def remove_leftovers(self, *, before: datetime) -> int:
        """A kill came between the file and the row."""
        removed = 0
        for path in self.folder.iterdir():
            if _ID.fullmatch(path.name) and self._is_left(path, before):
                remove(path)
                removed += 1
        return removed

    def _is_left(self, path: Path, before: datetime) -> bool:
        with self.database.read() as session:
            upload = session.get(Upload, path.name)
            if upload is None:
                return path.stat().st_mtime < before.timestamp()
            # What became a recording is intake's until the store has it.
            return upload.state in {"terminated", "expired"} and not _was_made(session, upload.id)


def _was_made(session: Session, upload_id: str) -> bool:
    return session.exec(select(SegmentVersion.id).where(SegmentVersion.upload_id == upload_id)).first() is not None


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
def held(path: Path, *, upload: str, size: int) -> "Iterator[FileArrival]":
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
        yield FileArrival(path, descriptor, upload=upload, size=size)
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """What is promised to be kept is on the disk, name and all."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


class FileArrival:
    """One writer's hold on the file."""

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
