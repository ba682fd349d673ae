"""The forecast of a month: who will miss if nothing changes, and a station's slots that would mend it, to plan by a tap."""

from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.forecasts import MOST_SLOTS
from server.api.gate import needs
from server.api.paging import Offset
from server.errors import REFUSALS, answer
from server.services import forecasts
from server.services.context import Context
from server.services.forecast_views import StationMends
from server.services.forecasts import ChosenSlot
from server.services.loading import sample_is_loaded
from server.services.refusals import BadField
from server.services.rights import Right
from server.texts import _
from server.web.rendering import page

PATH = "/thang/{month:str}/du-bao"


@get(PATH, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def province(request: Request[Any, Any, Any], context: Asked, month: MonthInPath, offset: Offset = 0) -> Response[str]:
    wanted = Month.parse(month)
    view = forecasts.forecast_page(context, wanted, offset=offset)
    return page(
        request,
        "forecast.html",
        active="month",
        sample=sample_is_loaded(context),
        month=wanted,
        view=view,
        missing=[each for each in view.found.items if each.misses],
        meeting=[each for each in view.found.items if not each.misses],
    )


@get(
    PATH + "/{code:str}",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def station(request: Request[Any, Any, Any], context: Asked, month: MonthInPath, code: FromPath[str]) -> Response[str]:
    return _shown(request, context, code, Month.parse(month))


@post(
    PATH + "/{code:str}",
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def plan(
    request: Request[Any, Any, Any],
    context: Asked,
    month: MonthInPath,
    code: FromPath[str],
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    """The slots that the page showed, into the plan that it looked at; the page is shown anew where they don't fit."""
    wanted = Month.parse(month)
    try:
        version, slots = _chosen(data)
        forecasts.plan_mends(context, wanted, code, slots, version=version)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, code, wanted, told=told.sentence, status=told.http)
    return Redirect(f"/thang/{wanted}/du-bao/{quote(code, safe='')}", status_code=303)


def _chosen(data: dict[str, str]) -> tuple[int, list[ChosenSlot]]:
    """Raises BadField."""
    given = str(data.get("slots", ""))
    try:
        slots = msgspec.json.decode(given, type=list[ChosenSlot])
        version = msgspec.convert(data.get("version", ""), int, strict=False)
    except msgspec.DecodeError:
        slots, version = [], 0
    if not 0 < len(slots) <= MOST_SLOTS:
        raise BadField(field="slots", value=given[:100], expected=_("các khung bù mà trang đã nêu"))
    return version, slots


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    month: Month,
    *,
    told: str = "",
    status: int = 200,
) -> Response[str]:
    mends = forecasts.station_mends(context, code, month)
    return page(
        request,
        "mends.html",
        status=status,
        active="month",
        sample=mends.station.sample,
        month=month,
        mends=mends,
        station=mends.station,
        slots=_written(mends),
        told=told,
    )


def _written(mends: StationMends) -> str:
    """The proposed slots as the form sends them back."""
    chosen = [
        ChosenSlot(column=slot.column, starts_at=slot.starts_at, segments=tuple(item.segment for item in slot.items))
        for slot in mends.slots
    ]
    return msgspec.json.encode(chosen).decode()


HANDLERS = [province, station, plan]
