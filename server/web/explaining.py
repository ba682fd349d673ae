"""Explanations that take planning, so on pages of their own: what mends a station's month, why nobody airs a segment."""

from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromPath

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services.explanations import explain
from server.services.loading import sample_is_loaded
from server.services.refusals import NoPlan
from server.services.registry import get_station
from server.services.rights import Right
from server.services.segments import get_segment
from server.services.whereabouts import segment_month
from server.web.rendering import page


@get(
    "/dai/{code:str}/{month:str}/vi-sao",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def station_why(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], month: MonthInPath
) -> Response[str]:
    wanted = Month.parse(month)
    station = get_station(context, code, wanted).station
    try:
        found = explain(context, code, wanted)
    except NoPlan:
        found = None
    return page(
        request,
        "why.html",
        active="month",
        sample=station.sample,
        month=wanted,
        station=station,
        found=found,
        verdicts=sorted(found.verdicts, key=lambda each: each.verdict.status == "met") if found else [],
    )


@get(
    "/bai/{code:str}/o-dau/{month:str}",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.SEGMENTS_READ, "segment"),
)
def segment_where(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], month: MonthInPath
) -> Response[str]:
    wanted = Month.parse(month)
    return page(
        request,
        "whereabouts.html",
        active="library",
        sample=sample_is_loaded(context),
        month=wanted,
        segment=get_segment(context, code),
        found=segment_month(context, code, wanted),
    )
