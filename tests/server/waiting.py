"""For what the server does a little later by itself."""

from collections.abc import Callable
from time import sleep


def until(holds: Callable[[], bool]) -> bool:
    """Whether it came to hold within half a minute."""
    for _ in range(300):
        if holds():
            return True
        sleep(0.1)
    return holds()
