"""The check of a month: for each station and rule, required against planned, worst first."""

from litestar import Response, Router, get
from litestar.openapi.datastructures import ResponseSpec

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.attachments import attachment
from server.api.gate import needs
from server.services import checks
from server.services.rights import Right
from server.services.views import MonthCheck


@get("/checks/{month:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def check_month(context: Asked, month: MonthInPath) -> MonthCheck:
    """All verdicts of the month; `met` is true when every rule in force is met."""
    return checks.check_month(context, Month.parse(month))


@get(
    "/checks/{month:str}/verdicts.csv",
    media_type="text/csv",
    sync_to_thread=True,
    responses={200: ResponseSpec(str, description="A line for each verdict", media_type="text/csv")},
    opt=needs(Right.MONTHS_READ),
)
def check_month_as_csv(context: Asked, month: MonthInPath) -> Response[bytes]:
    """The same as a table for spreadsheets: UTF-8 with a byte order mark."""
    content = checks.check_as_csv(checks.check_month(context, Month.parse(month)))
    return Response(
        content,
        media_type="text/csv",
        headers={"Content-Disposition": attachment(f"loa-{month}-verdicts.csv")},
    )


router = Router("/", route_handlers=[check_month, check_month_as_csv], tags=["checks"])
