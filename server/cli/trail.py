"""The audit trail from the terminal: looking, checking, noting its head, taking it elsewhere."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli.opening import opened
from server.cli.printing import as_json, note, print_json, print_table
from server.cli.speaking import LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.trail_search import TrailFilter

DAY = click.DateTime(["%Y-%m-%d"])


def _filters(command: Any) -> Any:
    options = (
        click.option("--query", default="", help=_("Các từ cần tìm, không cần dấu.")),
        click.option("--actor", help=_("Của ai: tên đăng nhập, tên mã của đài hay khóa API.")),
        click.option("--action", help=_("Mã việc, ví dụ segment.withdrawn; hoặc cả nhóm: segment.")),
        click.option("--subject", help=_("Về gì: mã bài, mã đài, tháng …")),
        click.option("--origin", help=_("Qua đâu: web, api, cli, jobs, start.")),
        click.option("--since", type=DAY, help=_("Từ ngày.")),
        click.option("--until", type=DAY, help=_("Đến hết ngày.")),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _wanted(given: dict[str, Any]) -> "TrailFilter":
    from server.services.trail_search import TrailFilter

    days = {name: moment.date() if isinstance(moment, datetime) else None for name, moment in given.items()}
    return TrailFilter(**given | {"since": days["since"], "until": days["until"]})


@click.group(cls=LoaGroup, help=_("Nhật ký hệ thống: ai đã làm gì, và nhật ký có còn nguyên vẹn không."))
def audit() -> None:
    pass


@audit.command("list", help=_("Liệt kê các dòng mới nhất. Ví dụ: loa audit list --action segment. --since 2026-12-01"))
@_filters
@click.option("--offset", type=click.IntRange(0), default=0, help=_("Bỏ qua chừng này dòng."))
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help=_("In chừng này dòng."))
@as_json
def list_(offset: int, limit: int, json_wanted: bool, **given: Any) -> None:
    from server.formats import moment
    from server.services.action_words import origin_words
    from server.services.local_time import ZONE
    from server.services.trail_search import search

    with opened() as context:
        found = search(context, _wanted(given), offset=offset, limit=limit)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (
            str(entry.id),
            moment(entry.at, ZONE) if entry.at is not None else "–",
            entry.actor,
            " ".join(filter(None, (origin_words(entry.origin), entry.address))),
            entry.what,
            entry.subject,
        )
        for entry in found.items
    ]
    headings = (_("Dòng"), _("Lúc"), _("Ai"), _("Từ đâu"), _("Việc"), _("Về"))
    print_table(_("Nhật ký hệ thống, {total} dòng", total=found.total), headings, rows, numeric=(0,))


@audit.command("show", help=_("Xem một dòng với những gì đã đổi. Ví dụ: loa audit show 120"))
@click.argument("entry", type=click.IntRange(1, 2**53), metavar=_("SỐ"))
def show(entry: int) -> None:
    from server.services.trail_search import get_entry

    with opened() as context:
        print_json(get_entry(context, entry))


@audit.command(
    "verify",
    help=_(
        "Kiểm tra từng dòng có còn như lúc ghi và nối đúng vào dòng trước; mã thoát 1 khi không. "
        "Với --head còn xem phần cuối có bị cắt không. Ví dụ: loa audit verify --head 120:9f86d0…"
    ),
)
@click.option("--head", "noted", metavar=_("SỐ_DÒNG:MÃ_BĂM"), help=_("Số đã ghi lại trước đây từ: loa audit head"))
@as_json
def verify(noted: str | None, json_wanted: bool) -> int:
    from server.services import trail

    with opened() as context:
        report = trail.verify(context, noted=trail.parse_head(noted) if noted is not None else None)
    if json_wanted:
        print_json(report)
    else:
        for sentence in trail.report_sentences(report):
            click.echo(sentence)
        click.echo(f"{report.entries}:{report.head}")
    return 0 if report.whole else 1


@audit.command("head", help=_("In số dòng và mã băm của dòng cuối, để ghi lại ở nơi khác (ví dụ trên giấy)."))
def head() -> None:
    from server.services import trail

    with opened() as context:
        click.echo(trail.head(context).text)


@audit.command("export", help=_("Xuất nhật ký ra tệp CSV hoặc JSON Lines; việc xuất cũng được ghi vào nhật ký."))
@click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True, help=_("Dạng.")
)
@click.option("--output", type=click.Path(path_type=Path), help=_("Tệp để ghi; không nêu thì in ra màn hình."))
@_filters
def export(form: Any, output: Path | None, **given: Any) -> None:
    from server.cli.writing import write_pieces
    from server.services.trail_export import export as pieces_of

    with opened() as context:
        pieces = pieces_of(context, form, _wanted(given))
        if output is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.flush()
            return
        write_pieces(output, pieces)
    note(_("Đã ghi {path}.", path=output))
