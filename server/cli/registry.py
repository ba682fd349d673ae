"""Stations, units, topics and rules, to look at; stations that close, work again, or go dark."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from schedules.months import Month
from server.cli.opening import MonthType, opened
from server.cli.printing import as_json, note, print_json, print_table, progress_bar
from server.cli.running import ZONE
from server.cli.speaking import LoaCommand, LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.station_changes import StationChangeView

DAY = click.DateTime(["%Y-%m-%d"])
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"])
STATION = click.argument("station", metavar=_("ĐÀI"))
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
@STATION
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


@stations.command(
    help=_(
        "Ghi một đài đóng (hoặc hỏng) từ ngày này đến hết ngày kia, và lập lại lịch những tháng bị ảnh hưởng thành bản "
        "nháp. Ví dụ: loa stations close x24490 --from 2026-12-05 --to 2026-12-12 --reason 'Sửa cột ăng-ten'"
    )
)
@STATION
@click.option("--from", "first", type=DAY, required=True, help=_("Ngày đầu không phát."))
@click.option("--to", "last", type=DAY, help=_("Ngày cuối không phát; không nêu thì đến khi mở lại."))
@click.option("--reason", required=True, help=_("Vì sao."))
@click.option("--broken", is_flag=True, help=_("Đài hỏng, không phải ngừng hoạt động."))
@as_json
def close(station: str, first: datetime, last: datetime | None, reason: str, broken: bool, json_wanted: bool) -> None:
    from server.services.station_changes import close_station

    with opened() as context, progress_bar(_("Lập lại lịch")) as move:
        done = close_station(
            context,
            station,
            first=first.date(),
            last=last.date() if last else None,
            reason=reason,
            state="broken" if broken else "closed",
            progress=move,
        )
    _tell_change(done, json_wanted=json_wanted)


@stations.command(
    help=_(
        "Ghi một đài hoạt động lại từ một ngày, và lập lại lịch những tháng có thể tốt hơn thành bản nháp. "
        "Ví dụ: loa stations reopen x24490 --from 2026-12-10"
    )
)
@STATION
@click.option("--from", "first", type=DAY, required=True, help=_("Ngày đầu phát lại."))
@click.option("--reason", default="", help=_("Vì sao."))
@as_json
def reopen(station: str, first: datetime, reason: str, json_wanted: bool) -> None:
    from server.services.station_changes import reopen_station

    with opened() as context, progress_bar(_("Lập lại lịch")) as move:
        done = reopen_station(context, station, first=first.date(), reason=reason, progress=move)
    _tell_change(done, json_wanted=json_wanted)


@stations.command(
    help=_(
        "Ghi một đài ngừng phát từ lúc này đến lúc kia, và lập lại lịch những tháng bị ảnh hưởng thành bản nháp. Giờ "
        "không nêu múi giờ là giờ Việt Nam. "
        "Ví dụ: loa stations blackout h654 --from 2026-12-08T08:00 --to 2026-12-08T18:00 --reason 'Cắt điện'"
    )
)
@STATION
@click.option("--from", "starts_at", type=MOMENT, required=True, help=_("Lúc bắt đầu ngừng phát."))
@click.option("--to", "ends_at", type=MOMENT, required=True, help=_("Lúc phát lại."))
@click.option("--reason", required=True, help=_("Vì sao."))
@as_json
def blackout(station: str, starts_at: datetime, ends_at: datetime, reason: str, json_wanted: bool) -> None:
    from server.services.station_changes import black_out

    with opened() as context, progress_bar(_("Lập lại lịch")) as move:
        done = black_out(
            context,
            station,
            starts_at=_aware(starts_at),
            ends_at=_aware(ends_at),
            reason=reason,
            progress=move,
        )
    _tell_change(done, json_wanted=json_wanted)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE)


def _tell_change(done: "StationChangeView", *, json_wanted: bool) -> None:
    from server.cli.replanning import tell_replanned
    from server.formats import moment

    if json_wanted:
        print_json(done)
        return
    what = {
        "closed": _("đóng"),
        "broken": _("hỏng"),
        "blackout": _("ngừng phát"),
        "working": _("hoạt động lại"),
    }[done.kind]
    start = moment(done.starts_at, ZONE)
    note(
        _("Đã ghi: {station} {what} từ {start}.", station=done.station_name, what=what, start=start)
        if done.ends_at is None or done.kind == "working"
        else _(
            "Đã ghi: {station} {what} từ {start} đến {end}.",
            station=done.station_name,
            what=what,
            start=start,
            end=moment(done.ends_at, ZONE),
        )
    )
    tell_replanned(done.replanned)


@click.group(cls=LoaGroup, help=_("Đơn vị hành chính."))
def units() -> None:
    pass


@units.command("list", help=_("Liệt kê đơn vị hành chính có hiệu lực vào một ngày."))
@click.option("--on", type=DAY, help=_("Ngày xem; không nêu thì hôm nay."))
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
