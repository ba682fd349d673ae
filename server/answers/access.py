"""The sentences for refusals that are about who asks."""

from server.answers.shape import GIVEN, Entry
from server.services import access_refusals as access
from server.services.refusals import ServiceRefusal
from server.services.right_words import right_name, role_name
from server.texts import _


def _missing(e: access.RightMissing) -> str:
    wanted = right_name(e.right)
    roles = ", ".join(role_name(role) for role in e.roles)
    return _(
        "Bạn chưa có quyền «{right}». Vai trò có quyền này: {roles}. Hãy đề nghị quản trị cấp vai trò, hoặc đăng nhập bằng tài khoản khác.",
        right=wanted,
        roles=roles or "–",
    )


def _out_of_reach(e: access.OutOfReach) -> str:
    if not e.named:
        return _(
            "Quyền «{right}» của bạn chỉ trong phạm vi được giao, còn việc này liên quan đến cả tỉnh. Hãy đề nghị quản trị mở rộng phạm vi.",
            right=right_name(e.right),
        )
    return _(
        "«{named}» nằm ngoài phạm vi được giao cho bạn (quyền «{right}»), hoặc không tồn tại. Hãy đề nghị quản trị mở rộng phạm vi.",
        named=e.named,
        right=right_name(e.right),
    )


def _metrics_token(e: access.MetricsTokenNeeded) -> str:
    if e.configured:
        return _(
            "Số đo chỉ cho ai gửi đúng mã đã đặt trong LOA_METRICS_TOKEN, ở đầu mục «Authorization: Bearer …», hoặc quản trị đã đăng nhập."
        )
    return _(
        "Máy chủ này chưa đặt LOA_METRICS_TOKEN, nên số đo chỉ cho quản trị đã đăng nhập. Hãy đặt mã (ít nhất 16 ký tự), khởi động lại, rồi gửi mã ở đầu mục «Authorization: Bearer …»."
    )


ANSWERS: dict[type[ServiceRefusal], Entry] = {
    access.SignInNeeded: (
        401,
        GIVEN,
        lambda _e: _("Cần đăng nhập. Phiên làm việc chưa bắt đầu hoặc đã kết thúc; hãy đăng nhập rồi làm lại."),
    ),
    access.MetricsTokenNeeded: (401, GIVEN, _metrics_token),
    access.RightMissing: (403, GIVEN, _missing),
    access.OutOfReach: (403, GIVEN, _out_of_reach),
    access.UnknownCredential: (
        401,
        GIVEN,
        lambda _e: _("Mã truy cập không đúng. Hãy chép lại toàn bộ mã, hoặc xin quản trị cấp mã mới."),
    ),
    access.CredentialExpired: (
        401,
        GIVEN,
        lambda e: _(
            "Mã truy cập «{name}» đã hết hạn lúc {at}. Hãy xin quản trị cấp mã mới.",
            name=e.name,
            at=e.at,
        ),
    ),
    access.CredentialRevoked: (
        401,
        GIVEN,
        lambda e: _("Mã truy cập «{name}» đã bị thu hồi. Hãy xin quản trị cấp mã mới.", name=e.name),
    ),
    access.FormForeign: (
        403,
        GIVEN,
        lambda _e: _("Biểu mẫu này không còn dùng được (đã cũ hoặc đến từ trang khác). Hãy tải lại trang rồi gửi lại."),
    ),
}
