"""All routes with what is asked before them: made once in a process, whatever services it runs."""

from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import quote

from litestar import Litestar, Request, Response, Router
from litestar.concurrency import sync_to_thread
from litestar.di import Provide
from litestar.enums import HttpMethod
from litestar.response import Redirect
from litestar.status_codes import HTTP_401_UNAUTHORIZED, HTTP_403_FORBIDDEN
from litestar.types import Receive, Scope, Send

from server.api import (
    accounts,
    airing,
    audio,
    bundles,
    campaigns,
    checks,
    closings,
    credentials,
    delivering,
    differences,
    doubts,
    editing,
    exports,
    feeds,
    finding,
    forecasts,
    manifests,
    planning_runs,
    plans,
    players,
    problems,
    programmes,
    receivers,
    recordings,
    registry,
    reminders,
    reports,
    revisions,
    segments,
    service,
    shared_metrics,
    station_changes,
    trail,
    tus,
    vetting,
    webhooks,
)
from server.api.gate import gate
from server.api.routes import routes_of
from server.services.access_refusals import SignInNeeded
from server.services.context import Context
from server.services.login_tries import LoginTries
from server.services.planning_runs import PlanningRuns
from server.web import pages
from server.web.refusals import refusal_page

# Bodies of JSON; uploads have a limit of their own.
BODY_MAX = 1_000_000
# What programs ask: they get problem documents, not pages.
MACHINES = ("/api/", "/health", shared_metrics.ADDRESS)


@cache
def routing() -> Litestar:
    """Making it takes most of a second, so what differs from service to service comes with the request:
    `scope["litestar_app"]` is the service that was asked. Raises RouteWithoutRight."""
    made = Litestar(
        route_handlers=[
            Router(
                "/api/v1",
                route_handlers=[
                    accounts.router,
                    registry.router,
                    finding.router,
                    station_changes.router,
                    campaigns.router,
                    segments.router,
                    vetting.router,
                    tus.router,
                    audio.router,
                    plans.router,
                    planning_runs.router,
                    differences.router,
                    revisions.router,
                    editing.router,
                    checks.router,
                    airing.router,
                    delivering.router,
                    doubts.router,
                    closings.router,
                    reports.router,
                    reminders.router,
                    webhooks.router,
                    recordings.router,
                    exports.router,
                    manifests.router,
                    bundles.router,
                    receivers.router,
                    programmes.router,
                    trail.router,
                    feeds.router,
                    forecasts.router,
                    credentials.router,
                    players.router,
                ],
            ),
            problems.problem_type,
            service.health,
            service.live,
            service.ready,
            service.openapi,
            shared_metrics.metrics,
            *pages.HANDLERS,
        ],
        dependencies={
            "context": Provide(_for_who_asks, sync_to_thread=False),
            "runs": Provide(_runs, sync_to_thread=False),
            "tries": Provide(_tries, sync_to_thread=False),
        },
        exception_handlers={Exception: refuse},
        guards=[gate],
        logging_config=None,
        openapi_config=service.openapi_config(),
        request_max_body_size=BODY_MAX,
    )
    routes_of(made)  # none is without a right
    return made


def _for_who_asks(scope: Scope) -> Context:
    """What use cases are given: the same for all requests but for who asks, and through which door."""
    origin = "api" if scope["path"].startswith("/api/") else "web"
    context: Context = scope["litestar_app"].state.context
    return replace(context, who=scope["state"]["who"], origin=origin)


def _runs(scope: Scope) -> PlanningRuns:
    runs: PlanningRuns = scope["litestar_app"].state.runs
    return runs


def _tries(scope: Scope) -> LoginTries:
    tries: LoginTries = scope["litestar_app"].state.tries
    return tries


async def refuse_outside(scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
    """Where no handler was asked yet, or none answered."""
    request: Request[Any, Any, Any] = Request(scope, receive, send)
    answer = refuse(request, error).to_asgi_response(app=None, request=request)
    await answer(scope, receive, send)


def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    problem, headers = problems.problem_of(error, request.scope)
    path = request.scope["path"]
    if isinstance(error, SignInNeeded) and request.method == HttpMethod.GET and not path.startswith(MACHINES):
        query = f"?{request.url.query}" if request.url.query else ""
        return Redirect(f"/dang-nhap?tiep={quote(path + query, safe='/')}", status_code=303)
    if problem.status == HTTP_401_UNAUTHORIZED:
        headers = {**headers, "WWW-Authenticate": 'Bearer realm="Loa"'}
    if path.startswith(MACHINES):
        return Response(problem, status_code=problem.status, media_type=problems.MEDIA_TYPE, headers=headers)
    if problem.status == HTTP_403_FORBIDDEN:
        return _LookedUp(request, problem, headers)
    return refusal_page(request, problem, headers)


class _LookedUp(Response[Any]):
    """The page that names who could do it asks the database for that: in a thread, where refusals are told on the loop."""

    def __init__(self, request: Request[Any, Any, Any], problem: problems.Problem, headers: dict[str, str]) -> None:
        super().__init__(None, status_code=problem.status)
        self._told = request, problem, headers

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        return self._send

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, *_ = self._told
        page = await sync_to_thread(refusal_page, *self._told)
        await page.to_asgi_response(app=None, request=request)(scope, receive, send)
