"""Planning anew what changed, and what a draft would change of what is published."""

from typing import TYPE_CHECKING

import click

from schedules.months import Month
from server.cli.opening import MONTH, opened
from server.cli.printing import as_json, note, print_json, print_table, progress_bar
from server.cli.speaking import LoaCommand
from server.texts import _

if TYPE_CHECKING:
    from server.services.differences import MonthDifference
    from server.services.replanning import ReplannedMonth, ReplannedView


@click.command(
    cls=LoaCommand,
    help=_(
        "Lập lại lịch tháng đã công bố, chỉ đổi những gì phải đổi, thành bản nháp; in các khung khác với bản đang "
        "công bố. Ví dụ: loa plan replan 2026-12 --reason 'Có tin khẩn'"
    ),
)
@MONTH
@click.option("--reason", default="", help=_("Vì sao lập lại."))
@as_json
def replan(month: Month, reason: str, json_wanted: bool) -> None:
    from server.services.replanning import replan_month

    with opened() as context:
        with progress_bar(_("Lập lại lịch")) as move:
            done = replan_month(context, month, reason=reason, progress=move)
        if json_wanted:
            print_json(done)
            return
        if any(each.outcome == "draft" for each in done.months):
            from server.services.differences import month_difference

            _print_difference(month_difference(context, month))
    tell_replanned(done)


@click.command(
    cls=LoaCommand,
    help=_("So bản nháp với bản đang công bố, từng khung phát một. Ví dụ: loa plan diff 2026-12"),
)
@MONTH
@as_json
def diff(month: Month, json_wanted: bool) -> None:
    from server.services.differences import month_difference

    with opened() as context:
        found = month_difference(context, month)
    if json_wanted:
        print_json(found)
    else:
        _print_difference(found)


def tell_replanned(done: "ReplannedView") -> None:
    """A line a month on stdout, and what is to be done next beside it."""
    from server.formats import length, length_in_words, short_length
    from server.web.difference_words import outcome

    if not done.months:
        note(_("Không có lịch tháng nào phải lập lại."))
        return
    rows = [
        (
            month.month,
            outcome(month),
            str(month.slots),
            str(month.stations),
            length(month.airtime_ms),
            str(month.left),
            short_length(month.short_ms),
        )
        for month in done.months
    ]
    headings = (_("Tháng"), _("Kết quả"), _("Khung đổi"), _("Đài"), _("Thời lượng"), _("Còn giữ"), _("Thiếu"))
    print_table(_("Lập lại lịch"), headings, rows, numeric=(2, 3, 4, 5, 6))
    note(
        _(
            "{slots} khung đổi ở {stations} đài, {length}.",
            slots=done.slots,
            stations=done.stations,
            length=length_in_words(done.airtime_ms),
        )
    )
    if done.left:
        note(_("Còn {left} khung giữ nguyên vì quá gần giờ phát hoặc đã khóa.", left=done.left))
    for month in done.months:
        _tell_next(month)


def _tell_next(month: "ReplannedMonth") -> None:
    if month.hand_changes:
        note(
            _(
                "Bản nháp tháng {month} có {count} lần sửa tay đã được lập lại; chỉ các khung đã khóa còn như đã sửa.",
                month=month.month,
                count=month.hand_changes,
            )
        )
    if month.outcome == "draft":
        note(
            _(
                "Bản nháp tháng {month} chờ công bố. Xem: loa plan diff {month}    Công bố: loa plan publish {month}",
                month=month.month,
            )
            if month.revision is not None
            else _("Bản nháp tháng {month} chờ công bố: loa plan publish {month}", month=month.month)
        )
    elif month.outcome == "overtaken":
        note(
            _(
                "Tháng {month} thay đổi liên tục nên chưa lập lại được. Lập lại bằng: loa plan make {month}",
                month=month.month,
            )
        )


def _print_difference(found: "MonthDifference") -> None:
    from server.formats import clock, day
    from server.services.local_time import ZONE
    from server.web.difference_words import kinds, place, slot_in_words, summary

    click.echo(summary(found))
    rows = []
    for station in found.differing:
        for change in station.changes:
            starts_at = place(change).starts_at.astimezone(ZONE)
            rows.append(
                (
                    day(starts_at.date()),
                    clock(starts_at, ZONE),
                    station.station,
                    station.station_name,
                    ", ".join(f"{each.sign} {each.word}" for each in kinds(change)),
                    slot_in_words(change.before, beside=change.after),
                    slot_in_words(change.after, beside=change.before),
                )
            )
    if rows:
        headings = (_("Ngày"), _("Giờ"), _("Mã"), _("Đài"), _("Thay đổi"), _("Đang công bố"), _("Bản nháp"))
        print_table("", headings, rows)
