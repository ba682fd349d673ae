"""Planning that is started, followed and cancelled over HTTP; who wants to wait for the plan posts to `/plans/{month}`."""

from collections.abc import AsyncIterator

from litestar import Response, Router, delete, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.types import Scope

from schedules.months import Month
from server.api.asked import Asked, MonthInPath, Runs
from server.api.doorway import asked_for_head
from server.api.following import followed
from server.api.gate import needs
from server.api.plans import PlanOrderIn
from server.services.context import Context
from server.services.planning_runs import PlanningRuns, RunView
from server.services.rights import Right


@post("/plans/{month:str}/runs", status_code=202, sync_to_thread=True, opt=needs(Right.PLANS_CHANGE, "everywhere"))
def start_run(runs: Runs, context: Asked, month: MonthInPath, data: JSONBody[PlanOrderIn]) -> Response[RunView]:
    """Starts to plan the month in the background; one at a time for each month. Location tells where to follow it."""
    run = runs.start(Month.parse(month), station=data.station, who=context.who)
    return Response(run, headers={"Location": f"/api/v1/plans/{run.month}/runs/{run.id}"})


@get("/plans/{month:str}/runs/{run:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "everywhere"))
def get_run(runs: Runs, month: MonthInPath, run: FromPath[str]) -> RunView:
    """How far it is: stations done and what they lack; in the end the draft that came of it, or why none did."""
    return runs.get(Month.parse(month), run)


@delete(
    "/plans/{month:str}/runs/{run:str}",
    status_code=202,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "everywhere"),
)
def cancel_run(runs: Runs, month: MonthInPath, run: FromPath[str]) -> RunView:
    """Ends it, wherever it is planned, within a second or two and with nothing stored; what has ended already stays as it ended."""
    return runs.cancel(Month.parse(month), run)


@get(
    "/plans/{month:str}/runs/{run:str}/events",
    responses={
        200: ResponseSpec(
            RunView,
            media_type="text/event-stream",
            description="A message for each change, its data in this shape; the last one has an end",
            generate_examples=False,
        )
    },
    opt=needs(Right.MONTHS_READ, "everywhere"),
)
async def run_events(
    scope: Scope, runs: Runs, context: Asked, month: MonthInPath, run: FromPath[str]
) -> ServerSentEvent:
    """The same as server-sent events, until the run has ended."""
    first = await sync_to_thread(runs.get, Month.parse(month), run)
    return ServerSentEvent(iter(()) if asked_for_head(scope) else changes(runs, context, first))


def changes(runs: PlanningRuns, context: Context, first: RunView) -> AsyncIterator[ServerSentEventMessage]:
    """`first` and what follows it, until the run has ended, in whichever process."""
    month = Month.parse(first.month)
    return followed(context, first, look=lambda: runs.get(month, first.id), goes_on=lambda now: now.under_way)


router = Router("/", route_handlers=[start_run, get_run, cancel_run, run_events], tags=["plans"])
