"""Stations, units, topics and rules, to look at."""

from datetime import datetime

import click

from schedules.months import Month
from server.cli.opening import MonthType, opened
from server.cli.printing import as_json, print_json, print_table
from server.cli.running import ZONE
from server.cli.speaking import LoaCommand, LoaGroup
from server.texts import _

MONTH_OPTION = click.option("--month", type=MonthType(), help=_("Tháng xem, dạng 2026-12; không nêu thì tháng này."))


@click.group(cls=LoaGroup, help=_("Các đài."))
def stations() -> None:
    pass


@stations.command("list", help=_("Liệt kê đài. Ví dụ: loa stations list --tier district --query 'krong pac'"))
@MONTH_OPTION
@click.option("--tier", type=click.Choice(["district", "commune"]), help=_("Cấp huyện hay cấp xã."))
@click.option("--query", default="", help=_("Tìm theo tên, không cần dấu."))
@as_json
def list_(month: Month | None, tier: str | None, query: str, json_wanted: bool) -> None:
    from server.services.registry import list_stations

    with opened() as context:
        chosen = month or Month.of(context.clock().astimezone(ZONE).date())
        page = list_stations(context, month=chosen, tier=tier, query=query, limit=100_000)
    if json_wanted:
        print_json(page)
        return
    rows = [
        (item.code, item.name, item.district_name or "", " ".join(item.languages), item.technology)
        for item in page.items
    ]
    headings = (_("Mã"), _("Đài"), _("Huyện"), _("Tiếng"), _("Kỹ thuật"))
    print_table(_("{count} đài, tháng {month}", count=page.total, month=chosen), headings, rows)


@stations.command("show", help=_("Xem một đài: buổi phát, tiếp âm, thời gian hỏng."))
@click.argument("station", metavar=_("ĐÀI"))
@MONTH_OPTION
@as_json
def show(station: str, month: Month | None, json_wanted: bool) -> None:
    from server.formats import moment
    from server.services.registry import get_station

    with opened() as context:
        chosen = month or Month.of(context.clock().astimezone(ZONE).date())
        found = get_station(context, station, chosen)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (
            session.code,
            session.name,
            f"{session.starts}–{session.ends}",
            " ".join(map(str, session.weekdays)),
            session.relays or "",
        )
        for session in found.sessions
    ]
    headings = (_("Mã"), _("Buổi"), _("Giờ"), _("Thứ (1 là thứ Hai)"), _("Tiếp âm"))
    print_table(found.station.name, headings, rows)
    for outage in found.outages:
        until = moment(outage.ends_at, ZONE) if outage.ends_at else _("chưa rõ")
        click.echo(
            _(
                "Không phát từ {start} đến {end}: {note}",
                start=moment(outage.starts_at, ZONE),
                end=until,
                note=outage.note,
            )
        )


@click.group(cls=LoaGroup, help=_("Đơn vị hành chính."))
def units() -> None:
    pass


@units.command("list", help=_("Liệt kê đơn vị hành chính có hiệu lực vào một ngày."))
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help=_("Ngày xem; không nêu thì hôm nay."))
@click.option("--level", type=click.Choice(["province", "district", "commune"]), help=_("Cấp."))
@click.option("--query", default="", help=_("Tìm theo tên, không cần dấu."))
@as_json
def list_units_(on: datetime | None, level: str | None, query: str, json_wanted: bool) -> None:
    from server.services.registry import list_units

    with opened() as context:
        chosen = on.date() if on else context.clock().astimezone(ZONE).date()
        page = list_units(context, on=chosen, level=level, query=query, limit=100_000)
    if json_wanted:
        print_json(page)
        return
    levels = {"province": _("tỉnh"), "district": _("huyện"), "commune": _("xã")}
    rows = [(item.code, item.name, levels[item.level], str(item.id)) for item in page.items]
    print_table(_("{count} đơn vị", count=page.total), (_("Mã"), _("Tên"), _("Cấp"), _("Số")), rows)


@click.command(cls=LoaCommand, help=_("Cây nội dung tuyên truyền và cơ quan chủ trì."))
@as_json
def topics(json_wanted: bool) -> None:
    from server.formats import number
    from server.services.registry import list_topics

    with opened() as context:
        found = list_topics(context)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (
            topic.code,
            topic.parent or "",
            topic.name,
            number(topic.weight, decimals=2),
            topic.lead.name if topic.lead else "",
        )
        for topic in found
    ]
    headings = (_("Mã"), _("Thuộc"), _("Nội dung"), _("Trọng số"), _("Chủ trì"))
    print_table(_("Nội dung tuyên truyền"), headings, rows, numeric=(3,))


@click.command(cls=LoaCommand, help=_("Quy định thời lượng đang có."))
@MONTH_OPTION
@as_json
def rules(month: Month | None, json_wanted: bool) -> None:
    from server.formats import length
    from server.services.registry import list_rules

    with opened() as context:
        found = list_rules(context, month=month)
    if json_wanted:
        print_json(found)
        return
    periods = {"session": _("buổi"), "day": _("ngày"), "month": _("tháng")}
    kinds = {"min": _("ít nhất"), "max": _("nhiều nhất"), "target": _("mục tiêu")}
    rows = [
        (rule.code, rule.name, kinds[rule.kind], length(rule.ms), periods[rule.period], rule.legal_ground)
        for rule in found
    ]
    headings = (_("Mã"), _("Quy định"), _("Loại"), _("Thời lượng"), _("Mỗi"), _("Căn cứ"))
    print_table(_("Quy định thời lượng"), headings, rows, numeric=(3,))
