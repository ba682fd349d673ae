"""The sentences for refusals of letters."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.services import mail_refusals as mail
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    mail.AddressBad: (
        422,
        GIVEN,
        lambda e: _(
            "«{address}» không phải là địa chỉ thư điện tử. Hãy nhập dạng ten@coquan.gov.vn.", address=e.address
        ),
    ),
    mail.AddressMissing: (
        409,
        GIVEN,
        lambda e: _(
            "Tài khoản «{login}» chưa có địa chỉ thư điện tử, nên không gửi thư được. Hãy đưa liên kết tận tay người dùng.",
            login=e.login,
        ),
    ),
    mail.LetterBroken: (
        422,
        GIVEN,
        lambda e: _(
            "Phần «{field}» của thư phải là một dòng chữ, không được trống. Hãy sửa rồi gửi lại.", field=e.field
        ),
    ),
    mail.MailServerMissing: (
        409,
        GIVEN,
        lambda _e: _("Loa chưa có máy chủ thư điện tử. Hãy đặt LOA_SMTP_URL và LOA_MAIL_FROM rồi chạy lại Loa."),
    ),
    mail.MailServerRefused: (
        502,
        MACHINE,
        lambda e: _(
            "Máy chủ thư {host}:{port} không nhận thư: {reason}. Hãy kiểm tra LOA_SMTP_URL, mật khẩu và chứng thư của máy chủ.",
            host=e.host,
            port=e.port,
            reason=e.reason.rstrip("."),
        ),
    ),
}
