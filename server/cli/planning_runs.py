"""Planning that was started on a page or over the API: how far it is, and ending it."""

import click

from schedules.months import Month
from server.cli.opening import MONTH, opened
from server.cli.printing import as_json, note, print_json, print_table
from server.cli.speaking import LoaCommand
from server.texts import _


@click.command(cls=LoaCommand, help=_("Các lượt lập lịch của tháng do trang web hay API bắt đầu, mới nhất đứng đầu."))
@MONTH
@as_json
def runs(month: Month, json_wanted: bool) -> None:
    from server.formats import moment
    from server.services.local_time import ZONE
    from server.services.planning_runs import PlanningRuns

    with opened() as context:
        found = PlanningRuns(context).newest(month)
    if json_wanted:
        print_json(found)
        return
    states = {
        "running": _("đang lập"),
        "done": _("đã lập xong"),
        "cancelled": _("đã hủy"),
        "failed": _("không lập được"),
    }
    rows = [
        (
            run.id,
            states[run.state],
            "" if run.all is None else f"{run.done}/{run.all}",
            moment(run.started_at, ZONE),
            run.refusal.sentence if run.refusal is not None else "",
        )
        for run in found
    ]
    print_table(str(month), (_("Lượt"), _("Trạng thái"), _("Đài"), _("Bắt đầu"), _("Vì sao")), rows)


@click.command(
    cls=LoaCommand, help=_("Hủy lượt lập lịch đang chạy của tháng, ở tiến trình nào cũng được; không lưu gì.")
)
@MONTH
@as_json
def cancel(month: Month, json_wanted: bool) -> None:
    from server.services.planning_runs import PlanningRuns

    with opened() as context:
        runs = PlanningRuns(context)
        run = runs.under_way(month)
        if run is not None:
            run = runs.cancel(month, run.id)
    if json_wanted:
        print_json(run)
        return
    if run is None:
        note(_("Không có lượt lập lịch nào của tháng {month} đang chạy.", month=month))
    else:
        note(_("Đã hủy lượt {run} của tháng {month}; không lưu gì.", run=run.id, month=month))
