"""`loa station status`."""

import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
import msgspec
from msgspec import Struct

from schedules.manifest import Manifest, MonthInForce, SlotToPlay
from server.cli.speaking import LoaCommand
from server.formats import length, moment, size
from server.station.clearing import answers_due
from server.station.commands import settings_of
from server.station.fetching_command import clock_warning
from server.station.folder import Folder
from server.station.server_door import utc_now
from server.station.state import read_state
from server.station.syncing import CLOCK_WARNS_MS
from server.station.wanting import needs_of
from server.texts import _

_SLOTS_SHOWN = 5


class NextSlot(Struct, frozen=True, kw_only=True):
    """`ready`: all of its sounds are here."""

    key: str
    column: str
    starts_at: datetime
    length_ms: int
    titles: list[str]
    ready: bool
    relayed_from: str | None


class Lacking(Struct, frozen=True, kw_only=True):
    title: str
    sha256: str
    needed_at: datetime


class StationStatus(Struct, frozen=True, kw_only=True):
    """`clock_offset_ms`: how far this machine's clock was ahead of the server's when they last spoke."""

    station: str
    station_name: str
    server: str
    folder: str
    version: str | None
    months: list[MonthInForce]
    next_slots: list[NextSlot]
    lacking: list[Lacking]
    recalls_unanswered: list[int]
    clock_offset_ms: int | None
    last_contact: datetime | None
    trouble: str
    free_bytes: int | None


@click.command(cls=LoaCommand, help=_("Đang giữ lịch nào, sắp phát gì, còn thiếu gì. Ví dụ: loa station status"))
@click.option("--json", "json_wanted", is_flag=True, help=_("In ra JSON cho chương trình khác đọc."))
@click.pass_context
def status(ctx: click.Context, json_wanted: bool) -> None:
    settings = settings_of(ctx)
    folder = Folder(settings.folder, key=settings.key, station=settings.station)
    manifest = folder.manifest()
    found = status_of(folder, manifest, server=settings.server, now=utc_now())
    if json_wanted:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    for line in _told(found, ZoneInfo(manifest.timezone) if manifest is not None else None):
        click.echo(line)


def status_of(folder: Folder, manifest: Manifest | None, *, server: str, now: datetime) -> StationStatus:
    state = read_state(folder.state_path)
    free: int | None = None
    with suppress(OSError):  # the folder may not be there yet
        free = shutil.disk_usage(folder.root).free
    needs = needs_of(manifest, now) if manifest is not None else []
    slots = [slot for slot in manifest.slots if _ends(slot) > now][:_SLOTS_SHOWN] if manifest is not None else []
    return StationStatus(
        station=folder.station,
        station_name=manifest.station_name if manifest is not None else "",
        server=server,
        folder=str(folder.root),
        version=manifest.version if manifest is not None else None,
        months=list(manifest.months) if manifest is not None else [],
        next_slots=[_next(folder, slot) for slot in slots],
        lacking=[
            Lacking(title=need.title, sha256=need.file.sha256, needed_at=need.at)
            for need in needs
            if folder.sound(need.file.sha256) is None
        ],
        recalls_unanswered=[number for number, _done in answers_due(folder, manifest, state)] if manifest else [],
        clock_offset_ms=state.clock_offset_ms,
        last_contact=state.contacted_at,
        trouble=state.trouble,
        free_bytes=free,
    )


def _next(folder: Folder, slot: SlotToPlay) -> NextSlot:
    return NextSlot(
        key=slot.key,
        column=slot.column,
        starts_at=slot.starts_at,
        length_ms=slot.length_ms,
        titles=[sound.title for sound in slot.sounds],
        ready=all(folder.sound(sound.sha256) is not None for sound in slot.sounds),
        relayed_from=slot.relayed_from,
    )


def _ends(slot: SlotToPlay) -> datetime:
    return slot.starts_at + timedelta(milliseconds=slot.length_ms)


def _told(found: StationStatus, zone: ZoneInfo | None) -> list[str]:
    if zone is None:
        return [
            _(
                "Đài {station}: chưa có lịch nào trong {folder}. Hãy chạy: loa station sync",
                station=found.station,
                folder=found.folder,
            )
        ]
    months = ", ".join(_("{month} (bản {revision})", month=each.month, revision=each.revision) for each in found.months)
    lines = [
        _(
            "Đài {name} ({station}), máy chủ {server}",
            name=found.station_name,
            station=found.station,
            server=found.server,
        ),
        _("Lịch {version}: {months}", version=found.version, months=months or _("chưa có tháng nào được ban hành")),
    ]
    for slot in found.next_slots:
        sign = _("đủ tệp") if slot.ready else _("THIẾU TỆP")
        relayed = _(", tiếp âm {station}", station=slot.relayed_from) if slot.relayed_from else ""
        lines.append(
            f"  {moment(slot.starts_at, zone)}  {length(slot.length_ms)}  {'; '.join(slot.titles)}  ({sign}{relayed})"
        )
    if not found.next_slots:
        lines.append(_("Không còn khung phát nào trong lịch đang giữ."))
    if found.lacking:
        first = found.lacking[0]
        lines.append(
            _(
                "Còn thiếu {count} tệp; tệp đầu «{title}» cần lúc {at}. Hãy chạy: loa station sync",
                count=len(found.lacking),
                title=first.title,
                at=moment(first.needed_at, zone),
            )
        )
    if found.recalls_unanswered:
        lines.append(_("{count} lệnh thu hồi chưa báo lại được máy chủ.", count=len(found.recalls_unanswered)))
    if found.clock_offset_ms is not None and abs(found.clock_offset_ms) > CLOCK_WARNS_MS:
        lines.append(clock_warning(found.clock_offset_ms))
    if found.last_contact is not None:
        lines.append(_("Gặp máy chủ lần cuối: {at}", at=moment(found.last_contact, zone)))
    if found.trouble:
        lines.append(_("Lần tải cuối: {trouble}", trouble=found.trouble))
    if found.free_bytes is not None:
        lines.append(_("Đĩa còn trống {size}", size=size(found.free_bytes)))
    return lines
