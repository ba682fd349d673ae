"""What people read when the home, the database or the disk refuses."""

from server.answers.shape import MACHINE, Entry, system_words
from server.services import footing_refusals as footing
from server.services.refusals import ServiceRefusal
from server.texts import _


def _not_ready(part: str) -> str:
    words = {
        "process: stopping": _("tiến trình đang dừng"),
        "process: slow": _("tiến trình trả lời quá chậm"),
        "database: unreachable": _("không hỏi được cơ sở dữ liệu"),
        "database: other_schema": _("cơ sở dữ liệu thuộc phiên bản Loa khác"),
        "store: unreachable": _("không tới được kho âm thanh"),
        "disk: full": _("đĩa gần đầy"),
    }
    return words.get(part, part)


ANSWERS: dict[type[ServiceRefusal], Entry] = {
    footing.HomeUnwritable: (
        503,
        MACHINE,
        lambda e: _(
            "Không ghi được vào {path} ({reason}). Hãy cấp quyền ghi cho thư mục này, hoặc đặt LOA_HOME là thư mục khác.",
            path=e.path,
            reason=system_words(e.reason),
        ),
    ),
    footing.DatabaseTooNew: (
        503,
        MACHINE,
        lambda e: _(
            "Cơ sở dữ liệu {path} do một bản Loa mới hơn ghi (lược đồ {found}). Hãy cài bản Loa mới hơn; không có gì bị thay đổi.",
            path=e.path,
            found=e.found,
        ),
    ),
    footing.DatabaseDamaged: (
        503,
        MACHINE,
        lambda e: _(
            "Không đọc được cơ sở dữ liệu {path} ({reason}). Hãy giữ nguyên tệp này và khôi phục từ bản sao lưu.",
            path=e.path,
            reason=system_words(e.reason),
        ),
    ),
    footing.DatabaseUnreachable: (
        503,
        MACHINE,
        lambda e: _(
            "Cơ sở dữ liệu {place} không trả lời ({reason}). Hãy xem máy chủ PostgreSQL có đang chạy không và LOA_DATABASE_URL có đúng không, rồi làm lại; những gì đã báo là xong vẫn còn.",
            place=e.place,
            reason=e.reason,
        ),
    ),
    footing.DatabaseUnfit: (
        503,
        MACHINE,
        lambda e: _(
            "Cơ sở dữ liệu {place} dùng bảng mã {encoding} và thứ tự chữ {collation}; Loa cần UTF8 và C. Hãy tạo cơ sở dữ liệu mới bằng lệnh «CREATE DATABASE loa TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'» rồi ghi tên của nó vào LOA_DATABASE_URL.",
            place=e.place,
            encoding=e.encoding,
            collation=e.collation,
        ),
    ),
    footing.SecretOther: (
        503,
        MACHINE,
        lambda e: _(
            "Khóa của tiến trình này không phải khóa mà cơ sở dữ liệu {place} đang dùng. Hãy đặt LOA_SECRET_FILE trỏ tới cùng một khóa trên mọi máy; khóa cũ lấy từ bản sao lưu bằng: loa backup secret.",
            place=e.place,
        ),
    ),
    footing.DatabaseCrowded: (
        503,
        MACHINE,
        lambda e: _(
            "Cơ sở dữ liệu {place} cho {most} kết nối, mà {processes} tiến trình Loa có thể cần tới {wanted}. Hãy tăng max_connections của PostgreSQL rồi khởi động lại nó, hoặc chạy ít tiến trình hơn.",
            place=e.place,
            most=e.most,
            processes=e.processes,
            wanted=e.wanted,
        ),
    ),
    footing.NotReady: (
        503,
        MACHINE,
        lambda e: _(
            "Máy chủ này chưa nhận được yêu cầu ({parts}). Hãy thử lại sau ít phút.",
            parts=", ".join(map(_not_ready, e.parts)) or "…",
        ),
    ),
    footing.DatabaseBusy: (
        503,
        MACHINE,
        lambda e: _(
            "Cơ sở dữ liệu {path} đang bị một chương trình khác giữ khóa. Hãy đợi chương trình đó xong rồi làm lại; chưa có gì được lưu dở dang.",
            path=e.path,
        ),
    ),
    footing.DiskFull: (
        507,
        MACHINE,
        lambda e: _(
            "Đĩa chứa {path} đã đầy. Hãy giải phóng chỗ trống rồi làm lại; chưa có gì được lưu dở dang.", path=e.path
        ),
    ),
}
