"""What the changes from a published plan to a draft are called, on pages and in the terminal."""

from server import formats
from server.services.differences import MonthDifference, SlotChangeView, StationDifferenceView
from server.services.local_time import ZONE
from server.services.replanning import ReplannedMonth
from server.services.views import SlotView
from server.texts import _
from server.web.words import Status


def summary(found: MonthDifference) -> str:
    """For example «4 khung đổi ở 2 đài, 12 phút»."""
    if not found.slots:
        return _("Bản nháp giống hệt lịch đang công bố.")
    return _(
        "{slots} khung đổi ở {stations} đài, {length}.",
        slots=formats.number(found.slots),
        stations=formats.number(found.stations),
        length=formats.length_in_words(found.airtime_ms),
    )


def kinds(change: SlotChangeView) -> list[Status]:
    return [kind(code) for code in change.kinds]


def relayed(station: StationDifferenceView) -> bool:
    """Whether all that changes there is what it relays."""
    return all(place(change).relayed_from is not None for change in station.changes)


def place(change: SlotChangeView) -> SlotView:
    """As it was, or where it was not there as it will be: where readers look for it."""
    return next(slot for slot in (change.before, change.after) if slot is not None)


def slot_in_words(slot: SlotView | None, *, beside: SlotView | None) -> str:
    """For example «17:15 · 5:40 · Một cửa ở xã; Nộp hồ sơ trực tuyến»; with the date where that is not that of `beside`."""
    if slot is None:
        return "–"
    starts_at = slot.starts_at.astimezone(ZONE)
    when = formats.clock(starts_at, ZONE)
    if on_another_day(slot, beside):
        when = f"{when} {formats.day(starts_at.date())}"
    titles = "; ".join(item.title for item in slot.items)
    return " · ".join(part for part in (when, formats.length(slot.length_ms), titles) if part)


def on_another_day(slot: SlotView, beside: SlotView | None) -> bool:
    return beside is not None and beside.starts_at.astimezone(ZONE).date() != slot.starts_at.astimezone(ZONE).date()


def gained(ms: int) -> str:
    """For example «+1:30», «−0:45»."""
    return f"{'−' if ms < 0 else '+'}{formats.length(abs(ms))}"


def outcome(month: ReplannedMonth) -> str:
    return {
        "draft": _("bản nháp chờ công bố"),
        "unchanged": _("không phải đổi"),
        "overtaken": _("chưa lập lại được"),
    }.get(month.outcome, month.outcome)


def kind(code: str) -> Status:
    return {
        "added": Status(kind="met", sign="+", word=_("thêm")),
        "removed": Status(kind="missed", sign="−", word=_("bỏ")),
        "moved": Status(kind="below", sign="→", word=_("dời giờ")),
        "refilled": Status(kind="below", sign="⇄", word=_("thay bài")),
        "resized": Status(kind="below", sign="↔", word=_("đổi độ dài")),
        "relay": Status(kind="below", sign="⇉", word=_("đổi nguồn tiếp âm")),
    }.get(code, Status(kind="unknown", sign="·", word=code))
