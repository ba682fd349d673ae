"""`loa station sync`."""

import click

from server.texts import _


@click.command(help=_("Tải lịch và âm thanh những ngày tới. Ví dụ: loa station sync"))
def sync() -> None: ...
