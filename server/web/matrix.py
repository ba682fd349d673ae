"""The month as a matrix, stations by days: the draft, what is published, or an earlier revision."""

from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType
from msgspec import Struct

from schedules.months import Month
from server.api.asked import Asked, MonthInPath, Runs
from server.api.gate import needs
from server.services.board_orders import Order
from server.services.board_summaries import districts_of
from server.services.loading import sample_is_loaded
from server.services.local_time import local_today
from server.services.month_matrix import MonthMatrix, month_matrix
from server.services.refusals import BadField
from server.services.rights import Right
from server.services.undoing import last_change_of_month
from server.web import matrix_words, publishing_words
from server.web.months import month_after, month_before
from server.web.rendering import page

PLANS: dict[str, str | int] = {"": "", "nhap": "draft", "cong-bo": "published"}
ONLY = {"": "", "doi": "changed", "thieu": "short"}
_LONGEST = 200


class View(Struct, frozen=True, kw_only=True):
    """What the address asks for; `asked` is what says it again, but for the page."""

    shown: str | int
    only: str
    order: Order
    offset: int
    whole: bool
    asked: dict[str, str]


@get(
    "/thang/{month:str}/ke-hoach",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "everywhere"),
)
def month_plan(request: Request[Any, Any, Any], context: Asked, runs: Runs, month: MonthInPath) -> Response[str]:
    wanted, view = Month.parse(month), _view(request.query_params)
    matrix = month_matrix(
        context,
        wanted,
        shown=view.shown,
        order=view.order,
        only=view.only,
        offset=view.offset,
        whole=view.whole,
    )
    today = local_today(context)
    return page(
        request,
        "matrix.html",
        active="plan",
        sample=sample_is_loaded(context),
        month=wanted,
        before=month_before(wanted),
        after=month_after(wanted),
        this_month=Month.of(today),
        matrix=matrix,
        draft=next((each for each in matrix.revisions if each.number is None), None),
        published=next((each for each in matrix.revisions if each.number is not None), None),
        run=runs.under_way(wanted),
        again=bool(matrix.revisions),
        view=view,
        asked=view.asked,
        filters=bool(view.order.filters or view.only),
        districts=districts_of(matrix.everyone),
        tiers=_tiers(matrix),
        heads=matrix_words.heads(wanted, today),
        said=matrix_words,
        undoable=publishing_words.last_change(last_change_of_month(context, wanted)),
    )


def _tiers(matrix: MonthMatrix) -> dict[str, int]:
    districts = sum(row.station.tier == "district" for row in matrix.everyone)
    return {"districts": districts, "communes": len(matrix.everyone) - districts}


def _view(given: Any) -> View:
    """Raises BadField."""
    asked = {
        name: str(given.get(name, ""))[:_LONGEST]
        for name in ("ban", "chi", "q", "tier", "district", "sort", "all")
        if given.get(name, "")
    }
    offset = str(given.get("offset", "0"))
    if not offset.isascii() or not offset.isdigit() or len(offset) > 9:
        raise BadField(field="offset", value=offset[:_LONGEST], expected="≥ 0")
    only = asked.get("chi", "")
    if only not in ONLY:
        raise BadField(field="chi", value=only, expected=", ".join(name for name in ONLY if name))
    return View(
        shown=_shown(asked.get("ban", "")),
        only=ONLY[only],
        order=Order(**{name: asked.get(name, "") for name in ("q", "tier", "district", "sort")}),
        offset=int(offset),
        whole=asked.get("all") == "1",
        asked=asked,
    )


def _shown(plan: str) -> str | int:
    if plan.isascii() and plan.isdigit() and len(plan) < 7:
        return int(plan)
    if plan not in PLANS:
        raise BadField(field="ban", value=plan, expected=", ".join([*(name for name in PLANS if name), "1, 2, …"]))
    return PLANS[plan]
