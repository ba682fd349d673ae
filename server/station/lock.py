"""One process at a time: a lock of the system's own, gone with the process that held it, also after a kill."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from server.station.disk import folder_refusals
from server.station.refusals import FolderBusy

_PAUSE_S = 0.05


@contextmanager
def held(path: Path, *, wait_s: float = 0) -> Iterator[None]:
    """Raises FolderBusy where another has it longer than that, FolderUnwritable, FolderFull."""
    with folder_refusals(path):
        file = path.open("ab")
    with file:
        give_up = monotonic() + wait_s
        while not _locked(file.fileno()):
            if monotonic() >= give_up:
                raise FolderBusy(path=str(path.parent))
            sleep(_PAUSE_S)
        yield


if sys.platform == "win32":
    import msvcrt

    def _locked(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
