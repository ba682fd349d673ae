"""Changing a month's draft by hand, one slot at a time."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from schedules.months import Month
from server.cli.opening import MONTH, opened
from server.cli.printing import as_json, note, print_json, print_table
from server.cli.speaking import LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from schedules.editing import Change
    from server.services.editing import EditView

Command = TypeVar("Command", bound=Callable[..., Any])

TIME = click.DateTime(["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"])
STATION = click.argument("station", metavar=_("ĐÀI"))
SLOT = click.argument("slot", metavar=_("KHUNG"))
SEGMENTS = click.argument("segments", metavar=_("BÀI…"), nargs=-1, required=True)
START = click.argument("start", type=TIME, metavar=_("LÚC"))
ELSEWHERE = click.option("--start", type=TIME, help=_("Đặt luôn khung vào lúc này; không nêu thì giữ nguyên chỗ."))


def _told(command: Command) -> Command:
    for option in (
        as_json,
        click.option("--dry-run", is_flag=True, help=_("Chỉ cho biết kết quả, không lưu gì.")),
        click.option(
            "--version", type=int, help=_("Phiên bản mà bạn đã xem; nếu đã có người khác sửa thì không lưu gì.")
        ),
    ):
        command = option(command)
    return command


@click.group(
    cls=LoaGroup,
    help=_(
        "Sửa tay từng khung phát trong bản nháp của tháng; xem mã khung và phiên bản bằng: "
        "loa plan show ĐÀI THÁNG --draft"
    ),
)
def edit() -> None:
    pass


@edit.command(help=_("Thêm khung phát. Ví dụ: loa plan edit add h654 2026-12 2026-12-05T05:10 b0001 --column cchc"))
@STATION
@MONTH
@START
@SEGMENTS
@click.option("--column", required=True, help=_("Mã chuyên mục."))
@_told
def add(station: str, month: Month, start: datetime, segments: tuple[str, ...], column: str, **told: Any) -> None:
    from schedules.editing import AddSlot

    _edit(month, AddSlot(station=station, column=column, start=_aware(start), segments=segments), **told)


@edit.command(help=_("Dời khung phát sang lúc khác; các đài tiếp âm theo cùng."))
@STATION
@MONTH
@SLOT
@START
@_told
def move(station: str, month: Month, slot: str, start: datetime, **told: Any) -> None:
    from schedules.editing import AlterSlot

    _edit(month, AlterSlot(station=station, slot=slot, start=_aware(start)), **told)


@edit.command(help=_("Thêm bài vào sau các bài đang có của khung phát."))
@STATION
@MONTH
@SLOT
@SEGMENTS
@ELSEWHERE
@_told
def lengthen(
    station: str, month: Month, slot: str, segments: tuple[str, ...], start: datetime | None, **told: Any
) -> None:
    from schedules.editing import AlterSlot

    begins = _aware(start) if start is not None else None
    _edit(month, AlterSlot(station=station, slot=slot, start=begins, more=segments), **told)


@edit.command(help=_("Thay mọi bài của khung phát bằng các bài này, theo thứ tự này."))
@STATION
@MONTH
@SLOT
@SEGMENTS
@ELSEWHERE
@_told
def refill(
    station: str, month: Month, slot: str, segments: tuple[str, ...], start: datetime | None, **told: Any
) -> None:
    from schedules.editing import AlterSlot

    begins = _aware(start) if start is not None else None
    _edit(month, AlterSlot(station=station, slot=slot, start=begins, segments=segments), **told)


@edit.command(help=_("Khóa khung phát: lập lại lịch cũng giữ nguyên nó."))
@STATION
@MONTH
@SLOT
@_told
def lock(station: str, month: Month, slot: str, **told: Any) -> None:
    from schedules.editing import LockSlot

    _edit(month, LockSlot(station=station, slot=slot, locked=True), **told)


@edit.command(help=_("Mở khóa khung phát."))
@STATION
@MONTH
@SLOT
@_told
def unlock(station: str, month: Month, slot: str, **told: Any) -> None:
    from schedules.editing import LockSlot

    _edit(month, LockSlot(station=station, slot=slot, locked=False), **told)


@edit.command(help=_("Bỏ khung phát, cả ở các đài tiếp âm."))
@STATION
@MONTH
@SLOT
@_told
def remove(station: str, month: Month, slot: str, **told: Any) -> None:
    from schedules.editing import RemoveSlot

    _edit(month, RemoveSlot(station=station, slot=slot), **told)


def _aware(start: datetime) -> datetime:
    """What is given without an offset is local time."""
    from server.services.local_time import ZONE

    return start if start.tzinfo is not None else start.replace(tzinfo=ZONE)


def _edit(month: Month, change: "Change", *, version: int | None, dry_run: bool, json_wanted: bool) -> None:
    from server.services.editing import edit_draft

    with opened() as context:
        done = edit_draft(context, month, change, version=version, store=not dry_run)
    if json_wanted:
        print_json(done)
        return
    _print_stations(done)
    if not done.stored:
        note(_("Đây chỉ là thử, chưa lưu gì."))
        return
    if done.opened is not None:
        note(_("Đã mở bản nháp từ lịch đã công bố, bản {number}.", number=done.opened))
    note(
        _(
            "Đã lưu vào bản nháp tháng {month}, phiên bản {version}. Công bố: loa plan publish {month}",
            month=done.month,
            version=done.version,
        )
    )


def _print_stations(done: "EditView") -> None:
    from server.formats import clock, day, number, short_length
    from server.services.local_time import ZONE
    from server.web.difference_words import slot_in_words

    rows = []
    for station in done.stations:
        for slot in station.slots:
            known = next(each for each in (slot.before, slot.after) if each is not None)
            starts_at = known.starts_at.astimezone(ZONE)
            rows.append(
                (
                    station.station,
                    f"{day(starts_at.date())} {clock(starts_at, ZONE)}",
                    slot_in_words(slot.before, beside=slot.after),
                    slot_in_words(slot.after, beside=slot.before),
                    _from_to(short_length(station.before.short_ms), short_length(station.after.short_ms)),
                    _from_to(*(str(worth.must_airs_missed) for worth in (station.before, station.after))),
                    _from_to(
                        *(
                            number(sum(terms.cost for terms in worth.terms), decimals=3)
                            for worth in (station.before, station.after)
                        )
                    ),
                )
            )
    headings = (_("Đài"), _("Khung"), _("Trước"), _("Sau"), _("Thiếu"), _("Phải phát còn thiếu"), _("Mong muốn"))
    print_table("", headings, rows, numeric=(4, 5, 6))


def _from_to(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"
