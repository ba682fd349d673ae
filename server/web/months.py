"""Where one's own work waits, and the month of one station as planned."""

from itertools import groupby
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import Struct

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services import plans, registry
from server.services.bundle_plans import month_days
from server.services.bundles import summary
from server.services.context import Context
from server.services.explanations import station_words
from server.services.local_time import ZONE, local_today
from server.services.refusals import NoPlan
from server.services.rights import Right, Role
from server.services.stations_seen import station_seen
from server.services.views import SlotView, StationDetails, StationMonth
from server.web import delivering_words
from server.web.rendering import page

MANY = 1_000_000
FIRST, LAST = Month(1900, 1), Month(2199, 12)


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
        return Redirect("/tai-len", status_code=302)
    if roles and roles <= {Role.LEAD, Role.PRODUCER, Role.OPERATOR} and Role.LEAD in roles:
        return Redirect("/cho-duyet", status_code=302)
    if roles and roles <= {Role.OPERATOR, Role.PRODUCER}:
        return _to_own_today(context)
    return Redirect(f"/thang/{month}", status_code=302)


@get("/thang", include_in_schema=False, sync_to_thread=False, opt=needs(Right.MONTHS_READ))
def this_month(context: Asked) -> Redirect:
    return Redirect(f"/thang/{Month.of(local_today(context))}", status_code=302)


@get("/hom-nay", include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def own_today(context: Asked) -> Redirect:
    """Of the reader's own station, the first where there are several; who reads all of them begins with the month."""
    return _to_own_today(context)


def _to_own_today(context: Context) -> Redirect:
    month = Month.of(local_today(context))
    own = registry.stations_within(context, Right.EXPORTS_PULL, month=month)
    return Redirect(f"/dai/{quote(own[0][0], safe='')}/hom-nay" if own else f"/thang/{month}", status_code=302)


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
        before=month_before(wanted),
        after=month_after(wanted),
        details=details,
        station=details.station,
        machine=station_seen(context, details.station),
        says=delivering_words,
        planned=planned,
        told=station_words(context, code, wanted) if planned else None,
        days=_days(planned.slots) if planned else [],
        names=_names(context, wanted, details, planned),
        host=request.headers["host"],
        scheme=request.url.scheme,
        bundle=summary(context, code, month_days(wanted), per="item"),
    )


def month_before(month: Month) -> Month | None:
    return month.previous() if month > FIRST else None


def month_after(month: Month) -> Month | None:
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
