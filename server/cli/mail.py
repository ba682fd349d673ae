"""Trying the mail server."""

import click

from server.cli.opening import settings
from server.cli.printing import note
from server.cli.speaking import LoaGroup
from server.texts import _


@click.group(cls=LoaGroup, help=_("Thư điện tử."))
def mail() -> None:
    pass


@mail.command(
    "test", help=_("Gửi một thư thử bằng LOA_SMTP_URL và LOA_MAIL_FROM. Ví dụ: loa mail test ten@coquan.gov.vn")
)
@click.argument("address", metavar=_("ĐỊA_CHỈ"))
def test_(address: str) -> None:
    from server.services.mail import send_now
    from server.services.mail_refusals import MailServerMissing

    server = settings().mail
    if server is None:
        raise MailServerMissing
    send_now(
        server,
        address=address,
        subject=_("Thư thử của Loa"),
        body=_("Nếu bạn đọc được thư này thì Loa gửi thư được qua {host}.", host=server.host),
    )
    note(_("Máy chủ {host} đã nhận thư gửi tới {address}.", host=server.host, address=address))
