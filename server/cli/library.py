"""The library of segments: add, look, withdraw."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli.delivering import tell_call, tell_recall
from server.cli.opening import AS, opened
from server.cli.printing import as_json, note, print_json, print_table, progress_bar
from server.cli.speaking import LoaGroup
from server.services.rights import Right
from server.texts import _

if TYPE_CHECKING:
    from server.services.context import Context
    from server.services.replanning_segments import ReplannedSegment
    from server.services.views import SegmentView

DAY = click.DateTime(["%Y-%m-%d"])
SEGMENT = click.argument("segment", metavar=_("BÀI"))
NUMBER = click.option("--number", type=click.IntRange(min=1), help=_("Bản ghi số mấy; không nêu thì bản mới nhất."))


@click.group(
    cls=LoaGroup,
    help=_("Kho bài phát thanh."),
    lazy={
        "submit": "server.cli.vetting:submit",
        "approve": "server.cli.vetting:approve",
        "return": "server.cli.vetting:return_",
        "release": "server.cli.vetting:release",
        "confirm": "server.cli.vetting:confirm",
        "dispute": "server.cli.vetting:dispute",
        "restore": "server.cli.vetting:restore",
        "where": "server.cli.explaining:where",
    },
)
def segments() -> None:
    pass


@segments.command(
    help=_(
        "Đưa một tệp âm thanh vào kho: đo, kiểm tra, làm bản phát sóng −23 LUFS. "
        "Ví dụ: loa segments add mot-cua.wav --title 'Một cửa ở xã' --topic c06 --language vi"
    )
)
@click.argument("file", type=click.Path(path_type=Path), metavar=_("TỆP"))
@click.option("--title", required=True, help=_("Tên bài."))
@click.option("--topic", required=True, help=_("Mã nội dung (xem loa topics)."))
@click.option(
    "--language", default="vi", show_default=True, help=_("Tiếng: vi, rad (Ê Đê), cmo (M'Nông), jra (Gia Rai).")
)
@click.option("--column", default="cchc", show_default=True, help=_("Chuyên mục."))
@click.option("--producer", help=_("Mã cơ quan sản xuất."))
@click.option(
    "--priority",
    type=click.Choice(["normal", "priority", "urgent"]),
    default="normal",
    show_default=True,
    help=_("Thường, ưu tiên hay khẩn cấp."),
)
@click.option("--valid-from", type=DAY, help=_("Ngày đầu được phát; không nêu thì hôm nay."))
@click.option("--valid-to", type=DAY, help=_("Ngày cuối được phát; không nêu thì không hạn."))
@click.option("--note", "note_text", default="", help=_("Ghi chú."))
@click.option("--draft", is_flag=True, help=_("Chưa gửi duyệt; gửi sau bằng: loa segments submit."))
@AS
@as_json
def add(
    file: Path,
    title: str,
    topic: str,
    language: str,
    column: str,
    producer: str | None,
    priority: str,
    valid_from: datetime | None,
    valid_to: datetime | None,
    note_text: str,
    draft: bool,
    as_login: str | None,
    json_wanted: bool,
) -> None:
    from server.formats import length_in_words, number
    from server.services.segments import NewSegment, add_segment

    new = NewSegment(
        title=title,
        topic=topic,
        language=language,
        column=column,
        producer=producer,
        priority=priority,
        valid_from=valid_from.date() if valid_from else None,
        valid_to=valid_to.date() if valid_to else None,
        note=note_text,
        submit=not draft,
    )
    with opened(as_login=as_login, right=Right.SEGMENTS_SEND) as context:
        with _explained(context, quiet=json_wanted), progress_bar(_("Đo và làm bản phát sóng")) as move:
            added = add_segment(
                context, file, file_name=file.name, new=new, progress=lambda part: move(round(part * 100), 100)
            )
        follows = _what_follows(context, added)
    if json_wanted:
        print_json(follows)
        return
    newest = added.versions[0]
    if newest.audio is not None and newest.state in {"draft", "submitted"}:
        note(
            _(
                "Đã thêm bài {code}: {length}, độ to gốc {before} LUFS, bản phát sóng {after} LUFS.",
                code=added.code,
                length=length_in_words(newest.audio.duration_ms),
                before=number(newest.audio.loudness_lufs, decimals=1),
                after=number(newest.audio.broadcast_loudness_lufs, decimals=1),
            )
        )
    else:
        note(_("Đã nhận bài {code}, chưa đưa vào kho.", code=added.code))
    _tell(follows)


@segments.command(
    help=_(
        "Gửi bản ghi mới cho một bài. Bản cũ vẫn dùng cho đến khi bản mới được duyệt; các khung đã công bố giữ bản cũ. "
        "Ví dụ: loa segments replace b0003 mot-cua-sua.wav"
    )
)
@SEGMENT
@click.argument("file", type=click.Path(path_type=Path), metavar=_("TỆP"))
@AS
@as_json
def replace(segment: str, file: Path, as_login: str | None, json_wanted: bool) -> None:
    from server.services.segments import replace_recording

    with opened(as_login=as_login, right=Right.SEGMENTS_SEND, segment=segment) as context:
        with _explained(context, quiet=json_wanted), progress_bar(_("Đo và làm bản phát sóng")) as move:
            changed = replace_recording(
                context, segment, file, file_name=file.name, progress=lambda part: move(round(part * 100), 100)
            )
        follows = _what_follows(context, changed)
    if json_wanted:
        print_json(follows)
        return
    newest = changed.versions[0]
    note(_("Đã nhận bản ghi {number} của bài {code}, chưa dùng.", code=changed.code, number=newest.number))
    _tell(follows)


@segments.command("list", help=_("Liệt kê bài. Ví dụ: loa segments list --query 'mot cua'"))
@click.option("--query", default="", help=_("Tìm theo tên, không cần dấu."))
@click.option("--topic", help=_("Mã nội dung."))
@click.option("--language", help=_("Tiếng."))
@click.option(
    "--state",
    type=click.Choice(
        ["processing", "held", "rejected", "draft", "submitted", "returned", "ready", "withdrawn", "discarded"]
    ),
    help=_("Chỉ các bài ở trạng thái này; không nêu thì mọi bài trừ bài đã bỏ."),
)
@as_json
def list_(query: str, topic: str | None, language: str | None, state: str | None, json_wanted: bool) -> None:
    from server.formats import length
    from server.services.segments import list_segments
    from server.web import recording_words

    with opened() as context:
        page = list_segments(
            context,
            query=query,
            topic=topic,
            language=language,
            state=state,
            besides="discarded" if state is None else None,
            limit=100_000,
        )
    if json_wanted:
        print_json(page)
        return
    rows = [
        (
            item.code,
            item.title,
            length(item.duration_ms) if item.duration_ms is not None else "–",
            item.topic,
            item.language,
            item.priority,
            "✓" if item.state == "ready" else recording_words.state(item.state).word,
        )
        for item in page.items
    ]
    headings = (_("Mã"), _("Tên bài"), _("Dài"), _("Nội dung"), _("Tiếng"), _("Ưu tiên"), _("Trạng thái"))
    print_table(_("{count} bài", count=page.total), headings, rows, numeric=(2,))


@segments.command("show", help=_("Xem một bài: trạng thái, các phép kiểm tra, bài giống, nơi phát."))
@SEGMENT
@as_json
def show(segment: str, json_wanted: bool) -> None:
    from server.cli.recordings import next_steps, print_recordings
    from server.cli.running import ZONE
    from server.formats import length, moment
    from server.services.segments import get_segment, segment_uses
    from server.web import recording_words

    with opened() as context:
        found = get_segment(context, segment)
        uses = segment_uses(context, segment)
        tell_recall(context, segment)
        tell_call(context, segment)
    if json_wanted:
        print_json({"segment": found, "uses": uses})
        return
    long = length(found.duration_ms) if found.duration_ms is not None else "–"
    state = recording_words.state(found.state)
    click.echo(f"{found.code}  {found.title}  {long}  {found.topic} {found.topic_name}  {state.sign} {state.word}")
    print_recordings(found)
    rows = [(moment(use.starts_at, ZONE), use.station, use.station_name, use.relayed_from or "") for use in uses]
    print_table(_("Phát {count} lần", count=len(uses)), (_("Lúc"), _("Mã"), _("Đài"), _("Tiếp âm")), rows)
    if found.state != "withdrawn" and (advice := next_steps(found)) is not None:
        note(advice)


@segments.command(
    help=_(
        "Cho dùng một bản ghi có phép kiểm tra không đạt. Cơ quan phụ trách nội dung quyết định, có nêu lý do. "
        "Ví dụ: loa segments overrule b0029 --reason 'Tin khẩn' --lead snv"
    )
)
@SEGMENT
@click.option("--reason", required=True, help=_("Vì sao cho dùng."))
@click.option("--lead", help=_("Mã cơ quan phụ trách nội dung; không cần nêu khi có --as."))
@NUMBER
@AS
@as_json
def overrule(
    segment: str, reason: str, lead: str | None, number: int | None, as_login: str | None, json_wanted: bool
) -> None:
    from server.services.intake import overrule as decide

    if lead is None and as_login is None:
        raise click.UsageError(_("Cần nêu --lead hoặc --as."))
    with opened(as_login=as_login, right=Right.SEGMENTS_VET, segment=segment) as context:
        done = _what_follows(context, decide(context, segment, number=number, reason=reason, lead=lead))
    _decided(done, number, json_wanted=json_wanted)


@segments.command(help=_("Giữ lại một bản ghi dù nghe giống bài đã có."))
@SEGMENT
@click.option("--reason", default="", help=_("Vì sao giữ."))
@NUMBER
@as_json
def keep(segment: str, reason: str, number: int | None, json_wanted: bool) -> None:
    from server.services.intake import keep as decide

    with opened() as context:
        done = _what_follows(context, decide(context, segment, number=number, reason=reason))
    _decided(done, number, json_wanted=json_wanted)


@segments.command(help=_("Bỏ một bản ghi đang chờ quyết định hoặc không đạt."))
@SEGMENT
@click.option("--reason", required=True, help=_("Vì sao bỏ."))
@NUMBER
@as_json
def discard(segment: str, reason: str, number: int | None, json_wanted: bool) -> None:
    from server.services.intake import discard as decide

    with opened() as context:
        done = decide(context, segment, number=number, reason=reason)
    _decided(done, number, json_wanted=json_wanted)


@segments.command(
    help=_(
        "Thay bản ghi mới nhất vào các khung đã công bố mà chưa phát. Bản ghi dài bằng bản cũ thì chỉ thay âm thanh; "
        "dài khác thì các khung đó dài ra hay ngắn lại, và chuyển chỗ nếu không vừa, trừ khung trong 24 giờ tới."
    )
)
@SEGMENT
@click.option("--reason", required=True, help=_("Vì sao thay."))
@as_json
def push(segment: str, reason: str, json_wanted: bool) -> None:
    from server.services.pushing import push_version

    with opened() as context, progress_bar(_("Lập lại lịch")) as move:
        done = push_version(context, segment, reason=reason, progress=move)
        tell_recall(context, segment)
    if json_wanted:
        print_json(done)
        return
    rows = [
        (
            month.month,
            str(month.publication.revision.number) if month.publication else "–",
            str(month.stations),
            str(month.slots),
            str(month.resized),
            str(month.left),
            _("đã bỏ") if month.draft_dropped else "",
        )
        for month in done.months
    ]
    headings = (_("Tháng"), _("Bản số"), _("Đài"), _("Khung thay"), _("Đổi độ dài"), _("Giữ bản cũ"), _("Bản nháp"))
    if rows:
        print_table(
            _("Bản ghi {number} của bài {code}", number=done.version, code=done.segment),
            headings,
            rows,
            numeric=(1, 2, 3, 4, 5),
        )
    if done.slots:
        note(
            _(
                "Đã thay bản ghi của bài {code} ở {slots} khung của {stations} đài.",
                code=done.segment,
                slots=done.slots,
                stations=done.stations,
            )
        )
    elif not done.left:
        note(_("Không có khung nào đã công bố, chưa phát, còn giữ bản ghi cũ của bài {code}.", code=done.segment))
    if done.left:
        note(_("Còn {left} khung giữ bản cũ vì quá gần giờ phát hoặc đã khóa.", left=done.left))


@segments.command(
    help=_(
        "Rút một bài: từ nay không xếp bài này vào lịch nữa, và lập lại lịch những tháng còn bài này thành bản nháp. "
        "Ví dụ: loa segments withdraw b0029 --reason 'Nội dung đã cũ'"
    )
)
@SEGMENT
@click.option("--reason", required=True, help=_("Vì sao rút."))
@AS
@as_json
def withdraw(segment: str, reason: str, as_login: str | None, json_wanted: bool) -> None:
    from server.cli.replanning import tell_replanned
    from server.services.replanning_segments import withdraw as withdraw_segment

    with (
        opened(as_login=as_login, right=Right.SEGMENTS_WITHDRAW, segment=segment) as context,
        progress_bar(_("Lập lại lịch")) as move,
    ):
        done = withdraw_segment(context, segment, reason=reason, progress=move)
        tell_recall(context, segment)
    if json_wanted:
        print_json(done)
        return
    note(_("Đã rút bài {code} «{title}».", code=done.code, title=done.title))
    tell_replanned(done.replanned)


@contextmanager
def _explained(context: "Context", *, quiet: bool) -> Iterator[None]:
    """A recording whose checks failed is shown with them before it is refused, unless a program reads."""
    from server.cli.recordings import print_recording
    from server.services.refusals import RecordingUnfit
    from server.services.segments import get_segment

    try:
        yield
    except RecordingUnfit as refusal:
        if not quiet:
            print_recording(get_segment(context, refusal.segment).versions[0])
        raise


def _what_follows(context: "Context", segment: "SegmentView") -> "ReplannedSegment":
    """The same with drafts of the months in which its recording makes a difference."""
    from server.services.replanning_segments import with_what_follows

    with progress_bar(_("Lập lại lịch")) as move:
        return with_what_follows(context, segment, progress=move)


def _tell(segment: "SegmentView", number: int | None = None) -> None:
    from server.cli.recordings import next_steps, print_recording
    from server.cli.replanning import tell_replanned
    from server.services.replanning_segments import ReplannedSegment

    newest = segment.versions[0]
    print_recording(next((version for version in segment.versions if version.number == number), newest))
    if isinstance(segment, ReplannedSegment) and segment.replanned.months:
        tell_replanned(segment.replanned)
        if newest.number == 1:
            return
    advice = next_steps(segment)
    if advice is not None:
        note(advice)


def _decided(segment: "SegmentView", number: int | None, *, json_wanted: bool) -> None:
    if json_wanted:
        print_json(segment)
    else:
        _tell(segment, number)
