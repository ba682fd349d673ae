"""The review queue of a month: what is doubtful, side by side, decided on by one button; and notes beside verdicts."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from schedules.logs.lines import MOST_TEXT
from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import doubts, judging, verdict_notes
from server.services.context import Context
from server.services.rights import Right
from server.texts import _
from server.web.rendering import page

PATH = "/thang/{month:str}/xem-xet"
OF_STATION = "/dai/{code:str}/{month:str}/xem-xet"


@get(
    PATH,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.AIRED_JUDGE),
)
def waiting(
    request: Request[Any, Any, Any],
    context: Asked,
    month: MonthInPath,
    dai: FromQuery[str] = "",
    xong: FromQuery[str] = "",
) -> Response[str]:
    return _shown(request, context, Month.parse(month), station=dai, done=_done(xong))


@get(OF_STATION, include_in_schema=False, sync_to_thread=False, opt=needs(Right.AIRED_JUDGE, "station"))
def back_to_queue(code: FromPath[str], month: MonthInPath) -> Redirect:  # noqa: ARG001 (the address has it)
    """Where a decision was refused its address shows the queue; asked for again, there is only the queue."""
    return Redirect(f"/thang/{Month.parse(month)}/xem-xet", status_code=302)


@post(
    OF_STATION,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.AIRED_JUDGE, "station"),
)
def decide(
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    month: MonthInPath,
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    """`do` is `not_aired`, `keep`, or `accept:` with the entry's uid."""
    typed = {name: str(value).strip() for name, value in data.items()}
    decision, _sign, entry = typed.get("do", "").partition(":")
    narrowed = typed.get("dai", "")
    try:
        judging.judge(
            context,
            code,
            Month.parse(month),
            typed.get("doubt", ""),
            decision,
            entry=entry or None,
            reason=typed.get("reason", "")[:MOST_TEXT],
        )
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, Month.parse(month), station=narrowed, told=told.sentence, status=told.http)
    of_station = f"&dai={quote(narrowed, safe='')}" if narrowed else ""
    return Redirect(f"/thang/{month}/xem-xet?xong={decision}{of_station}", status_code=303)


@post(
    "/dai/{code:str}/{month:str}/ghi-chu",
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.AIRED_JUDGE, "station"),
)
def note(code: FromPath[str], month: MonthInPath, context: Asked, data: URLEncodedBody[dict[str, str]]) -> Redirect:
    verdict_notes.add_note(context, code, Month.parse(month), str(data.get("text", "")))
    return Redirect(f"/dai/{quote(code, safe='')}/{month}/phat-song#ghi-chu", status_code=303)


@get(
    "/dai/{code:str}/{month:str}/ghi-chu",
    include_in_schema=False,
    sync_to_thread=False,
    opt=needs(Right.MONTHS_READ, "station"),
)
def back_to_station(code: FromPath[str], month: MonthInPath) -> Redirect:
    return Redirect(f"/dai/{quote(code, safe='')}/{Month.parse(month)}/phat-song#ghi-chu", status_code=302)


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    month: Month,
    *,
    station: str = "",
    done: str | None = None,
    told: str = "",
    status: int = 200,
) -> Response[str]:
    found = doubts.doubts(context, month, station=station or None)
    return page(
        request,
        "doubts.html",
        status=status,
        active="month",
        sample=found.sample,
        month=month,
        found=found,
        station=station,
        done=done,
        told=told,
    )


def _done(decision: str) -> str | None:
    return {
        "accept": _("Đã theo điều được chọn."),
        "not_aired": _("Đã ghi là không phát."),
        "keep": _("Đã giữ như đang tính."),
    }.get(decision)


HANDLERS = [waiting, back_to_queue, decide, note, back_to_station]
