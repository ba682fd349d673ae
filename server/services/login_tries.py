"""Counting failures of signing in, so that guessing costs this machine next to nothing and gets nowhere.

Kept in memory, for one application: a restart forgets, and guesses go on as slowly as before.
"""

import ipaddress
import math
import time
from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from server.services.account_refusals import TooManyTries


@dataclass(frozen=True, slots=True, kw_only=True)
class TryLimits:
    """How many failures are borne: of a login from one address, from an address, of a login from anywhere.

    An office has one address for many people, and one address alone must not lock out whose login it tries: what is
    borne of a login is more than one address can use up.
    """

    pair: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(5, 5))
    address: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(30, 5))
    login: RateLimitItem = field(default_factory=lambda: RateLimitItemPerMinute(100, 60))


class LoginTries:
    """To be made once for an application; in any thread."""

    def __init__(self, limits: TryLimits | None = None) -> None:
        self._limits = limits or TryLimits()
        self._counts = MovingWindowRateLimiter(MemoryStorage())

    def require_room(self, login: str, address: str) -> None:
        """Raises TooManyTries."""
        for item, keys in self._keys(login, address):
            if not self._counts.test(item, *keys):
                # The counts go by the system's clock, whatever anybody else's is.
                left = self._counts.get_window_stats(item, *keys).reset_time - time.time()
                raise TooManyTries(seconds=max(1, math.ceil(left)))

    def failed(self, login: str, address: str) -> None:
        for item, keys in self._keys(login, address):
            self._counts.hit(item, *keys)

    def forget(self, login: str, address: str) -> None:
        """Who got in made no guesses; what else came from the address stays counted."""
        item, keys = self._keys(login, address)[0]
        self._counts.clear(item, *keys)

    def _keys(self, login: str, address: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
        network = network_of(address)
        return [
            (self._limits.pair, ("pair", login, network)),
            (self._limits.address, ("address", network)),
            (self._limits.login, ("login", login)),
        ]


def network_of(address: str) -> str:
    """What one subscriber has: the address, of IPv6 the first 64 bits."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
