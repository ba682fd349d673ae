"""What people read when a reminder, an answer to one or a webhook is refused."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.services import reminder_refusals as urging
from server.services.naming import month_in_words
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    urging.NothingToUrge: (
        409,
        GIVEN,
        lambda e: _(
            "Đài {station} không thiếu thời lượng bắt buộc nào của tháng {month}, nên không có gì để đôn đốc. Hãy bỏ chọn đài này.",
            station=e.station,
            month=month_in_words(e.month),
        ),
    ),
    urging.NobodyToUrge: (
        409,
        GIVEN,
        lambda e: _(
            "Không đài nào cần đôn đốc về tháng {month}. Hãy xem trang Đã phát của tháng.",
            month=month_in_words(e.month),
        ),
    ),
    urging.ReminderUnknown: (
        404,
        GIVEN,
        lambda e: _(
            "Không có lời đôn đốc số {number}, hoặc địa chỉ đã bị sửa. Hãy mở lại đúng liên kết trong thư.",
            number=e.number,
        ),
    ),
    urging.NothingToAnswer: (
        409,
        GIVEN,
        lambda e: _(
            "Đài {station} không có lời đôn đốc nào của tháng {month} đang chờ trả lời. Hãy tải lại trang.",
            station=e.station,
            month=month_in_words(e.month),
        ),
    ),
    urging.AnswerMissing: (
        422,
        GIVEN,
        lambda e: _(
            "Câu trả lời của đài {station} còn trống. Hãy viết đài sẽ làm gì, hoặc vì sao không phát được.",
            station=e.station,
        ),
    ),
    urging.WebhookAddressRefused: (
        422,
        GIVEN,
        lambda e: (
            _(
                "«{url}» là địa chỉ của máy này hoặc mạng nội bộ. Hãy dùng địa chỉ công cộng, hoặc nhờ quản trị máy chủ đặt LOA_WEBHOOKS_PRIVATE=yes.",
                url=e.url,
            )
            if e.private
            else _("«{url}» không phải địa chỉ webhook. Hãy nhập dạng https://may.example.vn/loa.", url=e.url)
        ),
    ),
    urging.WebhookKnown: (
        409,
        GIVEN,
        lambda e: _(
            "Đài đã có webhook tới «{url}» (số {number}). Hãy ngừng webhook ấy trước nếu cần khóa mới.",
            url=e.url,
            number=e.number,
        ),
    ),
    urging.WebhookUnknown: (
        404,
        GIVEN,
        lambda e: _(
            "Đài {station} không có webhook số {number}. Hãy xem lại danh sách webhook của đài.",
            station=e.station,
            number=e.number,
        ),
    ),
    urging.WebhookUnreachable: (
        502,
        MACHINE,
        lambda e: _(
            "Webhook {url} không nhận: {reason}. Hãy kiểm tra máy nhận rồi gửi lại.",
            url=e.url,
            reason=e.reason.rstrip("."),
        ),
    ),
}
