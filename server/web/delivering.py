"""What was recalled, what is urgent, and the programs at the stations: lists, each one station by station."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.attachments import attachment
from server.api.gate import needs
from server.api.paging import Offset
from server.errors import REFUSALS, answer
from server.services import emergency_views, recall_views, stations_seen
from server.services.access_refusals import OutOfReach
from server.services.context import Context
from server.services.emergency_views import STATES as CALL_STATES
from server.services.loading import sample_is_loaded
from server.services.recall_views import STATES as RECALL_STATES
from server.services.rights import Right
from server.services.segment_reach import rights_over
from server.services.spreadsheet_cells import BYTE_ORDER_MARK, as_lines
from server.services.stations_seen import STATES as SEEN_STATES
from server.services.stations_there import narrowed
from server.texts import _
from server.web import delivering_words
from server.web.emergency_tiles import call_map
from server.web.moments import full
from server.web.rendering import page

RECALL = "/thu-hoi/{number:int}"
CALL = "/khan-cap/{number:int}"


@get("/thu-hoi", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def recalls(request: Request[Any, Any, Any], context: Asked, offset: Offset = 0) -> Response[str]:
    return page(
        request,
        "recalls.html",
        active="recalls",
        sample=sample_is_loaded(context),
        found=recall_views.list_recalls(context, offset=offset),
        says=delivering_words,
    )


@get(RECALL, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def recall(
    request: Request[Any, Any, Any],
    context: Asked,
    number: FromPath[int],
    status: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Response[str]:
    found = recall_views.get_recall(context, number)
    return page(
        request,
        "recall.html",
        active="recalls",
        sample=sample_is_loaded(context),
        recall=found.recall,
        all=found.stations,
        # Who never had anything of it is shown to who asks for them.
        lines=narrowed(found.stations, RECALL_STATES, state=status, q=q)
        if status or q
        else [line for line in found.stations if line.state != "apart" or line.aired],
        states=RECALL_STATES,
        state=status,
        q=q,
        says=delivering_words,
    )


@get(RECALL + "/bang/csv", include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def recall_table(
    context: Asked, number: FromPath[int], status: FromQuery[str] = "", q: FromQuery[str] = ""
) -> Response[bytes]:
    """The rows that the page of the same query shows; without one all stations."""
    found = recall_views.get_recall(context, number)
    headings = [
        _("Mã"),
        _("Đài"),
        _("Huyện"),
        _("Tình trạng"),
        _("Có tệp từ"),
        _("Trả lời lúc"),
        _("Ai trả lời"),
        _("Đã phát sau khi thu hồi"),
    ]
    lines = [
        [
            line.station.code,
            line.station.name,
            line.station.district_name or "",
            delivering_words.recall_state(line.state).word,
            full(line.has.at) if line.has else "",
            full(line.answered_at) if line.answered_at else "",
            line.answered_by or "",
            "; ".join(full(each.starts_at) for each in line.aired),
        ]
        for line in narrowed(found.stations, RECALL_STATES, state=status, q=q)
    ]
    return _csv(f"loa-thu-hoi-{number}.csv", headings, lines)


@get("/khan-cap", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def emergencies(request: Request[Any, Any, Any], context: Asked, offset: Offset = 0) -> Response[str]:
    return page(
        request,
        "emergencies.html",
        active="emergencies",
        sample=sample_is_loaded(context),
        found=emergency_views.list_emergencies(context, offset=offset),
        says=delivering_words,
    )


@get(CALL, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def emergency(
    request: Request[Any, Any, Any],
    context: Asked,
    number: FromPath[int],
    status: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Response[str]:
    return _call(request, context, number, state=status, q=q)


@get(CALL + "/bang/csv", include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def emergency_table(
    context: Asked, number: FromPath[int], status: FromQuery[str] = "", q: FromQuery[str] = ""
) -> Response[bytes]:
    found = emergency_views.get_emergency(context, number)
    headings = [
        _("Mã"),
        _("Đài"),
        _("Huyện"),
        _("Tình trạng"),
        _("Nhận lúc"),
        _("Phát lúc"),
        _("Giây sau khi duyệt"),
        _("Ai báo"),
    ]
    lines = [
        [
            line.station.code,
            line.station.name,
            line.station.district_name or "",
            delivering_words.emergency_state(line.state).word,
            full(line.received_at) if line.received_at else "",
            full(line.played_at) if line.played_at else "",
            line.played_ms // 1000 if line.played_ms is not None else "",
            line.said_by or "",
        ]
        for line in narrowed(found.stations, CALL_STATES, state=status, q=q)
    ]
    return _csv(f"loa-khan-cap-{number}.csv", headings, lines)


@post(
    CALL + "/ket-thuc",
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.SEGMENTS_RELEASE),
)
def end(
    request: Request[Any, Any, Any], context: Asked, number: FromPath[int], data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    reason = str(data.get("reason", ""))
    try:
        emergency_views.end_emergency(context, number, reason=reason)
    except OutOfReach:
        raise
    except REFUSALS as refusal:
        told = answer(refusal)
        return _call(request, context, number, told=told.sentence, reason=reason, code=told.http)
    return Redirect(f"/khan-cap/{number}", status_code=303)


@get(CALL + "/ket-thuc", include_in_schema=False, sync_to_thread=False, opt=needs(Right.MONTHS_READ))
def back_to_call(number: FromPath[int]) -> Redirect:
    """Where ending it was refused its address shows the call; asked for again, there is only the call."""
    return Redirect(f"/khan-cap/{number}", status_code=302)


@get(
    "/may-o-dai", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ)
)
def seen(
    request: Request[Any, Any, Any],
    context: Asked,
    status: FromQuery[str] = "",
    q: FromQuery[str] = "",
    offset: Offset = 0,
) -> Response[str]:
    found = stations_seen.seen_page(context, state=status, q=q, offset=offset)
    return page(
        request,
        "stations_seen.html",
        active="seen",
        sample=sample_is_loaded(context),
        counts=found.counts,
        found=found.found,
        states=SEEN_STATES,
        state=status,
        q=q,
        says=delivering_words,
    )


def _call(
    request: Request[Any, Any, Any],
    context: Context,
    number: int,
    *,
    state: str = "",
    q: str = "",
    told: str = "",
    reason: str = "",
    code: int = 200,
) -> Response[str]:
    found = emergency_views.get_emergency(context, number)
    return page(
        request,
        "emergency.html",
        status=code,
        active="emergencies",
        sample=sample_is_loaded(context),
        call=found.emergency,
        lines=narrowed(found.stations, CALL_STATES, state=state, q=q),
        map=call_map(found.stations),
        may_end=found.emergency.state == "calling"
        and Right.SEGMENTS_RELEASE in rights_over(context, found.emergency.segment),
        states=CALL_STATES,
        state=state,
        q=q,
        told=told,
        reason=reason,
        says=delivering_words,
    )


def _csv(name: str, headings: list[str], lines: Sequence[Sequence[str | int]]) -> Response[bytes]:
    return Response(
        BYTE_ORDER_MARK.encode() + as_lines([headings, *lines]),
        media_type="text/csv",
        headers={"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"},
    )


HANDLERS = [
    recalls,
    recall,
    recall_table,
    emergencies,
    emergency,
    emergency_table,
    end,
    back_to_call,
    seen,
]
