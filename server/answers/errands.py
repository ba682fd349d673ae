"""What people read when work that workers do is refused, or fails."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.services import errand_refusals as errands
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    errands.ErrandUnderWay: (
        409,
        GIVEN,
        lambda e: _("Việc này đang được làm rồi ({about}). Hãy theo dõi, hoặc hủy rồi làm lại.", about=e.about),
    ),
    errands.UnknownErrand: (404, GIVEN, lambda e: _("Không có việc {errand}.", errand=e.errand)),
    errands.ErrandDeadly: (
        500,
        MACHINE,
        lambda e: _(
            "Máy chủ {times} lần liền bị dừng đột ngột khi làm cùng một phần của việc này, nên đã thôi; chi tiết nằm trong nhật ký của máy chủ.",
            times=e.times,
        ),
    ),
    errands.ErrandFailed: (
        500,
        MACHINE,
        lambda e: _(
            "Việc này ({about}) bị lỗi của phần mềm ({reason}); chưa lưu gì. Hãy báo cho người quản trị.",
            about=e.about,
            reason=e.reason,
        ),
    ),
    errands.LeftOff: (503, MACHINE, lambda _e: _("Máy chủ đang dừng nên chưa tính xong. Hãy thử lại sau ít phút.")),
    errands.GroundMoved: (
        409,
        GIVEN,
        lambda e: _(
            "Trong lúc làm số liệu {about}, lịch công bố, đài, bài hoặc cách tính đã thay đổi, nên chưa lưu gì. Hãy làm lại.",
            about=e.about,
        ),
    ),
}
