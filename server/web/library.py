"""The library of segments."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromQuery, QueryParameter

from server.api.asked import Asked
from server.api.gate import needs
from server.api.paging import Offset
from server.services import registry, segments
from server.services.rights import Right
from server.web.rendering import page

PAGE = 50


@get("/bai", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.SEGMENTS_READ))
def library(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    q: FromQuery[str] = "",
    topic: FromQuery[str] = "",
    language: FromQuery[str] = "",
    in_state: Annotated[str, QueryParameter(name="state")] = "",
    offset: Offset = 0,
) -> Response[str]:
    found = segments.list_segments(
        context,
        query=q,
        topic=topic or None,
        language=language or None,
        state=in_state or None,
        besides=None if in_state else "discarded",
        offset=offset,
        limit=PAGE,
    )
    return page(
        request,
        "library.html",
        active="library",
        sample=any(segment.sample for segment in found.items),
        found=found,
        topics=registry.list_topics(context),
        asked={"q": q, "topic": topic, "language": language, "state": in_state},
        filtered=bool(q or topic or language or in_state),
    )
