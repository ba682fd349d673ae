"""What people read when a change by hand is refused for more than what it breaks."""

from server.answers.shape import GIVEN, Entry
from server.services import plan_refusals as plans
from server.services.naming import month_in_words
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    plans.NothingToUndo: (
        409,
        GIVEN,
        lambda e: _(
            "Lịch tháng {month} của đài {station} đã đổi sau lần sửa đó, nên không hoàn tác được nữa. Chưa lưu gì; hãy xem lại lịch rồi sửa bằng tay.",
            month=month_in_words(e.month),
            station=e.station,
        ),
    ),
}
