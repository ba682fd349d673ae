"""A station's today in words: how long until, how the week's slots stand."""

from datetime import date

from schedules.months import Month
from server import formats
from server.services.deliveries import Had
from server.services.local_time import ZONE
from server.services.proof_views import AiredSlotView
from server.services.station_today import is_untold
from server.texts import _
from server.web import airing_words
from server.web.words import Status


def until(seconds: int) -> str:
    """Rounded down; «đang phát» where it has come."""
    if seconds <= 0:
        return _("đang phát")
    minutes, hours, days = seconds // 60 % 60, seconds // 3600 % 24, seconds // 86_400
    if days:
        return _("còn {days} ngày {hours} giờ", days=days, hours=hours)
    if hours:
        return _("còn {hours} giờ {minutes} phút", hours=hours, minutes=minutes)
    return _("còn {minutes} phút", minutes=minutes) if minutes else _("còn chưa đến 1 phút")


def is_on(slot: AiredSlotView, day: date) -> bool:
    return slot.starts_at.astimezone(ZONE).date() == day


def when(slot: AiredSlotView, today: date) -> str:
    """Its day, named from today."""
    day = slot.starts_at.astimezone(ZONE).date()
    named = {0: _("hôm nay"), 1: _("ngày mai")}.get((day - today).days)
    return named or f"{formats.weekday(day)} {formats.day(day)}"


def reasons() -> list[str]:
    """What often keeps a station from airing, to be picked from; anything else can be written."""
    return [
        _("Mất điện"),
        _("Máy phát hỏng"),
        _("Chưa tải được tệp"),
        _("Phát tin khẩn thay"),
        _("Mưa bão, ngừng phát"),
    ]


def state(slot: AiredSlotView, today: date) -> Status:
    """What came of the slot; of one to come whether it is today's."""
    if slot.outcome == "missed" and is_untold(slot):
        return Status(kind="missed", sign="✕", word=_("chưa báo, đang tính là không phát"))
    if slot.outcome != "upcoming":
        return airing_words.outcome(slot.outcome)
    if is_on(slot, today):
        return Status(kind="unknown", sign="•", word=_("hôm nay"))
    return Status(kind="unknown", sign="–", word=_("chưa đến ngày"))


def month_of(slot: AiredSlotView) -> Month:
    """Whose pages tell of it."""
    return Month.of(slot.starts_at.astimezone(ZONE))


def had(had: Had | None) -> Status:
    """Whether the station has a file."""
    if had is None:
        return Status(kind="below", sign="△", word=_("chưa tải"))
    word = _("đã có, đã đối chiếu") if had.how == "verified" else _("đã tải")
    return Status(kind="met", sign="✓", word=word)
