"""The month of the province: one sentence, its districts at a glance, every station in a table; as planned, then as aired."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromPath

from schedules.months import Month
from server.api.asked import Asked, MonthInPath, Runs
from server.api.attachments import attachment
from server.api.gate import needs
from server.reports.sheets import table_xlsx
from server.services.board_orders import TECHNOLOGIES, Order, chosen, page_of
from server.services.board_views import Board, BoardRow
from server.services.boards import boards_until, month_board
from server.services.closings import closing_of
from server.services.context import Context
from server.services.listing import one_of
from server.services.loading import sample_is_loaded
from server.services.local_time import local_today
from server.services.planning_runs import PlanningRuns
from server.services.refusals import BadField
from server.services.rights import Right
from server.services.saved_views import LONGEST_NAME, own_views
from server.services.spreadsheet_cells import BYTE_ORDER_MARK, as_lines
from server.web import board_pictures, board_words
from server.web.months import month_after, month_before
from server.web.rendering import page
from server.web.tile_maps import tile_map

PATH = "/thang/{month:str}"
FORMATS = ("csv", "xlsx")
VIEWS = {"": None, "ke-hoach": False, "phat-song": True}
FEW_DISTRICTS = 40
"""Of more than these a country's are shown where they are asked for: they are longer than all else on the page."""
MONTHS = 6
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST = 200


@get(PATH, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def province(request: Request[Any, Any, Any], context: Asked, runs: Runs, month: MonthInPath) -> Response[str]:
    return shown(request, context, runs, Month.parse(month), asked=request.query_params)


@get(
    PATH + "/phat-song",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ),
)
def aired(request: Request[Any, Any, Any], context: Asked, runs: Runs, month: MonthInPath) -> Response[str]:
    """The same page, as aired also before the month begins."""
    return shown(request, context, runs, Month.parse(month), asked=request.query_params, aired=True)


@get(PATH + "/bang/{kind:str}", include_in_schema=False, sync_to_thread=True, opt=needs(Right.MONTHS_READ))
def table(request: Request[Any, Any, Any], context: Asked, month: MonthInPath, kind: FromPath[str]) -> Response[bytes]:
    """The rows that the page of the same query shows, on all its pages, in its order."""
    one_of("format", kind, FORMATS)
    wanted = Month.parse(month)
    board = month_board(context, wanted, aired=view_in(request.query_params))
    headings = board_words.headings(aired=board.aired)
    lines = [board_words.line(row, board) for row in chosen(board, order_in(request.query_params))]
    if kind == "xlsx":
        content, media_type = table_xlsx(str(wanted), headings, lines), _XLSX
    else:
        content, media_type = _csv(headings, lines), "text/csv"
    name = f"loa-{wanted}-{'phat-song' if board.aired else 'ke-hoach'}.{kind}"
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"},
    )


@get(
    PATH + "/xu-huong",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ),
)
def trends(request: Request[Any, Any, Any], context: Asked, month: MonthInPath) -> Response[str]:
    """The last months beside each other, for the province and for each station that the same query shows."""
    wanted = Month.parse(month)
    board, order = month_board(context, wanted, aired=True), order_in(request.query_params)
    months = boards_until(context, wanted, months=MONTHS)
    found = page_of(chosen(board, order), offset=offset_in(request.query_params), whole=False)
    by_station = [{row.station.id: row for row in each.rows} if each else {} for _, each in months]
    return page(
        request,
        "trends.html",
        active="month",
        sample=sample_is_loaded(context),
        month=wanted,
        months=[(each, held, board_words.counted(held)) for each, held in months],
        found=found,
        board=board,
        board_words=board_words,
        order=order,
        asked=order.asked,
        **choices(board),
        trends=[board_pictures.trend(row, months, by_station) for row in found.items],
    )


def _csv(headings: list[tuple[str, str]], lines: list[list[str | int]]) -> bytes:
    rows = [
        [_span(int(value)) if kind == "length" else value for value, (_word, kind) in zip(line, headings, strict=True)]
        for line in lines
    ]
    return BYTE_ORDER_MARK.encode() + as_lines([[word for word, _kind in headings], *rows])


def _span(ms: int) -> str:
    """0:16:42: with its hours, or a spreadsheet takes it for a time of day."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def view_in(asked: Mapping[str, str]) -> bool | None:
    """As planned, as aired, or as `month_board` decides. Raises BadField."""
    view = asked.get("xem", "")
    if view not in VIEWS:
        raise BadField(field="xem", value=view[:_LONGEST], expected=", ".join(name for name in VIEWS if name))
    return VIEWS[view]


def order_in(asked: Mapping[str, str]) -> Order:
    return Order(**{name: asked.get(name, "")[:_LONGEST] for name in Order.__struct_fields__})


def offset_in(asked: Mapping[str, str]) -> int:
    """Raises BadField."""
    given = asked.get("offset", "0")
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise BadField(field="offset", value=given[:_LONGEST], expected="≥ 0")
    return int(given)


def shown(
    request: Request[Any, Any, Any],
    context: Context,
    runs: PlanningRuns,
    month: Month,
    *,
    asked: Mapping[str, str],
    aired: bool | None = None,
    told: str = "",
    typed: str = "",
    status: int = 200,
) -> Response[str]:
    """The view that is `asked` for as in an address; `told`: why it was not saved under the name `typed`."""
    board = month_board(context, month, aired=view_in(asked) if aired is None else aired)
    order = order_in(asked)
    whole = request.query_params.get("all") == "1"
    found = page_of(chosen(board, order), offset=offset_in(request.query_params), whole=whole)
    today = local_today(context)
    said = order.asked | ({"xem": asked["xem"]} if asked.get("xem") else {})
    view = {False: "ke-hoach", True: "phat-song"}[board.aired]
    choice = choices(board)
    drawn = len(choice["districts"]) <= FEW_DISTRICTS or asked.get("huyen") == "1"
    return page(
        request,
        "province.html",
        status=status,
        active="month",
        sample=sample_is_loaded(context),
        month=month,
        before=month_before(month),
        after=month_after(month),
        this_month=Month.of(today),
        begun=today >= month.first_date,
        board=board,
        draft=board.draft,
        run=runs.under_way(month),
        again=board.revision is not None,
        closing=closing_of(context, month) if board.aired else None,
        board_words=board_words,
        sentence=board_words.sentence(board, board.rows, month),
        facts=board_words.facts(board, month, today),
        waiting_for_plan=_by_tier(board.rows) if board.revision is None else None,
        counts=board_words.counts(board),
        map=tile_map(board, board.rows) if drawn else None,
        **choice,
        found=found,
        order=order,
        asked=said | ({"all": "1"} if whole else {}),
        said=said,
        views=own_views(context),
        view_query=urlencode(said),
        told=told,
        typed=typed,
        longest_name=LONGEST_NAME,
        exported=order.asked | {"xem": view},
        columns=board_words.columns(aired=board.aired, over=board.over),
    )


def choices(board: Board) -> dict[str, Any]:
    """What can be filtered by."""
    return {
        "districts": board.summary.districts,
        "technologies": [each for each in TECHNOLOGIES if each in board.summary.technologies],
        "languages": board.summary.languages,
    }


def _by_tier(rows: list[BoardRow]) -> dict[str, int]:
    districts = sum(row.station.tier == "district" for row in rows)
    return {"districts": districts, "communes": len(rows) - districts}


HANDLERS = [province, aired, table, trends]
