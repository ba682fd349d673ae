"""The places of the service, in the words of the menu and of search: who may go there, where they are, what one does there."""

from dataclasses import dataclass
from datetime import date

from schedules.months import Month
from server.services.reach import may
from server.services.rights import Right, Role
from server.services.scopes import has_everywhere
from server.services.who import Who
from server.texts import _, language


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`name` marks it in the menu as the one where the reader is; `told` says in some words what is done there."""

    address: str
    name: str
    word: str
    told: str


def menu(who: Who, today: date) -> list[Place]:
    """The likeliest first."""
    wanted: list[tuple[Right, Place]] = [
        (
            Right.MONTHS_READ,
            Place(
                address="/thang",
                name="month",
                word=_("Tháng này"),
                told=_("Đài nào đạt, đài nào chưa, vì sao"),
            ),
        ),
        (
            Right.REPORTS_MAKE,
            Place(
                address="/bao-cao",
                name="reports",
                word=_("Báo cáo"),
                told=_("Lập, phát hành, tải báo cáo tháng, quý, năm"),
            ),
        ),
        (
            Right.SEGMENTS_VET,
            Place(
                address="/cho-duyet",
                name="vetting",
                word=_("Chờ duyệt"),
                told=_("Nghe, duyệt hoặc trả lại bài đang chờ"),
            ),
        ),
        (
            Right.SEGMENTS_READ,
            Place(
                address="/bai",
                name="library",
                word=_("Bài phát thanh"),
                told=_("Mọi bài, tình trạng từng bài, phát ở đâu"),
            ),
        ),
        (
            Right.SEGMENTS_SEND,
            Place(
                address="/tai-len",
                name="upload",
                word=_("Bài của tôi"),
                told=_("Tải bản ghi âm lên, xem bài đã gửi đang ở đâu"),
            ),
        ),
        (
            Right.MONTHS_READ,
            Place(
                address="/khan-cap",
                name="emergencies",
                word=_("Khẩn cấp"),
                told=_("Bài phát ngay: đài nào đã nhận, đã phát lúc nào"),
            ),
        ),
        (
            Right.MONTHS_READ,
            Place(
                address="/thu-hoi",
                name="recalls",
                word=_("Thu hồi"),
                told=_("Bài đã rút, đã thay: đài nào còn giữ, đài nào đã xóa"),
            ),
        ),
        (
            Right.MONTHS_READ,
            Place(
                address="/may-o-dai",
                name="seen",
                word=_("Máy ở đài"),
                told=_("Máy nào lâu không liên lạc, thiếu tệp, gặp trục trặc"),
            ),
        ),
        (
            Right.REGISTRY_READ,
            Place(
                address="/quy-dinh",
                name="rules",
                word=_("Quy định"),
                told=_("Thời lượng bắt buộc, căn cứ, nội dung, trọng số"),
            ),
        ),
        (
            Right.ACCOUNTS_MANAGE,
            Place(
                address="/quan-tri/tai-khoan",
                name="people",
                word=_("Tài khoản"),
                told=_("Người dùng, vai trò, liên kết đặt mật khẩu"),
            ),
        ),
        (
            Right.MACHINES_MANAGE,
            Place(
                address="/ma-truy-cap",
                name="machines",
                word=_("Mã truy cập"),
                told=_("Mã của đài, khóa cho chương trình"),
            ),
        ),
        (
            Right.AUDIT_READ,
            Place(address="/nhat-ky", name="trail", word=_("Nhật ký"), told=_("Ai đã làm gì, lúc nào, từ đâu")),
        ),
        (
            Right.METRICS_READ,
            Place(
                address="/tinh-trang",
                name="status",
                word=_("Tình trạng máy chủ"),
                told=_("Phần nào ổn, phần nào hỏng, cần làm gì"),
            ),
        ),
        (
            Right.REGISTRY_READ,
            Place(address="/api/v1/docs", name="api", word="API", told=_("Tài liệu cho người viết chương trình")),
        ),
    ]
    own = [place for right, place in wanted if may(who, right, today)]
    if has_everywhere(who, Right.PLANS_CHANGE, today):
        place = Place(
            address=f"/thang/{Month.of(today).next()}/ke-hoach",
            name="plan",
            word=_("Kế hoạch"),
            told=_("Lịch tháng sau của mọi đài: lập, sửa, so sánh, công bố"),
        )
        own.insert(1, place)
    if Role.OPERATOR in who.roles(today):
        place = Place(
            address="/hom-nay",
            name="today",
            word=_("Hôm nay"),
            told=_("Khung kế tiếp của đài, nghe, tải về, báo đã phát"),
        )
        return [place, *own]
    return own


def beyond_the_menu(who: Who, today: date, month: Month, address: str) -> list[Place]:
    """What is reached from pages, and what is done at once: of that month where it is a month's.

    `address` is that of the page the reader looks at, to be seen in the other language.
    """
    called = f"{month.number}/{month.year}"
    here = f"/thang/{month}"
    coming = max(month, Month.of(today).next())
    wanted: list[tuple[bool, str, str, str]] = [
        (
            may(who, Right.PLANS_CHANGE, today),
            f"/thang/{coming}/ke-hoach",
            _("Lập lịch tháng {month}", month=f"{coming.number}/{coming.year}"),
            _("Lập bản nháp cho mọi đài, xem trước khi công bố"),
        ),
        (
            has_everywhere(who, Right.REPORTS_MAKE, today),
            f"/bao-cao/{month}",
            _("Báo cáo tháng {month}", month=called),
            _("Số liệu của cả tỉnh, để phát hành và ký"),
        ),
        (
            may(who, Right.MONTHS_READ, today),
            f"{here}/phat-song",
            _("Đã phát trong tháng {month}", month=called),
            _("Kế hoạch, đã giao, báo đã phát, đã nghe thấy của từng đài"),
        ),
        (
            may(who, Right.MONTHS_READ, today),
            f"{here}/du-bao",
            _("Dự báo tháng {month}", month=called),
            _("Đài nào sẽ không đạt, và khung bù"),
        ),
        (
            may(who, Right.STATIONS_URGE, today),
            f"{here}/don-doc",
            _("Đôn đốc tháng {month}", month=called),
            _("Nhắc các đài còn thiếu, công văn để ký"),
        ),
        (
            may(who, Right.AIRED_JUDGE, today),
            f"{here}/xem-xet",
            _("Xem xét nghi vấn tháng {month}", month=called),
            _("Lời báo và bằng chứng không khớp nhau"),
        ),
        (
            may(who, Right.MONTHS_READ, today),
            f"{here}/xu-huong",
            _("Xu hướng đến tháng {month}", month=called),
            _("Các tháng gần đây cạnh nhau"),
        ),
        (
            may(who, Right.MONTHS_CLOSE, today),
            f"{here}/chot",
            _("Chốt tháng {month}", month=called),
            _("Giữ số liệu của tháng đã hết, không đổi nữa"),
        ),
        (
            may(who, Right.REGISTRY_READ, today),
            "/quyen",
            _("Vai trò và quyền"),
            _("Ai được làm gì, trong phạm vi nào"),
        ),
        (
            may(who, Right.AUDIT_READ, today),
            "/nhat-ky/kiem-tra",
            _("Kiểm tra nhật ký"),
            _("Có ai sửa nhật ký hay không"),
        ),
        (True, "/kiem-tra", _("Kiểm tra báo cáo"), _("Báo cáo trên tay có đúng với số liệu đã chốt không")),
        (True, "/tro-giup", _("Trợ giúp"), _("Mười phút đầu tiên, từ ngữ, khi gặp trục trặc")),
        (True, "/tai-khoan", _("Tài khoản của tôi"), _("Mật khẩu, các phiên đăng nhập, vai trò")),
        (True, "/tai-khoan/hai-buoc", _("Đăng nhập hai bước"), _("Thêm mã trên điện thoại khi đăng nhập")),
        (True, "/tai-khoan/lich", _("Lịch của tôi"), _("Lịch phát vào điện thoại bằng mã QR hoặc liên kết")),
        (
            True,
            f"{address}{'&' if '?' in address else '?'}lang={'en' if language() == 'vi' else 'vi'}",
            "English" if language() == "vi" else "Tiếng Việt",
            _("Đổi ngôn ngữ của các trang"),
        ),
    ]
    return [Place(address=at, name="", word=word, told=told) for held, at, word, told in wanted if held]
