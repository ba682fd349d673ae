"""What a plan is worth and why it is as it is, in words."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedules.months import Month
from server.cli.opening import MONTH, MonthType, opened
from server.cli.printing import STATUS_SIGNS, as_json, print_json, print_table, progress_bar
from server.cli.speaking import LoaCommand
from server.formats import length_in_words, number, short_length_in_words
from server.texts import _

if TYPE_CHECKING:
    from server.services.explanation_views import ExplainedVerdictView
    from server.services.views import RevisionView


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
                    short_length_in_words(each.short_ms),
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
    click.echo(_("Thời lượng thiếu so với quy định: {short}.", short=short_length_in_words(found.shortfall_ms)))
    click.echo(_("Lượt phát bắt buộc còn thiếu: {count}.", count=found.must_airs_missed))
    click.echo(_("Trung bình các mong muốn: {mean}.", mean=number(found.mean_wishes, decimals=4)))
    click.echo(_("Bài không đài nào phát: {percent} %.", percent=number(found.uncovered * 100, decimals=1)))
    return 1 if found.broken else 0


@click.command(
    cls=LoaCommand,
    help=_(
        "Giải thích lịch tháng của một đài: từng quy định, vì sao thiếu và cách khắc phục nhỏ nhất đã lập thử, "
        "từng mong muốn. Ví dụ: loa plan explain h654 2026-12"
    ),
)
@click.argument("station", metavar=_("ĐÀI"))
@MONTH
@click.option("--draft", is_flag=True, help=_("Bản nháp, dù đã có bản công bố."))
@as_json
def explain(station: str, month: Month, draft: bool, json_wanted: bool) -> None:
    from server.services.explanations import explain as explain_month

    with opened() as context, progress_bar(_("Lập thử")) as move:
        found = explain_month(context, station, month, draft=draft, progress=move)
    if json_wanted:
        print_json(found)
        return
    click.echo(f"{found.station.name} ({found.station.code}) · {month} · {_basis(found.revision)}")
    for verdict in found.verdicts:
        _tell_verdict(verdict)
    if not found.verdicts:
        click.echo(_("Không có quy định hay mục tiêu nào cho đài này."))
    for column in found.columns:
        click.echo()
        click.echo(
            _(
                "Mong muốn, chuyên mục {column} (tổng lệch {cost}; 0 là trọn vẹn):",
                column=column.column_name,
                cost=number(column.cost, decimals=2),
            )
        )
        for term in column.terms:
            click.echo(f"  {term.name} (+{number(term.weighted, decimals=2)}): {term.sentence}")
    if found.missed:
        click.echo()
        click.echo(_("Bài phải phát mà chưa phát:"))
        for missed in found.missed:
            lacking = _("{title}: còn thiếu {times} lượt.", title=missed.title, times=missed.missed)
            click.echo("  " + " ".join([lacking, *missed.sentences]))
    if found.conflicts:
        click.echo()
        click.echo(_("Khung phải giữ nhưng vướng quy tắc:"))
        for conflict in found.conflicts:
            click.echo(f"  {conflict.code} {conflict.sentence}")


def _basis(revision: "RevisionView") -> str:
    if revision.status == "published":
        return _("lịch đã công bố, bản {number}", number=revision.number)
    return _("bản nháp chưa công bố")


def _tell_verdict(explained: "ExplainedVerdictView") -> None:
    verdict = explained.verdict
    facts = {
        "planned": length_in_words(verdict.planned_ms),
        "required": length_in_words(verdict.required_ms),
        "short": short_length_in_words(verdict.short_ms),
    }
    if verdict.kind == "max":
        figures = _("kế hoạch {planned}, nhiều nhất {required}.", planned=facts["planned"], required=facts["required"])
    elif verdict.short_ms:
        figures = _("kế hoạch {planned} trên {required}, thiếu {short}.", **facts)
    else:
        figures = _("kế hoạch {planned} trên {required}.", planned=facts["planned"], required=facts["required"])
    click.echo(f"{STATUS_SIGNS[verdict.status]} {verdict.rule_name}: {figures}")
    for sentence in explained.reasons:
        click.echo("    " + sentence)
    if explained.mend is not None:
        click.echo("    " + _("Cách khắc phục: {mend}", mend=explained.mend.sentence))
    for other in explained.alternatives:
        click.echo("    " + _("Hoặc: {mend}", mend=other.sentence))
    if explained.no_mend is not None:
        click.echo("    " + explained.no_mend)


@click.command(
    cls=LoaCommand,
    help=_(
        "Bài được phát ở những đài nào trong một tháng, hoặc vì sao không đài nào phát. "
        "Ví dụ: loa segments where b0003 2026-12"
    ),
)
@click.argument("segment", metavar=_("BÀI"))
@click.argument("month", type=MonthType(), metavar=_("[THÁNG]"), required=False)
@click.option("--draft", is_flag=True, help=_("Bản nháp, dù đã có bản công bố."))
@as_json
def where(segment: str, month: Month | None, draft: bool, json_wanted: bool) -> None:
    from server.formats import day
    from server.services.local_time import local_today
    from server.services.whereabouts import segment_month

    with opened() as context, progress_bar(_("Thử đặt bài ở từng đài")) as move:
        chosen = month or Month.of(local_today(context))
        found = segment_month(context, segment, chosen, draft=draft, progress=move)
    if json_wanted:
        print_json(found)
        return
    title = f"{found.title} ({found.segment}) · {found.month}"
    if found.revision is not None:
        title += f" · {_basis(found.revision)}"
    if found.why is not None:
        click.echo(title)
        click.echo(_("Không đài nào phát. {why}", why=found.why.sentence))
        return
    print_table(
        title,
        (_("Mã"), _("Đài"), _("Lượt"), _("Tiếp âm"), _("Các ngày")),
        [
            (
                each.station,
                each.station_name,
                str(len(each.starts)),
                str(each.relayed),
                ", ".join(day(start.date())[:5] for start in each.starts),
            )
            for each in found.stations
        ],
        numeric=(2, 3),
    )
    click.echo(_("{airings} lượt ở {stations} đài.", airings=found.airings, stations=len(found.stations)))
