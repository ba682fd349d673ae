"""`loa station play`, `report`, `run` and `unit`."""

import contextlib
import signal
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Event, Lock
from zoneinfo import ZoneInfo

import click

from server.answers.station import ANSWERS
from server.cli.speaking import LoaCommand
from server.station.commands import settings_of
from server.station.liquidsoap import take_aired
from server.station.on_air import Told
from server.station.player import find_player
from server.station.playing import Station, standing
from server.station.refusals import StationRefusal
from server.station.reporting import check_in, report
from server.station.settings import StationSettings
from server.station.systemd_unit import systemd_unit
from server.station.words import sentence
from server.texts import _


def sentence_of(refusal: StationRefusal) -> str:
    _http, _exit, worded = ANSWERS[type(refusal)]
    return worded(refusal)


@click.command(
    cls=LoaCommand,
    help=_("Phát theo lịch đã tải, đúng giờ, không cần máy chủ; dừng bằng Ctrl+C. Ví dụ: loa station play"),
)
@click.pass_context
def play(ctx: click.Context) -> None:
    settings = settings_of(ctx)
    _say_what_players_cannot(settings)
    station = station_of(settings)
    with _stopped_by_signals(station.stopping):
        station.play()


@click.command(
    cls=LoaCommand,
    help=_("Phát, tải lịch mới, gửi nhật ký, nhận tin khẩn cấp: tất cả trong một. Ví dụ: loa station run"),
)
@click.pass_context
def run(ctx: click.Context) -> None:
    station = station_of(settings_of(ctx))
    with _stopped_by_signals(station.stopping):
        station.run()


@click.command(
    "report",
    cls=LoaCommand,
    help=_("Gửi nhật ký những gì đã phát mà máy chủ chưa nhận. Ví dụ: loa station report"),
)
@click.pass_context
def report_command(ctx: click.Context) -> None:
    station = station_of(settings_of(ctx))
    log, folder = station.log(), station.folder()
    with contextlib.closing(log), station.door() as door:
        station.learn_kept(log)
        take_aired(station.settings, log, station.clock)
        check_in(door, station.clock, standing(folder, log, station.clock, {}))
        station.learn_kept(log)
        done = report(log, station.clock, door)
        click.echo(_("Máy chủ đã nhận {count} dòng nhật ký.", count=done.taken))
        for refused in done.refused:
            click.echo(_("Máy chủ không nhận một dòng nhật ký: {detail}", detail=refused), err=True)
        if done.waiting:
            click.echo(_("{count} dòng sẽ gửi lại sau.", count=done.waiting), err=True)
    if done.refused:
        ctx.exit(2)


@click.command(
    cls=LoaCommand,
    help=_(
        "In tệp dịch vụ systemd cho máy này. Ví dụ: loa station unit | sudo tee /etc/systemd/system/loa-station.service"
    ),
)
@click.pass_context
def unit(ctx: click.Context) -> None:
    click.echo(systemd_unit(settings_of(ctx), program=Path(sys.argv[0])), nl=False)


def _say_what_players_cannot(settings: StationSettings) -> None:
    """Raises PlayerMissing."""
    player = find_player(settings.play.player)
    if not player.hears_silence and settings.play.relay not in {"", "line"}:
        click.echo(sentence(Told(what="hears_no_silence")), err=True)


def station_of(settings: StationSettings) -> Station:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    speaking = Lock()

    def tell(told: Told) -> None:
        now = datetime.now(zone)
        with speaking:
            click.echo(f"{now:%H:%M:%S} {sentence(told)}")
            sys.stdout.flush()

    return Station(settings=settings, tell=tell, sentence_of=sentence_of)


@contextlib.contextmanager
def _stopped_by_signals(stopping: Event) -> Iterator[None]:
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
