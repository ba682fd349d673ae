"""Cookies that pages set: out of reach of scripts, for our own pages alone, and on secure lines bound to this host."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie

YEAR_S = 365 * 24 * 3600


def set_cookie(
    request: Request[Any, Any, Any], response: Response[Any], name: str, value: str, *, max_age_s: int | None = None
) -> None:
    """Until the browser is closed, or for `max_age_s`."""
    secure = request.scope["scheme"] == "https"
    response.set_cookie(
        Cookie(
            key=f"__Host-{name}" if secure else name,
            value=value,
            max_age=max_age_s,
            path="/",
            secure=secure,
            httponly=True,
            samesite="lax",
        )
    )
