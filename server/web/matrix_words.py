"""The matrix of a month in words and signs: what stands in a cell, and what a screen reader says of it."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import quote

from msgspec import Struct

from schedules.months import Month
from server import formats
from server.services.local_time import ZONE
from server.services.month_matrix import MatrixDay, MatrixSlot, MonthMatrix
from server.services.term_sentences import term_words
from server.services.views import RevisionView
from server.texts import _
from server.web import difference_words
from server.web.words import Status


class DayHead(Struct, frozen=True, kw_only=True):
    """`kind` is a class of styles: weekends, Mondays, today."""

    day: date
    short: str
    kind: str
    today: bool


def heads(month: Month, today: date) -> list[DayHead]:
    names = (_("T2"), _("T3"), _("T4"), _("T5"), _("T6"), _("T7"), _("CN"))
    return [
        DayHead(
            day=day,
            short=names[day.weekday()],
            kind=" ".join(
                name
                for name, holds in (
                    ("weekend", day.weekday() > 4),
                    ("monday", day.weekday() == 0 and day.day > 1),
                    ("today", day == today),
                )
                if holds
            ),
            today=day == today,
        )
        for day in month.dates()
    ]


def sign(slot: MatrixSlot) -> Status:
    """What is worst or newest of the slot; all of it is in `slot_in_words`."""
    if slot.off and "removed" not in slot.kinds:
        return Status(kind="missed", sign="✕", word=_("vào lúc đài ngừng phát"))
    if slot.kinds:
        return difference_words.kind(slot.kinds[0])
    if slot.locked:
        return Status(kind="plain", sign="■", word=_("đã khóa"))
    if slot.relayed_from is not None:
        return Status(kind="relayed", sign="○", word=_("tiếp âm"))
    return Status(kind="plain", sign="●", word=_("khung phát"))


def legend() -> list[Status]:
    """Every sign that a cell can hold."""
    changes = [difference_words.kind(code) for code in ("added", "removed", "moved", "refilled", "resized", "relay")]
    return [
        Status(kind="plain", sign="●", word=_("khung phát")),
        Status(kind="relayed", sign="○", word=_("tiếp âm")),
        Status(kind="plain", sign="■", word=_("đã khóa")),
        *changes,
        Status(kind="missed", sign="✕", word=_("vào lúc đài ngừng phát")),
        Status(kind="off", sign="×", word=_("đài ngừng phát")),
    ]


def cell_in_words(cell: MatrixDay) -> str:
    """For example «Thứ Ba 08/12/2026: 17:15, dài 5:40, 2 bài, đã khóa»."""
    told = [slot_in_words(slot) for slot in cell.slots]
    if cell.off:
        told.append(off_in_words(cell))
    return f"{formats.weekday(cell.day)} {formats.day(cell.day)}: {'; '.join(told)}"


def off_in_words(cell: MatrixDay) -> str:
    return {"whole": _("đài ngừng phát cả ngày"), "part": _("đài ngừng phát một phần ngày")}.get(cell.off, "")


def slot_in_words(slot: MatrixSlot) -> str:
    parts = [
        formats.clock(slot.starts_at, ZONE),
        _("dài {length}", length=formats.length(slot.length_ms)),
        _("{count} bài", count=slot.items),
    ]
    if slot.relayed_from is not None:
        parts.append(_("tiếp âm"))
    if slot.locked:
        parts.append(_("đã khóa"))
    parts += [difference_words.kind(code).word for code in slot.kinds]
    if slot.was is not None:
        parts.append(_("trước là {moment}", moment=formats.moment(slot.was, ZONE)))
    if slot.off and "removed" not in slot.kinds:
        parts.append(_("vào lúc đài ngừng phát"))
    return ", ".join(parts)


def revision_name(revision: RevisionView) -> str:
    if revision.number is None:
        return _("Bản nháp")
    return _("Bản công bố số {number}", number=revision.number)


def compared(matrix: MonthMatrix) -> str:
    """For example «So với bản công bố số 2: 4 khung đổi ở 2 đài.»"""
    if matrix.before is None:
        return _("Tháng này chưa công bố lần nào.") if matrix.revision and matrix.revision.number is None else ""
    facts = {
        "number": matrix.before.number,
        "slots": formats.number(matrix.slots_changed or 0),
        "stations": formats.number(matrix.stations_changed),
    }
    if not matrix.stations_changed:
        return _("So với bản công bố số {number}: không khung nào đổi.", **facts)
    if matrix.slots_changed is None:
        return _("So với bản công bố số {number}: {stations} đài có lịch khác.", **facts)
    return _("So với bản công bố số {number}: {slots} khung đổi ở {stations} đài.", **facts)


def term_heads() -> Sequence[tuple[str, str, str]]:
    """Name, short heading and meaning of each term that has a column."""
    short = {"topics": _("chủ đề"), "spread": _("đều"), "repetition": _("lặp")}
    return [(name, word, term_words(name).meaning) for name, word in short.items()]


def sorts() -> list[tuple[str, str]]:
    named = [("name", _("Đài")), ("district", _("Huyện")), ("short", _("Còn thiếu")), ("slots", _("Khung phát"))]
    return named + [(name, term_words(name).name) for name in ("topics", "spread", "repetition")]


def place(code: str, month: str, day: date | None = None) -> str:
    """The address of the station's calendar."""
    address = f"/dai/{quote(code, safe='')}/{month}/lich"
    return f"{address}?ngay={day}" if day is not None else address
