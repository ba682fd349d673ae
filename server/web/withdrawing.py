"""Withdrawing a segment: what it would come to before it is done, and afterwards how far it has come."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.gate import needs
from server.api.patience import patiently
from server.errors import REFUSALS, answer
from server.services import segments
from server.services.context import Context
from server.services.refusals import UnknownSegment
from server.services.replanning_segments import withdraw as withdraw_segment
from server.services.rights import Right
from server.services.withdrawing import consequences, rehearse_withdrawal
from server.web.rendering import page


@get(
    "/bai/{code:str}/rut",
    media_type=MediaType.HTML,
    include_in_schema=False,
    opt=needs(Right.SEGMENTS_WITHDRAW, "segment"),
)
async def withdrawal(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], thu: FromQuery[str] = ""
) -> Response[str]:
    """With `thu` the months are planned anew without the segment, to be looked at: nothing is stored."""
    return await patiently(_shown, request, context, code, rehearse=bool(thu))


@post(
    "/bai/{code:str}/rut",
    media_type=MediaType.HTML,
    include_in_schema=False,
    opt=needs(Right.SEGMENTS_WITHDRAW, "segment"),
)
async def withdraw(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], data: URLEncodedBody[dict[str, str]]
) -> Response[str] | Redirect:
    return await patiently(_withdrawn, request, context, code, reason=str(data.get("reason", "")))


HANDLERS = (withdrawal, withdraw)


def _withdrawn(
    request: Request[Any, Any, Any], context: Context, code: str, *, reason: str
) -> Response[str] | Redirect:
    try:
        withdraw_segment(context, code, reason=reason)
    except UnknownSegment:
        raise
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, code, reason=reason, refusal=told.sentence, status=told.http)
    return Redirect(f"/bai/{quote(code, safe='')}/rut", status_code=303)


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    *,
    rehearse: bool = False,
    reason: str = "",
    refusal: str | None = None,
    status: int = 200,
) -> Response[str]:
    segment = segments.get_segment(context, code)
    withdrawn = segment.state == "withdrawn"
    return page(
        request,
        "withdrawing.html",
        status=status,
        active="library",
        sample=segment.sample,
        segment=segment,
        found=consequences(context, code),
        rehearsed=rehearse_withdrawal(context, code) if rehearse and not withdrawn else None,
        reason=reason,
        refusal=refusal,
    )
