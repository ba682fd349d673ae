"""What the draft of a month would change of what is published."""

from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromQuery

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services.differences import MonthDifference, StationDifferenceView, month_difference
from server.services.loading import sample_is_loaded
from server.services.refusals import NoDraft, NotPublished
from server.services.rights import Right
from server.services.undoing import last_change_of_month
from server.services.views import Page
from server.web import difference_words, publishing_words
from server.web.rendering import page

STATIONS_A_PAGE = 25


@get(
    "/thang/{month:str}/thay-doi",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "everywhere"),
)
def month_changes(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    month: MonthInPath,
    offset: FromQuery[int] = 0,
    dai: FromQuery[str] = "",
) -> Response[str]:
    """With `dai` of that station alone."""
    wanted = Month.parse(month)
    found: MonthDifference | None = None
    missing = ""
    try:
        found = month_difference(context, wanted)
    except NotPublished:
        missing = "published"
    except NoDraft:
        missing = "draft"
    return page(
        request,
        "differences.html",
        active="month",
        sample=sample_is_loaded(context),
        month=wanted,
        found=found,
        missing=missing,
        shown=station_page(found, offset, only=dai) if found is not None else None,
        only=dai,
        undoable=publishing_words.last_change(last_change_of_month(context, wanted)),
        names={each.station: each.station_name for each in found.differing} if found is not None else {},
        differences=difference_words,
    )


def station_page(found: MonthDifference, offset: int, *, only: str = "") -> Page[StationDifferenceView]:
    """Past the end it is the last page."""
    differing = [each for each in found.differing if not only or each.station == only]
    first = max(0, min(offset, len(differing) - 1))
    return Page(
        items=differing[first : first + STATIONS_A_PAGE],
        total=len(differing),
        offset=first,
        limit=STATIONS_A_PAGE,
    )
