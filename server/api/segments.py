"""The library: segments, where they are used, new ones by upload, withdrawal."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from litestar import Request, Response, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from server.api.asked import Asked
from server.api.paging import Limit, Offset, paged
from server.api.said import FIELDS, REQUIRED, field_fault, new_segment
from server.api.uploads import UPLOAD_MAX, receive_form
from server.services import segments
from server.services.views import Page, SegmentUse, SegmentView


class WithdrawalIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the segment is withdrawn, in a sentence that stations will read."""

    reason: str


@dataclass
class UploadOperation(Operation):
    """The form is read as it arrives, not by Litestar, so its shape is written down here."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, content_media_type="application/octet-stream")
        self.request_body = RequestBody(
            required=True,
            content={
                "multipart/form-data": OpenAPIMediaType(
                    schema=Schema(
                        type=OpenAPIType.OBJECT,
                        properties={"file": file, **FIELDS},
                        required=["file", *REQUIRED],
                    )
                )
            },
        )


# Litestar keeps the name `state` for itself.
InState = Annotated[Literal["ready", "withdrawn"] | None, QueryParameter(name="state")]


@get("/segments", sync_to_thread=True)
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
        context, query=q, topic=topic, language=language, state=in_state, offset=offset, limit=limit
    )
    return paged(request, found)


@get("/segments/{code:str}", sync_to_thread=True)
def get_segment(context: Asked, code: FromPath[str]) -> SegmentView:
    """A segment with what was measured in its sound."""
    return segments.get_segment(context, code)


@get("/segments/{code:str}/uses", sync_to_thread=True)
def get_uses(context: Asked, code: FromPath[str]) -> list[SegmentUse]:
    """Each airing of the segment in a published plan in force, soonest first."""
    return segments.segment_uses(context, code)


@post("/segments", operation_class=UploadOperation, request_max_body_size=UPLOAD_MAX)
async def add_segment(request: Request[Any, Any, Any], context: Asked) -> Response[SegmentView]:
    """A new segment from an uploaded recording: checked, measured, levelled, stored; or refused, and nothing kept."""
    async with receive_form(request, file_field="file", scratch=context.scratch) as received:
        new = new_segment(received.fields, where="body")
        if received.path is None or received.file_name is None:
            raise field_fault("file", "missing", where="body")
        added = await sync_to_thread(
            segments.add_segment, context, received.path, file_name=received.file_name, new=new
        )
    return Response(added, headers={"Location": f"{request.url.path}/{added.code}"})


@post("/segments/{code:str}/withdraw", status_code=200, sync_to_thread=True)
def withdraw_segment(context: Asked, code: FromPath[str], data: JSONBody[WithdrawalIn]) -> SegmentView:
    """Takes the segment out of all plans made from now on; what aired stays recorded."""
    return segments.withdraw_segment(context, code, reason=data.reason)


router = Router(
    "/", route_handlers=[list_segments, get_segment, get_uses, add_segment, withdraw_segment], tags=["segments"]
)
