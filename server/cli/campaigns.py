"""Campaigns: what a province plans for, and what its planner weighs."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from server.cli.opening import opened
from server.cli.printing import as_json, note, print_json, print_table
from server.cli.speaking import LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.campaigns import CampaignChange, CampaignView

CODE = click.argument("code", metavar=_("MÃ"))
DAY = click.DateTime(["%Y-%m-%d"])


class WeightType(click.ParamType[tuple[str, float]]):
    """NAME=NUMBER; which names there are is for the service to say."""

    name = "weight"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        name, _sign, number = str(value).partition("=")
        try:
            return name.strip(), float(number)
        except ValueError:
            self.fail(_("Cần viết TÊN=SỐ, ví dụ topics=4."), param, ctx)


def _settings(command: Any) -> Any:
    """The options that say what a campaign is; those that are not given change nothing."""
    options = (
        click.option("--name", help=_("Tên.")),
        click.option("--ground", help=_("Căn cứ: văn bản nào.")),
        click.option(
            "--weight",
            "weights",
            multiple=True,
            type=WeightType(),
            metavar=_("TÊN=SỐ"),
            help=_("Một trọng số, ví dụ topics=4; nêu được nhiều lần. Xem các tên bằng: loa campaigns list"),
        ),
        click.option("--freeze-hours", type=float, help=_("Khung phát gần hơn chừng này giờ thì giữ nguyên.")),
        click.option("--seed", type=int, help=_("Số khởi đầu của phép chọn ngẫu nhiên.")),
        click.option("--approvals", type=int, help=_("Mỗi bản ghi cần mấy người duyệt: 1 hoặc 2.")),
        click.option("--vetting-hours", type=float, help=_("Hạn duyệt, tính bằng giờ từ lúc gửi duyệt.")),
        click.option(
            "--counts-from",
            type=click.Choice(["delivered", "reported", "logged", "heard"]),
            help=_("Thời lượng được tính từ mức bằng chứng nào."),
        ),
        click.option(
            "--tolerance",
            "tolerances",
            multiple=True,
            type=WeightType(),
            metavar=_("TÊN=SỐ"),
            help=_("Một dung sai, ví dụ late_ms=180000; nêu được nhiều lần. Xem các tên bằng: loa campaigns show"),
        ),
        click.option(
            "--heard-from",
            type=float,
            help=_(
                "Điều nghe được trong bản ghi chắc chắn từ chừng này (0.5 đến 1) vào nhật ký ngay; 2: luôn chờ người."
            ),
        ),
        click.option("--from", "first", type=DAY, help=_("Ngày đầu.")),
        click.option("--to", "last", type=DAY, help=_("Ngày cuối.")),
        click.option("--no-end", is_flag=True, help=_("Không có ngày cuối.")),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group(cls=LoaGroup, help=_("Các đợt tuyên truyền và trọng số khi lập lịch."))
def campaigns() -> None:
    pass


@campaigns.command("list", help=_("Liệt kê các đợt tuyên truyền."))
@as_json
def list_(json_wanted: bool) -> None:
    from server.services.campaigns import list_campaigns

    with opened() as context:
        found = list_campaigns(context)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (each.code, each.name, _day(each.valid_from), _day(each.valid_to), _weights_in_brief(each.weights))
        for each in found
    ]
    headings = (_("Mã"), _("Đợt tuyên truyền"), _("Từ ngày"), _("Đến hết ngày"), _("Trọng số"))
    print_table(_("Các đợt tuyên truyền"), headings, rows)


@campaigns.command("show", help=_("Xem một đợt tuyên truyền với các trọng số. Ví dụ: loa campaigns show cchc-2021"))
@CODE
@as_json
def show(code: str, json_wanted: bool) -> None:
    from server.services.campaigns import get_campaign

    with opened() as context:
        found = get_campaign(context, code)
    if json_wanted:
        print_json(found)
    else:
        _tell(found)


@campaigns.command(
    "add",
    help=_(
        "Thêm một đợt tuyên truyền. Ví dụ: loa campaigns add cchc-2027 --name 'Tuyên truyền CCHC năm 2027' "
        "--ground 'Kế hoạch số 12' --from 2027-01-01 --to 2027-12-31"
    ),
)
@CODE
@_settings
@as_json
def add(code: str, json_wanted: bool, **given: Any) -> None:
    from server.services.campaigns import add_campaign

    with opened() as context:
        added = add_campaign(context, code, _change(given))
    if json_wanted:
        print_json(added)
        return
    _tell(added)
    note(_("Đã thêm đợt tuyên truyền {code}.", code=added.code))


@campaigns.command(
    "set",
    help=_(
        "Sửa một đợt tuyên truyền; những gì không nêu giữ nguyên. Lịch đã lập không đổi, lần lập sau theo trọng số mới. "
        "Ví dụ: loa campaigns set cchc-2021 --weight topics=4 --weight repetition=6"
    ),
)
@CODE
@_settings
@as_json
def set_(code: str, json_wanted: bool, **given: Any) -> None:
    from server.services.campaigns import change_campaign

    with opened() as context:
        changed = change_campaign(context, code, _change(given))
    if json_wanted:
        print_json(changed)
        return
    _tell(changed)
    note(_("Lịch đã lập không đổi; lần lập lịch sau theo các trọng số này."))
    if given["counts_from"] or given["tolerances"] or given["heard_from"] is not None:
        note(_("Tháng đã chốt giữ nguyên cách tính lúc chốt; tháng chưa chốt tính lại ngay."))


def _change(given: Mapping[str, Any]) -> "CampaignChange":
    from msgspec import UNSET

    from server.services.campaigns import CampaignChange

    def unless_none(value: Any) -> Any:
        return UNSET if value is None else value

    first: datetime | None = given["first"]
    last: datetime | None = given["last"]
    if given["no_end"] and last is not None:
        raise click.UsageError(_("Chỉ nêu một trong --to và --no-end."))
    return CampaignChange(
        name=unless_none(given["name"]),
        legal_ground=unless_none(given["ground"]),
        weights=dict(given["weights"]) or UNSET,
        freeze_hours=unless_none(given["freeze_hours"]),
        seed=unless_none(given["seed"]),
        approvals=unless_none(given["approvals"]),
        vetting_hours=unless_none(given["vetting_hours"]),
        counts_from=unless_none(given["counts_from"]),
        tolerances=dict(given["tolerances"]) or UNSET,
        heard_from=unless_none(given["heard_from"]),
        valid_from=first.date() if first else UNSET,
        valid_to=last.date() if last else None if given["no_end"] else UNSET,
    )


def _tell(campaign: "CampaignView") -> None:
    from server.formats import decimal
    from server.services.term_sentences import term_words

    click.echo(campaign.name)
    click.echo(campaign.legal_ground)
    click.echo(
        _(
            "Từ {first} đến hết {last}; giữ nguyên các khung phát trong {hours} giờ tới.",
            first=_day(campaign.valid_from),
            last=_day(campaign.valid_to),
            hours=decimal(campaign.freeze_hours),
        )
    )
    click.echo(
        _(
            "Mỗi bản ghi cần {count} người duyệt, trong {hours} giờ.",
            count=campaign.approvals,
            hours=decimal(campaign.vetting_hours),
        )
    )
    rows = [
        (name, decimal(weight), term_words(name).name, term_words(name).meaning)
        for name, weight in campaign.weights.items()
    ]
    from server.web import airing_words

    click.echo(_("Thời lượng đã phát được tính từ mức: {grade}.", grade=airing_words.grade(campaign.counts_from)))
    heard = _("Điều nghe được trong bản ghi luôn chờ người xác nhận.")
    if campaign.heard_from <= 1:
        heard = _(
            "Điều nghe được trong bản ghi, chắc chắn từ {percent} %, vào nhật ký ngay.",
            percent=decimal(campaign.heard_from * 100),
        )
    click.echo(heard)
    tolerances = [(name, f"{value:g}", airing_words.tolerance(name)) for name, value in campaign.tolerances.items()]
    print_table(_("Dung sai"), (_("Tên"), _("Giá trị"), _("Nghĩa là")), tolerances, numeric=(1,))
    print_table(_("Trọng số"), (_("Tên"), _("Trọng số"), _("Mong muốn"), _("Nghĩa là")), rows, numeric=(1,))


def _day(value: Any) -> str:
    from server.formats import day

    return day(value) if value is not None else "…"


def _weights_in_brief(weights: Mapping[str, float]) -> str:
    from server.formats import decimal

    return ", ".join(f"{name} {decimal(weight)}" for name, weight in weights.items())
