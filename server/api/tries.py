"""Wrong secrets from one network address: after some, no more are looked at for a while. In this process alone."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from server.api.faults import RequestRefused

MOST, MINUTES = 30, 5
_MOST_KEPT = 20_000


class Tries:
    """Only failures count. A secret that was right before is still looked at: guesses from behind the same router
    as a station's player do not silence the player.
    """

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(MOST, MINUTES)
        self._right: set[str] = set()

    def refused(self, address: str, secret_hash: str) -> RequestRefused | None:
        """What to answer instead of looking the secret up."""
        if secret_hash in self._right or self._limiter.test(self._limit, address):
            return None
        # The library counts by the system's clock.
        ends = self._limiter.get_window_stats(self._limit, address).reset_time
        seconds = max(1, math.ceil(ends - time.time()))
        return too_many(seconds)

    def right(self, secret_hash: str) -> None:
        if len(self._right) < _MOST_KEPT:
            self._right.add(secret_hash)

    def wrong(self, address: str, secret_hash: str) -> None:
        self._right.discard(secret_hash)
        self._limiter.hit(self._limit, address)


def too_many(seconds: int) -> RequestRefused:
    return RequestRefused("request.too_many", headers={"Retry-After": str(seconds)}, seconds=seconds)
