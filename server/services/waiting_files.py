"""Files that came whole and wait for their first step, by the names that rows have for them.

With a store in a folder of the home they wait among the incoming files. With one that other machines reach too, what
came in one request waits in the store already, under its hash, and an upload as its pieces: any worker can begin.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from media.stores import is_sha256
from server.services.arrival_files import sync
from server.services.context import Context
from server.services.stored_arrivals import StoredArrivals


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFile:
    """`size` in bytes."""

    name: str
    size: int


def keep_waiting(context: Context, path: Path) -> WaitingFile:
    """A file below `context.incoming`, kept from here on over any crash. Raises StoreUnreachable, OSError."""
    if isinstance(context.arrivals, StoredArrivals):
        stored = context.store.put(path)
        return WaitingFile(name=stored.sha256, size=stored.size)
    sync(path)
    return WaitingFile(name=str(path.relative_to(context.incoming)), size=path.stat().st_size)


def let_go(context: Context, path: Path) -> None:
    """A row says where it waits now: where that is elsewhere, it needs no place here any more."""
    if isinstance(context.arrivals, StoredArrivals):
        path.unlink(missing_ok=True)


@contextmanager
def waiting_file(context: Context, name: str) -> Iterator[Path | None]:
    """As a file of this machine, which the store may take; None where the store has it, or it is lost."""
    path = context.incoming / name
    if path.exists():
        yield path
    elif isinstance(context.arrivals, StoredArrivals) and context.arrivals.has(name):
        descriptor, made = tempfile.mkstemp(dir=context.scratch, prefix="joined-")
        os.close(descriptor)
        joined = Path(made)
        try:
            yield joined if _is_joined(context.arrivals, name, joined) else None
        finally:
            joined.unlink(missing_ok=True)
    else:
        yield None


def remove_waiting(context: Context, name: str) -> None:
    """Nobody will begin with it any more. What the store has under its hash is left to the store's own care."""
    (context.incoming / name).unlink(missing_ok=True)
    if not is_sha256(name):
        context.arrivals.ended(name)


def _is_joined(arrivals: StoredArrivals, name: str, target: Path) -> bool:
    try:
        arrivals.join(name, target)
    except FileNotFoundError:
        return False
    return True
