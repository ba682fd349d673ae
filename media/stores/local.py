"""Audio in folders `ab/cd/<sha256>` below one root.

A file appears under its name only when all of it is on the disk: it is written aside in the same file system,
synced and renamed.
"""

import errno
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Self

from media.refusals import (
    AudioChanged,
    AudioNotReadable,
    CorruptAudio,
    MissingAudio,
    StoreUnreachable,
    StoreUnwritable,
)
from media.stores import StoredEntry, StoredFile, is_sha256, require_sha256

_CHUNK = 1024 * 1024
# There may be a thousand listeners, each with a piece in memory.
_PIECE = 256 * 1024
_ASIDE = "aside"
_ABANDONED_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class LocalStore:
    root: Path

    def put(self, path: Path) -> StoredFile:
        return self.put_all([path])[0]

    def put_all(self, paths: Sequence[Path]) -> list[StoredFile]:
        with ExitStack() as stack:
            asides = [stack.enter_context(_Aside(self.root, path)) for path in paths]
            self._settle([(aside.written, aside.stored) for aside in asides])
        return [aside.stored for aside in asides]

    def take(self, path: Path) -> StoredFile:
        try:
            with path.open("rb") as source:
                before = _state(path.lstat())
                stored = _digest(source)
                os.fsync(source.fileno())
        except OSError as error:
            raise _unreadable(path, error) from error
        status = path.lstat()
        if _state(status) != before:
            raise AudioChanged(path=str(path))
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            try:
                path.chmod(0o644)
                self._settle([(path, stored)], taken=True)
            except StoreUnwritable as refusal:
                if not isinstance(refusal.__cause__, OSError) or refusal.__cause__.errno != errno.EXDEV:
                    raise
            else:
                return stored
        # Under another name, or from another file system, it can't become the stored file itself.
        stored = self.put(path)
        path.unlink()
        return stored

    def exists(self, sha256: str) -> bool:
        try:
            self.size(sha256)
        except MissingAudio:
            return False
        return True

    def size(self, sha256: str) -> int:
        return self._status(sha256).st_size

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Generator[bytes]:
        try:
            with self._open(sha256) as file:
                file.seek(start)
                left = end - start if end is not None else None
                while left is None or left > 0:
                    piece = file.read(_PIECE if left is None else min(_PIECE, left))
                    if not piece:
                        return
                    if left is not None:
                        left -= len(piece)
                    yield piece
        except OSError as error:
            raise self._unreachable(error) from error

    @contextmanager
    def local_path(self, sha256: str) -> Iterator[Path]:
        self._status(sha256)
        yield self.place(sha256)

    def verify(self, sha256: str) -> StoredFile:
        try:
            with self._open(sha256) as file:
                found = _digest(file)
        except OSError as error:
            raise self._unreachable(error) from error
        if found.sha256 != sha256:
            raise CorruptAudio(sha256=sha256, found_sha256=found.sha256)
        return found

    def delete(self, sha256: str, *, put_before: datetime | None = None) -> bool:
        if not self.exists(sha256):
            return False
        try:
            with _alone(self.root):
                status = self._status(sha256)
                if put_before is not None and _time(status) >= put_before:
                    return False
                self.place(sha256).unlink()
        except MissingAudio:
            # Another process was faster.
            return False
        except OSError as error:
            raise _unwritable(self.root, error) from error
        return True

    def entries(self) -> Iterator[StoredEntry]:
        """What goes while this reads may be among them."""
        try:
            for first in _names(self.root):
                for second in _names(self.root / first):
                    for name in _names(self.root / first / second):
                        if not is_sha256(name) or self.place(name).parent != self.root / first / second:
                            continue
                        with suppress(MissingAudio):
                            status = self._status(name)
                            yield StoredEntry(sha256=name, size=status.st_size, modified_at=_time(status))
        except OSError as error:
            raise self._unreachable(error) from error

    def place(self, sha256: str) -> Path:
        """Where the bytes are, if they are there."""
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def _status(self, sha256: str) -> os.stat_result:
        try:
            status = self.place(require_sha256(sha256)).stat()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MissingAudio(sha256=sha256) from error
        except OSError as error:
            raise self._unreachable(error) from error
        if not stat.S_ISREG(status.st_mode):
            raise MissingAudio(sha256=sha256)
        return status

    def _open(self, sha256: str) -> BufferedReader:
        self._status(sha256)
        try:
            return self.place(sha256).open("rb")
        except FileNotFoundError as error:
            raise MissingAudio(sha256=sha256) from error

    def _settle(self, files: Sequence[tuple[Path, StoredFile]], *, taken: bool = False) -> None:
        """Gives each file its name; where that fails for one, those that are new go again.

        What is `taken` is the sender's only copy: that stays, under its new name or its old one.
        """
        new: list[tuple[Path, Path]] = []
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with _alone(self.root):
                try:
                    for written, stored in files:
                        place = self.place(stored.sha256)
                        place.parent.mkdir(parents=True, exist_ok=True)
                        is_new = not place.exists()
                        # It is put now, whenever it was written; and what had lost its end is whole again.
                        os.utime(written)
                        written.rename(place)
                        if is_new:
                            new.append((written, place))
                        for folder in (place.parent, place.parent.parent, self.root):
                            _sync_folder(folder)
                except OSError:
                    for written, place in new:
                        if taken:
                            place.rename(written)
                        else:
                            place.unlink()
                    raise
        except OSError as error:
            raise _unwritable(self.root, error) from error

    def _unreachable(self, error: OSError) -> StoreUnreachable:
        return StoreUnreachable(url=str(error.filename or self.root), reason=os.strerror(error.errno or 0))


class _Aside:
    """One file on its way in: leaving the context removes whatever was not given its name."""

    def __init__(self, root: Path, source: Path) -> None:
        self._folder = root / _ASIDE
        self._root = root
        self._source = source
        self.written = self._folder
        self.stored = StoredFile(sha256="", size=0)

    def __enter__(self) -> Self:
        try:
            source = self._source.open("rb")
        except OSError as error:
            raise _unreadable(self._source, error) from error
        with source:
            try:
                self._write(source)
            except OSError as error:
                self.__exit__()
                raise _unwritable(self._root, error) from error
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.written != self._folder:
            self.written.unlink(missing_ok=True)

    def _write(self, source: BufferedReader) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder)
        self.written = Path(name)
        digest = hashlib.sha256()
        size = 0
        with os.fdopen(descriptor, "wb") as file:
            _clear_abandoned(self._folder, now=os.fstat(file.fileno()).st_mtime)
            while chunk := self._read(source):
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        self.stored = StoredFile(sha256=digest.hexdigest(), size=size)

    def _read(self, source: BufferedReader) -> bytes:
        try:
            return source.read(_CHUNK)
        except OSError as error:
            raise _unreadable(self._source, error) from error


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """No file gets or loses its name meanwhile: one that was just put must not be deleted for having been old."""
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _clear_abandoned(folder: Path, *, now: float) -> None:
    """A killed process cannot clean up: what has lain aside for a day is no longer being written."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another process was done with it just now
            if now - path.stat().st_mtime > _ABANDONED_S:
                path.unlink()


def _digest(file: BufferedReader) -> StoredFile:
    found = hashlib.file_digest(file, "sha256").hexdigest()
    return StoredFile(sha256=found, size=file.tell())


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _state(status: os.stat_result) -> tuple[int, int, int]:
    """What tells this state of a file from another."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def _time(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, UTC)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(root: Path, error: OSError) -> StoreUnwritable:
    return StoreUnwritable(path=str(error.filename or root), reason=os.strerror(error.errno or 0))


def _unreadable(source: Path, error: OSError) -> AudioNotReadable:
    return AudioNotReadable(path=str(source), reason=os.strerror(error.errno or 0))
