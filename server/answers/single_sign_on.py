"""The sentences for refusals of signing in by an OpenID provider."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.services import single_sign_on_refusals as signon
from server.services.refusals import ServiceRefusal
from server.texts import _


def _unlinked(e: signon.SignOnUnlinked) -> str:
    if e.email is None:
        return _(
            "Hệ thống đăng nhập chung không cho biết địa chỉ thư đã xác minh của bạn, nên Loa không biết tài khoản nào là của bạn. Hãy đăng nhập bằng mật khẩu, hoặc nhờ quản trị liên kết tài khoản."
        )
    return _(
        "Không có đúng một tài khoản đang dùng nào mang địa chỉ thư «{email}» và chưa liên kết. Hãy nhờ quản trị ghi địa chỉ này vào tài khoản của bạn rồi đăng nhập lại.",
        email=e.email,
    )


ANSWERS: dict[type[ServiceRefusal], Entry] = {
    signon.SignOnUnset: (
        404,
        GIVEN,
        lambda _e: _("Loa chưa nối với hệ thống đăng nhập chung. Hãy đăng nhập bằng mật khẩu."),
    ),
    signon.ProviderUnreachable: (
        502,
        MACHINE,
        lambda e: _(
            "Không gọi được hệ thống đăng nhập chung {issuer}: {reason}. Hãy đăng nhập bằng mật khẩu, hoặc thử lại sau ít phút.",
            issuer=e.issuer,
            reason=e.reason.rstrip("."),
        ),
    ),
    signon.ProviderRefused: (
        502,
        MACHINE,
        lambda e: _(
            "Hệ thống đăng nhập chung {issuer} không chấp nhận: {reason}. Hãy bắt đầu đăng nhập lại; nếu vẫn thế, nhờ quản trị xem các mục LOA_OIDC_….",
            issuer=e.issuer,
            reason=e.reason.rstrip("."),
        ),
    ),
    signon.SignOnForged: (
        403,
        GIVEN,
        lambda e: _(
            "Giấy báo đăng nhập không đúng ({reason}), nên Loa không cho vào. Hãy bắt đầu đăng nhập lại; nếu vẫn thế, báo cho quản trị.",
            reason=e.reason,
        ),
    ),
    signon.SignOnForgotten: (
        400,
        GIVEN,
        lambda _e: _(
            "Lần đăng nhập này đã quá 10 phút, đã dùng rồi, hoặc bắt đầu từ trình duyệt khác. Hãy bắt đầu đăng nhập lại."
        ),
    ),
    signon.SignOnUnlinked: (403, GIVEN, _unlinked),
    signon.SignOnDisabled: (
        403,
        GIVEN,
        lambda e: _("Tài khoản «{login}» đã ngừng dùng. Hãy liên hệ quản trị nếu bạn vẫn cần vào.", login=e.login),
    ),
}
