"""Coming back to an earlier revision of a month, and taking back what was drafted."""

import click

from schedules.months import Month
from server.cli.opening import MONTH, opened
from server.cli.printing import as_json, note, print_json
from server.cli.speaking import LoaCommand
from server.texts import _


@click.command(cls=LoaCommand, help=_("Lập bản nháp theo một bản đã công bố trước. Ví dụ: loa plan restore 2026-12 1"))
@MONTH
@click.argument("number", metavar=_("BẢN"), type=click.IntRange(min=1))
@as_json
def restore(month: Month, number: int, json_wanted: bool) -> None:
    from server.services.restoring import restore_revision

    with opened() as context:
        done = restore_revision(context, month, number)
    if json_wanted:
        print_json(done)
        return
    for lost in done.lost:
        click.echo(f"{lost.starts_at:%H:%M %d/%m/%Y} {lost.station_name}: {' '.join(lost.sentences)}")
    note(
        _(
            "Bản nháp tháng {month} theo bản số {number}: {lost} khung không trở lại như cũ được. Xem: loa plan diff {month}    Công bố: loa plan publish {month}",
            month=month,
            number=number,
            lost=len(done.lost),
        )
    )


@click.command(cls=LoaCommand, help=_("Bỏ bản nháp của tháng; lịch đã công bố giữ nguyên."))
@MONTH
@as_json
def discard(month: Month, json_wanted: bool) -> None:
    from server.services.drafts import discard_draft

    with opened() as context:
        gone = discard_draft(context, month)
    if json_wanted:
        print_json(gone)
        return
    note(_("Đã bỏ bản nháp tháng {month}, cùng {count} lần sửa tay.", month=month, count=gone.hand_changes))


@click.command(cls=LoaCommand, help=_("Hoàn tác lần sửa tay sau cùng của bản nháp; chạy lần nữa thì làm lại."))
@MONTH
@as_json
def undo(month: Month, json_wanted: bool) -> None:
    from server.services.undoing import undo_last_change

    with opened() as context:
        done = undo_last_change(context, month)
    if json_wanted:
        print_json(done)
        return
    note(_("Đã hoàn tác ở {station}. Xem: loa plan diff {month}", station=done.stations[0].station_name, month=month))
