"""What a plan is worth and why it is as it is, in words."""

from pathlib import Path

import click

from server.cli.printing import as_json, print_json, print_table
from server.cli.speaking import LoaCommand
from server.texts import _


@click.command(
    cls=LoaCommand,
    help=_(
        "Chấm một lịch từ hai tệp, không cần cơ sở dữ liệu: ràng buộc bị vi phạm, thời lượng thiếu, từng mong muốn. "
        "Mã thoát 1 khi có ràng buộc bị vi phạm."
    ),
)
@click.argument("instance", type=click.Path(path_type=Path), metavar=_("BÀI_TOÁN.json"))
@click.argument("plan", type=click.Path(path_type=Path), metavar=_("LỊCH.json"))
@as_json
def score(instance: Path, plan: Path, json_wanted: bool) -> int:
    from schedules.evaluation_terms import TERMS
    from server.cli.writing import read_file
    from server.formats import length_in_words, number
    from server.services.break_sentences import constraint_name
    from server.services.scoring import score as score_plan
    from server.services.term_sentences import term_words

    found = score_plan(read_file(instance), read_file(plan))
    if json_wanted:
        print_json(found)
        return 1 if found.broken else 0
    if found.broken:
        rows = [
            (f"{each.code} {constraint_name(each.code)}", each.station, each.slot, each.sentence)
            for each in found.broken
        ]
        headings = (_("Ràng buộc"), _("Đài"), _("Khung"), _("Điều bị vi phạm"))
        print_table(_("Ràng buộc bị vi phạm: {count}", count=len(rows)), headings, rows)
    else:
        click.echo(_("Ràng buộc cứng H1–H7: giữ đủ."))
    short = [each for each in found.verdicts if each.short_ms]
    if short:
        print_table(
            _("Quy định chưa đạt: {count}", count=len(short)),
            (_("Đài"), _("Quy định"), _("Cần"), _("Kế hoạch"), _("Thiếu")),
            [
                (
                    each.station,
                    each.rule,
                    length_in_words(each.required_ms),
                    length_in_words(each.planned_ms),
                    length_in_words(each.short_ms),
                )
                for each in short
            ],
            numeric=(2, 3, 4),
        )
    if found.must_air_missed:
        print_table(
            _("Lượt phát bắt buộc còn thiếu: {count}", count=found.must_airs_missed),
            (_("Đài"), _("Bài"), _("Thiếu")),
            [(each.station, each.segment, str(each.missed)) for each in found.must_air_missed],
            numeric=(2,),
        )
    if found.terms:
        print_table(
            _("Còn lệch so với từng mong muốn (0 là trọn vẹn)"),
            (_("Đài"), _("Chuyên mục"), *(term_words(name).name for name in TERMS), _("Tổng")),
            [
                (
                    each.station,
                    each.column,
                    *(number(each.terms[name], decimals=3) for name in TERMS),
                    number(each.cost, decimals=3),
                )
                for each in found.terms
            ],
            numeric=range(2, 3 + len(TERMS)),
        )
    click.echo(_("Thời lượng thiếu so với quy định: {short}.", short=length_in_words(found.shortfall_ms)))
    click.echo(_("Lượt phát bắt buộc còn thiếu: {count}.", count=found.must_airs_missed))
    click.echo(_("Trung bình các mong muốn: {mean}.", mean=number(found.mean_wishes, decimals=4)))
    click.echo(_("Bài không đài nào phát: {percent} %.", percent=number(found.uncovered * 100, decimals=1)))
    return 1 if found.broken else 0
