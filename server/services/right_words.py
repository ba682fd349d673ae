"""What people call roles, rights and how far they reach."""

from server.services.rights import Reach, Right, Role
from server.texts import _


def role_name(role: str) -> str:
    words = {
        Role.ADMINISTRATOR: _("Quản trị"),
        Role.MONITOR: _("Giám sát"),
        Role.PLANNER: _("Lập lịch"),
        Role.LEAD: _("Chủ trì nội dung"),
        Role.PRODUCER: _("Sản xuất bài"),
        Role.OPERATOR: _("Vận hành đài"),
        Role.AUDITOR: _("Kiểm toán"),
    }
    return words[Role(role)] if role in set(Role) else role


def right_name(right: str) -> str:
    words = {
        Right.PUBLIC: _("Ai cũng xem được"),
        Right.KNOWN: _("Xem mình là ai"),
        Right.OWN: _("Tài khoản của chính mình"),
        Right.REGISTRY_READ: _("Xem danh bạ đơn vị, đài, nội dung, quy định"),
        Right.MONTHS_READ: _("Xem lịch tháng, kết quả và giải thích"),
        Right.EXPORTS_PULL: _("Lấy danh sách phát, lịch và âm thanh của đài"),
        Right.AUDIO_HEAR: _("Nghe âm thanh"),
        Right.SEGMENTS_READ: _("Xem bài"),
        Right.SEGMENTS_SEND: _("Gửi bài, thay bản ghi, trình duyệt"),
        Right.SEGMENTS_VET: _("Duyệt hoặc trả lại bài"),
        Right.SEGMENTS_RELEASE: _("Cho phát ngay bài khẩn cấp"),
        Right.SEGMENTS_WITHDRAW: _("Rút bài"),
        Right.PLANS_CHANGE: _("Lập, sửa và công bố lịch"),
        Right.STATIONS_CHANGE: _("Ghi đài ngừng, phát lại, mất điện"),
        Right.CAMPAIGNS_CHANGE: _("Sửa chiến dịch và trọng số"),
        Right.ACCOUNTS_MANAGE: _("Quản lý tài khoản và vai trò"),
        Right.MACHINES_MANAGE: _("Cấp và thu hồi mã của đài, khóa API"),
        Right.PLAYERS_PAIR: _("Ghép máy phát trong trình duyệt với đài"),
        Right.AIRED_SAY: _("Báo đã phát, gửi nhật ký và bản ghi âm của đài"),
        Right.AIRED_JUDGE: _("Xác nhận điều nghe được, xem xét chỗ nghi vấn, ghi chú kết quả"),
        Right.STATIONS_URGE: _("Nhắc và đôn đốc đài"),
        Right.REPORTS_MAKE: _("Lập báo cáo, đổi mẫu báo cáo"),
        Right.MONTHS_CLOSE: _("Chốt tháng"),
        Right.AUDIT_READ: _("Xem nhật ký hệ thống"),
        Right.METRICS_READ: _("Xem tình trạng máy chủ"),
    }
    return words[Right(right)] if right in set(Right) else right


def reach_name(reach: str) -> str:
    words = {
        Reach.ALL: _("tất cả"),
        Reach.UNITS: _("đài trong địa bàn được giao"),
        Reach.TOPICS: _("nội dung do cơ quan chủ trì"),
        Reach.OWN: _("bài của cơ quan mình"),
        Reach.WHOLE: _("cả tỉnh, chỉ khi vai trò không bị giới hạn địa bàn"),
    }
    return words[Reach(reach)]
