"""`loa station sync`."""

import sys
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import click

from server.answers.station import ANSWERS
from server.cli.speaking import LoaCommand
from server.formats import size
from server.station.commands import settings_of
from server.station.folder import Folder
from server.station.refusals import StationRefusal
from server.station.server_door import ServerDoor
from server.station.syncing import CLOCK_WARNS_MS, Moved, Syncing, SyncOutcome
from server.texts import _


def sentence_of(refusal: StationRefusal) -> str:
    _http, _exit, sentence = ANSWERS[type(refusal)]
    return sentence(refusal)


@click.command(
    cls=LoaCommand,
    help=_("Tải lịch và âm thanh những ngày tới, tiếp từ chỗ dừng. Ví dụ: loa station sync"),
)
@click.pass_context
def sync(ctx: click.Context) -> None:
    settings = settings_of(ctx)
    folder = Folder(settings.folder, key=settings.key, station=settings.station)
    shown = _Shown()
    with ServerDoor(settings.server, settings.station, settings.token) as door:
        try:
            outcome = Syncing(
                folder=folder, door=door, settings=settings.sync, tell=sentence_of, moved=shown.move
            ).run()
        finally:
            shown.end()
    for line in told(outcome):
        click.echo(line)
    manifest = folder.manifest()
    refusal = outcome.refusal(ZoneInfo(manifest.timezone), sentence_of) if manifest is not None else outcome.trouble
    if refusal is not None:
        raise refusal


def told(outcome: SyncOutcome) -> list[str]:
    """What a run came to, for people."""
    lines = [
        _("Lịch {version}: mới nhận.", version=outcome.version)
        if outcome.renewed
        else _("Lịch {version}: không đổi.", version=outcome.version)
    ]
    if outcome.fetched or outcome.upgraded:
        lines.append(
            _(
                "Đã tải {count} tệp ({size}), đổi {upgraded} bản nhẹ thành bản phát sóng.",
                count=outcome.fetched + outcome.upgraded,
                size=size(outcome.received),
                upgraded=outcome.upgraded,
            )
        )
    if outcome.recalled:
        lines.append(_("Đã gỡ {count} bài bị thu hồi và báo lại máy chủ.", count=outcome.recalled))
    if outcome.later:
        lines.append(_("{count} tệp đợi đến giờ đêm mới tải.", count=outcome.later))
    if not outcome.lacking:
        lines.append(_("Đủ tệp cho mọi khung phát sắp tới."))
    if outcome.clock_offset_ms is not None and abs(outcome.clock_offset_ms) > CLOCK_WARNS_MS:
        lines.append(clock_warning(outcome.clock_offset_ms))
    return lines


def clock_warning(offset_ms: int) -> str:
    seconds = abs(offset_ms) // 1000
    if offset_ms > 0:
        return _(
            "Đồng hồ máy này nhanh {length} so với máy chủ: hãy chỉnh lại giờ, kẻo phát sớm.", length=in_words(seconds)
        )
    return _(
        "Đồng hồ máy này chậm {length} so với máy chủ: hãy chỉnh lại giờ, kẻo phát muộn.", length=in_words(seconds)
    )


def in_words(seconds: int) -> str:
    """Two units at most: «3 ngày 4 giờ»."""
    parts = (
        (seconds // 86_400, _("{count} ngày", count=seconds // 86_400)),
        (seconds % 86_400 // 3600, _("{count} giờ", count=seconds % 86_400 // 3600)),
        (seconds % 3600 // 60, _("{count} phút", count=seconds % 3600 // 60)),
        (seconds % 60, _("{count} giây", count=seconds % 60)),
    )
    words = [text for count, text in parts if count]
    return " ".join(words[:2]) or parts[-1][1]


@dataclass(slots=True)
class _Shown:
    """A line that moves, where there is a terminal; a line a sound, where there is none."""

    title: str = ""
    moving: bool = False

    def move(self, moved: Moved) -> None:
        if sys.stderr.isatty():
            share = 100 * moved.done // moved.all if moved.all else 100
            click.echo(
                f"\r{share:3d} %  {size(moved.done)}/{size(moved.all)}  {moved.title[:40]:40}", err=True, nl=False
            )
            self.moving = True
        elif moved.title != self.title:
            click.echo(_("Đang tải «{title}»", title=moved.title), err=True)
        self.title = moved.title

    def end(self) -> None:
        if self.moving:
            click.echo("", err=True)
