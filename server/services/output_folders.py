"""Folders that people carry away: each file appears whole, a new folder only when all is in it."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from media.refusals import CorruptAudio
from media.stores import AudioStore
from server.services.footing_refusals import DiskFull
from server.services.refusals import OutputUnwritable


@contextmanager
def whole_folder(output: Path) -> Iterator[Path]:
    """The folder to write into: the one that is there, or one aside that gets its name when all is in it."""
    aside: Path | None = None
    try:
        if output.exists():
            yield output
            return
        output.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
        aside.chmod(0o755)  # mkdtemp keeps others out; a folder for a USB stick is for everybody
        yield aside
        aside.rename(output)
        aside = None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(path=str(output)) from error
        raise OutputUnwritable(path=str(output), reason=error.strerror or str(error)) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def place(store: AudioStore, sha256: str, target: Path) -> None:
    if target.is_file() and _digest(target) == sha256:
        return
    digest = hashlib.sha256()
    with _aside(target) as aside:
        with aside.open("wb") as file:
            for piece in store.read(sha256):
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != sha256:
            raise CorruptAudio(sha256=sha256, found_sha256=digest.hexdigest())


def write(target: Path, content: bytes) -> None:
    with _aside(target) as aside:
        aside.write_bytes(content)


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A name beside the target that becomes it when all is written and on the disk."""
    aside = target.with_name(f".{target.name}.part")
    try:
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
