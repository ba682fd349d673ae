"""What proxies that are trusted say of the client: its address, its scheme, the name it called. Nobody else is believed.

Each proxy adds to the right end of X-Forwarded-For, so what stands left of the first address that is no trusted proxy
may be anybody's invention and is not looked at.
"""

import ipaddress
import re
from collections.abc import Sequence

from server.services.public_url import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Headers = Sequence[tuple[bytes, bytes]]

FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded"})
_WITH_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::[0-9]{1,5})?", re.ASCII)
_MOST_HOPS = 50


def address_in(text: str) -> Address | None:
    """An address as proxies write it, perhaps with a port; IPv4 in IPv6's clothes counts as IPv4."""
    bare = text.strip().strip('"')
    found = _WITH_PORT.fullmatch(bare)
    try:
        address = ipaddress.ip_address((found[1] or found[2]) if found is not None else bare)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def is_in(address: Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def client_of(peer: str, headers: Headers, trusted: Sequence[Network]) -> str:
    """The right-most address that is no trusted proxy; where what is said makes no sense, the last proxy's own."""
    best = peer
    if not is_in(address_in(peer), trusted):
        return best
    said = ",".join(value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for")
    for hop in reversed(said.rsplit(",", _MOST_HOPS)[-_MOST_HOPS:] if said else []):
        address = address_in(hop)
        if address is None:
            return best
        best = str(address)
        if not is_in(address, trusted):
            return best
    return best


def last_word(headers: Headers, name: bytes) -> str | None:
    """What the nearest proxy said: the last of several."""
    values = [value.decode("latin-1") for key, value in headers if key == name]
    return ",".join(values).rsplit(",", 1)[-1].strip().lower() or None if values else None
