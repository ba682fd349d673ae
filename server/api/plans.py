"""Plans of a month: made as drafts, published as numbered revisions, exchanged as instance and plan."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.attachments import attachment
from server.api.gate import needs
from server.services import plans
from server.services.explanation_views import ExplanationView
from server.services.explanations import explain
from server.services.rights import Right
from server.services.views import Publication, RevisionView, StationMonth


class PlanOrderIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`station` limits planning to that station and those that relay it; null plans all."""

    station: str | None = None


class MonthPlansOut(Struct, frozen=True, kw_only=True):
    """`in_force` is the latest published revision, else the draft; null where there is neither."""

    month: str
    in_force: RevisionView | None
    revisions: list[RevisionView]


_EXCHANGE = {200: ResponseSpec(dict[str, Any], description="The document", generate_examples=False)}


@get("/plans/{month:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "everywhere"))
def get_plans(context: Asked, month: MonthInPath) -> MonthPlansOut:
    """The month's revisions and the one in force."""
    wanted = Month.parse(month)
    return MonthPlansOut(
        month=month, in_force=plans.plan_in_force(context, wanted), revisions=plans.list_revisions(context, wanted)
    )


@post("/plans/{month:str}", sync_to_thread=True, opt=needs(Right.PLANS_CHANGE, "everywhere"))
def make_plan(context: Asked, month: MonthInPath, data: JSONBody[PlanOrderIn]) -> RevisionView:
    """Plans the month anew; the draft takes the place of the draft before."""
    return plans.make_plan(context, Month.parse(month), station=data.station)


@post("/plans/{month:str}/publish", status_code=200, sync_to_thread=True, opt=needs(Right.PLANS_CHANGE, "everywhere"))
def publish_plan(context: Asked, month: MonthInPath, version: FromQuery[int | None] = None) -> Publication:
    """Freezes the draft as the next numbered revision; with `version` only the draft of that version."""
    return plans.publish_plan(context, Month.parse(month), version=version)


@get("/plans/{month:str}/stations/{code:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "station"))
def get_station_month(context: Asked, month: MonthInPath, code: FromPath[str]) -> StationMonth:
    """A station's month with slots, verdicts and wishes."""
    return plans.station_month(context, code, Month.parse(month))


@get("/plans/{month:str}/stations/{code:str}/explanation", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "station"))
def get_explanation(
    *, context: Asked, month: MonthInPath, code: FromPath[str], draft: FromQuery[bool] = False
) -> ExplanationView:
    """Why a station's month is as it is: verdicts with reasons and the smallest mends found by planning, wishes, missed
    airings, conflicts. Of the published plan, else the draft; with `draft` of the draft alone. Where something is
    short it takes some seconds."""
    return explain(context, code, Month.parse(month), draft=draft)


@get(
    "/plans/{month:str}/instance", sync_to_thread=True, responses=_EXCHANGE, opt=needs(Right.MONTHS_READ, "everywhere")
)
def get_instance(context: Asked, month: MonthInPath) -> Response[bytes]:
    """What the month's plan was made from, as loa-instance/1."""
    return _document(plans.export_problem(context, Month.parse(month))[0], f"loa-{month}-instance.json")


@get("/plans/{month:str}/plan", sync_to_thread=True, responses=_EXCHANGE, opt=needs(Right.MONTHS_READ, "everywhere"))
def get_plan(context: Asked, month: MonthInPath) -> Response[bytes]:
    """The month's plan, as loa-plan/1."""
    return _document(plans.export_problem(context, Month.parse(month))[1], f"loa-{month}-plan.json")


def _document(content: bytes, name: str) -> Response[bytes]:
    return Response(
        content,
        media_type="application/json",
        headers={"Content-Disposition": attachment(name), "Cache-Control": "no-cache"},
    )


router = Router(
    "/",
    route_handlers=[get_plans, make_plan, publish_plan, get_station_month, get_explanation, get_instance, get_plan],
    tags=["plans"],
)
