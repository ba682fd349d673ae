"""What every request passes first: whose name it calls, whose page sent it, how often it asks, which language it wants.

Any page in a browser could reach a service on its machine or in its network: a foreign Host (a name pointed at this
address) and changes that another site asks for are turned away here. What proxies say of the client is believed of
those that are trusted and of nobody else; from here on the request looks as if the client had come itself.
"""

import re
from collections.abc import Sequence

import msgspec
from litestar.enums import HttpMethod
from litestar.types import HTTPScope, Message, Scope, Send

from server.api import language
from server.api.conditional import Ready, header
from server.api.faults import RequestRefused
from server.api.forwarded import FORWARDED, address_in, client_of, is_in, last_word
from server.api.pace import Pace
from server.api.problems import MEDIA_TYPE, problem_of
from server.api.request_ids import HEADER as REQUEST_ID_HEADER
from server.api.request_ids import id_of
from server.services.public_url import Network, PublicUrl, is_loopback
from server.texts import use_language

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
HEALTH = frozenset({"/health", "/health/live", "/health/ready", "/api/v1/health"})
# What is asked by address, not by name.
WATCHED = HEALTH | {"/metrics"}
_CONTENT_POLICY = (
    b"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
_ALWAYS = (
    (b"content-security-policy", _CONTENT_POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
    ),
)
SECURITY_HEADERS = (*_ALWAYS, (b"referrer-policy", b"same-origin"))
# An address that holds a secret goes into no Referer, and what it shows into no cache.
SECRET_HEADERS = (*_ALWAYS, (b"referrer-policy", b"no-referrer"), (b"cache-control", b"no-store"))
# The player in the browser plays what the page itself holds, for when there is no line.
PLAYER_PATHS = re.compile(r"/dai/[^/]+/may-phat|/may-phat/[a-z]+")
PLAYER_HEADERS = (
    (b"content-security-policy", _CONTENT_POLICY.replace(b"media-src 'self'", b"media-src 'self' blob:")),
    *SECURITY_HEADERS[1:],
)
SECRET_PATHS = ("/mat-khau/", "/bat-dau/", "/api/v1/feeds/")
# Behind TLS only, for a year; other names of the same domain are not ours to decide on.
SECURE_LINE = ((b"strict-transport-security", b"max-age=31536000"),)
DOCUMENTS = "/api/v1/docs"  # a page, though its address is the API's
_HEAD = "asked_for_head"
_PORT = re.compile(r":(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$")


class Doorway:
    def __init__(
        self,
        *,
        public_url: PublicUrl | None = None,
        trusted: Sequence[Network] = (),
        pace: Pace | None = None,
    ) -> None:
        """Without `public_url` the names of this machine are the only ones; with it they are for this machine alone.

        `trusted` are the proxies that are believed; without `pace` anybody may ask as often as they like.
        """
        self.public_url = public_url
        self.hosts = (public_url.host,) if public_url is not None else tuple(sorted(LOOPBACK))
        self._trusted = tuple(trusted)
        self._pace = pace

    def seen_through(self, scope: HTTPScope) -> HTTPScope:
        """The request as the client sent it: its own address, scheme and Host where a trusted proxy tells them.

        What anybody else says about that is taken out, so that nothing further in can believe it.
        """
        headers = list(scope["headers"])
        peer = self.address_of(scope)
        changed: dict[str, object] = {}
        if any(name in FORWARDED for name, _ in headers):
            kept = [(name, value) for name, value in headers if name not in FORWARDED]
            if is_in(address_in(peer), self._trusted):
                changed["client"] = (client_of(peer, headers, self._trusted), 0)
                scheme = last_word(headers, b"x-forwarded-proto")
                if scheme in {"http", "https"}:
                    changed["scheme"] = scheme
                host = last_word(headers, b"x-forwarded-host")
                if host is not None:
                    kept = [(name, value) for name, value in kept if name != b"host"]
                    kept.append((b"host", host.encode("latin-1")))
            changed["headers"] = kept
        called = [value.decode("latin-1").lower() for name, value in changed.get("headers", headers) if name == b"host"]  # type: ignore[attr-defined]  # either list
        if self.public_url is not None and called == [self.public_url.text.partition("://")[2]]:
            # People know this name by one scheme only; a proxy that forgets to tell it takes no protection away.
            changed["scheme"] = self.public_url.scheme
        return {**scope, **changed} if changed else scope  # type: ignore[typeddict-item]  # the same keys

    def trusts(self, scope: Scope) -> bool:
        """Whether it comes from a proxy that is believed; of a request that was not `seen_through`."""
        return bool(self._trusted) and is_in(address_in(self.address_of(scope)), self._trusted)

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
        if (hosts != 1 or not self._answers_to(called, scope)) and not self._is_watched(scope):
            return _refusal(scope, RequestRefused("request.foreign_host", host=called, known=list(self.hosts)))
        if self._pace is not None:
            too_many = self._pace.check(scope, self.address_of(scope))
            if too_many is not None:
                return _refusal(scope, too_many)
        if scope.get("method") not in SAFE_METHODS:
            own = f"{scope['scheme']}://{called}"
            foreign = _foreign(origin.decode("latin-1").lower(), site.decode("latin-1"), own)
            if foreign is not None:
                return _refusal(scope, RequestRefused("request.cross_site", origin=foreign))
        return None

    def address_of(self, scope: Scope) -> str:
        """The network address that asks, of a request that was `seen_through`."""
        client = scope.get("client")
        return client[0] if client else ""

    def _answers_to(self, called: str, scope: Scope) -> bool:
        name = _PORT.sub("", called)
        if self.public_url is None:
            return name in LOOPBACK
        return name == self.public_url.host or (name in LOOPBACK and is_loopback(self.address_of(scope)))

    def _is_watched(self, scope: Scope) -> bool:
        """Load balancers ask by address whether the service is well, Prometheus for its figures: no browser's secrets are
        at stake.
        """
        return self.public_url is not None and scope["path"] in WATCHED and scope.get("method") in SAFE_METHODS


def _foreign(origin: str, site: str, own: str) -> str | None:
    """Who sent it, if another site did. Browsers say so with each change; programs say nothing and pass."""
    if site and site not in {"same-origin", "none"}:
        return origin or site
    return origin if origin and origin != own else None


def _refusal(scope: Scope, refused: RequestRefused) -> Ready:
    problem, told = problem_of(refused, scope)
    body = msgspec.json.encode(problem)
    headers = {**told, "Content-Type": MEDIA_TYPE, "Content-Length": str(len(body))}
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


def guarded(send: Send, scope: Scope, *, bodies: bool = True) -> Send:
    """The same door out, with the headers that keep browsers strict on every answer."""
    secret = scope["path"].startswith(SECRET_PATHS)
    usual = PLAYER_HEADERS if PLAYER_PATHS.fullmatch(scope["path"]) else SECURITY_HEADERS
    named = ((REQUEST_ID_HEADER, id_of(scope).encode()),)
    added = (*(SECRET_HEADERS if secret else usual), *(SECURE_LINE if scope["scheme"] == "https" else ()), *named)
    ours = frozenset(name for name, _ in SECRET_HEADERS) if secret else frozenset()

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [each for each in message["headers"] if each[0].lower() not in ours] if ours else message["headers"]
            message["headers"] = [*kept, *added]
        elif message["type"] == "http.response.body" and not bodies:
            message["body"] = b""
        await send(message)

    return send_guarded
