"""Planning that is started, followed and cancelled over HTTP; who wants to wait for the plan posts to `/plans/{month}`."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.types import Scope

from schedules.months import Month
from server.api.asked import Asked, MonthInPath, Runs
from server.api.doorway import asked_for_head
from server.api.following import LONGEST_S, LOOK_S, QUIET_S
from server.api.gate import needs
from server.api.plans import PlanOrderIn
from server.services.planning_runs import PlanningRuns, RunView
from server.services.rights import Right


@post("/plans/{month:str}/runs", status_code=202, sync_to_thread=True, opt=needs(Right.PLANS_CHANGE, "everywhere"))
def start_run(runs: Runs, context: Asked, month: MonthInPath, data: JSONBody[PlanOrderIn]) -> Response[RunView]:
    """Starts to plan the month in the background; one at a time for each month. Location tells where to follow it."""
    run = runs.start(Month.parse(month), station=data.station, who=context.who)
    return Response(run, headers={"Location": f"/api/v1/plans/{run.month}/runs/{run.id}"})


@get("/plans/{month:str}/runs/{run:str}", sync_to_thread=False, opt=needs(Right.MONTHS_READ, "everywhere"))
def get_run(runs: Runs, month: MonthInPath, run: FromPath[str]) -> RunView:
    """How far it is: stations done and what they lack; in the end the draft that came of it, or why none did."""
    return runs.get(Month.parse(month), run)


@delete(
    "/plans/{month:str}/runs/{run:str}",
    status_code=202,
    sync_to_thread=False,
    opt=needs(Right.PLANS_CHANGE, "everywhere"),
)
def cancel_run(runs: Runs, month: MonthInPath, run: FromPath[str]) -> RunView:
    """Ends it after the station in hand, with nothing stored; what has ended already stays as it ended."""
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
    sync_to_thread=False,
    opt=needs(Right.MONTHS_READ, "everywhere"),
)
def run_events(scope: Scope, runs: Runs, month: MonthInPath, run: FromPath[str]) -> ServerSentEvent:
    """The same as server-sent events, until the run has ended."""
    wanted = Month.parse(month)
    runs.get(wanted, run)
    return ServerSentEvent(iter(()) if asked_for_head(scope) else changes(runs, wanted, run))


async def changes(runs: PlanningRuns, month: Month, run_id: str) -> AsyncIterator[ServerSentEventMessage]:
    """Asking how far a run is costs a glance at memory."""
    clock = asyncio.get_running_loop().time
    end, spoke = clock() + LONGEST_S, clock()
    told: RunView | None = None
    while clock() < end:
        now = runs.get(month, run_id)
        if now != told:
            spoke = clock()
            yield ServerSentEventMessage(data=msgspec.json.encode(now).decode(), retry=None if told else 2000)
            told = now
        elif clock() - spoke >= QUIET_S:
            spoke = clock()
            yield ServerSentEventMessage(data=None, comment="")
        if not now.under_way:
            return
        await asyncio.sleep(LOOK_S)


router = Router("/", route_handlers=[start_run, get_run, cancel_run, run_events], tags=["plans"])
