"""How much one address may ask for in a minute: generous for an office, too little for a flood.

Counted in this process. Pieces of files that were announced are not counted: each is bounded by what was announced.
"""

import ipaddress
import math
import re
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from litestar.types import Scope

from server.api.faults import RequestRefused
from server.api.tries import too_many

CHANGES = RateLimitItemPerMinute(300, namespace="changes")
UPLOADS = RateLimitItemPerMinute(60, namespace="uploads")
# Each is worked out anew, for people whom nobody knows.
CHECKS = RateLimitItemPerMinute(30, namespace="checks")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_NEW_UPLOAD = re.compile(r"/api/v1/uploads/?|/api/v1/segments/?|/api/v1/segments/[^/]+/versions/?|/tai-len/?")
_CHECK = re.compile(r"/kiem-tra/[^/]+/?")
_PIECE = re.compile(r"/api/v1/uploads/[^/]+")


class Pace:
    def __init__(
        self, *, changes: int = CHANGES.amount, uploads: int = UPLOADS.amount, checks: int = CHECKS.amount
    ) -> None:
        self._changes = RateLimitItemPerMinute(changes, namespace="changes")
        self._uploads = RateLimitItemPerMinute(uploads, namespace="uploads")
        self._checks = RateLimitItemPerMinute(checks, namespace="checks")
        self._counted = SlidingWindowCounterRateLimiter(MemoryStorage())

    def check(self, scope: Scope, address: str) -> RequestRefused | None:
        """Counts the request, or refuses it and counts nothing."""
        method, path = scope.get("method"), scope["path"]
        check = bool(_CHECK.fullmatch(path))
        if (method in _SAFE and not check) or (method == "PATCH" and _PIECE.fullmatch(path)):
            return None
        whose = _whose(address)
        limits = [self._checks if check else self._changes]
        if method == "POST" and _NEW_UPLOAD.fullmatch(path):
            limits.append(self._uploads)
        for limit in limits:
            if not self._counted.test(limit, whose):
                left = max(1, math.ceil(self._counted.get_window_stats(limit, whose).reset_time - time.time()))
                return too_many(left)
        for limit in limits:
            self._counted.hit(limit, whose)
        return None


def _whose(address: str) -> str:
    """One customer's part of the IPv6 internet is one asker, however many addresses it has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
