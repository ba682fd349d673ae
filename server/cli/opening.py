"""The context of one command: opened late, closed always."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from schedules.months import Month
from server.texts import _

if TYPE_CHECKING:
    from server.services.context import Context
    from server.services.rights import Right
    from server.settings import Settings


class MonthType(click.ParamType[Month]):
    """YYYY-MM. Raises InvalidMonth, which is told like every refusal."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Month:  # noqa: ARG002 (click's signature)
        return value if isinstance(value, Month) else Month.parse(value)


MONTH = click.argument("month", type=MonthType(), metavar=_("THÁNG"))


def settings() -> "Settings":
    from server.settings import Settings

    return Settings.from_environment(os.environ)


AS = click.option(
    "--as",
    "as_login",
    metavar=_("TÀI_KHOẢN"),
    help=_("Làm việc này thay cho một tài khoản, với quyền của tài khoản đó; nhật ký ghi tên tài khoản."),
)


def verified_backup_before(chosen: "Settings", context: "Context", schema: str) -> None:
    """Before an upgrade, of the database as it is, in the folder of backups or in the home. Raises BackupDamaged."""
    from server.cli.printing import note
    from server.services.backup_checks import verify_backup
    from server.services.backup_making import backup_before_upgrade
    from server.services.backup_refusals import BackupDamaged
    from server.services.backup_sealing import Sealing
    from server.services.backups import read_backup

    folder = chosen.backup_to or chosen.home / "backups"
    sealing = Sealing(chosen.backup_key)
    note(_("Cơ sở dữ liệu ở lược đồ {schema}: đang sao lưu và kiểm tra bản sao lưu trước khi nâng cấp.", schema=schema))
    made = backup_before_upgrade(context, folder, sealing, schema)
    found = verify_backup(context, folder, read_backup(folder, made.name), sealing)
    if found.faults:
        raise BackupDamaged(backup=made.name, faults=found.faults)
    note(_("Đã sao lưu vào {folder}, bản {name}. Đang nâng cấp.", folder=folder, name=made.name))


@contextmanager
def opened(
    *, as_login: str | None = None, right: "Right | None" = None, segment: str | None = None, restores: bool = False
) -> "Iterator[Context]":
    """Of whoever is at the machine, or acting for the account `as_login`: then `right` is asked for as routes do, over
    the `segment` where one is named. Who `restores` takes the installation for itself, which nobody else may use then.
    Raises UnknownAccount, RightMissing, OutOfReach, LoaIsRunning.
    """
    from server.services.in_use import in_use

    chosen = settings()
    with nullcontext() if restores else in_use(chosen.home, chosen.database):
        yield from _opened(chosen, as_login, right, segment)


def _opened(
    chosen: "Settings", as_login: str | None, right: "Right | None", segment: str | None
) -> "Iterator[Context]":
    from server.services.context import open_context

    context = open_context(
        home=chosen.home,
        server=chosen.server,
        before_upgrade=partial(verified_backup_before, chosen),
        ffmpeg=chosen.ffmpeg,
        s3=chosen.s3,
        secret=chosen.secret,
        profile=chosen.profile,
        sessions=chosen.sessions,
        mail=chosen.mail,
        private_webhooks=chosen.private_webhooks,
        planning_threads=chosen.planning_threads,
    )
    try:
        if as_login is not None:
            from server.services.acting import acting_for

            context = acting_for(context, as_login, right=right, segment=segment)
        yield context
    finally:
        context.close()
