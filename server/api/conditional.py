"""Answers that a client may already have: entity tags compared (RFC 9110, 13.1.2), and bytes sent as they are."""

import re
from collections.abc import Mapping

from litestar.types import Receive, Scope, Send

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def has_current(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has what `etag` (quoted) names: weak comparison, lists, and `*`."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return etag.removeprefix("W/") in _TAG.findall(if_none_match)


def header(scope: Scope, name: bytes) -> str | None:
    """All lines of a header as one list; None where there is none. `name` in lower case."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ", ".join(values) if values else None


class Ready:
    """A whole answer as an ASGI app, sent as often as asked for; header names and values are encoded once."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, *, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.status = status
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        self.body = body

    def carrying(self, body: bytes) -> "Ready":
        """The same status and headers with another body."""
        other = Ready.__new__(Ready)
        other.status, other.headers, other.body = self.status, self.headers, body
        return other

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
