"""One's own second factor: set up with a QR code, given new recovery codes, taken away."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.gate import needs
from server.errors import REFUSALS, Refusal, answer
from server.services import second_factor
from server.services.context import Context
from server.services.rights import Right
from server.services.second_factor import PENDING, Enrolment
from server.services.second_factor_refusals import SecondFactorPresent, SecondFactorStale
from server.web.rendering import page

ADDRESS = "/tai-khoan/hai-buoc"
OWN = needs(Right.OWN)


@get(ADDRESS, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OWN)
def second_factor_page(request: Request[Any, Any, Any], context: Asked) -> Response[str]:
    return _shown(request, context)


@post(ADDRESS, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OWN)
def confirm(request: Request[Any, Any, Any], context: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[str]:
    pending = str(data.get("pending", ""))
    try:
        codes = second_factor.confirm(context, _own(context), pending, str(data.get("code", "")))
    except (SecondFactorPresent, SecondFactorStale) as refusal:
        return _shown(request, context, refusal=refusal)
    except REFUSALS as refusal:
        try:
            again = second_factor.enrolment_again(context, _own(context), pending)
        except SecondFactorStale:
            return _shown(request, context, refusal=refusal)
        return _shown(request, context, shown=again, refusal=refusal)
    return _shown(request, context, codes=codes)


@post(f"{ADDRESS}/ma-du-phong", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OWN)
def new_recovery_codes(
    request: Request[Any, Any, Any], context: Asked, data: URLEncodedBody[dict[str, str]]
) -> Response[str]:
    try:
        codes = second_factor.new_recovery_codes(context, _own(context), str(data.get("code", "")))
    except REFUSALS as refusal:
        return _shown(request, context, refusal=refusal, action="ma-du-phong")
    return _shown(request, context, codes=codes)


@post(f"{ADDRESS}/bo", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OWN)
def remove(request: Request[Any, Any, Any], context: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    try:
        second_factor.remove(
            context, _own(context), code=str(data.get("code", "")), password=str(data.get("password", ""))
        )
    except REFUSALS as refusal:
        return _shown(request, context, refusal=refusal, action="bo")
    return Redirect("/tai-khoan?xong=hai-buoc", status_code=303)


@get(
    [f"{ADDRESS}/ma-du-phong", f"{ADDRESS}/bo"],
    include_in_schema=False,
    sync_to_thread=False,
    opt=OWN,
)
def back_to_second_factor() -> Redirect:
    """The addresses that forms post to show nothing by themselves."""
    return Redirect(ADDRESS, status_code=302)


def _own(context: Context) -> int:
    return context.who.account_id or 0


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    *,
    shown: Enrolment | None = None,
    codes: list[str] | None = None,
    refusal: Refusal | None = None,
    action: str = "",
) -> Response[str]:
    """Secrets are on it, so nothing keeps it."""
    told = answer(refusal) if refusal is not None else None
    factor = second_factor.standing(context, _own(context))
    response = page(
        request,
        "second_factor.html",
        status=told.http if told else 200,
        active="account",
        factor=factor,
        shown=shown if factor.on or shown else second_factor.enrol(context, _own(context)),
        codes=codes,
        minutes=int(PENDING.total_seconds() // 60),
        refusal=told.sentence if told else None,
        action=action,
    )
    response.headers["Cache-Control"] = "no-store"
    if refusal is not None and "seconds" in refusal.facts:
        response.headers["Retry-After"] = str(refusal.facts["seconds"])
    return response


HANDLERS = (second_factor_page, confirm, new_recovery_codes, remove, back_to_second_factor)
