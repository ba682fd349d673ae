"""The service itself: whether it is well, and the description of its API."""

from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import License
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from server.api import (
    accounts,
    airing,
    campaigns,
    closings,
    credentials,
    delivering,
    differences,
    doubts,
    editing,
    forecasts,
    players,
    recordings,
    reminders,
    reports,
    revisions,
    segments,
    station_changes,
    vetting,
    webhooks,
)
from server.api.cookies import SESSION_COOKIE
from server.api.gate import OPEN
from server.api.plans import PlanOrderIn
from server.api.problems import MEDIA_TYPE, Problem
from server.api.readying import Readying
from server.api.routes import routes_of
from server.services.footing_refusals import NotReady
from server.services.readiness import Readiness
from server.services.rights import Right

CLOSED = (
    PlanOrderIn,
    *accounts.CLOSED,
    *segments.CLOSED,
    *differences.CLOSED,
    *revisions.CLOSED,
    *station_changes.CLOSED,
    *airing.CLOSED,
    *delivering.CLOSED,
    *doubts.CLOSED,
    *recordings.CLOSED,
    *closings.CLOSED,
    *reminders.CLOSED,
    *webhooks.CLOSED,
    *reports.CLOSED,
    *forecasts.CLOSED,
    *campaigns.CLOSED,
    *vetting.CLOSED,
    *editing.CLOSED,
    *credentials.CLOSED,
    *players.CLOSED,
)  # shapes that refuse fields they don't know


class Health(Struct, frozen=True, kw_only=True):
    """`schema` is the version of the database."""

    status: str
    version: str
    schema: str


@get(["/health", "/api/v1/health"], tags=["service"], sync_to_thread=False, opt=OPEN)
def health(request: Request[Any, Any, Any]) -> Health:
    """Whether the service answers, and what it is."""
    return Health(status="ok", version=version("loa"), schema=request.app.state.schema)


ASK_AGAIN_S = 5


class Living(Struct, frozen=True, kw_only=True):
    status: str


@get("/health/live", tags=["service"], sync_to_thread=False, opt=OPEN)
def live() -> Living:
    """That the process answers, whatever else is the matter: a supervisor starts one anew that does not."""
    return Living(status="ok")


@get("/health/ready", tags=["service"], opt=OPEN)
async def ready(request: Request[Any, Any, Any]) -> Readiness:
    """Whether this process can be given requests: its database, its store, its disk, and that it is not stopping."""
    state = request.app.state
    readying: Readying = state.readying
    found = await readying.look(stopping=state.leaving.is_set())
    if not found.ready:
        raise NotReady(
            parts=[f"{part.name}: {part.state}" for part in found.parts if part.state != "ok"], seconds=ASK_AGAIN_S
        )
    return found


class _NoRouter(Router):
    """Litestar would add pages of its own, whose scripts come from elsewhere; the document is served here instead."""

    def register(self, value: ControllerRouterHandler) -> list[Any]:  # noqa: ARG002  # it takes none
        return []


def openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Loa",
        version=version("loa"),
        description="Plans, delivers and proves public-information airtime on district and commune radio stations.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        use_handler_docstrings=True,
        openapi_router=_NoRouter("/", route_handlers=[], include_in_schema=False),
    )


def description(app: Litestar) -> dict[str, Any]:
    """The OpenAPI 3.1 document, true to what is answered: problems in the place of Litestar's own errors."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    (reference,), components = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    document["components"]["schemas"] |= components
    for shape in CLOSED:
        document["components"]["schemas"][shape.__name__]["additionalProperties"] = False
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A station's token or a script's key"},
        "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": "A person who signed in"},
    }
    needed = {(route.path, route.method.lower()): route for route in routes_of(app)}
    problem = {"description": "A problem", "content": {MEDIA_TYPE: {"schema": reference}}}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            need = needed.get((path, method))
            if need is not None and need.right != Right.PUBLIC:
                operation["security"] = [{"token": []}, {"session": []}]
                operation["x-right"] = need.right
            answers = operation["responses"]
            operation["responses"] = {status: told for status, told in answers.items() if int(status) < 400}
            for status in {"204", "304"} & answers.keys():
                answers[status].pop("content", None)  # there is no body to have a type
            operation["responses"]["default"] = problem
    return document


@get("/api/v1/openapi.json", include_in_schema=False, sync_to_thread=True, opt=OPEN)
def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    return Response(
        msgspec.json.encode(description(request.app.state.routing)),
        media_type="application/vnd.oai.openapi+json;version=3.1",
    )
