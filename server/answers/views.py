"""What people read when a named view is refused."""

from server.answers.shape import GIVEN, Entry
from server.services import view_refusals as views
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    views.TooManyViews: (
        409,
        GIVEN,
        lambda e: _("Bạn đã lưu {most} cách xem, nhiều nhất có thể. Hãy xóa một cách xem không dùng nữa.", most=e.most),
    ),
    views.ViewUnknown: (
        404,
        GIVEN,
        lambda e: _("Bạn không có cách xem số {number}; có thể nó đã được xóa. Hãy tải lại trang.", number=e.number),
    ),
}
