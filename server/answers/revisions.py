"""What people read when something about a month's revisions or its draft is refused."""

from server.answers.shape import GIVEN, Entry
from server.services import revision_refusals as revision
from server.services.naming import month_in_words
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    revision.RevisionInForce: (
        409,
        GIVEN,
        lambda e: _(
            "Bản công bố số {number} của tháng {month} đang có hiệu lực, không cần trở lại.",
            number=e.number,
            month=e.month,
        ),
    ),
    revision.NothingToUndo: (
        409,
        GIVEN,
        lambda e: _(
            "Không có gì để hoàn tác ở bản nháp tháng {month}: việc sau cùng không phải là sửa tay một khung. Muốn bỏ hết, hãy bỏ bản nháp.",
            month=e.month,
        ),
    ),
    revision.UndoOutdated: (
        409,
        GIVEN,
        lambda e: _(
            "Lịch tháng {month} của đài {station} đã đổi sau lần sửa đó, nên không hoàn tác được nữa. Chưa lưu gì; hãy xem lại lịch rồi sửa bằng tay.",
            month=month_in_words(e.month),
            station=e.station,
        ),
    ),
}
