"""What every request passes first: whose name it calls, whose page sent it, which language it wants.

The service listens on the loopback and has no accounts yet, so any page in a browser on this machine could reach it:
a foreign Host (a name pointed at 127.0.0.1) and changes that another site asks for are turned away here.
"""

import re
from collections.abc import Iterable

import msgspec
from litestar.enums import HttpMethod
from litestar.types import Message, Scope, Send

from server.api import language
from server.api.conditional import Ready, header
from server.api.faults import RequestRefused
from server.api.problems import MEDIA_TYPE, problem_of
from server.texts import use_language

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SECURITY_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
]
DOCUMENTS = "/api/v1/docs"  # a page, though its address is the API's
_HEAD = "asked_for_head"
_PORT = re.compile(r":(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$")


class Doorway:
    def __init__(self, *, hosts: Iterable[str] = LOOPBACK) -> None:
        """`hosts` are the names, without port, that this service answers to."""
        self.hosts = tuple(sorted(hosts))
        self._known = frozenset(self.hosts)

    def inspect(self, scope: Scope) -> Ready | None:
        """The answer for a request that may not pass; None for one that may, its language chosen."""
        host = origin = site = cookies = b""
        hosts = 0
        for name, value in scope["headers"]:
            if name == b"host":
                host, hosts = value, hosts + 1
            elif name == b"origin":
                origin = value
            elif name == b"sec-fetch-site":
                site = value
            elif name == b"cookie":
                cookies = value
        if scope["path"].startswith("/api/") and scope["path"] != DOCUMENTS:
            use_language(language.preferred(header(scope, b"accept-language") or ""))
        else:
            use_language(language.of_cookie(cookies.decode("latin-1")) if cookies else "vi")
        called = host.decode("latin-1").lower()
        if hosts != 1 or _PORT.sub("", called) not in self._known:
            return _refusal(scope, RequestRefused("request.foreign_host", host=called, known=list(self.hosts)))
        if scope.get("method") not in SAFE_METHODS:
            own = f"{scope['scheme']}://{called}"
            foreign = _foreign(origin.decode("latin-1").lower(), site.decode("latin-1"), own)
            if foreign is not None:
                return _refusal(scope, RequestRefused("request.cross_site", origin=foreign))
        return None

    def address_of(self, scope: Scope) -> str:
        """The network address that asks."""
        client = scope.get("client")
        return client[0] if client else ""


def _foreign(origin: str, site: str, own: str) -> str | None:
    """Who sent it, if another site did. Browsers say so with each change; programs say nothing and pass."""
    if site and site not in {"same-origin", "none"}:
        return origin or site
    return origin if origin and origin != own else None


def _refusal(scope: Scope, refused: RequestRefused) -> Ready:
    problem, _ = problem_of(refused, scope)
    body = msgspec.json.encode(problem)
    headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body))}
    return Ready(status=problem.status, headers=headers, body=body)


def as_get(scope: Scope) -> Scope:
    """The same request for the headers and the body; the server keeps its own scope, by which it sends no body.

    Every address that knows GET knows HEAD this way. Handlers that would do more for a body than for its headers look
    at `asked_for_head`.
    """
    state = {**scope.get("state", {}), _HEAD: True}
    return {**scope, "method": HttpMethod.GET, "state": state}  # type: ignore[return-value]  # only HTTP has methods


def asked_for_head(scope: Scope) -> bool:
    return _HEAD in scope["state"]


def guarded(send: Send, *, bodies: bool = True) -> Send:
    """The same door out, with the headers that keep browsers strict on every answer."""

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *SECURITY_HEADERS]
        elif message["type"] == "http.response.body" and not bodies:
            message["body"] = b""
        await send(message)

    return send_guarded
