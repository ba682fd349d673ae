"""Lists in pages: `offset` and `limit`, and Link headers to the pages beside (RFC 8288)."""

from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from litestar import Request, Response
from litestar.params import QueryParameter

from server.services.views import Page

T = TypeVar("T")

MOST = 500
Offset = Annotated[int, QueryParameter(ge=0, le=1_000_000_000, description="How many to pass over")]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many to answer with")]


def paged(request: Request[Any, Any, Any], page: Page[T]) -> Response[Page[T]]:
    links = []
    if page.offset > 0:
        links.append(_link(request, page, max(0, page.offset - page.limit), "prev"))
    if page.offset + page.limit < page.total:
        links.append(_link(request, page, page.offset + page.limit, "next"))
    return Response(page, headers={"Link": ", ".join(links)} if links else None)


def _link(request: Request[Any, Any, Any], page: Page[T], offset: int, relation: str) -> str:
    kept = [(name, value) for name, value in parse_qsl(request.url.query) if name not in {"offset", "limit"}]
    query = urlencode([*kept, ("offset", str(offset)), ("limit", str(page.limit))])
    return f'<{request.url.path}?{query}>; rel="{relation}"'
