"""Planning a month from its page: started by a button, followed on a page that refreshes itself, cancelled by another."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, MonthInPath, Runs
from server.api.gate import needs
from server.services import plans
from server.services.loading import sample_is_loaded
from server.services.refusals import PlanIsBeingMade
from server.services.rights import Right
from server.web.rendering import page


@post(
    "/thang/{month:str}/lap-lich",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "everywhere"),
)
def start(runs: Runs, context: Asked, month: MonthInPath) -> Redirect:
    """Who comes second follows the run that is under way."""
    wanted = Month.parse(month)
    try:
        run_id = runs.start(wanted, who=context.who).id
    except PlanIsBeingMade as refusal:
        run_id = refusal.run
    return Redirect(_address(wanted, run_id), status_code=303)


@get("/thang/{month:str}/lap-lich", include_in_schema=False, sync_to_thread=False, opt=needs(Right.MONTHS_READ))
def back_to_month(month: MonthInPath) -> Redirect:
    """The address that the button posts to shows nothing by itself."""
    return Redirect(f"/thang/{Month.parse(month)}", status_code=302)


@get(
    "/thang/{month:str}/lap-lich/{run:str}",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "everywhere"),
)
def follow(
    request: Request[Any, Any, Any], context: Asked, runs: Runs, month: MonthInPath, run: FromPath[str]
) -> Response[str]:
    wanted = Month.parse(month)
    shown = runs.get(wanted, run)
    revisions = plans.list_revisions(context, wanted)
    return page(
        request,
        "planning.html",
        active="month",
        sample=sample_is_loaded(context),
        month=wanted,
        run=shown,
        again=bool(revisions),
        published=any(each.status == "published" for each in revisions),
    )


@post(
    "/thang/{month:str}/lap-lich/{run:str}/huy",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "everywhere"),
)
def cancel(runs: Runs, month: MonthInPath, run: FromPath[str]) -> Redirect:
    wanted = Month.parse(month)
    return Redirect(_address(wanted, runs.cancel(wanted, run).id), status_code=303)


@get(
    "/thang/{month:str}/lap-lich/{run:str}/huy",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "everywhere"),
)
def back_to_run(runs: Runs, month: MonthInPath, run: FromPath[str]) -> Redirect:
    wanted = Month.parse(month)
    return Redirect(_address(wanted, runs.get(wanted, run).id), status_code=302)


def _address(month: Month, run_id: str) -> str:
    return f"/thang/{month}/lap-lich/{run_id}"
