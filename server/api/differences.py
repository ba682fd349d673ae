"""Drafts made against what is published, and what they change of it."""

from litestar import Router, get, post
from litestar.params import JSONBody
from msgspec import Struct

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services import differences, replanning
from server.services.differences import MonthDifference
from server.services.replanning import ReplannedView
from server.services.rights import Right


class ReplanIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the month is planned again, for the trail."""

    reason: str = ""


@post("/plans/{month:str}/replan", status_code=200, sync_to_thread=True, opt=needs(Right.PLANS_CHANGE, "everywhere"))
def replan(context: Asked, month: MonthInPath, data: JSONBody[ReplanIn]) -> ReplannedView:
    """A draft that changes no more of what is published than has to change; none where nothing has to."""
    return replanning.replan_month(context, Month.parse(month), reason=data.reason)


@get("/plans/{month:str}/difference", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "everywhere"))
def get_difference(context: Asked, month: MonthInPath) -> MonthDifference:
    """The draft against what is published, slot by slot."""
    return differences.month_difference(context, Month.parse(month))


CLOSED = (ReplanIn,)

router = Router("/", route_handlers=[replan, get_difference], tags=["plans"])
