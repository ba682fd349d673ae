"""The group `loa station`: what it does is in the files that its commands are in."""

import os
from pathlib import Path

import click

from server.cli.speaking import LoaGroup
from server.station.settings import VARIABLE, StationSettings, find_settings
from server.texts import _


@click.group(
    cls=LoaGroup,
    help=_(
        "Chương trình ở đài: tải lịch và âm thanh, giữ sẵn, phát đúng giờ, báo lại.\n\nBắt đầu bằng: loa station init"
    ),
    lazy={
        "init": "server.station.starting:init",
        "sync": "server.station.fetching_command:sync",
        "status": "server.station.status_command:status",
        "play": "server.station.air_commands:play",
        "report": "server.station.air_commands:report_command",
        "run": "server.station.air_commands:run",
        "unit": "server.station.air_commands:unit",
        "liquidsoap": "server.station.liquidsoap_command:liquidsoap",
    },
)
@click.option(
    "--settings",
    metavar=_("TỆP"),
    type=click.Path(path_type=Path),
    help=_(
        "Tệp thiết lập của đài; nếu không: {variable}, ./loa-station.toml, ~/.config/loa/station.toml.",
        variable=VARIABLE,
    ),
)
@click.pass_context
def station(ctx: click.Context, settings: Path | None) -> None:
    ctx.obj = settings


def settings_of(ctx: click.Context) -> StationSettings:
    """Those that the command is to go by. Raises what `find_settings` does."""
    return find_settings(named_settings(ctx), os.environ)


def named_settings(ctx: click.Context) -> Path | None:
    found = ctx.find_object(Path)
    return found if isinstance(found, Path) else None
