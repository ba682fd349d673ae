"""The page of a month's closings: closing it, and its figures as they were closed."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.closings import Number
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import closings, errands, plans
from server.services.closing_refusals import MonthNotClosed
from server.services.context import Context
from server.services.loading import sample_is_loaded
from server.services.local_time import local_today
from server.services.proofs import province_proof
from server.services.refusals import NoPlan
from server.services.right_holders import holders_of
from server.services.rights import Right
from server.services.scopes import has_everywhere
from server.web.rendering import page

PATH = "/thang/{month:str}/chot"


@get(PATH, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def closed(
    request: Request[Any, Any, Any], context: Asked, month: MonthInPath, number: FromQuery[Number | None] = None
) -> Response[str]:
    return _shown(request, context, Month.parse(month), number=number)


@post(
    PATH,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_CLOSE, "everywhere"),
)
def close(
    request: Request[Any, Any, Any], context: Asked, month: MonthInPath, data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    wanted, reason = Month.parse(month), str(data.get("reason", ""))[:2000]
    try:
        closings.order_closing(context, wanted, reason=reason)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, wanted, told=told.sentence, reason=reason, status=told.http)
    return Redirect(f"/thang/{wanted}/chot", status_code=303)


@post(
    PATH + "/huy",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_CLOSE, "everywhere"),
)
def cancel(context: Asked, month: MonthInPath, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    wanted = Month.parse(month)
    errands.cancel(context, ("closing",), str(wanted), str(data.get("run", ""))[:40])
    return Redirect(f"/thang/{wanted}/chot", status_code=303)


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    month: Month,
    *,
    number: int | None = None,
    told: str = "",
    reason: str = "",
    status: int = 200,
) -> Response[str]:
    try:
        found = closings.closed_figures(context, month, number)
    except MonthNotClosed:
        if number is not None:
            raise
        found = None
    over = local_today(context) > month.last_date
    revisions = {each.status for each in plans.list_revisions(context, month)}
    run = errands.latest(context, "closing", str(month))
    under_way = run is not None and run.under_way
    if run is not None and run.refusal is not None and not told:
        told = run.refusal.sentence
    return page(
        request,
        "closing.html",
        status=status,
        active="month",
        sample=sample_is_loaded(context),
        month=month,
        found=found,
        over=over,
        doubtful=_doubtful(context, month) if over and not under_way else 0,
        run=run if under_way else None,
        published="published" in revisions,
        draft="draft" in revisions,
        planners=[] if _plans(context) else holders_of(context, Right.PLANS_CHANGE),
        again=False,
        all=[each for each in closings.list_closings(context) if each.month == str(month)],
        told=told,
        reason=reason,
    )


def _plans(context: Context) -> bool:
    return has_everywhere(context.who, Right.PLANS_CHANGE, local_today(context))


def _doubtful(context: Context, month: Month) -> int:
    """How many slots are still in doubt, whatever is closed over them."""
    try:
        return sum(each.doubtful for each in province_proof(context, month).stations)
    except NoPlan:
        return 0


HANDLERS = [closed, close, cancel]
