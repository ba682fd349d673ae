"""Where a page sends its reader on to: only to pages of ours, whatever an address says. What address is ours."""

import unicodedata
from typing import Any
from urllib.parse import quote

from litestar import Request

_LONGEST = 2000
_KEPT = "/?&=%#:;,.+-_~!$'()*@[]"


def place_within(text: str, *, instead: str = "/") -> str:
    """The text, if it is a path of this service (one slash in front, no other host hidden in it), fit for a header."""
    control = any(unicodedata.category(letter)[0] in "CZ" for letter in text)
    if not text.startswith("/") or text.startswith("//") or "\\" in text or control or len(text) > _LONGEST:
        return instead
    if text.partition("?")[0].startswith(("/dang-nhap", "/dang-xuat")):
        return instead  # nobody signs in to sign in
    return quote(text, safe=_KEPT)


def site_of(request: Request[Any, Any, Any]) -> str:
    """What the service was called by, a name that the doorway knows; for links that people follow later."""
    return f"{request.scope['scheme']}://{request.headers['host']}"
