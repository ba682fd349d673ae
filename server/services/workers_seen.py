"""Who works off jobs right now: each holds its name as long as it lives (`server.jobs.life`)."""

import fcntl
import os
from pathlib import Path

from sqlmodel import Session

from server.db.measuring import held_names
from server.db.place import Kind

_FILE = "worker-"
_LOCK = f"claim {_FILE}"


def workers_seen(session: Session, home: Path, kind: Kind) -> list[str]:
    """Their names, in order."""
    if kind == "postgresql":
        return sorted({name.removeprefix(_LOCK) for name in held_names(session) if name.startswith(_LOCK)})
    return sorted(path.name.removeprefix(_FILE) for path in (home / "claims").glob(f"{_FILE}*") if _is_held(path))


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
