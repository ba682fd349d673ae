"""What HTTP itself refuses, beside the refusals of the rooms: wrong addresses, hosts, methods, bodies, ranges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.texts import _


class RequestRefused(Exception):
    """A request that the door turns away before any use case is asked; `code` is one of FAULTS."""

    def __init__(self, code: str, *, headers: Mapping[str, str] | None = None, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`sentence` is called with the facts, at the moment when the language is known."""

    status: int
    meaning: str
    sentence: Callable[..., str]


FAULTS: dict[str, Fault] = {
    "address.unknown": Fault(
        status=404,
        meaning="No page or resource has this address.",
        sentence=lambda path: _("Không có địa chỉ {path}.", path=path),
    ),
    "request.invalid": Fault(
        status=400,
        meaning="A parameter or field of the request can't be taken; `fields` names each with the reason.",
        sentence=lambda fields: _(
            "Không nhận được yêu cầu này: {fields} chưa đúng.",
            fields=", ".join(f"«{field['field']}»" for field in fields),
        ),
    ),
    "request.malformed": Fault(
        status=400,
        meaning="The body is not what its Content-Type says.",
        sentence=lambda reason: _("Không đọc được nội dung gửi lên ({reason}).", reason=reason),
    ),
    "request.foreign_host": Fault(
        status=403,
        meaning="The Host header is not a name of this service, as when a foreign site points its name at this machine.",
        sentence=lambda host, known: _(
            "Loa không phục vụ tên máy «{host}»; hãy dùng một trong các tên: {known}.",
            host=host,
            known=", ".join(known),
        ),
    ),
    "request.cross_site": Fault(
        status=403,
        meaning="A page of another site asked for a change.",
        sentence=lambda origin: _(
            "Yêu cầu thay đổi dữ liệu đến từ trang khác ({origin}) nên không được thực hiện.", origin=origin
        ),
    ),
    "method.not_allowed": Fault(
        status=405,
        meaning="The address does not know this method; the Allow header names those it knows.",
        sentence=lambda method, allowed: _(
            "Địa chỉ này không nhận phương thức {method}; chỉ nhận: {allowed}.",
            method=method,
            allowed=", ".join(allowed),
        ),
    ),
    "body.too_large": Fault(
        status=413,
        meaning="The body is larger than `limit` bytes.",
        sentence=lambda limit: _("Nội dung gửi lên lớn hơn mức cho phép ({limit} MB).", limit=limit // 1_000_000),
    ),
    "media_type.unsupported": Fault(
        status=415,
        meaning="The Content-Type of the body is not the one this address takes.",
        sentence=lambda found, expected: _(
            "Nội dung gửi lên có kiểu «{found}»; cần {expected}.", found=found, expected=expected
        ),
    ),
    "range.unsatisfiable": Fault(
        status=416,
        meaning="The range asked for lies outside the file of `size` bytes.",
        sentence=lambda size: _("Khoảng yêu cầu nằm ngoài tệp ({size} byte).", size=size),
    ),
    "upload.version": Fault(
        status=412,
        meaning="The Tus-Resumable header is missing, or names a version of tus other than the ones in Tus-Version.",
        sentence=lambda found, expected: _(
            "Chương trình gửi tệp dùng tus bản «{found}»; máy chủ này cần bản {expected}.",
            found=found or "–",
            expected=expected,
        ),
    ),
    "upload.header": Fault(
        status=400,
        meaning="A header that tus needs is missing or can't be read.",
        sentence=lambda header, found, expected: _(
            "Tiêu đề {header} của yêu cầu gửi tệp là «{found}»; cần {expected}.",
            header=header,
            found=found or "–",
            expected=expected,
        ),
    ),
    "upload.length_deferred": Fault(
        status=400,
        meaning="Upload-Defer-Length is not offered: how large the file is must be known before its first byte.",
        sentence=lambda: _(
            "Cần cho biết độ lớn của tệp (Upload-Length) trước khi gửi; không nhận Upload-Defer-Length."
        ),
    ),
    "upload.checksum_unknown": Fault(
        status=400,
        meaning="The algorithm named in Upload-Checksum is not one of those in Tus-Checksum-Algorithm.",
        sentence=lambda algorithm, known: _(
            "Không biết cách kiểm tra «{algorithm}»; chỉ biết: {known}.", algorithm=algorithm, known=", ".join(known)
        ),
    ),
    "request.too_many": Fault(
        status=429,
        meaning="More changes from one network address, more requests by one token, or more wrong secrets than are taken; Retry-After says how many seconds to wait.",
        sentence=lambda seconds: _(
            "Quá nhiều yêu cầu trong thời gian ngắn. Hãy thử lại sau {seconds} giây.", seconds=seconds
        ),
    ),
    "service.busy": Fault(
        status=503,
        meaning="More requests are in hand than this process takes; nothing was done. Retry-After says how many seconds to wait.",
        sentence=lambda seconds: _(
            "Máy chủ đang có quá nhiều việc nên chưa nhận yêu cầu này. Hãy thử lại sau {seconds} giây.", seconds=seconds
        ),
    ),
    "service.too_slow": Fault(
        status=503,
        meaning="No answer was found in the time that a request may take. A change may be made all the same, now or a little later: before it is sent again, look whether it is there, by a GET of what it changes or in the audit trail. Retry-After says how many seconds to wait.",
        sentence=lambda seconds: _(
            "Máy chủ chưa trả lời kịp. Hãy thử lại sau {seconds} giây. Nếu đây là một thay đổi thì nó vẫn có thể được thực hiện: hãy xem trang của nó, hoặc nhật ký (/nhat-ky), đã có thay đổi ấy chưa rồi mới làm lại.",
            seconds=seconds,
        ),
    ),
    "request.refused": Fault(
        status=400,
        meaning="The request was refused by the server software.",
        sentence=lambda reason: _("Máy chủ không nhận yêu cầu này ({reason}).", reason=reason),
    ),
    "server.fault": Fault(
        status=500,
        meaning="Something in Loa itself failed; the log of the server holds the details.",
        sentence=lambda: _("Máy chủ gặp lỗi khi xử lý yêu cầu này. Chi tiết nằm trong nhật ký của máy chủ."),
    ),
}


def title(status: int) -> str:
    """The short summary of a kind of problem; it is the same for all problems of one status."""
    titles = {
        400: _("Yêu cầu chưa đúng"),
        401: _("Cần đăng nhập"),
        403: _("Không được phép"),
        404: _("Không tìm thấy"),
        405: _("Sai phương thức"),
        409: _("Chưa làm được lúc này"),
        410: _("Không còn nữa"),
        412: _("Sai phiên bản giao thức"),
        413: _("Nội dung quá lớn"),
        415: _("Sai kiểu nội dung"),
        416: _("Khoảng không hợp lệ"),
        422: _("Nội dung không dùng được"),
        423: _("Đang được dùng ở nơi khác"),
        429: _("Quá nhiều yêu cầu"),
        460: _("Nội dung bị hỏng trên đường truyền"),
        503: _("Máy chủ chưa sẵn sàng"),
        507: _("Hết chỗ lưu"),
    }
    return titles.get(status) or (_("Lỗi máy chủ") if status >= 500 else _("Không thực hiện được"))
