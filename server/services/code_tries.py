"""How many secrets of one kind may be tried, or letters asked for, in how long; counted in this process's memory."""

from functools import cache
from typing import TYPE_CHECKING

from server.services.context import Context

if TYPE_CHECKING:
    from limits.strategies import MovingWindowRateLimiter


def may_try(context: Context, kind: str, named: str, *, most: int, minutes: int) -> bool:
    """Counts one more; False, and nothing is counted, where `most` were counted within the last `minutes`."""
    from limits import RateLimitItemPerMinute

    return _limiter().hit(RateLimitItemPerMinute(most, minutes), str(context.home), kind, named)


def forgive(context: Context, kind: str, named: str, *, most: int, minutes: int) -> None:
    """What was counted is forgotten: the last one was right."""
    from limits import RateLimitItemPerMinute

    _limiter().clear(RateLimitItemPerMinute(most, minutes), str(context.home), kind, named)


@cache
def _limiter() -> "MovingWindowRateLimiter":
    from limits.storage import MemoryStorage
    from limits.strategies import MovingWindowRateLimiter

    return MovingWindowRateLimiter(MemoryStorage())
