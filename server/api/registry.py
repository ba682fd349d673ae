"""Units, stations, organisations, topics, columns and rules, as they are registered."""

from typing import Any, Literal

from litestar import Request, Response, Router, get
from litestar.params import FromPath, FromQuery

from schedules.months import Month
from server.api.asked import Asked, MonthInQuery, month_or_this
from server.api.gate import needs
from server.api.paging import Limit, Offset, paged
from server.services import registry
from server.services.local_time import local_today
from server.services.rights import Right
from server.services.views import (
    ColumnView,
    OrganisationView,
    Page,
    RuleView,
    StationDetails,
    StationView,
    TopicView,
    UnitView,
)

Level = Literal["province", "district", "commune"]
Tier = Literal["district", "commune"]


@get("/units", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def list_units(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    level: FromQuery[Level | None] = None,
    parent: FromQuery[str | None] = None,
    q: FromQuery[str] = "",
    offset: Offset = 0,
    limit: Limit = 100,
) -> Response[Page[UnitView]]:
    """The administrative units of today; `q` needs no diacritics."""
    found = registry.list_units(
        context, on=local_today(context), level=level, parent=parent, query=q, offset=offset, limit=limit
    )
    return paged(request, found)


@get("/units/{unit_id:int}", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def get_unit(context: Asked, unit_id: FromPath[int]) -> list[UnitView]:
    """All versions of a unit, the oldest first."""
    return registry.get_unit(context, unit_id)


@get("/stations", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def list_stations(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    month: MonthInQuery = None,
    tier: FromQuery[Tier | None] = None,
    district: FromQuery[str | None] = None,
    q: FromQuery[str] = "",
    offset: Offset = 0,
    limit: Limit = 100,
) -> Response[Page[StationView]]:
    """The stations that are there on some day of the month, in Vietnamese order; `q` needs no diacritics."""
    found = registry.list_stations(
        context,
        month=month_or_this(month, context),
        tier=tier,
        district=district,
        query=q,
        offset=offset,
        limit=limit,
    )
    return paged(request, found)


@get("/stations/{code:str}", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def get_station(context: Asked, code: FromPath[str], month: MonthInQuery = None) -> StationDetails:
    """A station with its sessions and outages in the month."""
    return registry.get_station(context, code, month_or_this(month, context))


@get("/organisations", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def list_organisations(context: Asked) -> list[OrganisationView]:
    """The organisations, with the roles they hold today."""
    return registry.list_organisations(context, on=local_today(context))


@get("/topics", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def list_topics(context: Asked) -> list[TopicView]:
    """The tree of topics, parents before children, with weights and leads."""
    return registry.list_topics(context)


@get("/columns", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def list_columns(context: Asked) -> list[ColumnView]:
    """The columns (named series) with their limits."""
    return registry.list_columns(context)


@get("/rules", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def list_rules(context: Asked, month: MonthInQuery = None) -> list[RuleView]:
    """The airtime rules, or those in force on some day of the month."""
    return registry.list_rules(context, month=None if month is None else Month.parse(month))


router = Router(
    "/",
    route_handlers=[
        list_units,
        get_unit,
        list_stations,
        get_station,
        list_organisations,
        list_topics,
        list_columns,
        list_rules,
    ],
    tags=["registry"],
)
