"""The month of the province day by day: a line a district, or a station; each day as dark as much of it was aired."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType
from msgspec import Struct

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services.air_days import AirDay, air_days, summed
from server.services.board_orders import chosen, page_of
from server.services.board_summaries import districts_of
from server.services.board_views import Board, BoardRow
from server.services.boards import month_board
from server.services.context import Context
from server.services.listing import one_of
from server.services.loading import sample_is_loaded
from server.services.local_time import local_today
from server.services.refusals import NoPlan
from server.services.rights import Right
from server.services.views import Page
from server.texts import _
from server.web import board_words
from server.web.months import month_after, month_before
from server.web.province import FEW_DISTRICTS, choices, offset_in, order_in
from server.web.rendering import page
from server.web.words import Status

LINES = ("huyen", "dai")
MOST_SUMMED = 1_000
"""Of more stations than these no district is summed up: each station's days would have to be read."""
_MINUTE_MS = 60_000
_SHADES = ((100, "4"), (80, "3"), (40, "2"), (1, "1"), (0, "0"))


class Cell(Struct, frozen=True, kw_only=True):
    """`shade`: 0 to 4 by how much of what was due counts; "" nothing was planned; `next`: it is still to come.

    `figure`: whole minutes of a station, per cent of a district.
    """

    shade: str
    figure: str


class Line(Struct, frozen=True, kw_only=True):
    """`row` is the station's own, None for a district with all its stations."""

    name: str
    code: str
    row: BoardRow | None
    told: Status | None
    stations: int
    cells: list[Cell]
    share: int | None  # of all that was due, in per cent


class HeatDay(Struct, frozen=True, kw_only=True):
    number: int
    weekday: str
    today: bool
    monday: bool


@get(
    "/thang/{month:str}/ban-nhiet",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ),
)
def heat_map(request: Request[Any, Any, Any], context: Asked, month: MonthInPath) -> Response[str]:
    """Districts where many stations are asked for and lie in some; else stations, paged as the table of the month is."""
    wanted, asked = Month.parse(month), request.query_params
    order = order_in(asked)
    try:
        board = month_board(context, wanted, aired=True)
    except NoPlan:
        board = month_board(context, wanted, aired=False)
    rows = chosen(board, order)
    by = asked.get("theo") or None
    one_of("theo", by, LINES)
    may_sum = len(rows) <= MOST_SUMMED and 1 < len(districts_of(rows)) <= FEW_DISTRICTS
    summing = may_sum and by != "dai"
    found = page_of(rows, offset=0 if summing else offset_in(asked), whole=False)
    lines = []
    if board.aired:
        days = air_days(context, wanted, {row.station.id for row in (rows if summing else found.items)})
        lines = _districts(rows, days) if summing else _stations(board, found, days)
    said = order.asked | ({"theo": by} if by else {})
    return page(
        request,
        "heat.html",
        active="month",
        sample=sample_is_loaded(context),
        month=wanted,
        before=month_before(wanted),
        after=month_after(wanted),
        board=board,
        board_words=board_words,
        order=order,
        asked=said,
        summing=summing,
        may_sum=may_sum,
        found=found,
        days=_days(context, wanted),
        lines=lines,
        **choices(board),
    )


def _days(context: Context, month: Month) -> list[HeatDay]:
    today = local_today(context)
    names = (_("T2"), _("T3"), _("T4"), _("T5"), _("T6"), _("T7"), _("CN"))
    found = [month.first_date + timedelta(days=number) for number in range(month.last_date.day)]
    return [
        HeatDay(number=day.day, weekday=names[day.weekday()], today=day == today, monday=day.weekday() == 0)
        for day in found
    ]


def _stations(board: Board, found: Page[BoardRow], days: Mapping[int, Sequence[AirDay]]) -> list[Line]:
    return [
        Line(
            name=row.station.name,
            code=row.station.code,
            row=row,
            told=board_words.status(row, board),
            stations=1,
            cells=[_cell(day, percent=False) for day in days[row.station.id]],
            share=_share(summed(days[row.station.id])),
        )
        for row in found.items
    ]


def _districts(rows: Sequence[BoardRow], days: Mapping[int, Sequence[AirDay]]) -> list[Line]:
    """In Vietnamese order; what lies in no district comes last."""
    groups: dict[tuple[bool, str, str], list[BoardRow]] = {}
    for row in rows:
        code = row.station.district_code
        groups.setdefault((code is None, row.district_key, code or ""), []).append(row)
    lines = []
    for key in sorted(groups):
        own = groups[key]
        each_day = [summed(of_day) for of_day in zip(*(days[row.station.id] for row in own), strict=True)]
        lines.append(
            Line(
                name=own[0].station.district_name or _("Không thuộc huyện nào"),
                code=key[2],
                row=None,
                told=None,
                stations=len(own),
                cells=[_cell(day, percent=True) for day in each_day],
                share=_share(summed(each_day)),
            )
        )
    return lines


def _share(day: AirDay) -> int | None:
    """Per cent, rounded down: what is not whole never looks whole."""
    return day.counted_ms * 100 // day.due_ms if day.due_ms else None


def _cell(day: AirDay, *, percent: bool) -> Cell:
    if not day.planned_ms:
        return Cell(shade="", figure="")
    share = _share(day)
    if share is None:
        return Cell(shade="next", figure="" if percent else _minutes(day.planned_ms))
    shade = next(shade for least, shade in _SHADES if share >= least)
    if share == 0 and day.counted_ms:
        shade = "1"
    return Cell(shade=shade, figure=str(share) if percent else _minutes(day.counted_ms))


def _minutes(ms: int) -> str:
    return "<1" if 0 < ms < _MINUTE_MS else str(ms // _MINUTE_MS)


HANDLERS = [heat_map]
