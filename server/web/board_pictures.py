"""Pictures of a month's board: its districts in their order; months beside each other."""

from collections.abc import Sequence

from msgspec import Struct

from schedules.months import Month
from server.services.board_views import Board, BoardRow
from server.web.board_words import status
from server.web.words import Status

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
