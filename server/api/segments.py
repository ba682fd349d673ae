"""The library: segments and their recordings, where they are used, new ones by upload, what people decide on them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from litestar import Request, Response, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter
from litestar.response import Redirect
from msgspec import Struct

from media.refusals import MediaRefusal
from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.following import events
from server.api.gate import needs
from server.api.paging import Limit, Offset, paged
from server.api.patience import patiently
from server.api.problems import Recorded
from server.api.said import FIELDS, REQUIRED, field_fault, new_segment
from server.api.uploads import Received, receive_form
from server.services import extra_renditions, intake, pushing, replanning_segments, segments
from server.services.context import Context
from server.services.pushing import PushView
from server.services.refusals import RecordingUnfit, SegmentExists, ServiceStopping
from server.services.replanning_segments import ReplannedSegment
from server.services.rights import Right
from server.services.views import Page, SegmentUse, SegmentView
from server.services.whereabouts import SegmentMonthView, segment_month

PREFIX = "/api/v1/segments"


class WithdrawalIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the segment is withdrawn, in a sentence that stations will read."""

    reason: str


class OverruleIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`lead` is the code of the organisation that answers for the topic, of which people need not name their own;
    `number` null is the newest recording."""

    reason: str
    lead: str | None = None
    number: int | None = None


class KeepIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` null is the newest recording."""

    reason: str = ""
    number: int | None = None


class DiscardIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` null is the newest recording."""

    reason: str
    number: int | None = None


class PushIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why what is published gets the newest recording."""

    reason: str


CLOSED = (WithdrawalIn, OverruleIn, KeepIn, DiscardIn, PushIn)


@dataclass
class VersionOperation(Operation):
    """The form is read as it arrives, not by Litestar, so its shape is written down here."""

    fields: ClassVar[Mapping[str, Schema]] = {}
    required: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, content_media_type="application/octet-stream")
        self.request_body = RequestBody(
            required=True,
            content={
                "multipart/form-data": OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.OBJECT,
                        properties={"file": file, **self.fields},
                        required=["file", *self.required],
                    )
                )
            },
        )


@dataclass
class UploadOperation(VersionOperation):
    fields: ClassVar[Mapping[str, Schema]] = FIELDS
    required: ClassVar[tuple[str, ...]] = REQUIRED


# Litestar keeps the name `state` for itself.
InState = Annotated[
    Literal["processing", "held", "rejected", "draft", "submitted", "returned", "ready", "withdrawn", "discarded"]
    | None,
    QueryParameter(name="state", description="None: all that was not discarded"),
]
Kind = Annotated[str, PathParameter(schema_extra={"enum": list(extra_renditions.KINDS)})]


@get("/segments", sync_to_thread=True, opt=needs(Right.SEGMENTS_READ))
def list_segments(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    q: FromQuery[str] = "",
    topic: FromQuery[str | None] = None,
    language: FromQuery[str | None] = None,
    in_state: InState = None,
    offset: Offset = 0,
    limit: Limit = 100,
) -> Response[Page[SegmentView]]:
    """The segments; `q` needs no diacritics."""
    found = segments.list_segments(
        context,
        query=q,
        topic=topic,
        language=language,
        state=in_state,
        besides="discarded" if in_state is None else None,
        offset=offset,
        limit=limit,
    )
    return paged(request, found)


@get("/segments/{code:str}", sync_to_thread=True, opt=needs(Right.SEGMENTS_READ, "segment"))
def get_segment(context: Asked, code: FromPath[str]) -> SegmentView:
    """A segment with what was measured in its sound, and each of its recordings, the newest first."""
    return segments.get_segment(context, code)


@get("/segments/{code:str}/uses", sync_to_thread=True, opt=needs(Right.SEGMENTS_READ, "segment"))
def get_uses(context: Asked, code: FromPath[str]) -> list[SegmentUse]:
    """Each airing of the segment in a published plan in force, soonest first."""
    return segments.segment_uses(context, code)


@get("/segments/{code:str}/months/{month:str}", sync_to_thread=True, opt=needs(Right.SEGMENTS_READ, "segment"))
def get_month(
    *, context: Asked, code: FromPath[str], month: MonthInPath, draft: FromQuery[bool] = False
) -> SegmentMonthView:
    """Which stations air the segment in a month, or why none does: then it is tried in the place of others, which takes
    a second or two. Of the published plan, else the draft; with `draft` of the draft alone."""
    return segment_month(context, code, Month.parse(month), draft=draft)


@get("/segments/{code:str}/audio/{kind:str}", status_code=307, opt=needs(Right.SEGMENTS_READ, "segment"))
async def get_audio(context: Asked, code: FromPath[str], kind: Kind) -> Redirect:
    """To the copy of the recording in force; the one without loss is made when it is first asked for."""
    found = await patiently(extra_renditions.rendition_of, context, code, kind)
    return Redirect(found.address, status_code=307, headers={"Cache-Control": "no-cache"})


@post("/segments", operation_class=UploadOperation, request_max_body_size=None, opt=needs(Right.SEGMENTS_SEND))
async def add_segment(request: Request[Any, Any, Any], context: Asked) -> Response[SegmentView]:
    """A new segment from an uploaded recording, answered when it has its verdict: handed in for
    vetting, a draft, held, or refused.

    What was refused for its sound stays on record; `Location` says where.
    """
    async with receive_form(request, file_field="file", scratch=context.scratch, limits=context.uploads) as received:
        new = new_segment(received.fields, where="body")
        path, file_name = _file(received)
        async with _on_record(context, path):
            added = await patiently(segments.add_segment, context, path, file_name=file_name, new=new)
    return Response(added, headers={"Location": f"{PREFIX}/{added.code}"})


@post(
    "/segments/{code:str}/versions",
    operation_class=VersionOperation,
    request_max_body_size=None,
    opt=needs(Right.SEGMENTS_SEND, "segment"),
)
async def add_version(request: Request[Any, Any, Any], context: Asked, code: FromPath[str]) -> Response[SegmentView]:
    """A newer recording of the segment, answered when it has its verdict; the older one stays in force
    until this one is approved."""
    async with receive_form(request, file_field="file", scratch=context.scratch, limits=context.uploads) as received:
        if received.fields:
            raise field_fault(min(received.fields), "unknown field", where="body")
        path, file_name = _file(received)
        async with _on_record(context, path):
            changed = await patiently(segments.replace_recording, context, code, path, file_name=file_name)
    return Response(changed, headers={"Location": f"{PREFIX}/{code}"})


@post("/segments/{code:str}/overrule", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_VET, "segment"))
def overrule(context: Asked, code: FromPath[str], data: JSONBody[OverruleIn]) -> ReplannedSegment:
    """Checks that failed count no more: said by who answers for the topic, for a reason that stays on record.

    The recording goes to its vetting like any other.
    """
    segment = intake.overrule(context, code, number=data.number, reason=data.reason, lead=data.lead)
    return replanning_segments.with_what_follows(context, segment)


@post("/segments/{code:str}/keep", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_SEND, "segment"))
def keep(context: Asked, code: FromPath[str], data: JSONBody[KeepIn]) -> ReplannedSegment:
    """A recording that sounds like another one is kept all the same, and goes to its vetting."""
    segment = intake.keep(context, code, number=data.number, reason=data.reason)
    return replanning_segments.with_what_follows(context, segment)


@post("/segments/{code:str}/discard", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_SEND, "segment"))
def discard(context: Asked, code: FromPath[str], data: JSONBody[DiscardIn]) -> SegmentView:
    """A recording that is held, rejected, a draft or returned is given up; its record stays."""
    return intake.discard(context, code, number=data.number, reason=data.reason)


@post("/segments/{code:str}/push", status_code=200, sync_to_thread=True, opt=needs(Right.PLANS_CHANGE, "everywhere"))
def push(context: Asked, code: FromPath[str], data: JSONBody[PushIn]) -> PushView:
    """Puts the newest recording into what is published and has not begun; a new revision of each month it touches."""
    return pushing.push_version(context, code, reason=data.reason)


@post(
    "/segments/{code:str}/withdraw", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_WITHDRAW, "segment")
)
def withdraw_segment(context: Asked, code: FromPath[str], data: JSONBody[WithdrawalIn]) -> ReplannedSegment:
    """Takes the segment out of all plans made from now on; months that would still air it get a new draft."""
    return replanning_segments.withdraw(context, code, reason=data.reason)


@asynccontextmanager
async def _on_record(context: Context, path: Path) -> AsyncIterator[None]:
    """A refusal that leaves a record of the recording says where that is."""
    try:
        yield
    except (MediaRefusal, SegmentExists, RecordingUnfit, ServiceStopping) as refusal:
        code = await sync_to_thread(segments.record_of, context, path)
        if code is None:
            raise
        raise Recorded(refusal, location=f"{PREFIX}/{code}") from refusal


def _file(received: Received) -> tuple[Path, str]:
    if received.path is None or received.file_name is None:
        raise field_fault("file", "missing", where="body")
    return received.path, received.file_name


router = Router(
    "/",
    route_handlers=[
        list_segments,
        get_segment,
        get_uses,
        get_month,
        get_audio,
        events,
        add_segment,
        add_version,
        overrule,
        keep,
        discard,
        push,
        withdraw_segment,
    ],
    tags=["segments"],
)
