"""During a month: who will miss a minimum if nothing changes, why, and the slots that would mend it.

Mends name the `version` of the plan that they are added to, as changes by hand do. If somebody else was faster they are
refused (409, plan.draft_changed), and where one of them fits no more too (422, plan.change_breaks); nothing is stored
then. What is stored is a draft: it holds once it is published.
"""

from typing import Annotated

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.editing import ChangeIn, Segments, Start
from server.api.gate import needs
from server.services import forecasts
from server.services.editing import EditView
from server.services.forecast_views import ProvinceForecast, StationMends
from server.services.forecasts import ChosenSlot
from server.services.rights import Right

MOST_SLOTS = 100


class MendSlotIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A slot to add, as it was proposed."""

    column: str
    starts_at: Start
    segments: Segments


class MendsIn(ChangeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    slots: Annotated[list[MendSlotIn], Meta(min_length=1, max_length=MOST_SLOTS)]


@get("/forecast/{month:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def province(context: Asked, month: MonthInPath) -> ProvinceForecast:
    """What is expected to count at the end of the month, for each station and minimum, and what keeps it from more."""
    return forecasts.province_forecast(context, Month.parse(month))


@get("/forecast/{month:str}/stations/{code:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "station"))
def station(context: Asked, month: MonthInPath, code: FromPath[str]) -> StationMends:
    """One station's forecast, and the slots that would mend what it will miss. Takes some seconds of planning."""
    return forecasts.station_mends(context, code, Month.parse(month))


@post(
    "/forecast/{month:str}/stations/{code:str}/mends",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def plan_mends(context: Asked, month: MonthInPath, code: FromPath[str], data: JSONBody[MendsIn]) -> EditView:
    """Adds the slots to the month's draft, all or none."""
    slots = [
        ChosenSlot(column=each.column, starts_at=each.starts_at, segments=tuple(each.segments)) for each in data.slots
    ]
    return forecasts.plan_mends(context, Month.parse(month), code, slots, version=data.version, store=not data.dry_run)


CLOSED = (MendSlotIn, MendsIn)

router = Router("/", route_handlers=[province, station, plan_mends], tags=["airing"])
