"""The context of one command: opened late, closed always."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from schedules.months import Month
from server.texts import _

if TYPE_CHECKING:
    from server.services.context import Context
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


@contextmanager
def opened() -> "Iterator[Context]":
    from server.services.context import open_context

    chosen = settings()
    context = open_context(
        home=chosen.home,
        ffmpeg=chosen.ffmpeg,
        s3=chosen.s3,
        profile=chosen.profile,
        sessions=chosen.sessions,
        mail=chosen.mail,
    )
    try:
        yield context
    finally:
        context.close()
