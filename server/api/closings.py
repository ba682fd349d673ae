"""Closed months over HTTP: closing one, the figures as they were closed, and whether all is as it was closed."""

from typing import Annotated

from litestar import Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct, structs

from schedules.logs.lines import MOST_TEXT
from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services import closings, errands
from server.services.closings import ClosedMonth, ClosingView
from server.services.errands import ErrandView
from server.services.history_checks import HistoryReport, verify_history
from server.services.rights import Right

Number = Annotated[int, Meta(ge=0, le=100_000)]


class CloseIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`reason` is needed where the month is closed already: then it is amended."""

    reason: Annotated[str, Meta(max_length=MOST_TEXT)] = ""


class VerificationOut(HistoryReport, frozen=True, kw_only=True):
    closings: int


@get("/closings", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def list_closings(context: Asked) -> list[ClosingView]:
    """All closings and amendments of all months, in the order in which they were made."""
    return closings.list_closings(context)


@get("/closings/verification", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "everywhere"))
def verification(context: Asked) -> VerificationOut:
    """The hashes of each closing and of each report that was handed out, made anew from the rows as they are now; and the audit trail."""
    found = verify_history(context)
    return VerificationOut(**structs.asdict(found), closings=len(closings.list_closings(context)))


@get("/closings/{month:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def closed_figures(
    context: Asked,
    month: MonthInPath,
    number: FromQuery[Number | None] = None,
    station: FromQuery[str | None] = None,
) -> ClosedMonth:
    """The figures as they were closed, with the names of that day; `number` none: of the latest amendment.

    With the `station` its own alone, and the evidence behind them.
    """
    return closings.closed_figures(context, Month.parse(month), number, station=station)


@post(
    "/closings/{month:str}",
    responses={
        202: ResponseSpec(ErrandView, description="Very many stations: workers close it, to be followed at Location")
    },
    sync_to_thread=True,
    opt=needs(Right.MONTHS_CLOSE, "everywhere"),
)
def close_month(context: Asked, month: MonthInPath, data: JSONBody[CloseIn]) -> Response[ClosingView | ErrandView]:
    """Seals the month's entries and keeps its figures; once it is closed, adds an amendment with figures of its own."""
    found = closings.order_closing(context, Month.parse(month), reason=data.reason)
    if isinstance(found, ErrandView):
        return Response(found, status_code=202, headers={"Location": f"/api/v1/closings/{month}/runs/{found.id}"})
    return Response(found)


@get("/closings/{month:str}/runs/{errand:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "everywhere"))
def closing_run(context: Asked, month: MonthInPath, errand: FromPath[str]) -> ErrandView:
    """How many of its parts are done; in the end the month is closed, or it says why it is not."""
    return errands.get(context, ("closing",), str(Month.parse(month)), errand)


@delete(
    "/closings/{month:str}/runs/{errand:str}",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_CLOSE, "everywhere"),
)
def cancel_closing(context: Asked, month: MonthInPath, errand: FromPath[str]) -> ErrandView:
    """Nothing of it is kept; what has ended already stays as it ended."""
    return errands.cancel(context, ("closing",), str(Month.parse(month)), errand)


CLOSED = (CloseIn,)

router = Router(
    "/",
    route_handlers=[list_closings, verification, closed_figures, close_month, closing_run, cancel_closing],
    tags=["airing"],
)
