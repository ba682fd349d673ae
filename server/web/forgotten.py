"""For who forgot their password: a link by e-mail, to an address that the account already has."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.enums import MediaType
from litestar.params import URLEncodedBody

from server.api.asked import Asked
from server.api.gate import OPEN
from server.errors import REFUSALS, Refusal, answer
from server.services import password_mail
from server.services.context import Context
from server.web.going_on import site_of
from server.web.rendering import page

ADDRESS = "/quen-mat-khau"


@get(ADDRESS, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def forgotten_page(request: Request[Any, Any, Any], context: Asked) -> Response[str]:
    return _shown(request, context)


@post(ADDRESS, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def send_link(request: Request[Any, Any, Any], context: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[str]:
    """The same answer whoever is named, in the same time: what there is to do is done after it."""
    login = str(data.get("login", ""))
    try:
        password_mail.count_question(context)
    except REFUSALS as refusal:
        return _shown(request, context, login=login, refusal=refusal)
    response = _shown(request, context, done=context.mail is not None)
    response.background = BackgroundTask(password_mail.mail_new_link, context, login, site=site_of(request))
    return response


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    *,
    login: str = "",
    done: bool = False,
    refusal: Refusal | None = None,
) -> Response[str]:
    told = answer(refusal) if refusal is not None else None
    response = page(
        request,
        "forgot.html",
        status=told.http if told else 200,
        mails=context.mail is not None,
        login=login[:100],
        done=done,
        refusal=told.sentence if told else None,
    )
    if refusal is not None and "seconds" in refusal.facts:
        response.headers["Retry-After"] = str(refusal.facts["seconds"])
    return response


HANDLERS = (forgotten_page, send_link)
