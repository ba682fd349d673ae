"""How good the line is, and how much of it may be used."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic, sleep

from server.station.state import LineMeasure

GOOD_KBIT = 256  # a broadcast copy comes faster than it plays
MOST_CUTS = 2
_TELLING = 64_000  # bytes; less says little of a speed
_HOLDS = timedelta(days=1)


class Line:
    """Of one run. Starts from what was measured before, unless that is more than a day old."""

    def __init__(
        self,
        before: LineMeasure,
        *,
        now: datetime,
        limit_kbit: int | None = None,
        clock: Callable[[], float] = monotonic,
        wait: Callable[[float], None] = sleep,
    ) -> None:
        fresh = before.at is not None and abs(now - before.at) < _HOLDS
        self._before = before if fresh else LineMeasure()
        self._cuts = self._before.cuts
        self._bytes, self._seconds = 0, 0.0
        self._limit = limit_kbit
        self._clock, self.wait = clock, wait
        self._owed_until = 0.0

    @property
    def kbit(self) -> int | None:
        if self._bytes >= _TELLING and self._seconds > 0:
            return round(self._bytes * 8 / 1000 / self._seconds)
        return self._before.kbit

    @property
    def good(self) -> bool:
        return self._cuts <= MOST_CUTS and (self.kbit is None or self.kbit >= GOOD_KBIT)

    def seconds_for(self, size: int) -> float | None:
        """None: not known."""
        return size * 8 / 1000 / self.kbit if self.kbit else None

    def clock(self) -> float:
        return self._clock()

    def cut(self) -> None:
        self._cuts += 1

    def whole(self) -> None:
        """A file came; each makes up for one cut."""
        self._cuts = max(0, self._cuts - 1)

    def passed(self, size: int, seconds: float) -> None:
        self._bytes += size
        self._seconds += seconds

    def spend(self, size: int) -> None:
        """Waits as long as so many bytes may take."""
        if self._limit is None:
            return
        now = self._clock()
        self._owed_until = max(self._owed_until, now) + size * 8 / 1000 / self._limit
        self.wait(self._owed_until - now)

    def measure(self, now: datetime) -> LineMeasure:
        measured = self._bytes >= _TELLING or self._cuts != self._before.cuts
        return LineMeasure(kbit=self.kbit, cuts=self._cuts, at=now if measured else self._before.at)
