"""People's accounts and roles, for whoever looks after the machine."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from server.cli.opening import opened, settings
from server.cli.printing import as_json, note, print_json, print_table
from server.cli.speaking import LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.account_views import AccountView
    from server.services.one_time_links import IssuedLink
    from server.services.sample_accounts import SampleAccount

LOGIN = click.argument("login", metavar=_("TÊN_ĐĂNG_NHẬP"))
DAY = click.DateTime(["%Y-%m-%d"])


@click.group(cls=LoaGroup, help=_("Tài khoản, vai trò, liên kết đặt mật khẩu và phiên đăng nhập."))
def accounts() -> None:
    pass


@accounts.command("list", help=_("Liệt kê tài khoản."))
@click.option("--query", "-q", default="", help=_("Tìm theo tên hoặc tên đăng nhập."))
@click.option("--role", help=_("Chỉ những ai hôm nay có vai trò này."))
@click.option("--state", help=_("active hoặc disabled."))
@as_json
def list_(query: str, role: str | None, state: str | None, json_wanted: bool) -> None:
    from server.services.accounts import list_accounts
    from server.services.right_words import role_name

    with opened() as context:
        found = list_accounts(context, query=query, role=role, state=state, limit=1_000_000).items
    if json_wanted:
        print_json(found)
        return
    rows = [
        (
            each.login,
            each.name,
            each.organisation,
            ", ".join(role_name(grant.role) for grant in each.roles if grant.holds),
            _state(each),
        )
        for each in found
    ]
    headings = (_("Tên đăng nhập"), _("Họ và tên"), _("Cơ quan"), _("Vai trò"), _("Tình trạng"))
    print_table(_("Tài khoản"), headings, rows)


@accounts.command("show", help=_("Xem một tài khoản với các vai trò và số của chúng."))
@LOGIN
@as_json
def show(login: str, json_wanted: bool) -> None:
    from server.services.accounts import get_account

    with opened() as context:
        _tell(get_account(context, login), json_wanted)


@accounts.command(
    "add", help=_("Thêm tài khoản. Ví dụ: loa accounts add hoa.nt --name 'Nguyễn Thị Hoa' --organisation so-noi-vu")
)
@LOGIN
@click.option("--name", required=True, help=_("Họ và tên."))
@click.option("--organisation", required=True, help=_("Mã cơ quan."))
@click.option("--organisation-name", help=_("Tên cơ quan, khi mã cơ quan chưa có."))
@click.option("--email", help=_("Thư điện tử."))
@as_json
def add(
    login: str, name: str, organisation: str, organisation_name: str | None, email: str | None, json_wanted: bool
) -> None:
    from server.services.accounts import NewAccount, add_account

    with opened() as context:
        new = NewAccount(
            login=login, name=name, organisation=organisation, organisation_name=organisation_name, email=email
        )
        added = add_account(context, new)
    _tell(added, json_wanted)
    note(_("Tiếp theo: loa accounts grant {login} VAI_TRÒ, rồi loa accounts link {login}", login=added.login))


@accounts.command("disable", help=_("Khóa tài khoản và kết thúc các phiên đăng nhập."))
@LOGIN
@as_json
def disable(login: str, json_wanted: bool) -> None:
    from server.services.accounts import disable_account

    with opened() as context:
        _tell(disable_account(context, login), json_wanted)


@accounts.command("enable", help=_("Mở khóa tài khoản."))
@LOGIN
@as_json
def enable(login: str, json_wanted: bool) -> None:
    from server.services.accounts import enable_account

    with opened() as context:
        _tell(enable_account(context, login), json_wanted)


@accounts.command(
    "remove-second-factor", help=_("Tắt đăng nhập hai bước của người mất điện thoại, và kết thúc mọi phiên của họ.")
)
@LOGIN
@as_json
def remove_second_factor_(login: str, json_wanted: bool) -> None:
    from server.services.accounts import remove_second_factor

    with opened() as context:
        _tell(remove_second_factor(context, login), json_wanted)


@accounts.command("link", help=_("Cấp liên kết để chủ tài khoản tự đặt mật khẩu; chỉ in ra một lần."))
@LOGIN
@click.option("--hours", type=int, default=72, show_default=True, help=_("Dùng được trong mấy giờ, từ 1 đến 168."))
@as_json
def link(login: str, hours: int, json_wanted: bool) -> None:
    from server.formats import moment
    from server.services.local_time import ZONE
    from server.services.one_time_links import issue_link

    with opened() as context:
        issued: IssuedLink = issue_link(context, login, hours=hours)
    if json_wanted:
        print_json(issued)
        return
    click.echo(address_of(issued.path))
    note(_("Dùng được một lần, đến {moment}; liên kết cũ không còn dùng được.", moment=moment(issued.expires_at, ZONE)))


@accounts.command("grant", help=_("Giao vai trò. Ví dụ: loa accounts grant hoa.nt operator --unit 654 --to 2026-12-31"))
@LOGIN
@click.argument("role", metavar=_("VAI_TRÒ"))
@click.option("--organisation", help=_("Mã cơ quan; không nêu: cơ quan của tài khoản."))
@click.option("--unit", help=_("Mã đơn vị hành chính; không nêu: cả tỉnh."))
@click.option("--topic", help=_("Mã nội dung, chỉ với vai trò lead."))
@click.option("--from", "first", type=DAY, help=_("Ngày đầu."))
@click.option("--to", "last", type=DAY, help=_("Ngày cuối."))
@as_json
def grant(
    login: str,
    role: str,
    organisation: str | None,
    unit: str | None,
    topic: str | None,
    first: datetime | None,
    last: datetime | None,
    json_wanted: bool,
) -> None:
    from server.services.role_grants import NewRole, give_role

    with opened() as context:
        wanted = NewRole(
            role=role,
            organisation=organisation,
            unit=unit,
            topic=topic,
            valid_from=first.date() if first else None,
            valid_to=last.date() + timedelta(days=1) if last and last.year < 9999 else None,
        )
        _tell(give_role(context, login, wanted), json_wanted)


@accounts.command("end-role", help=_("Kết thúc một vai trò, theo số mà loa accounts show in ra."))
@LOGIN
@click.argument("grant_id", type=int, metavar=_("SỐ"))
@click.option("--to", "last", type=DAY, help=_("Ngày cuối; không nêu: kết thúc ngay."))
@as_json
def end_role_(login: str, grant_id: int, last: datetime | None, json_wanted: bool) -> None:
    from server.services.role_grants import end_role

    with opened() as context:
        _tell(end_role(context, login, grant_id, last_day=last.date() if last else None), json_wanted)


@accounts.command("sessions", help=_("Xem tài khoản đang đăng nhập ở đâu."))
@LOGIN
@as_json
def sessions(login: str, json_wanted: bool) -> None:
    from server.formats import moment
    from server.services.accounts import sessions_of
    from server.services.local_time import ZONE

    with opened() as context:
        found = sessions_of(context, login)
    if json_wanted:
        print_json(found)
        return
    rows = [(moment(each.begun_at, ZONE), moment(each.seen_at, ZONE), each.address, each.agent) for each in found]
    headings = (_("Bắt đầu"), _("Dùng lần cuối"), _("Địa chỉ"), _("Trình duyệt"))
    print_table(_("Phiên đăng nhập của {login}", login=login), headings, rows)


@accounts.command("end-sessions", help=_("Kết thúc mọi phiên đăng nhập của tài khoản."))
@LOGIN
@as_json
def end_sessions_(login: str, json_wanted: bool) -> None:
    from server.services.accounts import end_sessions

    with opened() as context:
        ended = end_sessions(context, login)
    if json_wanted:
        print_json({"login": login, "ended": ended})
    else:
        note(_("Đã kết thúc {number} phiên đăng nhập của {login}.", number=ended, login=login))


@accounts.command("roles", help=_("Bảng vai trò: mỗi vai trò được làm gì, đến đâu."))
@as_json
def roles(json_wanted: bool) -> None:
    from server.services.account_views import list_roles
    from server.services.right_words import reach_name, right_name, role_name

    found = list_roles()
    if json_wanted:
        print_json(found)
        return
    rows = [
        (each.role, role_name(each.role), right_name(right.right), reach_name(right.reach))
        for each in found
        for right in each.rights
    ]
    print_table(_("Vai trò"), (_("Mã"), _("Vai trò"), _("Quyền"), _("Phạm vi")), rows)


def address_of(path: str) -> str:
    return f"{settings().address}{path}"


def print_sample_accounts(told: "list[SampleAccount]") -> None:
    """The one time that these passwords are seen."""
    from server.services.right_words import role_name

    rows = [(each.login, each.password, role_name(each.role), each.name, each.organisation) for each in told]
    headings = (_("Tên đăng nhập"), _("Mật khẩu"), _("Vai trò"), _("Họ và tên"), _("Cơ quan"))
    print_table(_("Tài khoản mẫu. Mật khẩu chỉ in ra lần này, hãy chép lại:"), headings, rows)


def _tell(account: "AccountView", json_wanted: bool) -> None:
    from server.formats import day
    from server.services.right_words import role_name

    if json_wanted:
        print_json(account)
        return
    click.echo(f"{account.login} · {account.name} · {account.organisation_name}")
    click.echo(_state(account))
    rows = [
        (
            str(grant.id),
            role_name(grant.role),
            grant.organisation,
            "; ".join(name for name in (grant.unit_name, grant.topic_name) if name) or "–",
            day(grant.valid_from) if grant.valid_from else "…",
            day(grant.valid_to - timedelta(days=1)) if grant.valid_to else "…",
        )
        for grant in account.roles
    ]
    headings = (_("Số"), _("Vai trò"), _("Cơ quan"), _("Phạm vi"), _("Từ ngày"), _("Đến hết ngày"))
    print_table(_("Vai trò"), headings, rows, numeric=(0,))


def _state(account: "AccountView") -> str:
    state = _("đang dùng") if account.state == "active" else _("đã khóa")
    return state if account.has_password else f"{state}, " + _("chưa đặt mật khẩu")
