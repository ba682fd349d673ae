"""Recordings of a station's air: sent, looked at, and what was heard in them decided on."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from schedules.logs.lines import MOST_TEXT
from schedules.months import Month
from server.api.asked import Asked
from server.api.gate import needs
from server.api.uploads import Received, receive_body
from server.services import hearing, recording_decisions, recordings
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.recordings import RecordingView
from server.services.rights import Right

RECORDINGS = "/stations/{code:str}/recordings"
RECORDING = RECORDINGS + "/{recording_id:int}"


class DismissalIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)]


class PlaceIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the recording begins, with an offset."""

    begins_at: Annotated[datetime, Meta(tz=True)]


class _SoundBody(Operation):
    """The recording's bytes are the body."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(content={"application/octet-stream": OpenAPIMediaType()}, required=True)


@post(
    RECORDINGS,
    status_code=202,
    request_max_body_size=None,
    operation_class=_SoundBody,
    opt=needs(Right.AIRED_SAY, "station"),
)
async def send(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    name: FromQuery[str] = "",
    claimed_at: FromQuery[datetime | None] = None,
) -> RecordingView:
    """A recording of the station's air; `claimed_at` is when it begins by its maker's clock (local without an offset).

    What is heard in it is known later: look at it again until its state is heard or refused.
    """
    async with receive_body(request, scratch=context.incoming, limits=context.uploads) as received:
        return await sync_to_thread(_taken, context, code, received, name, claimed_at)


def _taken(context: Context, code: str, received: Received, name: str, claimed_at: datetime | None) -> RecordingView:
    if received.path is None:
        raise TypeError("a body that was received is a file")
    if claimed_at is not None and claimed_at.tzinfo is None:
        claimed_at = claimed_at.replace(tzinfo=ZONE)
    return hearing.send_recording(context, code, received.path, file_name=name, claimed_at=claimed_at)


@get(RECORDINGS, sync_to_thread=True, opt=needs(Right.MONTHS_READ, "station"))
def list_recordings(context: Asked, code: FromPath[str], month: FromQuery[str | None] = None) -> list[RecordingView]:
    """Those of the month (without one: of this month), the newest first, without what was heard in each."""
    wanted = Month.parse(month) if month is not None else Month.of(local_today(context))
    return recordings.list_recordings(context, code, wanted)


@get(RECORDING, sync_to_thread=True, opt=needs(Right.MONTHS_READ, "station"))
def get_recording(context: Asked, code: FromPath[str], recording_id: FromPath[int]) -> RecordingView:
    """With what was heard in it, and what was planned within it and was not heard."""
    return recordings.recording_view(context, code, recording_id)


@post(RECORDING + "/place", status_code=200, sync_to_thread=True, opt=needs(Right.AIRED_JUDGE, "station"))
def place(context: Asked, code: FromPath[str], recording_id: FromPath[int], data: JSONBody[PlaceIn]) -> RecordingView:
    """The recording begins then: what was heard in it finds its slots anew."""
    recording_decisions.place(context, code, recording_id, data.begins_at)
    return recordings.recording_view(context, code, recording_id)


@post(
    RECORDING + "/matches/{match_id:int}/confirm",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.AIRED_JUDGE, "station"),
)
def confirm(context: Asked, code: FromPath[str], recording_id: FromPath[int], match_id: FromPath[int]) -> RecordingView:
    """What was heard, or was not, becomes an entry of the station's log."""
    recording_decisions.confirm(context, code, recording_id, match_id)
    return recordings.recording_view(context, code, recording_id)


@post(
    RECORDING + "/matches/{match_id:int}/dismiss",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.AIRED_JUDGE, "station"),
)
def dismiss(
    context: Asked,
    code: FromPath[str],
    recording_id: FromPath[int],
    match_id: FromPath[int],
    data: JSONBody[DismissalIn],
) -> RecordingView:
    """It is no evidence, and never will be."""
    recording_decisions.dismiss(context, code, recording_id, match_id, data.reason)
    return recordings.recording_view(context, code, recording_id)


CLOSED = (DismissalIn, PlaceIn)

router = Router(
    "/", route_handlers=[send, list_recordings, get_recording, place, confirm, dismiss], tags=["recordings"]
)
