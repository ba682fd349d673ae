"""What came of urging, in words."""

from server.texts import _
from server.web.words import Status


def channel(channel: str) -> str:
    return {
        "page": _("thông báo trên trang của đài"),
        "email": _("thư điện tử"),
        "webhook": _("webhook"),
        "letter": _("công văn"),
    }.get(channel, channel)


def state(state: str) -> Status:
    """Of a reminder."""
    return {
        "waiting": Status(kind="below", sign="◔", word=_("chờ gửi")),
        "sent": Status(kind="met", sign="✓", word=_("đã gửi")),
        "failed": Status(kind="missed", sign="✕", word=_("không gửi được")),
        "made": Status(kind="unknown", sign="·", word=_("đã soạn")),
    }.get(state, Status(kind="unknown", sign="·", word=state))


def left_out(why: str) -> str:
    return {
        "urged_today": _("đã đôn đốc trong 24 giờ qua"),
        "no_address": _("không ai của đài có địa chỉ thư"),
        "no_webhook": _("đài không có webhook"),
    }.get(why, why)


def failure(failure: str) -> str:
    """Why a webhook's message did not arrive; what the network said stays as it is."""
    return {
        "webhook_ended": _("webhook đã ngừng"),
        "secret_unreadable": _("khóa của webhook được giữ bằng khóa bí mật khác; hãy thêm webhook lại"),
        "address_private": _("địa chỉ thuộc mạng nội bộ, không được phép"),
        "broken_off": _("Loa bị tắt giữa lần thử cuối"),
    }.get(failure, failure)
