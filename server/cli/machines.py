"""Tokens of stations and keys of scripts, from the machine itself."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from server.cli.opening import opened
from server.cli.printing import as_json, note, print_json, print_table
from server.cli.speaking import LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.credential_views import CredentialView, IssuedCredential

NUMBER = click.argument("number", metavar=_("SỐ"), type=int)
DAY = click.DateTime(["%Y-%m-%d"])
NAME = click.option("--name", required=True, help=_("Tên để nhận ra, ví dụ máy phát phòng máy."))
ALL = click.option("--all", "everything", is_flag=True, help=_("Cả mã đã hết hạn hay đã thu hồi."))
ALL_THERE_ARE = 1_000_000


@click.group(cls=LoaGroup, help=_("Mã của đài: để máy phát tự lấy danh sách phát và âm thanh."))
def tokens() -> None:
    pass


@click.group(cls=LoaGroup, help=_("Khóa API: để chương trình của một cơ quan làm việc với Loa."))
def keys() -> None:
    pass


@tokens.command("issue", help=_("Cấp mã cho một đài. Ví dụ: loa tokens issue h654 --name 'máy phát phòng máy'"))
@click.argument("station", metavar=_("ĐÀI"))
@NAME
@click.option("--until", type=DAY, help=_("Ngày cuối dùng được; không nêu thì dùng đến khi thu hồi."))
@as_json
def issue_token(station: str, name: str, until: datetime | None, json_wanted: bool) -> None:
    from server.services import credential_issuing as issuing

    with opened() as context:
        issued = issuing.issue_token(context, station, name, expires_on=until.date() if until else None)
    _tell(issued, json_wanted=json_wanted)


@keys.command(
    "issue",
    help=_(
        "Cấp khóa cho chương trình của một cơ quan. Ví dụ: "
        "loa keys issue snv --name 'báo cáo' --right months.read --until 2027-06-30"
    ),
)
@click.argument("organisation", metavar=_("CƠ_QUAN"))
@NAME
@click.option("--right", "rights", multiple=True, metavar=_("QUYỀN"), help=_("Một quyền; nêu được nhiều lần."))
@click.option("--unit", help=_("Mã đơn vị: chỉ các đài trong đơn vị ấy."))
@click.option("--until", type=DAY, required=True, help=_("Ngày cuối dùng được, trong vòng một năm."))
@as_json
def issue_key(
    organisation: str, name: str, rights: tuple[str, ...], unit: str | None, until: datetime, json_wanted: bool
) -> None:
    from server.services import credential_issuing as issuing

    with opened() as context:
        issued = issuing.issue_key(context, organisation, name, rights=rights, unit=unit, expires_on=until.date())
    _tell(issued, json_wanted=json_wanted)


@tokens.command("list", help=_("Liệt kê mã của đài; bản thân mã không xem lại được."))
@click.option("--station", help=_("Chỉ của đài có mã đài này."))
@ALL
@as_json
def list_tokens(station: str | None, everything: bool, json_wanted: bool) -> None:
    _list("station", _("Mã của đài"), station=station, everything=everything, json_wanted=json_wanted)


@keys.command("list", help=_("Liệt kê khóa API; bản thân khóa không xem lại được."))
@ALL
@as_json
def list_keys(everything: bool, json_wanted: bool) -> None:
    _list("key", _("Khóa API"), station=None, everything=everything, json_wanted=json_wanted)


@tokens.command("revoke", help=_("Thu hồi một mã: mất hiệu lực ngay. Ví dụ: loa tokens revoke 3"))
@NUMBER
def revoke_token(number: int) -> None:
    _revoke("station", number)


@keys.command("revoke", help=_("Thu hồi một khóa: mất hiệu lực ngay. Ví dụ: loa keys revoke 3"))
@NUMBER
def revoke_key(number: int) -> None:
    _revoke("key", number)


@tokens.command("rotate", help=_("Đổi mã mới; mã cũ còn dùng được 24 giờ. Ví dụ: loa tokens rotate 3"))
@NUMBER
@as_json
def rotate_token(number: int, json_wanted: bool) -> None:
    _rotate("station", number, json_wanted=json_wanted)


@keys.command("rotate", help=_("Đổi khóa mới; khóa cũ còn dùng được 24 giờ. Ví dụ: loa keys rotate 3"))
@NUMBER
@as_json
def rotate_key(number: int, json_wanted: bool) -> None:
    _rotate("key", number, json_wanted=json_wanted)


def _list(kind: str, title: str, *, station: str | None, everything: bool, json_wanted: bool) -> None:
    from server.formats import moment
    from server.services.credential_issuing import list_credentials
    from server.services.local_time import ZONE

    with opened() as context:
        found = list_credentials(
            context, kind, station=station, state=None if everything else "alive", limit=ALL_THERE_ARE
        ).items
    if json_wanted:
        print_json(found)
        return

    def written(at: datetime | None) -> str:
        return moment(at, ZONE) if at is not None else "–"

    headings = (_("Số"), _("Của"), _("Tên"), _("Đuôi"), _("Tình trạng"), _("Hết hạn"), _("Dùng lần cuối"), _("Từ"))
    rows = [
        (
            str(each.id),
            each.station or each.organisation or "",
            each.name,
            f"…{each.hint}",
            _state(each),
            written(each.expires_at),
            written(each.last_used_at),
            each.last_address or "–",
        )
        for each in found
    ]
    print_table(title, headings, rows)


def _state(each: "CredentialView") -> str:
    words = {
        "living": _("đang dùng"),
        "replaced": _("đã đổi, sắp hết hạn"),
        "expired": _("đã hết hạn"),
        "revoked": _("đã thu hồi"),
        "station_gone": _("đài không còn"),
    }
    return words[each.state]


def _revoke(kind: str, number: int) -> None:
    from server.services.credential_issuing import revoke

    with opened() as context:
        done = revoke(context, kind, number)
    note(_("Đã thu hồi «{name}»; mã ấy không dùng được nữa.", name=done.name))


def _rotate(kind: str, number: int, *, json_wanted: bool) -> None:
    from server.services.credential_issuing import rotate

    with opened() as context:
        issued = rotate(context, kind, number)
    _tell(issued, json_wanted=json_wanted)
    note(_("Mã cũ còn dùng được 24 giờ, hoặc đến khi thu hồi."))


def _tell(issued: "IssuedCredential", *, json_wanted: bool) -> None:
    """The secret alone on standard output, so that it can be piped to where it is needed."""
    if json_wanted:
        print_json(issued)
    else:
        click.echo(issued.secret)
    note(
        _(
            "Mã số {number}, «{name}». Mã chỉ hiện một lần này: hãy chép ngay vào máy cần dùng.",
            number=issued.credential.id,
            name=issued.credential.name,
        )
    )
