"""Forms that only our own pages can send: a browser adds its cookies to whatever any page sends, but no token.

Which browser a token was given to is told by its session, or where nobody is signed in by a cookie for forms alone.
"""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType
from litestar.types import HTTPScope, Scope

from server.api.conditional import header
from server.api.cookies import FORM_COOKIE, SESSION_COOKIE, cookie
from server.services.access_refusals import FormForeign
from server.services.context import Context
from server.services.hidden import hash_of, is_signed, new_secret, signed

CSRF_HEADER = b"x-csrf-token"
CSRF_FIELD = "csrf"
_CSRF = "form"
_ONCE = 11  # letters, 66 bits
_TYPED = "typed"


async def check_form(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """A browser adds a session's cookie to whatever a page sends: only our pages know the token."""
    given = header(connection.scope, CSRF_HEADER)
    if given is None:
        given = (await read_form(connection)).get(CSRF_FIELD)
    require_form(connection, given)


async def read_form(connection: ASGIConnection[Any, Any, Any, Any]) -> dict[str, str]:
    """What people filled in, kept with the request for the page that may have to give it back to them."""
    if not isinstance(connection, Request) or connection.content_type[0] != RequestEncodingType.URL_ENCODED:
        return {}
    typed = {name: str(value) for name, value in (await connection.form()).items()}
    connection.scope["state"][_TYPED] = typed
    return typed


def typed_in(scope: Scope) -> dict[str, str]:
    """The fields of the form that this request sent, as far as they were read."""
    typed: dict[str, str] = scope["state"].get(_TYPED, {})
    return typed


def require_form(connection: ASGIConnection[Any, Any, Any, Any], given: str | None) -> None:
    """Raises FormForeign unless the token is the one that `form_token` gave to this browser."""
    if connection.scope["state"]["who"].kind not in {"person", "nobody"}:
        return
    holder = _holder(connection)
    once, _, signature = (given or "").partition(".")
    if holder is None or not is_signed(_key(connection), signature, _CSRF, once, hash_of(holder)):
        raise FormForeign


def form_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """What forms of this browser carry; a browser that has no cookie yet gets one with the answer.

    It is another on each page, so that nobody learns it from the lengths of compressed pages, and all are good.
    """
    holder = _holder(connection)
    if holder is None:
        holder = connection.scope["state"].setdefault("new_form_cookie", new_secret())
    once = new_secret()[:_ONCE]
    return f"{once}.{signed(_key(connection), _CSRF, once, hash_of(holder))}"


def _holder(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    scope: HTTPScope = connection.scope  # type: ignore[assignment]  # there are no other connections here
    if connection.scope["state"]["who"].kind == "person":
        return cookie(scope, SESSION_COOKIE)
    return cookie(scope, FORM_COOKIE)


def _key(connection: ASGIConnection[Any, Any, Any, Any]) -> bytes:
    context: Context = connection.app.state.context
    return context.secret
