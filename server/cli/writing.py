"""Files that a command reads and writes: refused with a sentence, written whole or not at all."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from server.services.refusals import FileUnreadable, OutputUnwritable


def read_file(path: Path) -> bytes:
    """Raises FileUnreadable."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadable(path=str(path), reason=error.strerror or str(error)) from error


def write_file(path: Path, content: bytes) -> None:
    """As `write_pieces` does. Raises OutputUnwritable."""
    write_pieces(path, [content])


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Written aside and renamed, so that a reader never sees half a file; devices and pipes are written to as they are.

    Raises OutputUnwritable.
    """
    aside: Path | None = None
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open("wb") as device:
                device.writelines(pieces)
            return
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        aside = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
        aside.chmod(0o644)
        aside.replace(path)
    except OSError as error:
        if aside is not None:
            aside.unlink(missing_ok=True)
        raise OutputUnwritable(path=str(path), reason=error.strerror or str(error)) from error
