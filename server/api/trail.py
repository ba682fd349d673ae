"""The audit trail: who did what, whether it is whole, and all of it for other programs."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from server.api.asked import Asked
from server.api.attachments import attachment
from server.api.gate import needs
from server.api.paging import Limit, Offset, paged
from server.services import trail, trail_export, trail_search
from server.services.context import Context
from server.services.rights import Right
from server.services.trail import TrailReport
from server.services.trail_export import MEDIA_TYPES, TrailFormat
from server.services.trail_search import EntryView, TrailFilter
from server.services.views import Page

MAY = needs(Right.AUDIT_READ, "everywhere")
ActionFilter = Annotated[
    str | None,
    QueryParameter(description="For example segment.withdrawn; with a dot at the end, all on that subject: segment."),
]
EntryId = Annotated[int | None, QueryParameter(ge=1, le=2**53)]


@get("/audit", sync_to_thread=True, opt=MAY)
def list_entries(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    q: FromQuery[str] = "",
    actor: FromQuery[str | None] = None,
    action: ActionFilter = None,
    subject: FromQuery[str | None] = None,
    origin: FromQuery[str | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    offset: Offset = 0,
    limit: Limit = 100,
) -> Response[Page[EntryView]]:
    """Entries, the newest first; `q` needs no diacritics, days are local and both included."""
    wanted = TrailFilter(query=q, actor=actor, action=action, subject=subject, origin=origin, since=since, until=until)
    return paged(request, trail_search.search(context, wanted, offset=offset, limit=limit))


@get("/audit/{entry:int}", sync_to_thread=True, opt=MAY)
def get_entry(context: Asked, entry: FromPath[int]) -> EntryView:
    """One entry, with what was before and after."""
    return trail_search.get_entry(context, entry)


@get("/audit/verify", sync_to_thread=True, opt=MAY)
def verify(context: Asked, head: FromQuery[str | None] = None) -> TrailReport:
    """Computes the whole chain of hashes anew. `head`, COUNT:HASH as noted earlier: whether the chain still has it."""
    return trail.verify(context, noted=trail.parse_head(head) if head is not None else None)


def _exported(form: TrailFormat, description: str) -> Any:
    @get(
        f"/audit/export.{form}",
        name=f"audit_{form}",
        operation_id=f"ExportTrail{form.capitalize()}",
        description=description,
        sync_to_thread=True,
        opt=MAY,
        responses={
            200: ResponseSpec(
                data_container=bytes, media_type=MEDIA_TYPES[form], generate_examples=False, description="The file"
            )
        },
    )
    def export(
        *,
        context: Asked,
        q: FromQuery[str] = "",
        actor: FromQuery[str | None] = None,
        action: ActionFilter = None,
        subject: FromQuery[str | None] = None,
        origin: FromQuery[str | None] = None,
        since: FromQuery[date | None] = None,
        until: FromQuery[date | None] = None,
    ) -> Stream:
        wanted = TrailFilter(
            query=q, actor=actor, action=action, subject=subject, origin=origin, since=since, until=until
        )
        return _file(context, form, trail_export.export(context, form, wanted))

    return export


def _file(context: Context, form: TrailFormat, pieces: Iterator[bytes]) -> Stream:
    name = f"loa-audit-{context.clock():%Y%m%d}.{form}"
    return Stream(
        pieces,
        media_type=MEDIA_TYPES[form],
        headers={"Content-Disposition": attachment(name), "Cache-Control": "private, no-store"},
    )


router = Router(
    "/",
    route_handlers=[
        list_entries,
        get_entry,
        verify,
        _exported("csv", "The entries for spreadsheets, the oldest first; that it was exported is recorded."),
        _exported("jsonl", "The entries as JSON Lines, the oldest first; that it was exported is recorded."),
    ],
    tags=["audit"],
)
