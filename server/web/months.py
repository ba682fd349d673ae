"""The month of the province and of one station."""

from itertools import groupby
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from schedules.months import Month
from server.api.asked import Asked, MonthInPath, Runs
from server.api.gate import needs
from server.services import plans, registry
from server.services.context import Context
from server.services.explanations import station_words
from server.services.loading import sample_is_loaded
from server.services.local_time import ZONE, day_in, local_today
from server.services.refusals import NoPlan
from server.services.rights import Right, Role
from server.services.views import SlotView, StationDetails, StationMonth, StationRow
from server.web.rendering import page

MANY = 1_000_000
FIRST, LAST = Month(1900, 1), Month(2199, 12)


class DistrictGroup(Struct, frozen=True, kw_only=True):
    """The commune stations of one district; `name` None where there are no districts any more."""

    name: str | None
    rows: list[StationRow]
    with_airtime: int
    below: int
    with_outages: int


class DayOfSlots(Struct, frozen=True, kw_only=True):
    day: Any  # a date; msgspec has no word for "any date" that templates could not take
    slots: list[SlotView]
    airtime_ms: int


@get("/", include_in_schema=False, sync_to_thread=True, opt=needs(Right.OWN))
def home(context: Asked) -> Redirect:
    """Where one's own work waits: the month, the queue of a lead, a producer's recordings, what an operator's station airs today."""
    roles = context.who.roles(local_today(context))
    month = Month.of(local_today(context))
    if not roles and context.who.kind == "person":
        return Redirect("/tai-khoan", status_code=302)
    if roles and roles <= {Role.PRODUCER}:
        return Redirect("/bai", status_code=302)
    if roles and roles <= {Role.LEAD, Role.PRODUCER, Role.OPERATOR} and Role.LEAD in roles:
        return Redirect("/cho-duyet", status_code=302)
    if roles and roles <= {Role.OPERATOR, Role.PRODUCER}:
        own = registry.stations_within(context, Right.EXPORTS_PULL, month=month)
        return Redirect(f"/dai/{quote(own[0][0], safe='')}/hom-nay" if own else f"/thang/{month}", status_code=302)
    return Redirect(f"/thang/{month}", status_code=302)


@get("/thang", include_in_schema=False, sync_to_thread=False, opt=needs(Right.MONTHS_READ))
def this_month(context: Asked) -> Redirect:
    return Redirect(f"/thang/{Month.of(local_today(context))}", status_code=302)


@get(
    "/thang/{month:str}",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ),
)
def province(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    runs: Runs,
    month: MonthInPath,
    tier: FromQuery[str] = "",
    district: FromQuery[str] = "",
    status: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Response[str]:
    wanted = Month.parse(month)
    view = plans.province_month(context, wanted, tier=tier or None, district=district or None, query=q)
    rows = [row for row in view.rows if not status or row.status == status]
    on = day_in(wanted, local_today(context))
    districts = registry.list_units(context, on=on, level="district", limit=MANY).items
    order = {unit.name: position for position, unit in enumerate(districts)}
    communes = sorted(
        (row for row in rows if row.tier == "commune"), key=lambda row: order.get(row.district_name or "", len(order))
    )
    return page(
        request,
        "province.html",
        active="month",
        sample=sample_is_loaded(context),
        month=wanted,
        before=_before(wanted),
        after=_after(wanted),
        this_month=Month.of(local_today(context)),
        view=view,
        draft=next((each for each in plans.list_revisions(context, wanted) if each.status == "draft"), None),
        run=runs.under_way(wanted),
        again=view.revision is not None,
        shown=len(rows),
        district_rows=[row for row in rows if row.tier == "district"],
        groups=[_group(name, list(found)) for name, found in groupby(communes, key=lambda row: row.district_name)],
        districts=districts,
        asked={"tier": tier, "district": district, "status": status, "q": q},
        required_ms=_required_of_districts(context, wanted),
        filtered=bool(tier or district or status or q),
    )


@get("/dai/{code:str}", include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ, "station"))
def station_now(context: Asked, code: FromPath[str]) -> Redirect:
    month = Month.of(local_today(context))
    station = registry.get_station(context, code, month).station
    return Redirect(f"/dai/{station.code}/{month}", status_code=302)


@get(
    "/dai/{code:str}/{month:str}",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def station(request: Request[Any, Any, Any], context: Asked, code: FromPath[str], month: MonthInPath) -> Response[str]:
    wanted = Month.parse(month)
    details = registry.get_station(context, code, wanted)
    planned = _planned(context, code, wanted)
    return page(
        request,
        "station.html",
        active="month",
        sample=details.station.sample,
        month=wanted,
        before=_before(wanted),
        after=_after(wanted),
        details=details,
        station=details.station,
        planned=planned,
        told=station_words(context, code, wanted) if planned else None,
        days=_days(planned.slots) if planned else [],
        names=_names(context, wanted, details, planned),
        host=request.headers["host"],
        scheme=request.url.scheme,
    )


def _required_of_districts(context: Context, month: Month) -> int | None:
    """What each district station owes in the month; None where that is not one figure."""
    owed = {
        rule.ms
        for rule in registry.list_rules(context, month=month)
        if rule.kind == "min" and rule.period == "month" and rule.tier in {"district", None}
    }
    return next(iter(owed)) if len(owed) == 1 else None


def _before(month: Month) -> Month | None:
    return month.previous() if month > FIRST else None


def _after(month: Month) -> Month | None:
    return month.next() if month < LAST else None


def _names(context: Context, month: Month, details: StationDetails, planned: StationMonth | None) -> dict[str, str]:
    """What stations that relay or are relayed are called, by code; a code that nobody has this month stands for itself."""
    codes = {*details.relayed_by, *(session.relays for session in details.sessions if session.relays)}
    codes |= {slot.relayed_from for slot in planned.slots if slot.relayed_from} if planned else set()
    if not codes:
        return {}
    known = {each.code: each.name for each in registry.list_stations(context, month=month, limit=MANY).items}
    return {code: known.get(code, code) for code in codes}


def _planned(context: Context, code: str, month: Month) -> StationMonth | None:
    try:
        return plans.station_month(context, code, month)
    except NoPlan:
        return None


def _days(slots: list[SlotView]) -> list[DayOfSlots]:
    ordered = sorted(slots, key=lambda slot: slot.starts_at)
    days = [
        (day, list(found)) for day, found in groupby(ordered, key=lambda slot: slot.starts_at.astimezone(ZONE).date())
    ]
    return [DayOfSlots(day=day, slots=found, airtime_ms=sum(slot.airtime_ms for slot in found)) for day, found in days]


def _group(name: str | None, rows: list[StationRow]) -> DistrictGroup:
    return DistrictGroup(
        name=name,
        rows=rows,
        with_airtime=sum(row.planned_ms > 0 for row in rows),
        below=sum(row.status == "not_met" for row in rows),
        with_outages=sum(bool(row.outages) for row in rows),
    )
