"""Keys of rows: the database gives them, so a row has none until it was flushed."""

from typing import Protocol


class Keyed(Protocol):
    id: int | None


def identity(row: Keyed) -> int:
    """The key of a row that the database has."""
    if row.id is None:
        message = f"not stored yet: {row!r}"
        raise ValueError(message)
    return row.id


def is_key(number: int) -> bool:
    """Whether it can be a key at all: databases keep no larger one."""
    return 0 < number < 2**63
