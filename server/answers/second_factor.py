"""The sentences for refusals of second factors."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.services import second_factor_refusals as factor
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    factor.SecondFactorPresent: (
        409,
        GIVEN,
        lambda e: _(
            "Tài khoản «{login}» đã bật đăng nhập hai bước. Hãy tắt trước nếu muốn cài lại trên máy khác.",
            login=e.login,
        ),
    ),
    factor.SecondFactorAbsent: (
        409,
        GIVEN,
        lambda e: _("Tài khoản «{login}» chưa bật đăng nhập hai bước, nên không có gì để tắt.", login=e.login),
    ),
    factor.SecondFactorStale: (
        400,
        GIVEN,
        lambda _e: _("Mã QR này đã quá 10 phút hoặc không còn dùng được. Hãy mở lại trang để lấy mã QR mới."),
    ),
    factor.SecondFactorWrong: (
        422,
        GIVEN,
        lambda _e: _(
            "Mã không đúng hoặc đã dùng rồi. Hãy xem đồng hồ của điện thoại có đúng giờ không, rồi nhập mã đang hiện."
        ),
    ),
    factor.SecondFactorUnreadable: (
        500,
        MACHINE,
        lambda e: _(
            "Không đọc được khóa hai bước của tài khoản «{login}» vì tệp secret của Loa đã khác. Hãy khôi phục tệp secret từ bản sao lưu, hoặc nhờ quản trị tắt đăng nhập hai bước của tài khoản này.",
            login=e.login,
        ),
    ),
}
