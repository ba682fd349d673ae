"""One's own private calendar addresses: made, shown once with a code for the phone's camera, revoked."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import feeds
from server.services.context import Context
from server.services.credential_views import IssuedCredential
from server.services.rights import Right
from server.web import machine_words
from server.web.rendering import page


@get("/tai-khoan/lich", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.OWN))
def own_feeds(request: Request[Any, Any, Any], context: Asked, dai: FromQuery[str] = "") -> Response[str]:
    return _shown(request, context, typed={"what": f"station:{dai}" if dai else "", "name": ""})


@post(
    "/tai-khoan/lich",
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.OWN),
)
def make_feed(request: Request[Any, Any, Any], context: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[str]:
    """Answers with the address itself; sent again, the name is taken."""
    typed = {name: str(data.get(name, "")) for name in ("what", "name")}
    kind, _, code = typed["what"].partition(":")
    try:
        issued = feeds.make_feed(context, typed["name"], kind=kind, code=code)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, typed=typed, refusal=told.sentence, status=told.http)
    return _shown(request, context, typed={"what": "", "name": ""}, issued=issued)


@post("/tai-khoan/lich/{number:int}/thu-hoi", include_in_schema=False, sync_to_thread=True, opt=needs(Right.OWN))
def revoke_feed(context: Asked, number: FromPath[int]) -> Redirect:
    feeds.revoke_feed(context, number)
    return Redirect("/tai-khoan/lich", status_code=303)


HANDLERS = [own_feeds, make_feed, revoke_feed]


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    *,
    typed: Mapping[str, str],
    issued: IssuedCredential | None = None,
    refusal: str | None = None,
    status: int = 200,
) -> Response[str]:
    choices = feeds.feed_choices(context)
    base = f"{request.url.scheme}://{request.headers['host']}"
    response = page(
        request,
        "own_feeds.html",
        status=status,
        active="account",
        choices=choices,
        possible=choices.province or choices.stations,
        own=feeds.own_feeds(context),
        stations={each.code: each.name for each in choices.stations},
        districts={each.code: each.name for each in choices.districts},
        machine=machine_words,
        typed=typed,
        refusal=refusal,
        issued=issued,
        address=machine_words.feed_address(base, issued.secret) if issued else None,
    )
    if issued is not None:
        response.headers["Cache-Control"] = "no-store"
    return response
