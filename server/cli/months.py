"""Months from the terminal: their forecast, urging, closing them, and whether closed ones are as they were closed."""

from typing import TYPE_CHECKING

import click

from server.cli.opening import AS, MONTH, opened
from server.cli.printing import STATUS_SIGNS, as_json, print_json, print_table
from server.cli.speaking import LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from schedules.months import Month


@click.group(
    cls=LoaGroup,
    help=_("Dự báo, đôn đốc và chốt tháng: ai sẽ không đạt, nhắc ai; giữ nguyên số liệu, kiểm tra có ai đã sửa không."),
)
def months() -> None:
    pass


@months.command(
    "close",
    help=_(
        "Chốt một tháng đã hết; tháng đã chốt thì chốt bổ sung, cần --reason. Ví dụ: loa months close 2026-12 --as giam-sat"
    ),
)
@MONTH
@click.option("--reason", default="", help=_("Vì sao chốt bổ sung."))
@AS
@as_json
def close(month: "Month", reason: str, as_login: str | None, json_wanted: bool) -> None:
    from server.formats import moment
    from server.services.closings import close_month
    from server.services.local_time import ZONE
    from server.services.rights import Right

    with opened(as_login=as_login, right=Right.MONTHS_CLOSE) as context:
        closing = close_month(context, month, reason=reason)
    if json_wanted:
        print_json(closing)
        return
    click.echo(
        _(
            "Đã chốt tháng {month} lúc {at}, lần {number}.",
            month=month,
            at=moment(closing.closed_at, ZONE),
            number=closing.number,
        )
    )
    click.echo(closing.hash)


@months.command(
    "forecast",
    help=_(
        "Dự báo đài nào sẽ không đạt nếu không thay đổi gì, và vì sao; mã thoát 1 khi có. Ví dụ: loa months forecast 2026-12"
    ),
)
@MONTH
@as_json
def forecast(month: "Month", json_wanted: bool) -> int:
    from server.formats import length
    from server.services.forecasts import province_forecast

    with opened() as context:
        found = province_forecast(context, month)
    missing = [each for each in found.stations if each.misses]
    if json_wanted:
        print_json(found)
        return 1 if missing else 0
    rows = [
        (
            each.station.code,
            each.station.name,
            length(rule.counted_ms),
            length(rule.expected_ms),
            length(rule.required_ms),
        )
        for each in found.stations
        for rule in each.rules
    ]
    headings = (_("Mã"), _("Đài"), _("Được tính"), _("Dự kiến"), _("Yêu cầu"))
    print_table(_("Dự báo tháng {month}", month=month), headings, rows, numeric=(2, 3, 4))
    for each in missing:
        click.echo()
        click.echo(_("{station} sẽ không đạt:", station=each.station.name))
        for rule in each.rules:
            for sentence in rule.sentences if rule.misses else ():
                click.echo(f"  {sentence}")
    return 1 if missing else 0


@months.command("list", help=_("Liệt kê các lần chốt. Ví dụ: loa months list"))
@as_json
def list_(json_wanted: bool) -> None:
    from server.formats import moment, number
    from server.services.closings import list_closings
    from server.services.local_time import ZONE

    with opened() as context:
        found = list_closings(context)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (each.month, str(each.number), moment(each.closed_at, ZONE), each.closed_by, number(each.entries), each.hash)
        for each in found
    ]
    headings = (_("Tháng"), _("Lần chốt"), _("Lúc"), _("Ai"), _("Dòng nhật ký"), _("Mã băm"))
    print_table(_("Các lần chốt"), headings, rows, numeric=(1, 4))


@months.command("show", help=_("Xem số liệu đã chốt của một tháng. Ví dụ: loa months show 2026-12 --number 0"))
@MONTH
@click.option("--number", "wanted", type=click.IntRange(0), help=_("Lần chốt; không nêu thì lần cuối."))
@as_json
def show(month: "Month", wanted: int | None, json_wanted: bool) -> None:
    from server.formats import length, moment
    from server.services.closings import closed_figures
    from server.services.local_time import ZONE

    with opened() as context:
        found = closed_figures(context, month, wanted)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (
            each.station_name,
            each.verdict.rule_name,
            length(each.verdict.counted_ms),
            length(each.verdict.required_ms),
            STATUS_SIGNS.get(each.verdict.status, "·"),
        )
        for each in found.figures
    ]
    headings = (_("Đài"), _("Quy định"), _("Được tính"), _("Yêu cầu"), "")
    closing = found.closing
    title = _(
        "Tháng {month}, chốt lúc {at}, lần {number}",
        month=month,
        at=moment(closing.closed_at, ZONE),
        number=closing.number,
    )
    print_table(title, headings, rows, numeric=(2, 3))
    click.echo(closing.hash)


@months.command(
    "verify",
    help=_(
        "Kiểm tra các tháng đã chốt và các báo cáo đã phát hành có còn như lúc đó; mã thoát 1 khi không. Ví dụ: loa months verify"
    ),
)
@click.option("--head", "noted", help=_("Đầu nhật ký đã ghi lại trước đây, như loa audit head in ra."))
@as_json
def verify(noted: str | None, json_wanted: bool) -> int:
    from server.services import trail
    from server.services.history_checks import history_sentences, verify_history

    with opened() as context:
        found = verify_history(context, noted=trail.parse_head(noted) if noted is not None else None)
    if json_wanted:
        print_json(found)
    elif found.whole:
        click.echo(_("Các tháng đã chốt và báo cáo đã phát hành còn nguyên vẹn."))
    else:
        for sentence in history_sentences(found):
            click.echo(sentence)
    return 0 if found.whole else 1


@months.command(
    "urge",
    help=_(
        "Đôn đốc các đài còn thiếu thời lượng của tháng; thư và webhook do Loa đang chạy gửi. Ví dụ: loa months urge 2026-12 --by page --by email"
    ),
)
@MONTH
@click.option(
    "--by",
    "channels",
    type=click.Choice(["page", "email", "webhook"]),
    multiple=True,
    default=("page",),
    help=_("Gửi bằng gì; nêu nhiều lần được."),
)
@click.option("--station", "stations", multiple=True, help=_("Chỉ những đài này; không nêu thì mọi đài cần đôn đốc."))
@click.option("--again", is_flag=True, help=_("Cả những đài đã đôn đốc trong 24 giờ qua."))
@AS
@as_json
def urge_(
    month: "Month",
    channels: tuple[str, ...],
    stations: tuple[str, ...],
    again: bool,
    as_login: str | None,
    json_wanted: bool,
) -> None:
    from server.cli.opening import settings
    from server.services.reminders import urge
    from server.services.rights import Right
    from server.web.urging_words import channel, left_out

    with opened(as_login=as_login, right=Right.STATIONS_URGE) as context:
        urged = urge(
            context,
            month,
            site=settings().address,
            stations=list(stations) or None,
            channels=channels,
            again=again,
        )
    if json_wanted:
        print_json(urged)
        return
    click.echo(_("Đã ghi {count} lời đôn đốc.", count=len(urged.made)))
    for made in urged.made:
        click.echo(f"  {made.station_name}: {channel(made.channel)} {made.address}".rstrip())
    for left in urged.left_out:
        click.echo(f"  · {left.station_name}: {channel(left.channel)}, {left_out(left.why)}")
