"""The files behind the library: are they all there and whole, and which of them are nobody's."""

from datetime import timedelta

import click

from server.cli.opening import opened
from server.cli.printing import as_json, note, print_json, print_table, progress_bar
from server.cli.speaking import LoaGroup
from server.texts import _


@click.group(cls=LoaGroup, help=_("Các tệp trong kho âm thanh: kiểm tra và dọn dẹp."))
def media() -> None:
    pass


@media.command(
    help=_(
        "Đọc lại mọi tệp mà kho bài và lịch phát dùng đến, so với mã SHA-256 của tệp. Không xóa, không sửa gì. "
        "Mã thoát 3 khi có tệp thiếu hoặc hỏng."
    )
)
@as_json
def verify(json_wanted: bool) -> int:
    from server.formats import number, size
    from server.services.media_care import verify_store

    with opened() as context, progress_bar(_("Đọc lại các tệp")) as move:
        found = verify_store(context, progress=move)
    if json_wanted:
        print_json(found)
        return 3 if found.problems else 0
    if found.problems:
        states = {"missing": _("✕ thiếu"), "corrupt": _("✕ hỏng")}
        kinds = _kinds()
        rows = [
            (
                states[problem.state],
                ", ".join(problem.segments + problem.columns),
                ", ".join(kinds.get(kind, kind) for kind in problem.kinds),
                problem.sha256,
            )
            for problem in found.problems
        ]
        print_table(_("Tệp thiếu hoặc hỏng"), ("", _("Bài, chuyên mục"), _("Là"), _("Tệp")), rows)
    note(
        _(
            "Đã đọc {files} tệp: {ok} tệp nguyên vẹn ({size}), {missing} tệp thiếu, {corrupt} tệp hỏng.",
            files=number(found.files),
            ok=number(found.ok),
            size=size(found.size),
            missing=number(found.missing),
            corrupt=number(found.corrupt),
        )
    )
    if found.problems:
        note(_("Hãy chép lại các tệp này từ bản sao lưu của kho. Lịch và bài trong cơ sở dữ liệu vẫn giữ nguyên."))
    return 3 if found.problems else 0


@media.command(
    help=_(
        "Xóa khỏi kho những tệp không bài, phiên bản hay lịch nào dùng đến và đã nằm đó quá thời gian chờ. "
        "Nên xem trước bằng --dry-run."
    )
)
@click.option("--dry-run", is_flag=True, help=_("Chỉ cho biết sẽ xóa gì, không xóa."))
@click.option(
    "--grace-days",
    type=click.IntRange(1, 3650),
    default=7,
    show_default=True,
    help=_("Chỉ xóa tệp đã được ghi từ ngần này ngày trước."),
)
@click.option("--even-most", is_flag=True, help=_("Vẫn xóa dù đó là quá nửa kho. Chỉ dùng khi đã xem kỹ."))
@as_json
def gc(dry_run: bool, grace_days: int, even_most: bool, json_wanted: bool) -> None:
    from server.formats import number, size
    from server.services.media_care import collect_garbage

    grace = timedelta(days=grace_days)
    with opened() as context, progress_bar(_("Dọn kho")) as move:
        done = collect_garbage(context, grace=grace, dry_run=dry_run, even_most=even_most, progress=move)
    if json_wanted:
        print_json(done)
        return
    facts = {
        "files": number(done.unused),
        "size": size(done.unused_size),
        "stored": number(done.stored),
        "stored_size": size(done.stored_size),
    }
    if dry_run:
        note(_("Sẽ xóa {files} tệp, giải phóng {size}, trong kho có {stored} tệp ({stored_size}).", **facts))
    else:
        note(_("Đã xóa {files} tệp, giải phóng {size}, trong kho trước đó có {stored} tệp ({stored_size}).", **facts))
    if done.young:
        note(
            _(
                "Còn {files} tệp ({size}) không ai dùng nhưng mới được ghi trong {days} ngày qua nên để lại.",
                files=number(done.young),
                size=size(done.young_size),
                days=grace_days,
            )
        )
    if dry_run and done.mostly_unknown:
        note(_("Đó là quá nửa kho: khi xóa thật, lệnh này sẽ từ chối nếu không có --even-most."))


def _kinds() -> dict[str, str]:
    return {
        "original": _("bản gốc"),
        "broadcast": _("bản phát sóng"),
        "light_opus": _("bản nhẹ cho mạng yếu (Opus)"),
        "light_mp3": _("bản nhẹ cho mạng yếu (MP3)"),
        "flac": _("bản không nén mất (FLAC)"),
        "programme": _("chương trình ghép sẵn"),
        "slot": _("trong lịch phát"),
    }
