"""Playlists and calendars as files."""

from datetime import date, datetime
from pathlib import Path
from typing import Literal

import click

from schedules.months import Month
from server.cli.opening import MONTH, opened
from server.cli.printing import as_json, note, print_json, progress_bar
from server.cli.running import ZONE
from server.cli.speaking import LoaGroup
from server.texts import _


@click.group(cls=LoaGroup, help=_("Xuất danh sách phát (kèm âm thanh) và lịch ra tệp."))
def export() -> None:
    pass


@export.command(
    help=_(
        "Ghi danh sách phát và âm thanh của một đài vào một thư mục, chép được ra USB. "
        "Ví dụ: loa export playlist h654 2026-12 --format m3u8 --output thang-12"
    )
)
@click.argument("station", metavar=_("ĐÀI"))
@MONTH
@click.option(
    "--format",
    "shape",
    type=click.Choice(["m3u8", "pls", "xspf", "csv", "json", "annotate"]),
    default="m3u8",
    show_default=True,
    help=_("Dạng danh sách phát."),
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help=_("Chỉ một ngày."))
@click.option("--slot", help=_("Chỉ một khung phát (mã như trong loa plan show --json)."))
@click.option("--output", type=click.Path(path_type=Path, file_okay=True), required=True, help=_("Thư mục để ghi."))
@as_json
def playlist(
    station: str, month: Month, shape: str, day: datetime | None, slot: str | None, output: Path, json_wanted: bool
) -> None:
    from server.formats import length_in_words, size
    from server.services.exports import export_folder

    with opened() as context:
        chosen: date | None = day.date() if day else None
        done = export_folder(context, station, month, day=chosen, slot=slot, format=shape, output=output)
    if json_wanted:
        print_json(done)
        return
    note(
        _(
            "Đã ghi {playlist}: {files} tệp âm thanh, {size}, phát hết {length}.",
            playlist=Path(done.folder) / done.playlist,
            files=done.files,
            size=size(done.size),
            length=length_in_words(done.duration_ms),
        )
    )


@export.command(
    help=_(
        "Ghi mỗi khung phát thành một tệp MP3 (mở đầu, các bài, kết thúc nối liền), cho đài chỉ phát được một tệp. "
        "Ví dụ: loa export programmes h654 2026-12 --day 2026-12-01 --output ngay-1"
    )
)
@click.argument("station", metavar=_("ĐÀI"))
@MONTH
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help=_("Chỉ một ngày."))
@click.option("--output", type=click.Path(path_type=Path, file_okay=True), required=True, help=_("Thư mục để ghi."))
@as_json
def programmes(station: str, month: Month, day: datetime | None, output: Path, json_wanted: bool) -> None:
    from server.formats import length_in_words, size
    from server.services.programmes import export_programmes

    with opened() as context, progress_bar(_("Nối từng khung phát")) as move:
        chosen: date | None = day.date() if day else None
        done = export_programmes(context, station, month, day=chosen, output=output, progress=move)
    if json_wanted:
        print_json(done)
        return
    note(
        _(
            "Đã ghi {playlist}: {files} khung phát, {size}, phát hết {length}.",
            playlist=Path(done.folder) / done.playlist,
            files=done.files,
            size=size(done.size),
            length=length_in_words(done.duration_ms),
        )
    )


@export.command(
    help=_(
        "Ghi gói USB của một đài: một tệp ZIP có âm thanh, danh sách phát, giấy để in và trang tự phát không cần mạng. "
        "KỲ là tháng hoặc tuần. Ví dụ: loa export bundle h654 2026-12 --output thang-12.zip; "
        "loa export bundle h654 2026-W49 --per item --output tuan-49.zip"
    )
)
@click.argument("station", metavar=_("ĐÀI"))
@click.argument("span", metavar=_("KỲ"))
@click.option(
    "--per",
    type=click.Choice(["slot", "item"]),
    default="slot",
    show_default=True,
    help=_("slot: mỗi khung phát một tệp; item: mỗi bài một tệp, chỉ một lần."),
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help=_("Tệp ZIP để ghi."))
@as_json
def bundle(station: str, span: str, per: Literal["slot", "item"], output: Path, json_wanted: bool) -> None:
    from server.cli.writing import write_pieces
    from server.formats import size
    from server.services.bundle_plans import days_named, read_plan
    from server.services.bundle_rendering import render_slots
    from server.services.bundles import Bundles

    with opened() as context:
        days = days_named(span)
        if per == "slot":
            with progress_bar(_("Nối từng khung phát")) as move:
                render_slots(context, read_plan(context, station, days), progress=move)
        bundles = Bundles(context)
        made = bundles.make(station, days, per=per)
        write_pieces(output, bundles.read(made, 0, made.archive.size))
    if json_wanted:
        print_json({"file": str(output), "size": made.archive.size, "files": len(made.archive.members)})
        return
    note(
        _(
            "Đã ghi {path}: {files} tệp, {size}. Giải nén vào USB rồi mở index.html.",
            path=output,
            files=len(made.archive.members),
            size=size(made.archive.size),
        )
    )


@export.command(help=_("Ghi lịch iCalendar của một đài. Ví dụ: loa export ical h654 2026-12 --output h654.ics"))
@click.argument("station", metavar=_("ĐÀI"))
@MONTH
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help=_("Tệp để ghi."))
def ical(station: str, month: Month, output: Path) -> None:
    from server.cli.writing import write_file
    from server.services.exports import calendar

    with opened() as context:
        today = context.clock().astimezone(ZONE).date()
        done = calendar(context, station=station, month=month, today=today)
    write_file(output, done.content)
    note(_("Đã ghi {path}.", path=output))
