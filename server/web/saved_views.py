"""Saving, above the table of the month, a way of looking at it under a name; and taking such a name away."""

from typing import Any

from litestar import Request, Response, post
from litestar.enums import MediaType
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, MonthInPath, Runs
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import saved_views
from server.services.rights import Right
from server.web.province import order_in, shown, view_in

PATH = "/thang/{month:str}/cach-xem"


@post(
    PATH,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.OWN),
)
def save(
    request: Request[Any, Any, Any],
    context: Asked,
    runs: Runs,
    month: MonthInPath,
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    """The form holds what the address of the page said; the page of that view is where it leads."""
    wanted = Month.parse(month)
    typed = {name: str(value) for name, value in data.items()}
    view_in(typed)
    try:
        saved = saved_views.save_view(context, typed.get("name", ""), order_in(typed), view=typed.get("xem", ""))
    except REFUSALS as refusal:
        told = answer(refusal)
        name = typed.get("name", "")
        return shown(request, context, runs, wanted, asked=typed, told=told.sentence, typed=name, status=told.http)
    return Redirect(f"/thang/{wanted}?{saved.query}", status_code=303)


@post(PATH + "/{number:int}/xoa", include_in_schema=False, sync_to_thread=True, opt=needs(Right.OWN))
def remove(context: Asked, month: MonthInPath, number: FromPath[int]) -> Redirect:
    saved_views.remove_view(context, number)
    return Redirect(f"/thang/{Month.parse(month)}", status_code=303)


HANDLERS = [save, remove]
