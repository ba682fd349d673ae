"""Counting failures of signing in, so that guessing costs this machine next to nothing and gets nowhere."""

import ipaddress
from dataclasses import dataclass, field
from datetime import timedelta

from server.services.context import Context
from server.services.counted_tries import Allowance, Tried, count, forgive, require_room


@dataclass(frozen=True, slots=True, kw_only=True)
class TryLimits:
    """How many failures are borne: of a login from one address, from an address, of a login from anywhere.

    An office has one address for many people, and one address alone must not lock out whose login it tries: what is
    borne of a login is more than one address can use up.
    """

    pair: Allowance = field(default_factory=lambda: Allowance(5, timedelta(minutes=5)))
    address: Allowance = field(default_factory=lambda: Allowance(30, timedelta(minutes=5)))
    login: Allowance = field(default_factory=lambda: Allowance(100, timedelta(minutes=60)))


class LoginTries:
    """Each is counted before it is looked at, so that many at once are no more than one after the other."""

    def __init__(self, limits: TryLimits | None = None) -> None:
        self._limits = limits or TryLimits()

    def require_room(self, context: Context, login: str, address: str) -> None:
        """Raises TooManyTries."""
        require_room(context, self._tried(login, address))

    def count(self, context: Context, login: str, address: str) -> None:
        """Raises TooManyTries."""
        count(context, self._tried(login, address))

    def right(self, context: Context, login: str, address: str) -> None:
        """Who got in made no guesses; what else came from the address, or was tried of the login, stays counted."""
        pair, *others = self._tried(login, address)
        forgive(context, [pair], once=others)

    def _tried(self, login: str, address: str) -> list[Tried]:
        network = network_of(address)
        return [
            Tried(("login and address", login, network), self._limits.pair),
            Tried(("address", network), self._limits.address),
            Tried(("login", login), self._limits.login),
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
