"""Starting, looking after, and filling an installation: run, serve, doctor, sample."""

from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from schedules.months import Month
from server.cli.opening import opened, settings
from server.cli.printing import as_json, note, print_json, print_table, progress_bar
from server.cli.speaking import LoaCommand, LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.context import Context

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SIGNS = {"ok": "✓", "unset": "·", "warning": "△", "failed": "✕"}


@click.command(
    cls=LoaCommand,
    help=_(
        "Chuẩn bị mọi thứ rồi mở máy chủ: tạo cơ sở dữ liệu, nạp tỉnh mẫu nếu còn trống, lập và công bố lịch "
        "tháng này và tháng sau. Chạy lại không thay đổi những gì đã có."
    ),
)
def run() -> None:
    from server.serving import check_port

    chosen = settings()
    check_port(chosen.listen, chosen.port)
    if chosen.exposed:
        # Where others come in, nothing is made up: the province's own data are there, or none yet.
        note(_("Máy khác vào được Loa này, nên không nạp dữ liệu mẫu và không tự lập lịch."))
    with opened() as context:
        context.origin = "start"
        if not chosen.exposed:
            prepare(context)
        ways_in = _ways_in(context)
    _serve(ways_in)


@click.command(cls=LoaCommand, help=_("Mở máy chủ với dữ liệu đang có."))
def serve() -> None:
    from server.serving import check_port

    chosen = settings()
    check_port(chosen.listen, chosen.port)
    with opened() as context:
        context.origin = "start"
        ways_in = _ways_in(context)
    _serve(ways_in)


@click.command(
    cls=LoaCommand,
    help=_("Làm việc nền: xử lý bản ghi, nghe bản ghi phát sóng, gửi thư. Chạy bao nhiêu tiến trình cũng được."),
)
def worker() -> None:
    from server.working import work_forever

    chosen = settings()
    with opened() as context:
        work_forever(
            context,
            started=lambda name: note(_("Đang làm việc nền: {name}. Dừng bằng Ctrl+C.", name=name)),
            log_format=chosen.log_format,
            otlp_endpoint=chosen.otlp_endpoint,
        )


def prepare(context: "Context") -> None:
    """Loads the sample into an empty database, and plans and publishes this month and the next where nothing is."""
    from server.services.loading import is_empty, sample_is_loaded
    from server.services.plans import plan_in_force

    today = context.clock().astimezone(ZONE).date()
    if is_empty(context):
        _load(context, "dak-lak", "2021", today)
    this_month = Month.of(today)
    for month in (this_month, this_month.next()):
        in_force = plan_in_force(context, month)
        if in_force is None or in_force.status == "draft":
            # The sample stands for a province at work: its month was planned before it began.
            _plan_and_publish(context, month, beforehand=sample_is_loaded(context))


def _plan_and_publish(context: "Context", month: Month, *, beforehand: bool) -> None:
    from server.services.plans import beforehand_of, make_plan, publish_plan

    with progress_bar(_("Lập lịch tháng {month}", month=month)) as move:
        make_plan(context, month, as_of=beforehand_of(month) if beforehand else None, progress=move)
    published = publish_plan(context, month).revision
    note(_("Đã công bố lịch tháng {month}: {slots} khung phát.", month=month, slots=published.slots))


def _load(context: "Context", name: str, structure: str, today: date) -> None:
    from server.cli.accounts import print_sample_accounts
    from server.services.loading import load_sample
    from server.services.sample_accounts import add_sample_accounts

    phases = {"audio": _("Nạp bài phát thanh mẫu"), "registry": _("Nạp đơn vị và đài mẫu")}
    with progress_bar(phases["audio"]) as move:
        loaded = load_sample(
            context,
            name=name,
            structure=structure,
            today=today,
            progress=lambda phase, done, all_: move(done, all_) if phase == "audio" else None,
        )
    note(
        _(
            "Đã nạp dữ liệu mẫu: {districts} đài huyện, {communes} đài xã, {segments} bài phát thanh.",
            districts=loaded.stations.get("district", 0),
            communes=loaded.stations.get("commune", 0),
            segments=loaded.segments,
        )
    )
    print_sample_accounts(add_sample_accounts(context))


def _ways_in(context: "Context") -> list[str]:
    """How somebody gets in: where nobody can administer yet by a new link, else by accounts that there are."""
    from server.cli.accounts import address_of
    from server.services.first_account import first_link

    first = first_link(context)
    if first is None:
        return [_("Quên mật khẩu: cấp liên kết đặt mật khẩu bằng: loa accounts link TÊN_ĐĂNG_NHẬP")]
    return [
        _("Chưa có quản trị nào đăng nhập được. Tạo tài khoản đầu tiên (dùng một lần, trong 24 giờ):"),
        f"  {address_of(first)}",
    ]


def _serve(ways_in: list[str]) -> None:
    from server.services.in_use import in_use
    from server.serving import serve_forever

    chosen = settings()
    address = chosen.address

    def started() -> None:
        note("")
        note(_("Loa đang chạy. Hãy mở trình duyệt:"))
        note(f"  {address}/            " + _("tháng này của cả tỉnh"))
        note(f"  {address}/bai         " + _("kho bài phát thanh"))
        note(f"  {address}/api/v1/docs " + _("API cho chương trình khác"))
        for line in ways_in:
            note(line)
        note(_("Dữ liệu nằm trong {home}. Dừng bằng Ctrl+C.", home=chosen.home))

    with in_use(chosen.home, chosen.database):
        serve_forever(chosen, started=started)


@click.group(cls=LoaGroup, help=_("Dữ liệu mẫu để làm thử."))
def sample() -> None:
    pass


@sample.command(help=_("Nạp tỉnh mẫu (dak-lak) vào cơ sở dữ liệu trống."))
@click.argument("name", metavar=_("BỘ"))
@click.option(
    "--structure",
    type=click.Choice(["2021", "2025", "both"]),
    default="2021",
    show_default=True,
    help=_("Đơn vị hành chính: 15 huyện và 184 xã (2021), 102 xã (2025), hay cả hai theo đúng ngày hiệu lực."),
)
def load(name: str, structure: str) -> None:
    with opened() as context:
        _load(context, name, structure, context.clock().astimezone(ZONE).date())


@click.command(cls=LoaCommand, help=_("Xem máy này có đủ gì, thiếu gì, và cần làm gì."))
@as_json
def doctor(json_wanted: bool) -> int:
    from server.services.doctor import examine

    chosen = settings()
    findings = examine(
        home=chosen.home,
        database=chosen.database,
        port=chosen.port,
        ffmpeg=chosen.ffmpeg,
        s3=chosen.s3,
        mail=chosen.mail is not None,
        exposed=chosen.footing if chosen.exposed else None,
    )
    if json_wanted:
        print_json(findings)
    else:
        rows = [(SIGNS[found.level], found.name, found.seen, found.mend) for found in findings]
        print_table(_("Tình trạng của Loa trên máy này"), ("", _("Mục"), _("Thấy"), _("Cần làm")), rows)
    return 3 if any(found.level == "failed" for found in findings) else 0
