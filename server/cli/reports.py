"""Reports from the terminal: handing one out, those that were, and the template of the Word ones."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.opening import AS, opened, settings
from server.cli.printing import as_json, note, print_json, print_table
from server.cli.speaking import LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.context import Context


@click.group(cls=LoaGroup, help=_("Báo cáo: phát hành kèm mã QR, xem lại, và mẫu Word."))
def reports() -> None:
    pass


@reports.command(
    "make",
    help=_(
        "Phát hành báo cáo một tháng, quý hoặc năm, và ghi ba tệp ra thư mục. Ví dụ: loa reports make 2026-12 --out bao-cao --as giam-sat"
    ),
)
@click.argument("period", metavar=_("KỲ"))
@click.option("--district", help=_("Mã huyện; không nêu thì cả tỉnh."))
@click.option("--lead", help=_("Mã cơ quan chủ trì nội dung."))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help=_("Thư mục ghi tệp."))
@AS
@as_json
def make(
    period: str, district: str | None, lead: str | None, out: Path, as_login: str | None, json_wanted: bool
) -> None:
    from server.cli.writing import write_file
    from server.services.issued_reports import issue_report, issued_file
    from server.services.refusals import OutputUnwritable

    with opened(as_login=as_login) as context:
        _require(context, lead)
        made = issue_report(context, period, district=district, lead=lead, site=settings().address)
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputUnwritable(path=str(out), reason=error.strerror or str(error)) from error
        for file in made.files:
            export = issued_file(context, made.code, file.format)
            write_file(out / export.file_name, export.content)
            note(str(out / export.file_name))
    if json_wanted:
        print_json(made)
        return
    click.echo(_("Đã phát hành báo cáo {code}.", code=made.code))
    click.echo(f"{settings().address}/kiem-tra/{made.code}")


@reports.command("list", help=_("Liệt kê các báo cáo đã phát hành. Ví dụ: loa reports list"))
@as_json
def list_(json_wanted: bool) -> None:
    from server.formats import moment
    from server.services.issued_reports import list_issued
    from server.services.local_time import ZONE

    with opened() as context:
        found = list_issued(context)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (
            each.code,
            each.period,
            each.scope,
            moment(each.made_at, ZONE),
            each.made_by,
            _("đã chốt") if each.final else _("tạm tính"),
        )
        for each in found
    ]
    headings = (_("Mã"), _("Kỳ"), _("Phạm vi"), _("Lúc"), _("Ai"), _("Số liệu"))
    print_table(_("Các báo cáo đã phát hành"), headings, rows)


@reports.command(
    "template",
    help=_(
        "Thay mẫu Word của báo cáo bằng TỆP; --out để tải mẫu đang dùng về sửa; --restore để trở lại mẫu gốc. Ví dụ: loa reports template mau.docx"
    ),
)
@click.argument("file", metavar=_("TỆP"), type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help=_("Ghi mẫu đang dùng ra tệp này."))
@click.option("--restore", is_flag=True, help=_("Trở lại mẫu gốc của Loa."))
@AS
@as_json
def template(file: Path | None, out: Path | None, restore: bool, as_login: str | None, json_wanted: bool) -> None:
    from server.cli.writing import read_file, write_file
    from server.reports.default_template import default_template
    from server.services import report_templates

    if file is not None and restore:
        raise click.UsageError(_("Chỉ nêu một trong hai: TỆP hoặc --restore."))
    with opened(as_login=as_login) as context:
        _require(context)
        if file is not None:
            view = report_templates.replace_template(context, read_file(file), file_name=file.name)
        elif restore:
            view = report_templates.restore_template(context)
        else:
            view = report_templates.template_view(context)
        if out is not None:
            write_file(out, report_templates.template_in_force(context) or default_template())
    if json_wanted:
        print_json(view)
    elif view.own:
        click.echo(_("Đang dùng mẫu của cơ quan: {name}", name=view.file_name or "–"))
    else:
        click.echo(_("Đang dùng mẫu gốc của Loa."))


def _require(context: "Context", lead: str | None = None) -> None:
    """As the routes do. Raises RightMissing, OutOfReach."""
    from server.services.local_time import local_today
    from server.services.reach import require
    from server.services.rights import Right

    on = local_today(context)
    require(context, context.who, Right.REPORTS_MAKE, "lead" if lead else "everywhere", lead or "", on=on)
