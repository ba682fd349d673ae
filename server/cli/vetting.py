"""Vetting: handing recordings in, deciding on them, and what waits."""

from typing import TYPE_CHECKING

import click

from server.cli.delivering import tell_call, tell_recall
from server.cli.opening import AS, opened
from server.cli.printing import as_json, note, print_json, print_table, progress_bar
from server.cli.speaking import LoaCommand
from server.services.rights import Right
from server.texts import _

if TYPE_CHECKING:
    from server.services.context import Context
    from server.services.replanning_segments import ReplannedSegment
    from server.services.views import SegmentView

SEGMENT = click.argument("segment", metavar=_("BÀI"))
NUMBER = click.option(
    "--number", type=click.IntRange(min=1), help=_("Bản ghi số mấy, đúng bản đã nghe; không nêu thì bản mới nhất.")
)


@click.command(cls=LoaCommand, help=_("Những bài đang chờ duyệt, gấp nhất trước. Ví dụ: loa vetting --as thu.lan"))
@AS
@as_json
def vetting(as_login: str | None, json_wanted: bool) -> None:
    from server.cli.running import ZONE
    from server.formats import length, moment
    from server.services.vetting_queue import queue
    from server.web.vetting_words import standing

    with opened(as_login=as_login, right=Right.SEGMENTS_VET) as context:
        found = queue(context)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (
            item.segment.code,
            str(item.version.number),
            item.segment.title,
            length(item.version.audio.duration_ms) if item.version.audio is not None else "–",
            item.version.made_by,
            ("! " if item.overdue else "") + (moment(item.version.due_at, ZONE) if item.version.due_at else "–"),
            standing(item),
        )
        for item in found.items
    ]
    headings = (_("Mã"), _("Bản"), _("Tên bài"), _("Dài"), _("Người gửi"), _("Hạn duyệt"), _("Tình trạng"))
    print_table(_("{count} bài đang chờ", count=found.total), headings, rows, numeric=(1, 3))
    if found.overdue:
        note(_("{count} bài đã quá hạn duyệt.", count=found.overdue))


@click.command(cls=LoaCommand, help=_("Gửi duyệt một bản ghi. Ví dụ: loa segments submit b0029"))
@SEGMENT
@NUMBER
@AS
@as_json
def submit(segment: str, number: int | None, as_login: str | None, json_wanted: bool) -> None:
    from server.services import vetting as service

    with opened(as_login=as_login, right=Right.SEGMENTS_SEND, segment=segment) as context:
        done = service.submit(context, segment, number)
    _tell(done, number, json_wanted=json_wanted)


@click.command(
    cls=LoaCommand,
    help=_(
        "Duyệt một bản ghi do người khác gửi; đủ người duyệt thì bản ghi được dùng. "
        "Ví dụ: loa segments approve b0029 --number 1 --as thu.lan"
    ),
)
@SEGMENT
@NUMBER
@click.option("--reason", default="", help=_("Ghi chú."))
@AS
@as_json
def approve(segment: str, number: int | None, reason: str, as_login: str | None, json_wanted: bool) -> None:
    from server.services import vetting as service

    with opened(as_login=as_login, right=Right.SEGMENTS_VET, segment=segment) as context:
        looked_at = _newest(context, segment, number)
        approved = service.approve(context, segment, looked_at, reason)
        tell_call(context, segment)
        done = _what_follows(context, approved)
    _tell(done, looked_at, json_wanted=json_wanted)


@click.command("return", cls=LoaCommand, help=_("Trả một bản ghi lại cho người gửi, có nêu lý do."))
@SEGMENT
@NUMBER
@click.option("--reason", required=True, help=_("Vì sao trả lại."))
@AS
@as_json
def return_(segment: str, number: int | None, reason: str, as_login: str | None, json_wanted: bool) -> None:
    from server.services import vetting as service

    with opened(as_login=as_login, right=Right.SEGMENTS_VET, segment=segment) as context:
        looked_at = _newest(context, segment, number)
        done = service.return_(context, segment, looked_at, reason)
    _tell(done, looked_at, json_wanted=json_wanted)


@click.command(
    cls=LoaCommand, help=_("Cho phát ngay một bài khẩn cấp trước khi duyệt; trong 24 giờ phải có người khác xem lại.")
)
@SEGMENT
@NUMBER
@click.option("--reason", required=True, help=_("Vì sao phải phát ngay."))
@AS
@as_json
def release(segment: str, number: int | None, reason: str, as_login: str | None, json_wanted: bool) -> None:
    from server.services import vetting as service

    with opened(as_login=as_login, right=Right.SEGMENTS_RELEASE, segment=segment) as context:
        looked_at = _newest(context, segment, number)
        released = service.release(context, segment, looked_at, reason)
        tell_call(context, segment)
        done = _what_follows(context, released)
    _tell(done, looked_at, json_wanted=json_wanted)


@click.command(cls=LoaCommand, help=_("Xác nhận một bài khẩn cấp đã cho phát ngay là đúng."))
@SEGMENT
@NUMBER
@click.option("--reason", default="", help=_("Ghi chú."))
@AS
@as_json
def confirm(segment: str, number: int | None, reason: str, as_login: str | None, json_wanted: bool) -> None:
    from server.services import vetting as service

    with opened(as_login=as_login, right=Right.SEGMENTS_VET, segment=segment) as context:
        looked_at = _newest(context, segment, number)
        done = service.confirm(context, segment, looked_at, reason)
    _tell(done, looked_at, json_wanted=json_wanted)


@click.command(cls=LoaCommand, help=_("Phản đối một bài khẩn cấp đã cho phát ngay: bài bị rút ở mọi đài."))
@SEGMENT
@NUMBER
@click.option("--reason", required=True, help=_("Vì sao phản đối."))
@AS
@as_json
def dispute(segment: str, number: int | None, reason: str, as_login: str | None, json_wanted: bool) -> None:
    from server.services import vetting as service
    from server.services.replanning_segments import after_withdrawal

    with opened(as_login=as_login, right=Right.SEGMENTS_VET, segment=segment) as context:
        looked_at = _newest(context, segment, number)
        disputed = service.dispute(context, segment, looked_at, reason)
        tell_recall(context, segment)
        with progress_bar(_("Lập lại lịch")) as move:
            done = after_withdrawal(context, disputed, progress=move)
    _tell(done, looked_at, json_wanted=json_wanted)


@click.command(cls=LoaCommand, help=_("Khôi phục một bài đã rút: bài chờ duyệt lại từ đầu."))
@SEGMENT
@click.option("--reason", required=True, help=_("Vì sao khôi phục."))
@AS
@as_json
def restore(segment: str, reason: str, as_login: str | None, json_wanted: bool) -> None:
    from server.services import vetting as service

    with opened(as_login=as_login, right=Right.SEGMENTS_VET, segment=segment) as context:
        done = service.restore(context, segment, reason)
    _tell(done, None, json_wanted=json_wanted)


def _newest(context: "Context", segment: str, number: int | None) -> int:
    """Of the recordings that were not given up."""
    from server.services.segments import get_segment

    if number is not None:
        return number
    versions = get_segment(context, segment).versions
    return next((version.number for version in versions if version.state != "discarded"), 1)


def _what_follows(context: "Context", segment: "SegmentView") -> "ReplannedSegment":
    from server.services.replanning_segments import with_what_follows

    with progress_bar(_("Lập lại lịch")) as move:
        return with_what_follows(context, segment, progress=move)


def _tell(segment: "SegmentView", number: int | None, *, json_wanted: bool) -> None:
    from server.cli.recordings import next_steps, print_recording
    from server.cli.replanning import tell_replanned
    from server.services.replanning_segments import ReplannedSegment

    if json_wanted:
        print_json(segment)
        return
    newest = segment.versions[0]
    print_recording(next((version for version in segment.versions if version.number == number), newest))
    if isinstance(segment, ReplannedSegment) and segment.replanned.months:
        tell_replanned(segment.replanned)
        if newest.number == 1:
            return
    if segment.state != "withdrawn" and (advice := next_steps(segment)) is not None:
        note(advice)
