"""The sentences for refusals of signing in and of looking after accounts."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.services import account_refusals as account
from server.services.refusals import ServiceRefusal
from server.services.right_words import role_name
from server.texts import _, at_hand


def _password(e: account.PasswordRefused) -> str:
    if e.reason == "short":
        return _("Mật khẩu quá ngắn; cần ít nhất {least} ký tự, ví dụ bốn từ rời nhau.", least=e.least)
    if e.reason == "long":
        return _("Mật khẩu quá dài; nhiều nhất {most} ký tự.", most=e.most)
    if e.reason == "login":
        return _("Mật khẩu không được chứa tên đăng nhập. Hãy chọn mật khẩu khác.")
    return _("Mật khẩu này nhiều người dùng nên rất dễ đoán. Hãy chọn mật khẩu khác, ví dụ bốn từ rời nhau.")


def wait(seconds: int) -> str:
    """For example «2 phút», rounded up."""
    if seconds < 60:
        return _("{seconds} giây", seconds=seconds)
    return _("{minutes} phút", minutes=-(-seconds // 60))


def _scope(e: account.RoleTakesNoScope) -> str:
    if e.scope == "topic":
        return _(
            "Vai trò {role} không giới hạn theo nội dung; hãy để trống nội dung. Chỉ vai trò chủ trì mới có giới hạn này.",
            role=role_name(e.role),
        )
    return _("Vai trò {role} không giới hạn theo địa bàn; hãy để trống địa bàn.", role=role_name(e.role))


ANSWERS: dict[type[ServiceRefusal], Entry] = {
    account.PasswordRefused: (400, GIVEN, _password),
    account.WrongPassword: (403, GIVEN, lambda _e: _("Mật khẩu hiện tại không đúng. Hãy gõ lại.")),
    account.WrongLogin: (
        403,
        GIVEN,
        lambda _e: _(
            "Tên đăng nhập hoặc mật khẩu không đúng. Hãy gõ lại; nếu quên, hãy xin quản trị cấp liên kết đặt mật khẩu."
        ),
    ),
    account.TooManyTries: (
        429,
        GIVEN,
        lambda e: _("Đã nhập sai quá nhiều lần. Hãy chờ {wait} rồi thử lại.", wait=wait(e.seconds)),
    ),
    account.TooManyAtOnce: (
        503,
        MACHINE,
        lambda e: _("Quá nhiều người đăng nhập cùng lúc. Hãy chờ {wait} rồi thử lại.", wait=wait(e.seconds)),
    ),
    account.SignInStale: (
        403,
        GIVEN,
        lambda _e: _("Đã quá lâu từ khi nhập mật khẩu, hoặc tài khoản vừa thay đổi. Hãy đăng nhập lại từ đầu."),
    ),
    account.WrongCode: (
        403,
        GIVEN,
        lambda _e: _("Mã xác nhận không đúng hoặc đã dùng rồi. Hãy chờ mã tiếp theo rồi nhập lại."),
    ),
    account.AccountDisabled: (
        403,
        GIVEN,
        lambda e: _("Tài khoản {login} đã bị khóa. Hãy liên hệ quản trị để mở lại.", login=e.login),
    ),
    account.UnknownAccount: (
        404,
        GIVEN,
        lambda e: (
            _("Không có tài khoản {login}.", login=e.login)
            + " "
            + at_hand(page=_("Xem danh sách ở trang Tài khoản."), command=_("Xem danh sách bằng: loa accounts list"))
        ),
    ),
    account.AccountExists: (
        409,
        GIVEN,
        lambda e: _("Đã có tài khoản {login}. Hãy chọn tên đăng nhập khác.", login=e.login),
    ),
    account.LastAdministrator: (
        409,
        GIVEN,
        lambda e: _(
            "{login} là quản trị duy nhất còn đăng nhập được mà vai trò không có ngày kết thúc. Hãy giao vai trò quản trị cho một người khác đã có mật khẩu trước.",
            login=e.login,
        ),
    ),
    account.AdministratorExists: (
        409,
        GIVEN,
        lambda _e: _("Đã có người làm quản trị đầu tiên. Hãy đăng nhập, hoặc xin người đó cấp tài khoản."),
    ),
    account.RoleHeld: (
        409,
        GIVEN,
        lambda e: _(
            "{login} đã có vai trò {role} với cùng cơ quan và phạm vi trong thời gian này. Hãy kết thúc vai trò cũ trước.",
            login=e.login,
            role=role_name(e.role),
        ),
    ),
    account.RoleTakesNoScope: (400, GIVEN, _scope),
    account.UnknownGrant: (
        404,
        GIVEN,
        lambda e: _(
            "Tài khoản {login} không có vai trò số {grant}. Hãy xem lại tài khoản.", login=e.login, grant=e.grant
        ),
    ),
    account.UnknownSession: (
        404,
        GIVEN,
        lambda _e: _("Bạn không có phiên đăng nhập này. Hãy tải lại trang tài khoản."),
    ),
    account.LinkUnknown: (
        404,
        GIVEN,
        lambda _e: _("Liên kết không đúng. Hãy chép lại toàn bộ liên kết, hoặc xin quản trị cấp liên kết mới."),
    ),
    account.LinkExpired: (
        410,
        GIVEN,
        lambda e: _("Liên kết đã hết hạn lúc {at}. Hãy xin quản trị cấp liên kết mới.", at=e.at),
    ),
    account.LinkUsed: (
        410,
        GIVEN,
        lambda e: _(
            "Liên kết đã dùng lúc {at}; mỗi liên kết chỉ dùng một lần. Hãy đăng nhập, hoặc xin liên kết mới.", at=e.at
        ),
    ),
}
