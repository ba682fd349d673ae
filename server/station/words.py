"""What the program at a station says of the air while it runs, and why a sound was cut or missed, in words."""

from collections.abc import Callable

from server.station.log import Airing
from server.station.on_air import Told
from server.texts import _

_TOLD: dict[str, Callable[[Told], str]] = {
    "nothing_yet": lambda _t: _("Chưa có lịch nào để phát. Hãy tải: loa station sync"),
    "begins_opening": lambda t: _("Phát nhạc hiệu: {title}", title=t.title),
    "begins_segment": lambda t: _("Phát: {title}", title=t.title),
    "begins_closing": lambda t: _("Phát nhạc kết: {title}", title=t.title),
    "begins_relay": lambda t: _("Tiếp âm: {title}", title=t.title),
    "begins_emergency": lambda t: _("KHẨN CẤP, phát ngay: {title}", title=t.title),
    "player_missing": lambda t: _(
        "Máy này không có chương trình phát ({looked}). Hãy cài mpv, hoặc ghi lệnh phát vào play.player.",
        looked=t.detail,
    ),
    "player_failed": lambda t: _(
        "Chương trình phát dừng giữa chừng bài «{title}» ({detail}); đang thử lại từ chỗ đó.",
        title=t.title,
        detail=t.detail,
    ),
    "cannot_enter": lambda t: _(
        "«{title}»: đã quá giờ bắt đầu, mà lệnh trong play.player không có {{start}} để vào giữa bài; chờ bài sau.",
        title=t.title,
    ),
    "relay_silent": lambda t: _("Luồng tiếp âm im lặng: {title}. Chuyển sang tệp của đài.", title=t.title),
    "relay_lost": lambda t: _(
        "Không nghe được luồng tiếp âm ({detail}): {title}. Chuyển sang tệp của đài.",
        title=t.title,
        detail=t.detail or "–",
    ),
    "filler_missing": lambda t: _("Không có âm thanh nào để lấp chỗ trống trong {detail}.", detail=t.detail),
    "missed_lacking": lambda t: _("Không phát được «{title}»: chưa tải được tệp.", title=t.title),
    "missed_player": lambda t: _("Không phát được «{title}»: chương trình phát không chạy.", title=t.title),
    "missed_emergency": lambda t: _("Không phát «{title}»: lúc đó đang phát bài khẩn cấp.", title=t.title),
    "missed_other": lambda t: _("Không phát «{title}»: lúc đó đang phát bài khác.", title=t.title),
    "log_damaged": lambda t: _(
        "Nhật ký phát sóng bị hỏng, đã để riêng ở {detail}; ghi tiếp vào nhật ký mới, những gì còn đọc được đã chuyển sang.",
        detail=t.detail,
    ),
    "log_unwritable": lambda t: _(
        "Không ghi được nhật ký phát sóng ({detail}); vẫn phát, và ghi lại khi đĩa ghi được.", detail=t.detail
    ),
    "refused": lambda t: _("Máy chủ không nhận một dòng nhật ký: {detail}", detail=t.detail),
    "hears_no_silence": lambda _t: _(
        "Lệnh trong play.player không báo luồng tiếp âm im lặng; chỉ biết khi đứt kết nối. mpv và ffplay thì báo."
    ),
    "line_back": lambda _t: _("Đường truyền tới máy chủ đã thông."),
    "said": lambda t: t.detail,
}


def sentence(told: Told) -> str:
    return _TOLD[told.what](told)


def reason(airing: Airing) -> str:
    """Why it was cut or missed, or what is to be known of it besides; "" for what was played whole by the plan."""
    if airing.kind == "emergency" and airing.whole:
        return _("Khẩn cấp")
    if airing.kind == "relay" and airing.whole:
        return _("Tiếp âm {station}", station=airing.relayed_from or "")
    reasons = {
        "joined": _("Chương trình phát chạy khi bài đã quá giờ bắt đầu"),
        "killed": _("Máy hoặc chương trình phát bị tắt giữa chừng"),
        "stopped": _("Chương trình phát được dừng"),
        "player": _("Chương trình phát âm thanh bị lỗi"),
        "emergency": _("Nhường cho bài khẩn cấp"),
        "other": _("Lúc đó đang phát bài khác"),
        "recalled": _("Bài bị thu hồi khi đang phát"),
        "replanned": _("Lịch thay đổi khi đang phát"),
        "overran": _("Hết giờ của khung"),
        "lacking": _("Chưa tải được tệp"),
        "cannot_enter": _("Quá giờ bắt đầu, không vào giữa bài được"),
        "relay_silent": _("Luồng tiếp âm im lặng"),
        "relay_lost": _("Không nghe được luồng tiếp âm"),
    }
    return reasons.get(airing.why, "")
