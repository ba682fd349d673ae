"""Links that set a password, by e-mail: for an administrator who issued one, and for whoever forgot their password."""

from dataclasses import replace
from datetime import timedelta

from sqlmodel import select

from server.db.accounts import Account
from server.formats import moment
from server.services import mail
from server.services.account_refusals import TooManyTries
from server.services.accounts import find_account
from server.services.audit import record
from server.services.context import Context
from server.services.counted_tries import Allowance, Tried, count
from server.services.disk import disk_refusals
from server.services.hidden import hash_of
from server.services.local_time import ZONE
from server.services.login_tries import network_of
from server.services.mail_refusals import AddressMissing, MailServerMissing
from server.services.mail_server import is_address
from server.services.one_time_links import LEAST_HOURS, IssuedLink, issue_link
from server.services.signing_in import login_of
from server.services.who import LOA
from server.texts import _, in_language

# Letters that anybody can have sent to somebody, and questions that come from one place.
LETTERS = Allowance(3, timedelta(minutes=60))
QUESTIONS = Allowance(10, timedelta(minutes=15))


def mail_link(context: Context, link: IssuedLink, *, site: str) -> str:
    """Queues a letter with a link that was just issued, and tells the address that it goes to.

    `site` is the service's own address, for example https://loa.tinh.gov.vn. Raises UnknownAccount, MailServerMissing,
    AddressMissing.
    """
    if context.mail is None:
        raise MailServerMissing
    with disk_refusals(context.home), context.database.write() as session:
        account = find_account(session, link.login)
        if account.email is None or not is_address(account.email):
            raise AddressMissing(login=account.login)
        subject, body = _letter(account, link, site)
        mail.queue(
            session, context, key=f"link {hash_of(link.path)}", address=account.email, subject=subject, body=body
        )
        record(
            session,
            context,
            at=context.clock(),
            action="link.mailed",
            subject=account.login,
            purpose=link.purpose,
            address=account.email,
        )
        return account.email


def count_question(context: Context) -> None:
    """Of somebody who forgot a password, whoever they are. Raises TooManyTries."""
    count(context, [Tried(("forgot", network_of(context.who.address or "")), QUESTIONS)])


def mail_new_link(context: Context, login: str, *, site: str) -> bool:
    """A link for who forgot the password, to the address that the account has; whether one goes is not for the asker.

    Nothing goes without a mail server, to an account that is disabled, has no address or never had a password, and
    to one that was written to often just now.
    """
    name = login_of(login)
    if context.mail is None or name is None:
        return False
    with context.database.read() as session:
        account = session.exec(select(Account).where(Account.login == name)).first()
    if account is None or account.state != "active" or account.password_hash is None:
        return False
    if account.email is None or not is_address(account.email):
        return False
    try:
        count(context, [Tried(("forgot letters", name), LETTERS)])
    except TooManyTries:
        return False
    asking = replace(context, who=replace(LOA, address=context.who.address))
    mail_link(asking, issue_link(asking, name, hours=LEAST_HOURS), site=site)
    return True


def _letter(account: Account, link: IssuedLink, site: str) -> tuple[str, str]:
    with in_language("vi"):
        subject = (
            _("Loa: đặt mật khẩu cho tài khoản mới") if link.purpose == "invite" else _("Loa: đặt lại mật khẩu của bạn")
        )
        body = _(
            "Chào {name},\n\nHãy mở liên kết sau để đặt mật khẩu cho tài khoản «{login}» của Loa:\n\n{link}\n\nLiên kết dùng được một lần, đến {until} (giờ Việt Nam). Nếu bạn không yêu cầu, hãy bỏ qua thư này: mật khẩu của bạn không thay đổi.\n\nThư này do Loa tự gửi; xin đừng trả lời.\n",
            name=account.name,
            login=account.login,
            link=f"{site}{link.path}",
            until=moment(link.expires_at, ZONE),
        )
    return subject, body
