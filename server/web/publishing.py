"""Publishing a month: what changes for whom, shown before it is done, and done as it was shown."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import plans
from server.services.context import Context
from server.services.loading import sample_is_loaded
from server.services.publishing import PublicationPreview, StationNews, preview_publication
from server.services.refusals import BadField, NoDraft
from server.services.rights import Right
from server.services.views import Page
from server.web import difference_words, publishing_words
from server.web.rendering import page

PATH = "/thang/{month:str}/cong-bo"
STATIONS_A_PAGE = 50
_LONGEST = 200


@get(
    PATH,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "everywhere"),
)
def publication(
    request: Request[Any, Any, Any], context: Asked, month: MonthInPath, offset: FromQuery[int] = 0
) -> Response[str]:
    return _shown(request, context, Month.parse(month), offset=offset)


@post(
    PATH,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "everywhere"),
)
def publish(
    request: Request[Any, Any, Any], context: Asked, month: MonthInPath, data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    """Of two who publish one draft the second is told what became of it."""
    wanted = Month.parse(month)
    try:
        done = plans.publish_plan(context, wanted, version=version_in(data))
    except REFUSALS as refusal:
        return _shown(request, context, wanted, told=publishing_words.refused(refusal), status=answer(refusal).http)
    return Redirect(f"/thang/{wanted}/ban/{done.revision.number}?vua=cong-bo", status_code=303)


def version_in(data: dict[str, str]) -> int:
    """Of the plan that the form was shown with. Raises BadField."""
    given = str(data.get("version", ""))
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise BadField(field="version", value=given[:_LONGEST], expected="≥ 1")
    return int(given)


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    month: Month,
    *,
    offset: int = 0,
    told: str = "",
    status: int = 200,
) -> Response[str]:
    found: PublicationPreview | None = None
    try:
        found = preview_publication(context, month)
    except NoDraft:
        revisions = plans.list_revisions(context, month)
    else:
        revisions = []
    return page(
        request,
        "publishing.html",
        status=status,
        active="plan",
        sample=sample_is_loaded(context),
        month=month,
        found=found,
        published=revisions[0] if revisions else None,
        again=bool(revisions),
        shown=_page(found.stations, offset) if found is not None else None,
        followers=_followers(found.stations) if found is not None else {},
        names={each.station: each.station_name for each in found.stations} if found is not None else {},
        told=told,
        said=publishing_words,
        differences=difference_words,
    )


def _followers(stations: list[StationNews]) -> dict[str, list[StationNews]]:
    """By the code of the station that they relay those that change with it alone."""
    found: dict[str, list[StationNews]] = {}
    for each in _beside(stations):
        found.setdefault(each.follows, []).append(each)
    return found


def _beside(stations: list[StationNews]) -> list[StationNews]:
    """Those told beside whom they relay; who loses minutes that the other keeps has a line of its own."""
    heads = {each.station: each.gained_ms for each in stations if not each.follows}
    return [each for each in stations if each.follows in heads and not each.gained_ms < 0 <= heads[each.follows]]


def _page(stations: list[StationNews], offset: int) -> Page[StationNews]:
    beside = {each.station for each in _beside(stations)}
    listed = [each for each in stations if each.station not in beside]
    first = max(0, min(offset, len(listed) - 1))
    return Page(items=listed[first : first + STATIONS_A_PAGE], total=len(listed), offset=first, limit=STATIONS_A_PAGE)


HANDLERS = [publication, publish]
