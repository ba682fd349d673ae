"""The one door for messages to addresses that others have chosen: only http(s), only where it is allowed, no redirects.

The name is looked up once, and what was looked at is what is connected to: a name that changes its mind in between
leads nowhere else.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from server.services.reminder_refusals import WebhookAddressRefused, WebhookUnreachable

LONGEST_URL = 500
# Seconds for all of it: a receiver that answers in drops is as good as silent.
TIMEOUT_S = 15.0
_LONGEST_REASON = 200
_OWN_NAMES = ("localhost", ".localhost", ".local", ".internal")
# IPv4 addresses in other clothes.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def require_address(url: str, *, private: bool) -> str:
    """The address as it is kept. `private`: those of this machine and private networks are good as well.

    Names are not looked up here, but before each message. Raises WebhookAddressRefused.
    """
    refused = WebhookAddressRefused(url=shown_address(url), private=False)
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or any(each in url for each in " \\<>\"'`"):
        raise refused
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise refused from error
    if parts.scheme not in {"http", "https"} or not host or port == 0 or parts.username is not None or parts.fragment:
        raise refused
    own = host in _OWN_NAMES or host.rstrip(".").endswith(_OWN_NAMES)
    if not private and (own or not _is_public(host, name_is_public=True)):
        raise WebhookAddressRefused(url=shown_address(url), private=True)
    return url


def shown_address(url: str) -> str:
    """Without what stands behind the host, which may be a secret of its own."""
    scheme, found, rest = url.partition("://")
    host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
    shown = f"{scheme}://{host}/…" if found else url
    return "".join(each if each.isprintable() else "?" for each in shown)[:100]


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> int:
    """The status of the answer, whose body is left unread. Raises WebhookUnreachable, WebhookAddressRefused."""
    import httpx

    require_address(url, private=private)
    try:
        return asyncio.run(asyncio.wait_for(_post(url, body, headers, private=private), TIMEOUT_S))
    except TimeoutError as error:
        raise WebhookUnreachable(url=shown_address(url), reason=f"> {TIMEOUT_S:.0f} s") from error
    except (OSError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        reason = " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
        raise WebhookUnreachable(url=shown_address(url), reason=reason) from error


async def _post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> int:
    import httpx

    parts = urlsplit(url)
    host = parts.hostname or ""
    address = await looked_up(parts, private=private)
    async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
        request = client.build_request(
            "POST",
            httpx.URL(url).copy_with(host=address),
            content=body,
            headers={**headers, "Host": parts.netloc},
            extensions={"sni_hostname": host},
        )
        answer = await client.send(request, stream=True)
        await answer.aclose()
        return answer.status_code


async def looked_up(parts: SplitResult, *, private: bool) -> str:
    """An address of the URL's host; where one of several is refused, none is taken. Raises WebhookAddressRefused."""
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not private and not all(_is_public(each, name_is_public=False) for each in addresses):
        raise WebhookAddressRefused(url=shown_address(parts.geturl()), private=True)
    return addresses[0]


def _is_public(host: str, *, name_is_public: bool) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        # Numbers in the forms that only old programs read, such as 127.1, are no names.
        return name_is_public and not host.rstrip(".").rpartition(".")[2].isdigit() and not host.startswith("0x")
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            address = inner
        elif address in _TRANSLATED:
            return False
    return address.is_global and not address.is_multicast
