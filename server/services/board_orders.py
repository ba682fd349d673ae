"""Which rows of a month's board are asked for, and in what order: a view that its address names, so that it can be shared."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from server.services.board_views import Board, BoardRow
from server.services.listing import TIERS, one_of, words_of
from server.services.refusals import BadField, UnknownUnit
from server.services.views import Page

PAGE = 50
WHOLE = 1_000
"""As many rows as are shown at once where all are asked for."""
STATUSES = ("not_met", "at_risk", "no_data", "on_track", "met", "none")
"""The worst first."""
NOTED = ("misses", "doubtful")
"""What may be asked for in the place of a status."""
TECHNOLOGIES = ("wired", "fm", "both", "ip")
_RANK = {status: position for position, status in enumerate(STATUSES)}
SORTS: dict[str, Callable[[BoardRow], Any]] = {
    "name": lambda row: row.name_key,
    "district": lambda row: row.district_key,
    "required": lambda row: row.required_ms,
    "planned": lambda row: row.planned_ms,
    "delivered": lambda row: row.delivered_ms,
    "reported": lambda row: row.reported_ms,
    "heard": lambda row: row.heard_ms,
    "counted": lambda row: row.counted_ms,
    "expected": lambda row: row.counted_ms if row.forecast is None else row.forecast.expected_ms,
    "short": lambda row: row.short_ms,
    "doubtful": lambda row: row.doubtful,
    "slots": lambda row: row.plan.slots,
    "status": lambda row: (_RANK[row.status], -row.short_ms),
}


class Order(Struct, frozen=True, kw_only=True):
    """Nothing asked for is all, in the board's order. `sort` is a name of `SORTS`, after a minus the other way round."""

    tier: str = ""
    district: str = ""
    status: str = ""
    technology: str = ""
    language: str = ""
    q: str = ""
    sort: str = ""

    @property
    def filters(self) -> bool:
        return bool(self.tier or self.district or self.status or self.technology or self.language or self.q)

    @property
    def asked(self) -> dict[str, str]:
        """What an address says of it."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in named.items() if value}


def require_known(order: Order) -> None:
    """Raises BadField for what no board could show."""
    one_of("tier", order.tier or None, TIERS)
    one_of("status", order.status or None, (*STATUSES, *NOTED))
    one_of("technology", order.technology or None, TECHNOLOGIES)
    one_of("sort", order.sort.removeprefix("-") or None, tuple(SORTS))
    words_of(order.q)


def chosen(board: Board, order: Order) -> list[BoardRow]:
    """Rows that are equal by the order stay as the board has them. Raises BadField, UnknownUnit."""
    require_known(order)
    words = words_of(order.q)
    if order.district and all(row.station.district_code != order.district for row in board.rows):
        raise UnknownUnit(unit=order.district)
    rows = [row for row in board.rows if _passes(row, order, words)] if order.filters else list(board.rows)
    if order.sort:
        rows.sort(key=SORTS[order.sort.removeprefix("-")], reverse=order.sort.startswith("-"))
    return rows


def page_of(rows: Sequence[BoardRow], *, offset: int, whole: bool) -> Page[BoardRow]:
    """Raises BadField. Past the end it is the last page: an address that was kept may outlive its rows."""
    limit = WHOLE if whole else PAGE
    if offset < 0:
        raise BadField(field="offset", value=str(offset), expected="≥ 0")
    first = min(offset, max(0, (len(rows) - 1) // limit * limit))
    return Page(items=list(rows[first : first + limit]), total=len(rows), offset=first, limit=limit)


def _passes(row: BoardRow, order: Order, words: set[str]) -> bool:
    return (
        (not order.tier or row.station.tier == order.tier)
        and (not order.district or row.station.district_code == order.district)
        and (not order.technology or row.station.technology == order.technology)
        and (not order.language or order.language in row.station.languages)
        and (not order.status or _is(row, order.status))
        and all(word in row.folded for word in words)
    )


def _is(row: BoardRow, status: str) -> bool:
    if status == "misses":
        return row.misses
    return bool(row.doubtful) if status == "doubtful" else row.status == status
