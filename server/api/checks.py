"""The check of a month: for each station and rule, required against planned, worst first."""

from litestar import Router, get

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.services import checks
from server.services.views import MonthCheck


@get("/checks/{month:str}", sync_to_thread=True)
def check_month(context: Asked, month: MonthInPath) -> MonthCheck:
    """All verdicts of the month; `met` is true when every rule in force is met."""
    return checks.check_month(context, Month.parse(month))


router = Router("/", route_handlers=[check_month], tags=["checks"])
