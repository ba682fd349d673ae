"""The true time at a station, as far as its own clock and what the server said of it tell.

What the server said is held against the time since the machine was started, which nobody sets: so the wall clock may be
put right, or wrong, and the true time goes on. After a new start only the wall clock is left, and it is believed to be
off by as much as it was.
"""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from schedules.instants import from_ms, to_ms

# Below this, and below what a slow line leaves unsure, the wall clock is believed: somebody keeps it.
_CLOSE_MS = 2_000
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_THIS_RUN = uuid.uuid4().hex


class Measured(Struct, frozen=True, kw_only=True):
    """`true_at_start_ms`: the true time when the machine was started, by the server; `ahead_ms`: how far the wall clock was
    ahead of the true time when last looked at; `unsure_ms`: how long the answer was on its way.
    """

    boot: str
    true_at_start_ms: int
    ahead_ms: int
    unsure_ms: int

    @classmethod
    def by_wall_clock(cls, ahead_ms: int) -> "Measured":
        """Where only this is known, from some time before."""
        return cls(boot="", true_at_start_ms=0, ahead_ms=ahead_ms, unsure_ms=0)


class Moment(Struct, frozen=True, kw_only=True):
    """`true_ms` as it was known, and what it was worked out from, by which it can be put right later."""

    true_ms: int
    raw_ms: int
    boot: str
    running_ms: int


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


def running_ms() -> int:
    """Since the machine was started, the time that it slept included where the system tells it."""
    # Linux alone has it; elsewhere a machine that slept is found out by the next answer of the server.
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return (time.clock_gettime_ns(clock) if clock is not None else time.monotonic_ns()) // 1_000_000


def this_boot() -> str:
    """A name of this start of the machine; of this run of the program where the system has none."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return _THIS_RUN


class StationClock:
    def __init__(
        self,
        measured: Measured | None = None,
        *,
        wall: Callable[[], int] = wall_clock_ms,
        running: Callable[[], int] = running_ms,
        boot: str | None = None,
    ) -> None:
        self.measured, self._wall, self._running = measured, wall, running
        self.boot = this_boot() if boot is None else boot

    def now(self) -> datetime:
        """The true time as it is known, in UTC."""
        return from_ms(self.moment().true_ms, UTC)

    def moment(self) -> Moment:
        wall, running = self._wall(), self._running()
        return Moment(true_ms=wall - self._ahead(wall, running), raw_ms=wall, boot=self.boot, running_ms=running)

    @property
    def ahead_ms(self) -> int:
        """How far the wall clock is ahead; 0 where it is believed."""
        return self._ahead(self._wall(), self._running())

    def learn(self, server_now: datetime, *, round_trip_ms: int) -> None:
        """The server's time, `round_trip_ms` after it was asked; it is taken to be of the middle."""
        wall, running = self._wall(), self._running()
        true_ms = to_ms(server_now) + round_trip_ms // 2
        self.measured = Measured(
            boot=self.boot, true_at_start_ms=true_ms - running, ahead_ms=wall - true_ms, unsure_ms=round_trip_ms
        )

    def to_keep(self) -> Measured | None:
        """What was measured with how far the wall clock is ahead now: for the next start of the machine."""
        measured = self.measured
        if measured is None or measured.boot != self.boot:
            return measured
        ahead = self._wall() - measured.true_at_start_ms - self._running()
        return Measured(
            boot=self.boot,
            true_at_start_ms=measured.true_at_start_ms,
            ahead_ms=ahead,
            unsure_ms=measured.unsure_ms,
        )

    def put_right(self, then: Moment) -> int:
        """The true time of a moment, by all that is known now."""
        measured = self.measured
        if measured is None:
            return then.true_ms
        if then.boot == measured.boot:
            return _believed(then.raw_ms, measured.true_at_start_ms + then.running_ms, measured)
        if measured.boot == self.boot:
            return _believed(then.raw_ms, then.raw_ms - measured.ahead_ms, measured)
        return then.true_ms

    def _ahead(self, wall: int, running: int) -> int:
        measured = self.measured
        if measured is None:
            return 0
        same = measured.boot == self.boot
        true_ms = measured.true_at_start_ms + running if same else wall - measured.ahead_ms
        return wall - _believed(wall, true_ms, measured)


def _believed(wall: int, true_ms: int, measured: Measured) -> int:
    return wall if abs(wall - true_ms) <= max(_CLOSE_MS, measured.unsure_ms) else true_ms
