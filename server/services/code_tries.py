"""How often one thing may be tried or asked for in how long; counted in this process's memory, by the system's clock."""

import math
import time
from functools import cache
from typing import TYPE_CHECKING

from server.services.account_refusals import TooManyTries
from server.services.context import Context

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter


def count_try(context: Context, kind: str, named: str, *, most: int, minutes: int) -> None:
    """Raises TooManyTries, and counts nothing, where `most` were counted within the last `minutes`."""
    from limits import RateLimitItemPerMinute

    item, keys = RateLimitItemPerMinute(most, minutes), (str(context.home), kind, named)
    if not _limiter().hit(item, *keys):
        left = _limiter().get_window_stats(item, *keys).reset_time - time.time()
        raise TooManyTries(seconds=max(1, math.ceil(left)))


def forgive(context: Context, kind: str, named: str, *, most: int, minutes: int) -> None:
    """What was counted is forgotten: the last one was right."""
    from limits import RateLimitItemPerMinute

    _limiter().clear(RateLimitItemPerMinute(most, minutes), str(context.home), kind, named)


@cache
def _limiter() -> "MovingWindowRateLimiter":
    from limits.storage import MemoryStorage
    from limits.strategies import MovingWindowRateLimiter

    return MovingWindowRateLimiter(MemoryStorage())
