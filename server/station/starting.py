"""`loa station init`."""

import click

from server.texts import _


@click.command(help=_("Tạo tệp thiết lập của đài. Ví dụ: loa station init"))
def init() -> None: ...
