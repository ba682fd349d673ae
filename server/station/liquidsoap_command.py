"""`loa station liquidsoap`."""

import contextlib
from urllib.parse import unquote, urlsplit

import click

from server.cli.speaking import LoaCommand
from server.station.air_commands import station_of
from server.station.commands import settings_of
from server.station.disk import folder_refusals, write_whole
from server.station.liquidsoap import folder_of, quoted, script, write_schedule
from server.station.refusals import StationSettingBad
from server.texts import _


@click.command(
    cls=LoaCommand,
    help=_(
        "Viết kịch bản Liquidsoap phát theo lịch của đài, tự đổi theo lịch mới. Ví dụ: loa station liquidsoap --icecast http://source:MẬT-KHẨU@127.0.0.1:8000/h654"
    ),
)
@click.option("--icecast", metavar="URL", help=_("Phát vào Icecast: http://source:mật-khẩu@máy:cổng/điểm-phát."))
@click.option(
    "--out",
    default="output.alsa(radio)",
    show_default=True,
    help=_("Hoặc lệnh Liquidsoap đưa nguồn «radio» ra, ví dụ output.pulseaudio(radio)."),
)
@click.pass_context
def liquidsoap(ctx: click.Context, icecast: str | None, out: str) -> None:
    settings = settings_of(ctx)
    folder = folder_of(settings)
    path = folder / "loa.liq"
    text = script(settings, out=_into_icecast(icecast, settings.path.name) if icecast is not None else out)
    with folder_refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode(), mode=0o600)  # it may hold Icecast's password
    station = station_of(settings)
    kept, log = station.folder(), station.log()
    with contextlib.closing(log):
        station.learn_kept(log)
        manifest = kept.manifest()
        if manifest is not None:
            write_schedule(settings, manifest, kept.sound, station.clock)
    click.echo(_("Đã viết {path}. Chạy: liquidsoap {path}", path=path))
    if manifest is None:
        click.echo(_("Chưa có lịch nào để phát. Hãy tải: loa station sync"))


def _into_icecast(url: str, where: str) -> str:
    # What was given is not shown again: it has a password.
    bad = StationSettingBad(
        path=where, name="--icecast", value="…", expected=_("http://source:mật-khẩu@máy:cổng/điểm-phát")
    )
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError as error:
        raise bad from error
    if parts.scheme != "http" or not parts.hostname or not parts.password or len(parts.path) < 2:
        raise bad
    facts = {
        "host": parts.hostname,
        "user": unquote(parts.username or "source"),
        "password": unquote(parts.password),
        "mount": parts.path[1:],
    }
    given = ", ".join(f"{name}={quoted(value)}" for name, value in facts.items())
    return f"output.icecast(%mp3(bitrate=128), {given}, port={port}, radio)"
