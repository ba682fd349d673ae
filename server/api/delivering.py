"""Stations check in; what was recalled and what is urgent, with what the stations answered."""

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import ServerSentEvent
from litestar.types import Scope
from msgspec import Meta, Struct

from server.api.asked import Asked
from server.api.doorway import asked_for_head
from server.api.following import followed
from server.api.gate import Gate, needs
from server.api.paging import Limit, Offset, paged
from server.api.tries import too_many
from server.services import check_ins, emergency_views, recall_views, stations_seen
from server.services.check_ins import CheckedIn, EmergencySaid, RecallSaid, Said
from server.services.emergency_views import Counts, EmergencyDetails, EmergencyView
from server.services.recall_views import RecallDetails, RecallView
from server.services.rights import Right
from server.services.stations_seen import StationSeen
from server.services.views import Page

MOST_ANSWERS = 1000
Number = Annotated[int, Meta(ge=1)]
Time = Annotated[datetime, Meta(tz=True)]


class RecallAnswerIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recall with that number: its files were `removed`, or never were there."""

    number: Number
    outcome: Literal["removed", "never_had"]


class EmergencyAnswerIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the call was received, and when its sound began, once it did: both by the station's clock."""

    number: Number
    received_at: Time
    played_at: Time | None = None


class CheckInIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`now` is the station's clock. `version`: of the manifest that it plays by; `lacking`: how many of its files are
    not there yet; `trouble`: what is wrong, in words for people.
    """

    program: Annotated[str, Meta(min_length=1, max_length=100)]
    now: Time
    version: Annotated[str, Meta(max_length=100)] | None = None
    lacking: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    free_bytes: Annotated[int, Meta(ge=0, le=2**60)] | None = None
    trouble: Annotated[str, Meta(max_length=500)] = ""
    recalls: Annotated[list[RecallAnswerIn], Meta(max_length=MOST_ANSWERS)] = []
    emergencies: Annotated[list[EmergencyAnswerIn], Meta(max_length=MOST_ANSWERS)] = []


@post("/stations/{code:str}/check-in", status_code=200, sync_to_thread=True, opt=needs(Right.AIRED_SAY, "station"))
def check_in(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], data: JSONBody[CheckInIn]
) -> CheckedIn:
    """How the station's program is, and its answers to recalls and emergencies; answered twice does no harm.

    A time that can't be is taken by the clock's offset, and else for now. Numbers that are none of the station's are
    told, and all else is kept. More than one a second of a station are too many.
    """
    doors: Gate = request.app.state.gate
    seconds = doors.check_ins.waits(code, context.clock())
    if seconds:
        raise too_many(seconds)
    return check_ins.check_in(
        context,
        code,
        Said(
            program=data.program,
            now=data.now,
            version=data.version,
            lacking=data.lacking,
            free_bytes=data.free_bytes,
            trouble=data.trouble,
            recalls=[RecallSaid(number=each.number, outcome=each.outcome) for each in data.recalls],
            emergencies=[
                EmergencySaid(number=each.number, received_at=each.received_at, played_at=each.played_at)
                for each in data.emergencies
            ],
        ),
    )


class EndIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the call ends before its time."""

    reason: str


@get("/recalls", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def list_recalls(
    request: Request[Any, Any, Any],
    context: Asked,
    segment: FromQuery[str | None] = None,
    offset: Offset = 0,
    limit: Limit = recall_views.PAGE,
) -> Response[Page[RecallView]]:
    """What was withdrawn or replaced, the newest first, with how many stations still have it."""
    return paged(request, recall_views.list_recalls(context, segment=segment, offset=offset, limit=limit))


@get("/recalls/{number:int}", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def get_recall(context: Asked, number: FromPath[int]) -> RecallDetails:
    """Station by station: who has it still and since when, who removed it, where it was aired after the recall."""
    return recall_views.get_recall(context, number)


@get("/emergencies", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def list_emergencies(
    request: Request[Any, Any, Any],
    context: Asked,
    segment: FromQuery[str | None] = None,
    offset: Offset = 0,
    limit: Limit = emergency_views.PAGE,
) -> Response[Page[EmergencyView]]:
    """What was called out to be played at once, the newest first."""
    return paged(request, emergency_views.list_emergencies(context, segment=segment, offset=offset, limit=limit))


@get("/emergencies/{number:int}", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def get_emergency(context: Asked, number: FromPath[int]) -> EmergencyDetails:
    """Station by station: when it had the call, when its sound began."""
    return emergency_views.get_emergency(context, number)


@post("/emergencies/{number:int}/end", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_RELEASE))
def end_emergency(context: Asked, number: FromPath[int], data: JSONBody[EndIn]) -> EmergencyView:
    """Stations that did not begin to play it do not begin any more."""
    return emergency_views.end_emergency(context, number, reason=data.reason)


@get(
    "/emergencies/{number:int}/events",
    responses={
        200: ResponseSpec(
            Counts,
            media_type="text/event-stream",
            description="A message for each change, its data in this shape; the last one is not calling any more",
            generate_examples=False,
        )
    },
    opt=needs(Right.MONTHS_READ),
)
async def emergency_events(scope: Scope, context: Asked, number: FromPath[int]) -> ServerSentEvent:
    """How many stations have the call and how many have played it, as they answer, until its time is over."""
    first = await sync_to_thread(emergency_views.counts_of, context, number)
    if asked_for_head(scope):
        return ServerSentEvent(iter(()))
    return ServerSentEvent(
        followed(
            context,
            first,
            look=lambda: emergency_views.counts_of(context, number),
            goes_on=lambda counts: counts.state == "calling",
        )
    )


@get("/check-ins", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def list_check_ins(context: Asked) -> list[StationSeen]:
    """The programs at the stations as they last checked in, the worst first; stations without one last."""
    return stations_seen.stations_seen(context)


CLOSED = (CheckInIn, RecallAnswerIn, EmergencyAnswerIn, EndIn)

router = Router(
    "/",
    route_handlers=[
        check_in,
        list_check_ins,
        list_recalls,
        get_recall,
        list_emergencies,
        get_emergency,
        end_emergency,
        emergency_events,
    ],
    tags=["delivering"],
)
