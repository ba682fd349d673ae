"""What the steps of vetting are called on screen, and until when something should be decided on."""

from datetime import datetime, timedelta

from server.services.local_time import ZONE
from server.services.vetting_queue import QueueItem
from server.texts import _
from server.web.words import Status


def action(code: str) -> str:
    return {
        "submitted": _("gửi duyệt"),
        "approved": _("duyệt"),
        "returned": _("trả lại"),
        "released": _("cho phát ngay"),
        "confirmed": _("xác nhận đúng"),
        "disputed": _("phản đối"),
    }.get(code, code)


def reasons() -> list[str]:
    """Why recordings are mostly returned, for one tap or key."""
    return [
        _("Sai nội dung hoặc số liệu"),
        _("Sai tên riêng, tên xã"),
        _("Đọc vấp, đọc quá nhanh"),
        _("Tiếng rè, nhỏ hoặc có tạp âm"),
        _("Nhầm tệp, nhầm nội dung"),
    ]


def due(at: datetime) -> str:
    """For example 17:00 27/11."""
    local = at.astimezone(ZONE)
    return f"{local:%H:%M} {local:%d/%m}"


def deadline(at: datetime, now: datetime) -> Status:
    """How much time there is, in words and with a sign."""
    if at <= now:
        return Status(kind="missed", sign="✕", word=_("quá hạn {time}", time=_long(now - at)))
    if at - now <= timedelta(hours=4):
        return Status(kind="below", sign="△", word=_("còn {time}", time=_long(at - now)))
    return Status(kind="unknown", sign="·", word=_("còn {time}", time=_long(at - now)))


def standing(item: QueueItem) -> str:
    if item.own:
        return _("của bạn, người khác duyệt")
    if item.approved:
        return _("bạn đã duyệt, chờ người khác")
    if item.kind == "review":
        return _("đã phát ngay, chờ xem lại")
    if item.version.approvals_needed > 1:
        return _(
            "đã có {given}/{needed} người duyệt", given=item.version.approvals, needed=item.version.approvals_needed
        )
    return _("chờ duyệt")


def _long(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return _("{count} phút", count=minutes)
    if minutes < 48 * 60:
        return _("{count} giờ", count=minutes // 60)
    return _("{count} ngày", count=minutes // (24 * 60))
