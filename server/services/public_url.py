"""The name that people know the service by, and what of it the door and the checks need."""

import ipaddress
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicUrl:
    """`host` in lower case, an IPv6 address in brackets; `port` None: the scheme's own."""

    scheme: str
    host: str
    port: int | None = None

    @property
    def text(self) -> str:
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port is not None else "")


def is_loopback(host: str) -> bool:
    """Whether a name or address, with or without brackets, is this machine's own and nobody else's."""
    bare = host.strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False
