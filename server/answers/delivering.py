"""What people read when something about recalls and emergencies is refused."""

from server.answers.shape import GIVEN, Entry
from server.services import delivering_refusals as delivering
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    delivering.AudioRecalled: (
        410,
        GIVEN,
        lambda e: _(
            "Bài {segment} đã bị thu hồi nên không được phát nữa. Hãy tải lại danh sách phát hoặc lịch.",
            segment=e.segment,
        ),
    ),
    delivering.UnknownRecall: (
        404,
        GIVEN,
        lambda e: _("Không có lần thu hồi số {number}. Hãy xem danh sách ở trang Thu hồi.", number=e.number),
    ),
    delivering.UnknownEmergency: (
        404,
        GIVEN,
        lambda e: _("Không có lần phát khẩn cấp số {number}. Hãy xem danh sách ở trang Khẩn cấp.", number=e.number),
    ),
    delivering.EmergencyOver: (
        409,
        GIVEN,
        lambda e: _("Lần phát khẩn cấp số {number} đã kết thúc rồi. Hãy tải lại trang.", number=e.number),
    ),
}
