"""The web application, wired: the context that use cases are given, the API, the pages, the door before them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast
from urllib.parse import quote

from litestar import Litestar, Request, Response, Router
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import HttpMethod, ScopeType
from litestar.response import Redirect
from litestar.status_codes import HTTP_401_UNAUTHORIZED
from litestar.types import HTTPScope, LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send

from server.api import (
    accounts,
    airing,
    audio,
    campaigns,
    checks,
    closings,
    credentials,
    differences,
    doubts,
    editing,
    exports,
    feeds,
    planning_runs,
    plans,
    problems,
    programmes,
    recordings,
    registry,
    reports,
    segments,
    service,
    station_changes,
    trail,
    tus,
    vetting,
)
from server.api.arriving import Turns
from server.api.doorway import Doorway, as_get, guarded
from server.api.gate import Gate, gate
from server.api.routes import routes_of
from server.api.tries import Tries
from server.db.migrate import HEAD
from server.jobs import letters, listening
from server.jobs.durable import DurableJobs
from server.services.access_refusals import SignInNeeded
from server.services.context import Context
from server.services.exports import ExportCache
from server.services.login_tries import LoginTries
from server.services.planning_runs import PlanningRuns
from server.services.vetting_queue import remind_due
from server.services.who import LOA
from server.web import pages
from server.web.refusals import refusal_page

logger = logging.getLogger("loa.http")
# Seconds; well below the shortest idle time that ends a session.
NOTED_EVERY_S = 60.0
# What is due within hours is told in time, also after the service was down.
REMINDED_EVERY_S = 600.0
# Bodies of JSON; uploads have a limit of their own.
BODY_MAX = 1_000_000


class Loa(Litestar):
    """Litestar with a doorway that all requests pass, also those for addresses that nobody knows."""

    doorway: Doorway
    gate: Gate
    jobs: DurableJobs | None
    runs: PlanningRuns

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        if scope["type"] == ScopeType.HTTP:
            asked = self.doorway.seen_through(cast(HTTPScope, scope))
            headers_only = asked["method"] == HttpMethod.HEAD
            out = guarded(cast(Send, send), asked, bodies=not headers_only)
            turned_away = self.doorway.inspect(asked)
            if turned_away is not None:
                await turned_away(asked, cast(Receive, receive), out)
                return
            asked["state"] = {**asked.get("state", {})}
            who, refusal = await self.gate.identify(asked, self.doorway.address_of(asked))
            asked["state"].update(who=who, refusal=refusal)
            scope, send = (as_get(asked) if headers_only else asked), out
        await super().__call__(scope, receive, send)

    def announce_stop(self) -> None:
        """The service is about to end: what waits for background work, or for the rest of a file, stops waiting."""
        self.state.turns.end_all()
        self.runs.announce_stop()
        if self.jobs is not None:
            self.jobs.announce_stop()


def create_app(context: Context, *, doorway: Doorway | None = None, durable: bool = False) -> Loa:
    """`doorway` is what all requests pass: by default one for this machine alone. The caller closes `context`.

    `durable`: recordings are worked on in the background and after restarts, as where people are served; else by
    who sends them.
    """
    jobs = DurableJobs(context) if durable else None
    asked = replace(context, origin="api", jobs=jobs, who=LOA)
    doors = Gate(asked)
    cache = ExportCache(asked, watch=doors.watch)
    runs = PlanningRuns(asked)
    tries = LoginTries()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        if jobs is not None:
            jobs.start()
        try:
            yield
        finally:
            await sync_to_thread(runs.stop)
            if jobs is not None:
                await sync_to_thread(jobs.stop)
            await sync_to_thread(doors.write_what_was_seen)
            doors.close()
            cache.close()

    app = Loa(
        route_handlers=[
            Router(
                "/api/v1",
                route_handlers=[
                    accounts.router,
                    registry.router,
                    station_changes.router,
                    campaigns.router,
                    segments.router,
                    vetting.router,
                    tus.router,
                    audio.router,
                    plans.router,
                    planning_runs.router,
                    differences.router,
                    editing.router,
                    checks.router,
                    airing.router,
                    doubts.router,
                    closings.router,
                    reports.router,
                    recordings.router,
                    exports.router,
                    programmes.router,
                    trail.router,
                    feeds.router,
                    credentials.router,
                ],
            ),
            problems.problem_type,
            service.health,
            service.openapi,
            *pages.HANDLERS,
        ],
        dependencies={
            "context": Provide(_for_who_asks, sync_to_thread=False),
            "runs": Provide(lambda: runs, sync_to_thread=False),
            "tries": Provide(lambda: tries, sync_to_thread=False),
        },
        exception_handlers={Exception: _refuse},
        guards=[gate],
        lifespan=[
            lifespan,
            lambda _: tus.rounds(asked),
            lambda _: _notes(doors),
            lambda _: letters.rounds(asked),
            lambda _: listening.rounds(asked),
            lambda _: _reminders(asked),
        ],
        logging_config=None,
        openapi_config=service.openapi_config(),
        request_max_body_size=BODY_MAX,
        state=State(
            {"schema": HEAD, "exports": cache, "context": asked, "turns": Turns(), "gate": doors, "feed_tries": Tries()}
        ),
    )
    routes_of(app)  # none is without a right
    app.doorway = doorway or Doorway()
    app.gate = doors
    app.jobs = jobs
    app.runs = runs
    return app


def _for_who_asks(scope: Scope) -> Context:
    """What use cases are given: the same for all requests but for who asks, and through which door."""
    origin = "api" if scope["path"].startswith("/api/") else "web"
    context: Context = scope["litestar_app"].state.context
    return replace(context, who=scope["state"]["who"], origin=origin)


@asynccontextmanager
async def _notes(doors: Gate) -> AsyncIterator[None]:
    """While the service runs: when sessions and tokens were last seen is written down every minute."""

    async def note() -> None:
        while True:
            await asyncio.sleep(NOTED_EVERY_S)
            try:
                await sync_to_thread(doors.write_what_was_seen)
            except Exception:  # whatever it was, it is tried again
                logger.exception("when sessions were last seen could not be written")

    task = asyncio.create_task(note())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


@asynccontextmanager
async def _reminders(context: Context) -> AsyncIterator[None]:
    """While the service runs: whoever should decide on recordings is reminded before and after they are due."""

    async def remind() -> None:
        while True:
            await asyncio.sleep(REMINDED_EVERY_S)
            try:
                await sync_to_thread(remind_due, context)
            except Exception:  # whatever it was, it is tried again
                logger.exception("reminders of what waits to be decided on could not be written")

    task = asyncio.create_task(remind())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def _refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    problem, headers = problems.problem_of(error, request.scope)
    path = request.scope["path"]
    if isinstance(error, SignInNeeded) and request.method == HttpMethod.GET and not path.startswith("/api/"):
        query = f"?{request.url.query}" if request.url.query else ""
        return Redirect(f"/dang-nhap?tiep={quote(path + query, safe='/')}", status_code=303)
    if problem.status == HTTP_401_UNAUTHORIZED:
        headers = {**headers, "WWW-Authenticate": 'Bearer realm="Loa"'}
    if path.startswith("/api/"):
        return Response(problem, status_code=problem.status, media_type=problems.MEDIA_TYPE, headers=headers)
    return refusal_page(request, problem, headers)
