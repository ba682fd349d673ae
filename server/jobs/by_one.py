"""Work that any process may do, and one does at a time."""

from collections.abc import Callable

from server.services.claims import claimed
from server.services.context import Context


def by_one(context: Context, name: str, work: Callable[[], object]) -> None:
    """Nothing where another process is at it."""
    with claimed(context, f"round-{name}") as mine:
        if mine:
            work()
