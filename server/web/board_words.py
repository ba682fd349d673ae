"""A month's board in words: its one sentence, the states of its rows, and the lines that are exported of it."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from schedules.months import Month
from server import formats
from server.services.board_orders import STATUSES
from server.services.board_views import Board, BoardRow
from server.services.forecast_sentences import forecast_sentence
from server.texts import _
from server.web import airing_words, words
from server.web.words import Status


class BoardColumn(Struct, frozen=True, kw_only=True):
    """`sort` as in `server.services.board_orders.SORTS`, "" where it is not sorted by; kind: text, length, count.

    `spare`: left out where the screen is narrow.
    """

    sort: str
    word: str
    kind: str
    spare: bool = False


def columns(*, aired: bool, over: bool = True) -> list[BoardColumn]:
    """Of the table on the page; of a month that is not over also the forecast."""
    first = [
        BoardColumn(sort="name", word=_("Đài"), kind="text"),
        BoardColumn(sort="district", word=_("Huyện"), kind="text", spare=True),
        BoardColumn(sort="required", word=_("Quy định"), kind="length", spare=True),
        BoardColumn(sort="planned", word=_("Kế hoạch"), kind="length", spare=aired),
    ]
    if not aired:
        return [
            *first,
            BoardColumn(sort="slots", word=_("Khung phát"), kind="count", spare=True),
            BoardColumn(sort="status", word=_("Tình trạng"), kind="text"),
        ]
    return [
        *first,
        BoardColumn(sort="delivered", word=_("Đã giao"), kind="length", spare=True),
        BoardColumn(sort="reported", word=_("Báo đã phát"), kind="length", spare=True),
        BoardColumn(sort="heard", word=_("Nghe được"), kind="length", spare=True),
        BoardColumn(sort="counted", word=_("Được tính"), kind="length"),
        *([] if over else [BoardColumn(sort="expected", word=_("Dự báo"), kind="length", spare=True)]),
        BoardColumn(sort="status", word=_("Tình trạng"), kind="text"),
    ]


def sorts(*, aired: bool, over: bool) -> list[tuple[str, str]]:
    """The choices of the order, for screens without room for all headings."""
    more = [("short", _("Còn thiếu")), *([("doubtful", _("Nghi vấn"))] if aired else [])]
    return [(each.sort, each.word) for each in columns(aired=aired, over=over)] + more


def statuses(*, aired: bool) -> list[tuple[str, str]]:
    """The choices of the status filter, the worst first."""
    if not aired:
        return words.kinds_of_rows()
    told = [(code, airing_words.status(code).word) for code in ("not_met", "at_risk", "no_data", "on_track", "met")]
    return [*told, ("none", _("không có quy định")), ("misses", _("dự báo không đạt")), ("doubtful", _("có nghi vấn"))]


def status(row: BoardRow, board: Board) -> Status:
    if not board.aired:
        return words.row_status(row.plan, board.revision)
    if row.kind is None:
        return Status(kind="unknown", sign="·", word=_("không có quy định"))
    if row.kind == "target" and row.status == "not_met":
        return words.missed(row.kind)
    return airing_words.status(row.status)


def sentence(board: Board, rows: Iterable[BoardRow], month: Month) -> str:
    """For example «12/2026: 13 trên 15 đài huyện đạt 15 phút; 171/184 đài xã có phát.»"""
    listed = list(rows)
    districts = [row for row in listed if row.station.tier == "district"]
    communes = [row for row in listed if row.station.tier == "commune"]
    heard_of = sum((row.reported_ms if board.aired else row.planned_ms) > 0 for row in communes)
    facts = {"month": formats.month_name(month), "aired": heard_of, "communes": len(communes)}
    if not districts:
        return _("{month}: {aired}/{communes} đài xã có phát.", **facts)
    facts |= {"met": sum(row.kind == "min" and row.status == words.MET for row in districts), "all": len(districts)}
    required = {row.required_ms for row in districts if row.kind == "min"}
    if len(required) == 1:
        return _(
            "{month}: {met} trên {all} đài huyện đạt {required}; {aired}/{communes} đài xã có phát.",
            required=formats.length_in_words(required.pop()),
            **facts,
        )
    return _("{month}: {met} trên {all} đài huyện đạt thời lượng quy định; {aired}/{communes} đài xã có phát.", **facts)


def facts(board: Board, month: Month, today: date) -> list[tuple[str, str]]:
    """What the sentence leaves out of a month on the air, each with the status that the table is filtered by to see it."""
    if not board.aired:
        return []
    told = []
    if not board.over:
        told.append((_("còn {days} ngày", days=(month.last_date - max(today, month.first_date)).days), ""))
    if board.summary.misses and not board.over:
        told.append((_("{count} đài dự báo không đạt", count=board.summary.misses), "misses"))
    if board.summary.doubtful:
        told.append((_("{doubtful} khung còn nghi vấn", doubtful=board.summary.doubtful), "doubtful"))
    return told


def counts(board: Board) -> list[tuple[str, Status, int, int]]:
    """The states that stations are in, the worst first: the status to filter by, how many districts', communes'."""
    found: dict[tuple[int, str], tuple[Status, int, int]] = {}
    for each in board.summary.alike:
        told = status(each.one, board)
        key = STATUSES.index(each.one.status), told.word
        _same, districts, communes = found.get(key, (told, 0, 0))
        found[key] = told, districts + each.districts, communes + each.communes
    return [(STATUSES[key[0]], *found[key]) for key in sorted(found)]


def counted(board: Board | None) -> tuple[int, int, int, int]:
    """Stations that met their minimum, all that have one; stations with anything reported, all."""
    rows = board.rows if board is not None else []
    minima = [row for row in rows if row.kind == "min"]
    met = sum(row.status == words.MET for row in minima)
    return met, len(minima), sum(row.reported_ms > 0 for row in rows), len(rows)


def forecast(row: BoardRow, board: Board) -> str:
    return forecast_sentence(row.forecast, over=board.over) if row.forecast is not None else ""


def headings(*, aired: bool) -> list[tuple[str, str]]:
    """Of an exported table: heading and kind of each column."""
    shown = [(each.word, each.kind) for each in columns(aired=aired)[:-1]]
    told = [(_("Mã đài"), "text"), *shown[:2], (_("Cấp"), "text"), *shown[2:]]
    told += [(_("Còn thiếu"), "length"), (_("Tình trạng"), "text")]
    return [*told, (_("Nghi vấn"), "count"), (_("Dự báo"), "text")] if aired else told


def line(row: BoardRow, board: Board) -> list[str | int]:
    """The cells under `headings`; lengths are milliseconds."""
    station = row.station
    told: list[str | int] = [station.code, station.name, station.district_name or "", words.tier(station.tier)]
    told += [row.required_ms, row.planned_ms]
    if not board.aired:
        return [*told, row.plan.slots, row.short_ms, status(row, board).word]
    told += [row.delivered_ms, row.reported_ms, row.heard_ms, row.counted_ms]
    return [*told, row.short_ms, status(row, board).word, row.doubtful, forecast(row, board)]
