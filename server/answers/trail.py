"""What people read when the trail can't be read as they asked."""

from server.answers.shape import GIVEN, Entry
from server.services import trail_refusals as trail
from server.services.refusals import ServiceRefusal
from server.texts import _, at_hand

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    trail.UnknownEntry: (
        404,
        GIVEN,
        lambda e: (
            _("Nhật ký hệ thống không có dòng {entry}.", entry=e.entry)
            + " "
            + at_hand(
                page=_("Xem các dòng đang có ở trang Nhật ký."), command=_("Xem các dòng đang có bằng: loa audit list")
            )
        ),
    ),
    trail.BadHead: (
        400,
        GIVEN,
        lambda e: _(
            "Số ghi «{given}» không đúng dạng. Cần SỐ_DÒNG:MÃ_BĂM như lệnh loa audit head đã in, ví dụ 120:9f86d0….",
            given=e.given,
        ),
    ),
}
