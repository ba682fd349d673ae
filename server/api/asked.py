"""What addresses and queries name: months and days as they are written there, and the service itself."""

from datetime import date
from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, SkipValidation

from schedules.months import Month
from server.services.context import Context
from server.services.local_time import local_today
from server.services.login_tries import LoginTries
from server.services.planning_runs import PlanningRuns
from server.services.refusals import BadField
from server.texts import _

Asked = NamedDependency[SkipValidation[Context]]
Runs = NamedDependency[SkipValidation[PlanningRuns]]
Tries = NamedDependency[SkipValidation[LoginTries]]

MonthInPath = Annotated[str, PathParameter(description="A month, YYYY-MM", schema_extra={"examples": ["2026-12"]})]
MonthInQuery = Annotated[
    str | None,
    QueryParameter(
        description="A month, YYYY-MM; this month where none is given", schema_extra={"examples": ["2026-12"]}
    ),
]


def month_or_this(text: str | None, context: Context) -> Month:
    """Raises InvalidMonth."""
    return Month.of(local_today(context)) if text is None else Month.parse(text)


def day_of(text: str) -> date:
    """Raises BadField where the text is not a date written YYYY-MM-DD."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadField(field="day", value=text, expected=_("ngày viết YYYY-MM-DD"))
    return day


def public_address(request: Request[Any, Any, Any]) -> str:
    """The service's own address, for links that people follow later: its public one, else what it was called by, which
    the doorway knows.
    """
    app: Any = request.app
    public = app.doorway.public_url
    return public.text if public is not None else f"{request.scope['scheme']}://{request.headers['host']}"
