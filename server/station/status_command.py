"""`loa station status`."""

import click

from server.texts import _


@click.command(help=_("Đang giữ lịch nào, còn thiếu gì. Ví dụ: loa station status"))
def status() -> None: ...
