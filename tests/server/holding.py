"""A clock that holds planning runs at their beginning, so that a test can look at them and cancel them."""

import threading
from collections.abc import Callable
from datetime import datetime

from server.services.context import Context
from tests.server.databases import dump

LONGEST_S = 30


class HoldingClock:
    """As `clock`, but a planning thread that asks for the time waits until `go` is set; `waits` tells that one does."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.waits, self.go = threading.Event(), threading.Event()

    def __call__(self) -> datetime:
        if threading.current_thread().name.startswith("loa-plan"):
            self.waits.set()
            assert self.go.wait(LONGEST_S)
        return self._clock()


def until_ended(month: str) -> None:
    """Waits for the end of the run that plans the month in this process."""
    for thread in threading.enumerate():
        if thread.name == f"loa-plan-{month}":
            thread.join(LONGEST_S)


def without_runs(context: Context) -> dict[str, list[str]]:
    """All rows but those that tell of runs."""
    return {table: rows for table, rows in dump(context).items() if table != "planning_run"}
