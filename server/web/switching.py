"""Choosing the language of the pages: `?lang=` is kept in a cookie and taken out of the address."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from server.texts import LANGUAGES
from server.web.cookies import YEAR_S


async def switch_language(request: Request[Any, Any, Any]) -> Response[Any] | None:
    chosen = request.query_params.get("lang")
    if chosen not in LANGUAGES:
        return None
    rest = [(name, value) for name, value in parse_qsl(request.url.query, keep_blank_values=True) if name != "lang"]
    # One slash in front: an address that begins with two would name another host.
    address = "/" + quote(request.url.path.lstrip("/")) + (f"?{urlencode(rest)}" if rest else "")
    return Redirect(
        address,
        status_code=303,
        cookies=[Cookie(key="lang", value=chosen, path="/", max_age=YEAR_S, samesite="lax", httponly=True)],
    )
