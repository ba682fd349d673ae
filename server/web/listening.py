"""The pages of a station's recorded air: sending a recording, what was heard in it, and whether that is evidence."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.enums import MediaType
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from schedules.logs.lines import LineFault
from schedules.logs.written import read_moment
from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.conditional import header
from server.api.forms import CSRF_FIELD, CSRF_HEADER, require_form
from server.api.gate import needs
from server.api.uploads import Received, receive_form
from server.errors import REFUSALS, answer
from server.services import hearing, recording_decisions, recordings, registry
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.recording_refusals import RecordingUnknown
from server.services.refusals import BadField
from server.services.rights import Right
from server.services.upload_limits import UNTYPED
from server.texts import _
from server.web.pictures import time_line
from server.web.rendering import page

PATH = "/dai/{code:str}/{month:str}/ghi-am"


@get(
    PATH,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def listed(request: Request[Any, Any, Any], context: Asked, code: FromPath[str], month: MonthInPath) -> Response[str]:
    return _listed(request, context, code, Month.parse(month))


@post(
    PATH,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    request_max_body_size=None,
    opt=needs(Right.AIRED_SAY, "station", form_later=True),
)
async def send(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], month: MonthInPath
) -> Response[Any]:
    typed: dict[str, str] = {}
    try:
        async with receive_form(
            request, file_field="file", scratch=context.incoming, limits=context.uploads
        ) as received:
            typed = dict(received.fields)
            require_form(request, typed.pop(CSRF_FIELD, None) or header(request.scope, CSRF_HEADER))
            if received.file_name:
                sent = await sync_to_thread(_sent, context, code, received, typed.get("claimed_at", ""))
                return Redirect(f"/dai/{code}/{sent.month}/ghi-am/{sent.id}", status_code=303)
            told, status = _("Hãy chọn tệp âm thanh rồi gửi lại."), 400
    except REFUSALS as refusal:
        told, status = answer(refusal).sentence, answer(refusal).http
    return await sync_to_thread(
        _listed, request, context, code, Month.parse(month), told=told, typed=typed, status=status
    )


def _sent(context: Context, code: str, received: Received, claimed: str) -> recordings.RecordingView:
    if received.path is None:
        raise TypeError("a form with a file's name has the file")
    claimed_at = _moment("claimed_at", claimed) if claimed.strip() else None
    return hearing.send_recording(
        context, code, received.path, file_name=str(received.file_name), claimed_at=claimed_at
    )


@get(
    PATH + "/{recording_id:int}",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def one(
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    month: MonthInPath,
    recording_id: FromPath[int],
) -> Response[str]:
    Month.parse(month)
    return _one(request, context, code, recording_id)


@post(
    PATH + "/{recording_id:int}",
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.AIRED_JUDGE, "station"),
)
def decide(  # noqa: PLR0917 (the framework names them)
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    month: MonthInPath,
    recording_id: FromPath[int],
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    """One match is confirmed or dismissed, or the recording's beginning is set."""
    Month.parse(month)
    typed = {name: str(value).strip() for name, value in data.items()}
    try:
        _decided(context, code, recording_id, typed)
        shown = recordings.recording_view(context, code, recording_id)
    except RecordingUnknown:
        raise
    except REFUSALS as refusal:
        told = answer(refusal)
        return _one(request, context, code, recording_id, told=told.sentence, typed=typed, status=told.http)
    return Redirect(f"/dai/{code}/{shown.month}/ghi-am/{recording_id}#m{typed.get('match', '')}", status_code=303)


def _decided(context: Context, code: str, recording_id: int, typed: Mapping[str, str]) -> None:
    match typed.get("do"):
        case "confirm":
            recording_decisions.confirm(context, code, recording_id, _number(typed))
        case "dismiss":
            recording_decisions.dismiss(context, code, recording_id, _number(typed), typed.get("reason", "")[:500])
        case "place":
            begins_at = _moment("begins_at", typed.get("begins_at", ""))
            recording_decisions.place(context, code, recording_id, begins_at)
        case other:
            # What no button sends; a recording that is not there is told first.
            recordings.recording_view(context, code, recording_id)
            raise BadField(field="do", value=other or "", expected="confirm, dismiss, place")


def _number(typed: Mapping[str, str]) -> int:
    text = typed.get("match", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _moment(field: str, text: str) -> Any:
    """Raises BadField."""
    try:
        return read_moment(field, text.strip().replace("T", " "), None, ZONE)
    except LineFault as error:
        raise BadField(field=field, value=text, expected="dd/mm/yyyy hh:mm") from error


def _listed(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    month: Month,
    *,
    told: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    found = recordings.list_recordings(context, code, month)
    station = registry.get_station(context, code, month).station
    return page(
        request,
        "listening.html",
        status=status,
        active="month",
        sample=station.sample,
        station=station,
        month=month,
        recordings=found,
        under_way=any(each.state in {"waiting", "hearing"} for each in found),
        told=told,
        typed=typed or {},
        limits=context.uploads,
        accepted=",".join(taken for taken in context.uploads.types if taken != UNTYPED),
    )


def _one(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    recording_id: int,
    *,
    told: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    shown = recordings.recording_view(context, code, recording_id)
    month = Month.parse(shown.month)
    station = registry.get_station(context, code, month).station
    return page(
        request,
        "heard.html",
        status=status,
        active="month",
        sample=station.sample,
        station=station,
        month=month,
        shown=shown,
        under_way=shown.state in {"waiting", "hearing"},
        line=time_line(shown, recordings.recording_peaks(context, code, recording_id)),
        told=told,
        typed=typed or {},
    )


HANDLERS = [listed, send, one, decide]
