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
        "account.added": _("thêm tài khoản"),
        "account.disabled": _("khóa tài khoản"),
        "account.enabled": _("mở lại tài khoản"),
        "account.linked": _("nối tài khoản với hệ thống đăng nhập chung"),
        "airing.files_verified": _("đài xác nhận đã có tệp"),
        "airing.judged": _("quyết định một lần phát có nghi vấn"),
        "airing.noted": _("ghi chú bên kết quả của đài"),
        "airing.said": _("báo điều đã phát"),
        "audit.exported": _("xuất nhật ký hệ thống"),
        "audit.read": _("xem nhật ký hệ thống (lần đầu trong ngày)"),
        "backup.made": _("sao lưu"),
        "backup.pruned": _("bỏ các bản sao lưu cũ"),
        "backup.restored": _("khôi phục từ một bản sao lưu"),
        "campaign.added": _("thêm đợt tuyên truyền"),
        "campaign.changed": _("sửa đợt tuyên truyền"),
        "emergency.answered": _("đài báo về bài khẩn cấp"),
        "emergency.called": _("gọi các đài phát ngay bài khẩn cấp"),
        "emergency.ended": _("kết thúc việc phát khẩn cấp"),
        "errand.cancelled": _("hủy một việc đang làm"),
        "errand.ordered": _("giao một việc lớn cho các máy làm việc"),
        "feed.issued": _("tạo địa chỉ lịch riêng"),
        "feed.revoked": _("hủy địa chỉ lịch riêng"),
        "feed.rotated": _("đổi địa chỉ lịch riêng"),
        "key.issued": _("cấp khóa API"),
        "key.revoked": _("thu hồi khóa API"),
        "key.rotated": _("đổi khóa API"),
        "link.issued": _("cấp liên kết dùng một lần"),
        "link.mailed": _("gửi liên kết đặt lại mật khẩu qua thư"),
        "mail.given_up": _("thôi gửi một thư không tới được"),
        "month.amended": _("chốt bổ sung tháng"),
        "month.closed": _("chốt tháng"),
        "organisation.added": _("thêm cơ quan"),
        "password.set": _("đặt mật khẩu"),
        "plan.discarded": _("bỏ bản nháp lịch tháng"),
        "plan.edited": _("sửa tay lịch tháng"),
        "plan.mended": _("thêm khung bù vào lịch tháng"),
        "plan.made": _("lập lịch tháng"),
        "plan.published": _("công bố lịch tháng"),
        "plan.replanned": _("lập lại lịch tháng theo thay đổi"),
        "plan.restored": _("trở lại một bản lịch tháng trước"),
        "programme.rendered": _("ghép chương trình của một khung phát"),
        "recall.answered": _("đài báo đã xóa bài thu hồi, hoặc không có bài ấy"),
        "recording.confirmed": _("xác nhận điều nghe được trong bản ghi sóng"),
        "recording.dismissed": _("bỏ điều nghe được trong bản ghi sóng"),
        "recording.heard": _("nghe xong bản ghi sóng"),
        "recording.placed": _("đặt giờ cho bản ghi sóng"),
        "recording.refused": _("không nghe được bản ghi sóng"),
        "recording.sent": _("gửi bản ghi sóng"),
        "reminder.answered": _("đài trả lời lời đôn đốc"),
        "reminder.given_up": _("thôi gửi lời đôn đốc tới một webhook không nhận"),
        "reminder.made": _("đôn đốc đài"),
        "rendition.made": _("tạo thêm một bản của bài"),
        "reports.issued": _("phát hành báo cáo"),
        "reports.template_put": _("thay mẫu báo cáo"),
        "reports.template_restored": _("trở lại mẫu báo cáo gốc"),
        "role.ended": _("thôi vai trò"),
        "role.granted": _("giao vai trò"),
        "sample.loaded": _("nạp dữ liệu mẫu"),
        "second_factor.recovery_code_used": _("dùng mã dự phòng"),
        "second_factor.recovery_codes_made": _("tạo lại các mã dự phòng"),
        "second_factor.removed": _("bỏ xác thực hai bước"),
        "second_factor.set": _("bật xác thực hai bước"),
        "segment.added": _("thêm bài"),
        "segment.approved": _("duyệt bài"),
        "segment.cues_moved": _("đặt lại điểm vào, điểm ra"),
        "segment.discarded": _("bỏ bản ghi"),
        "segment.held": _("bản ghi chờ quyết định"),
        "segment.kept": _("giữ bản ghi"),
        "segment.overruled": _("cho qua kiểm tra không đạt"),
        "segment.passed": _("bản ghi qua kiểm tra"),
        "segment.pushed": _("đưa bản ghi mới vào lịch đã công bố"),
        "segment.ready": _("bản ghi sẵn sàng phát"),
        "segment.rejected": _("bản ghi không đạt"),
        "segment.released": _("cho phát ngay bài khẩn cấp"),
        "segment.returned": _("trả lại bài"),
        "segment.submitted": _("trình duyệt bài"),
        "segment.version_added": _("thêm bản ghi mới của bài"),
        "segment.withdrawn": _("rút bài"),
        "session.begun": _("đăng nhập"),
        "session.ended": _("đăng xuất"),
        "session.refused": _("đăng nhập không thành"),
        "sessions.ended": _("kết thúc mọi phiên đăng nhập"),
        "station.blackout": _("ghi đài ngừng phát một lúc"),
        "station.broken": _("ghi đài hỏng"),
        "station.closed": _("ghi đài đóng"),
        "station.reopened": _("ghi đài hoạt động lại"),
        "store.collected": _("dọn tệp không còn dùng"),
        "token.issued": _("cấp mã của đài"),
        "token.revoked": _("thu hồi mã của đài"),
        "token.rotated": _("đổi mã của đài"),
        "upload.announced": _("bắt đầu gửi tệp"),
        "upload.expired": _("bỏ tệp gửi dở đã quá hạn"),
        "upload.terminated": _("hủy tệp đang gửi"),
        "vetting.reminded": _("nhắc duyệt bài"),
        "view.removed": _("xóa cách xem đã lưu"),
        "view.saved": _("lưu cách xem"),
        "webhook.added": _("thêm webhook của đài"),
        "webhook.ended": _("ngừng webhook của đài"),
    }
