"""Audio files named by the SHA-256 of their bytes, in folders `ab/cd/<sha256>` below one root.

A file appears under its name only when all of it is on the disk: it is written aside in the same file system,
synced and renamed. What is there is never changed.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Self

from media.refusals import AudioNotReadable, CorruptAudio, MissingAudio, StoreUnwritable

_CHUNK = 1024 * 1024
_ASIDE = "aside"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ABANDONED_S = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """`size` in bytes; `sha256` as 64 lower-case hexadecimal digits."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class AudioStore:
    root: Path

    def put(self, path: Path) -> StoredFile:
        """Keep a copy of the file; bytes that are there already are not written again. Raises StoreUnwritable."""
        return self.put_all([path])[0]

    def put_all(self, paths: Sequence[Path]) -> list[StoredFile]:
        """Keep all of the files or, where one cannot be read or written, none."""
        with ExitStack() as stack:
            asides = [stack.enter_context(_Aside(self.root, path)) for path in paths]
            try:
                for aside in asides:
                    aside.settle(self._place(aside.stored.sha256))
            except OSError as error:
                raise _unwritable(self.root, error) from error
        return [aside.stored for aside in asides]

    def path(self, sha256: str) -> Path:
        """Where the bytes are; raises MissingAudio, also for what is no hash."""
        if not _SHA256.fullmatch(sha256):
            raise MissingAudio(sha256=sha256)
        place = self._place(sha256)
        if not place.is_file():
            raise MissingAudio(sha256=sha256)
        return place

    def open(self, sha256: str) -> BufferedReader:
        return self.path(sha256).open("rb")

    def verify(self, sha256: str) -> StoredFile:
        """Read all of it and compare; raises MissingAudio, CorruptAudio."""
        with self.open(sha256) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        if found != sha256:
            raise CorruptAudio(sha256=sha256, found_sha256=found)
        return StoredFile(sha256=sha256, size=size)

    def _place(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256


class _Aside:
    """One file on its way in: leaving the context removes whatever was not given its name."""

    def __init__(self, root: Path, source: Path) -> None:
        self._folder = root / _ASIDE
        self._root = root
        self._source = source
        self._written: Path | None = None
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
        if self._written is not None:
            self._written.unlink(missing_ok=True)

    def settle(self, place: Path) -> None:
        if self._written is None:
            return
        if place.is_file() and place.stat().st_size == self.stored.size:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        self._written.rename(place)
        self._written = None
        for folder in (place.parent, place.parent.parent, self._root):
            _sync_folder(folder)

    def _write(self, source: BufferedReader) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._folder)
        self._written = Path(name)
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


def _clear_abandoned(folder: Path, *, now: float) -> None:
    """A killed process cannot clean up: what has lain aside for a day is no longer being written."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another process was done with it just now
            if now - path.stat().st_mtime > _ABANDONED_S:
                path.unlink()


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
