"""How often one asks within a minute of the clock, counted in this process alone."""

from datetime import UTC, datetime, timedelta

_NEVER = datetime.min.replace(tzinfo=UTC)


class PerMinute:
    def __init__(self, most: int) -> None:
        self.most = most
        self._begins = self._ends = _NEVER
        self._asked: dict[object, int] = {}

    def waits(self, who: object, now: datetime) -> int:
        """Counts this time; in seconds, how long one that asks too often is to wait. 0: not at all."""
        if not self._begins <= now < self._ends:
            self._begins = now.replace(second=0, microsecond=0)
            self._ends = self._begins + timedelta(minutes=1)
            self._asked.clear()
        count = self._asked[who] = self._asked.get(who, 0) + 1
        return 60 - now.second if count > self.most else 0
