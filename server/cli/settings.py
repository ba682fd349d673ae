"""What is set, where it comes from, and what there is to set."""

import os

import click

from server.cli.printing import as_json, print_json, print_table
from server.cli.speaking import LoaCommand
from server.texts import _


@click.command(
    cls=LoaCommand,
    help=_(
        "Liệt kê mọi thiết lập: giá trị, lấy từ đâu, mặc định, nghĩa. Đặt bằng biến môi trường, hoặc trong tệp mà "
        "LOA_SETTINGS chỉ tới; giá trị bí mật còn đặt được bằng TÊN_FILE. Giá trị bí mật không bao giờ hiện ra."
    ),
)
@as_json
def settings_command(json_wanted: bool) -> None:
    from server.settings import told

    found = told(os.environ)
    if json_wanted:
        print_json(found)
        return
    sources = {
        "environment": _("môi trường"),
        "file": _("tệp thiết lập"),
        "secret_file": _("tệp bí mật"),
        "default": _("mặc định"),
    }
    rows = [(each.name, each.value or "–", sources[each.source], each.default or "–", each.meaning) for each in found]
    headings = (_("Thiết lập"), _("Giá trị"), _("Lấy từ"), _("Mặc định"), _("Nghĩa"))
    print_table(_("Thiết lập của Loa"), headings, rows)
