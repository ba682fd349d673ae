"""Writing to a station's disk so that a power cut leaves the old or the new, and nothing between.

Works on file systems without links and rights (FAT32, exFAT) and on Windows.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from server.station.refusals import FolderFull, FolderUnwritable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def folder_refusals(path: Path, *, wanted: int = 0) -> Iterator[None]:
    """Raises FolderFull or FolderUnwritable for what the system says of `path`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise FolderFull(path=str(path), wanted=wanted, free=0, reserve=0) from error
        # Whatever else it says: a stick was pulled out, a card is worn, the file system was made read-only.
        raise FolderUnwritable(path=str(path), reason=error.strerror or str(error)) from error


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """In the place of what was there, at once. Raises OSError."""
    new = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    keep_names(path.parent)


def keep_names(folder: Path) -> None:
    """What was renamed in the folder stays so through a power cut, where the system lets folders be synced."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems sync no folders
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
