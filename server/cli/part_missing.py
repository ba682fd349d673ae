"""What stands in the place of a command whose part of the package is not installed."""

import click

from server.cli.speaking import LoaCommand
from server.station.refusals import PartNotInstalled


@click.command(
    cls=LoaCommand,
    hidden=True,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
@click.pass_context
def missing(ctx: click.Context) -> None:
    name = ctx.info_name or ""
    raise PartNotInstalled(command=name, extra="station" if name == "station" else "server")
