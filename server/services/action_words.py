"""What each action of the trail is called; a test finds the ones that nobody gave words for."""

from server.texts import _


def action_words(action: str) -> str:
    """In words; the action itself where there are none, as in entries of a newer version."""
    return _words().get(action, action)


def known_actions() -> dict[str, str]:
    """All that this version records, with their words, by subject."""
    return _words()


def origin_words(origin: str) -> str:
    """The door that it came through."""
    words = {
        "web": _("trang web"),
        "api": _("API"),
        "cli": _("dòng lệnh"),
        "jobs": _("việc chạy nền"),
        "start": _("lúc khởi động"),
    }
    return words.get(origin, origin)


def _words() -> dict[str, str]:
    return {
        "audit.exported": _("xuất nhật ký hệ thống"),
        "audit.read": _("xem nhật ký hệ thống (lần đầu trong ngày)"),
        "campaign.added": _("thêm đợt tuyên truyền"),
        "campaign.changed": _("sửa đợt tuyên truyền"),
        "plan.edited": _("sửa tay lịch tháng"),
        "plan.made": _("lập lịch tháng"),
        "plan.published": _("công bố lịch tháng"),
        "plan.replanned": _("lập lại lịch tháng theo thay đổi"),
        "programme.rendered": _("ghép chương trình của một khung phát"),
        "rendition.made": _("tạo bản FLAC của bài"),
        "sample.loaded": _("nạp dữ liệu mẫu"),
        "segment.added": _("thêm bài"),
        "segment.discarded": _("bỏ bản ghi"),
        "segment.held": _("bản ghi chờ quyết định"),
        "segment.kept": _("giữ bản ghi"),
        "segment.overruled": _("cho qua kiểm tra không đạt"),
        "segment.pushed": _("đưa bản ghi mới vào lịch đã công bố"),
        "segment.ready": _("bản ghi sẵn sàng phát"),
        "segment.rejected": _("bản ghi không đạt"),
        "segment.version_added": _("thêm bản ghi mới của bài"),
        "segment.withdrawn": _("rút bài"),
        "station.blackout": _("ghi đài ngừng phát một lúc"),
        "station.broken": _("ghi đài hỏng"),
        "station.closed": _("ghi đài đóng"),
        "station.reopened": _("ghi đài hoạt động lại"),
        "store.collected": _("dọn tệp không còn dùng"),
        "upload.announced": _("bắt đầu gửi tệp"),
        "upload.expired": _("bỏ tệp gửi dở đã quá hạn"),
        "upload.terminated": _("hủy tệp đang gửi"),
    }
