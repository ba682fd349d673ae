"""Pictures of a month's board: each district with a mark for each of its stations; months beside each other."""

from collections.abc import Sequence

from msgspec import Struct

from schedules.months import Month
from server.services.board_views import Board, BoardRow
from server.web.board_words import status
from server.web.words import Status

STEP = 14  # a mark and the room beside it, in pixels
ACROSS = 10  # marks in a line
MARKED = 1_000
"""Of more stations than this the marks are left out: the districts' figures stay."""


class Mark(Struct, frozen=True, kw_only=True):
    x: int
    y: int
    row: BoardRow
    told: Status


class DistrictStrip(Struct, frozen=True, kw_only=True):
    """`code` and `name` None for communes of no district. `own`: the district's own station."""

    code: str | None
    name: str | None
    own: BoardRow | None
    own_status: Status | None
    marks: list[Mark]
    width: int
    height: int
    met: int
    aired: int
    communes: int


def districts(rows: Sequence[BoardRow]) -> list[tuple[str, str]]:
    """Code and name of each that a station lies in, in Vietnamese order."""
    one_of_each = {row.station.district_code: row for row in rows}
    found = sorted(
        (row.district_key, code, row.station.district_name or "") for code, row in one_of_each.items() if code
    )
    return [(code, name) for _key, code, name in found]


def strips(board: Board, rows: Sequence[BoardRow]) -> list[DistrictStrip]:
    """In the Vietnamese order of districts; what lies in none comes last."""
    groups: dict[tuple[bool, str, str | None], list[BoardRow]] = {}
    for row in rows:
        code = row.station.district_code
        groups.setdefault((code is None, row.district_key, code), []).append(row)
    marked = len(rows) <= MARKED
    return [
        _strip(board, groups[key], marked=marked) for key in sorted(groups, key=lambda key: (*key[:2], key[2] or ""))
    ]


def _strip(board: Board, rows: Sequence[BoardRow], *, marked: bool) -> DistrictStrip:
    own = next((row for row in rows if row.station.tier == "district"), None)
    communes = [row for row in rows if row is not own]
    shown = communes if marked else []
    lines = -(-len(shown) // ACROSS)
    return DistrictStrip(
        code=rows[0].station.district_code,
        name=rows[0].station.district_name,
        own=own,
        own_status=status(own, board) if own is not None else None,
        marks=[
            Mark(x=place % ACROSS * STEP, y=place // ACROSS * STEP, row=row, told=status(row, board))
            for place, row in enumerate(shown)
        ],
        width=min(len(shown), ACROSS) * STEP,
        height=lines * STEP,
        met=sum(row.status == "met" for row in communes),
        aired=sum((row.reported_ms if board.aired else row.planned_ms) > 0 for row in communes),
        communes=len(communes),
    )


BAR, HIGH = 26, 56  # a month's column with the room beside it, and the height of all, in the picture's own units


class TrendBar(Struct, frozen=True, kw_only=True):
    """A month of a station; `row` None where nothing was published then, or the station was not there."""

    month: Month
    x: int
    y: float
    height: float
    row: BoardRow | None
    told: Status | None


class Trend(Struct, frozen=True, kw_only=True):
    """`mark`: where what is required now lies; None where nothing is."""

    row: BoardRow
    bars: list[TrendBar]
    width: int
    mark: float | None


def trend(
    row: BoardRow, months: Sequence[tuple[Month, Board | None]], by_station: Sequence[dict[int, BoardRow]]
) -> Trend:
    """`by_station` are the rows of each of the months' boards, by station id."""
    found = [rows.get(row.station.id) for rows in by_station]
    scale = max(row.required_ms * 1.3, *(each.counted_ms * 1.05 for each in found if each is not None), 1)
    bars = []
    for place, ((month, board), each) in enumerate(zip(months, found, strict=True)):
        height = round((each.counted_ms if each is not None else 0) * HIGH / scale, 1)
        told = status(each, board) if each is not None and board is not None else None
        bars.append(TrendBar(month=month, x=place * BAR, y=HIGH - height, height=height, row=each, told=told))
    mark = round(HIGH - row.required_ms * HIGH / scale, 1) if row.required_ms else None
    return Trend(row=row, bars=bars, width=len(months) * BAR, mark=mark)
