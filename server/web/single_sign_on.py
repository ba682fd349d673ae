"""The two addresses of signing in by the province's OpenID provider: out to it, and back."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.gate import OPEN, SESSION_COOKIE, cookie
from server.api.problems import problem_of
from server.errors import REFUSALS, Refusal
from server.services import single_sign_on
from server.services.single_sign_on import LIFETIME
from server.services.single_sign_on_refusals import SignOnForgotten
from server.web.cookies import set_cookie
from server.web.refusals import refusal_page

START = "/dang-nhap/oidc"
BACK = "/dang-nhap/oidc/tro-lai"
NOTE_COOKIE = "loa_sign_on"
_LONGEST_ONWARD = 1000


@get(START, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def start(request: Request[Any, Any, Any], context: Asked, tiep: FromQuery[str] = "/") -> Redirect:
    address, note = single_sign_on.start(context, redirect_uri=_back(request), onward=own_page(tiep))
    response = Redirect(address, status_code=303, headers={"Cache-Control": "no-store"})
    set_cookie(request, response, NOTE_COOKIE, note, max_age_s=int(LIFETIME.total_seconds()))
    return response


@get(BACK, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def come_back(
    request: Request[Any, Any, Any],
    context: Asked,
    *,
    code: FromQuery[str] = "",
    returned: Annotated[str, QueryParameter(name="state")] = "",  # `state` is the application's own in handlers
    iss: FromQuery[str | None] = None,
    error: FromQuery[str | None] = None,
) -> Response[Any]:
    """What was set out with counts once: whatever comes of it, the browser forgets it."""
    note = cookie(request.scope, NOTE_COOKIE)
    try:
        if note is None:
            raise SignOnForgotten
        done = single_sign_on.complete(
            context,
            note,
            state=returned,
            code=code,
            issuer=iss,
            error=error,
            address=context.who.address or "",
            agent=request.headers.get("user-agent", ""),
        )
    except REFUSALS as refusal:
        return _forget_note(request, _refused(request, refusal))
    response = Redirect(done.onward, status_code=303, headers={"Cache-Control": "no-store"})
    set_cookie(request, response, SESSION_COOKIE, done.secret)
    return _forget_note(request, response)


def _refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    problem, headers = problem_of(refusal, request.scope)
    return refusal_page(request, problem, {**headers, "Cache-Control": "no-store"})


def _forget_note(request: Request[Any, Any, Any], response: Response[Any]) -> Response[Any]:
    set_cookie(request, response, NOTE_COOKIE, "", max_age_s=0)
    return response


def own_page(address: str) -> str:
    """A path of this service; anything that a browser could take for another host is the front page."""
    if not address.startswith("/") or len(address) > _LONGEST_ONWARD or not address.isprintable():
        return "/"
    return "/" if address[1:2] in {"/", "\\"} or "\\" in address else address


def _back(request: Request[Any, Any, Any]) -> str:
    return f"{request.scope['scheme']}://{request.headers['host']}{BACK}"


HANDLERS = (start, come_back)
