"""The two addresses of signing in by the province's OpenID provider: out to it, and back."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.cookies import cookie
from server.api.gate import OPEN
from server.api.problems import problem_of
from server.errors import REFUSALS, Refusal
from server.services import single_sign_on
from server.services.single_sign_on import LIFETIME
from server.services.single_sign_on_refusals import SignOnForgotten
from server.web.cookies import set_cookie
from server.web.going_on import place_within, site_of
from server.web.refusals import refusal_page
from server.web.signing_in import code_page, signed_in

START = "/dang-nhap/oidc"
BACK = "/dang-nhap/oidc/tro-lai"
NOTE_COOKIE = "loa_sign_on"


@get(START, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def start(request: Request[Any, Any, Any], context: Asked, tiep: FromQuery[str] = "/") -> Redirect:
    address, note = single_sign_on.start(context, redirect_uri=_back(request), onward=place_within(tiep))
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
    if done.done.pending is not None:
        return _forget_note(request, code_page(request, pending=done.done.pending, onward=done.onward))
    return _forget_note(request, signed_in(request, done.done, done.onward))


def _refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    problem, headers = problem_of(refusal, request.scope)
    return refusal_page(request, problem, {**headers, "Cache-Control": "no-store"})


def _forget_note(request: Request[Any, Any, Any], response: Response[Any]) -> Response[Any]:
    set_cookie(request, response, NOTE_COOKIE, "", max_age_s=0)
    return response


def _back(request: Request[Any, Any, Any]) -> str:
    return f"{site_of(request)}{BACK}"


HANDLERS = (start, come_back)
