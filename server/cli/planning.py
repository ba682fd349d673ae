"""Planning, publishing and checking a month."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedules.months import Month
from server.cli.opening import MONTH, opened
from server.cli.printing import STATUS_SIGNS, as_json, note, print_json, print_table, progress_bar
from server.cli.speaking import LoaCommand, LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.views import MonthCheck


@click.group(
    cls=LoaGroup,
    help=_("Lập, xem, công bố lịch phát của một tháng."),
    lazy={
        "explain": "server.cli.explaining:explain",
        "score": "server.cli.explaining:score",
        "replan": "server.cli.replanning:replan",
        "diff": "server.cli.replanning:diff",
        "edit": "server.cli.editing:edit",
        "restore": "server.cli.taking_back:restore",
        "discard": "server.cli.taking_back:discard",
        "undo": "server.cli.taking_back:undo",
        "runs": "server.cli.planning_runs:runs",
        "cancel": "server.cli.planning_runs:cancel",
    },
)
def plan() -> None:
    pass


@plan.command(help=_("Lập bản nháp lịch tháng cho mọi đài, hoặc một đài. Ví dụ: loa plan make 2026-12"))
@MONTH
@click.option("--station", help=_("Chỉ lập lại lịch của đài này và các đài tiếp âm nó; các đài khác giữ nguyên."))
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"]),
    help=_("Lập như thể đang ở thời điểm này (ISO 8601 có múi giờ, ví dụ 2026-11-30T08:00+07:00)."),
)
@as_json
def make(month: Month, station: str | None, as_of: datetime | None, json_wanted: bool) -> None:
    from server.formats import short_length_in_words
    from server.services.planning_runs import PlanningRuns
    from server.services.plans import make_plan

    with opened() as context, progress_bar(_("Lập lịch tháng {month}", month=month)) as move:
        PlanningRuns(context).require_none(month)
        draft = make_plan(context, month, station=station, as_of=as_of, progress=move)
    if json_wanted:
        print_json(draft)
        return
    note(
        _(
            "Bản nháp tháng {month}: {stations} đài, {slots} khung phát, thời lượng thiếu so với quy định: {short}.",
            month=month,
            stations=draft.stations,
            slots=draft.slots,
            short=short_length_in_words(draft.short_ms),
        )
    )
    note(_("Xem: loa check {month}    Công bố: loa plan publish {month}", month=month))


@plan.command(help=_("Công bố bản nháp thành một bản có số; bản đã công bố không bao giờ thay đổi."))
@MONTH
@as_json
def publish(month: Month, json_wanted: bool) -> None:
    from server.services.plans import publish_plan

    with opened() as context:
        done = publish_plan(context, month)
    if json_wanted:
        print_json(done)
        return
    note(
        _(
            "Đã công bố lịch tháng {month}, bản {number}: {new} khung mới, {changed} khung đổi, {cancelled} khung hủy, ở {stations} đài.",
            month=month,
            number=done.revision.number,
            new=done.slots_new,
            changed=done.slots_changed,
            cancelled=done.slots_cancelled,
            stations=done.stations_changed,
        )
    )


@plan.command(help=_("Xem lịch tháng của một đài. Ví dụ: loa plan show h654 2026-12"))
@click.argument("station", metavar=_("ĐÀI"))
@MONTH
@click.option("--revision", type=int, help=_("Bản đã công bố số mấy; không nêu thì bản đang có hiệu lực."))
@click.option("--draft", is_flag=True, help=_("Bản nháp, nếu có; kèm mã khung để sửa tay."))
@as_json
def show(station: str, month: Month, revision: int | None, draft: bool, json_wanted: bool) -> None:
    from zoneinfo import ZoneInfo

    from server.formats import clock, day, length, weekday
    from server.services.plans import station_month

    with opened() as context:
        found = station_month(context, station, month, revision=revision, draft=draft)
    if json_wanted:
        print_json(found)
        return
    zone = ZoneInfo(found.station.timezone)
    rows = []
    for slot in found.slots:
        local = slot.starts_at.astimezone(zone)
        titles = "; ".join(item.title for item in slot.items)
        rows.append(
            (
                weekday(local.date()),
                day(local.date()),
                clock(local, zone),
                length(slot.length_ms),
                slot.relayed_from or "",
                titles,
                *((slot.key, _("khóa") if slot.locked else "") if draft else ()),
            )
        )
    headings: tuple[str, ...] = (_("Thứ"), _("Ngày"), _("Giờ"), _("Dài"), _("Tiếp âm"), _("Bài"))
    if draft:
        headings = (*headings, _("Mã khung"), "")
    print_table(f"{found.station.name} · {month}", headings, rows, numeric=(3,))
    if draft:
        click.echo(_("Phiên bản {version}", version=found.revision.version))
    for verdict in found.verdicts:
        click.echo(
            f"{STATUS_SIGNS[verdict.status]} {verdict.rule_name}: "
            + _("{planned} trên {required}", planned=length(verdict.planned_ms), required=length(verdict.required_ms))
        )


@plan.command(help=_("Ghi bài toán lập lịch (loa-instance/1) và lời giải (loa-plan/1) của tháng ra tệp JSON."))
@MONTH
@click.option("--instance", type=click.Path(path_type=Path, dir_okay=False), help=_("Tệp ghi bài toán."))
@click.option("--plan", "plan_file", type=click.Path(path_type=Path, dir_okay=False), help=_("Tệp ghi lịch."))
def export(month: Month, instance: Path | None, plan_file: Path | None) -> None:
    from server.cli.writing import write_file
    from server.services.plans import export_problem

    if instance is None and plan_file is None:
        raise click.UsageError(_("Cần ít nhất một trong --instance và --plan."))
    if instance is not None and plan_file is not None and instance.absolute() == plan_file.absolute():
        raise click.UsageError(_("--instance và --plan phải là hai tệp khác nhau."))
    with opened() as context:
        problem, solution = export_problem(context, month)
    for path, content in ((instance, problem), (plan_file, solution)):
        if path is not None:
            write_file(path, content)
            note(_("Đã ghi {path}.", path=path))


@plan.command(help=_("Lập lịch từ tệp bài toán, không cần cơ sở dữ liệu."))
@click.argument("instance", type=click.Path(path_type=Path), metavar=_("BÀI_TOÁN.json"))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help=_("Tệp ghi lịch."))
def solve(instance: Path, output: Path) -> None:
    from server.cli.writing import read_file, write_file
    from server.services.plans import solve as solve_problem

    problem = read_file(instance)
    with progress_bar(_("Lập lịch")) as move:
        solution = solve_problem(problem, progress=move)
    write_file(output, solution)
    note(_("Đã ghi {path}.", path=output))


@click.command(
    cls=LoaCommand,
    help=_("So lịch tháng với quy định thời lượng, đài yếu nhất đứng đầu. Mã thoát 1 khi có quy định không đạt."),
)
@MONTH
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help=_("Cách in ra."),
)
def check(month: Month, shape: str) -> int:
    from server.formats import length, short_length
    from server.services.checks import check_month
    from server.services.reasons import reason_sentences

    with opened() as context:
        found = check_month(context, month)
    if shape == "json":
        print_json(found)
    elif shape == "csv":
        _check_as_csv(found)
    else:
        for title, verdicts in ((_("Quy định"), found.verdicts), (_("Mục tiêu (không bắt buộc)"), found.targets)):
            rows = [
                (
                    STATUS_SIGNS[verdict.status],
                    verdict.station,
                    verdict.station_name,
                    verdict.rule_name,
                    length(verdict.required_ms),
                    length(verdict.planned_ms),
                    short_length(verdict.short_ms),
                    " ".join(reason_sentences(verdict)),
                )
                for verdict in verdicts
            ]
            headings = ("", _("Mã"), _("Đài"), _("Theo"), _("Cần"), _("Kế hoạch"), _("Thiếu"), _("Vì sao"))
            if rows:
                print_table(f"{title} · {month}", headings, rows, numeric=(4, 5, 6))
        met = sum(verdict.status == "met" for verdict in found.verdicts)
        basis = {
            "published": _("lịch đã công bố, bản {number}", number=found.revision),
            "draft": _("bản nháp chưa công bố"),
            "none": _("chưa có lịch"),
        }[found.basis]
        click.echo(_("{met}/{all} quy định đạt ({basis}).", met=met, all=len(found.verdicts), basis=basis))
    return 0 if found.met else 1


def _check_as_csv(found: "MonthCheck") -> None:
    from server.services.checks import check_as_csv

    sys.stdout.buffer.write(check_as_csv(found))
