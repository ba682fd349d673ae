"""What was recalled and what is urgent, from the terminal: which stations have answered."""

from typing import TYPE_CHECKING

import click

from server.cli.opening import AS, opened
from server.cli.printing import as_json, note, print_json, print_table
from server.cli.speaking import LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.context import Context

WHICH = click.argument("number", type=click.IntRange(min=1), metavar=_("SỐ"))


@click.group(cls=LoaGroup, help=_("Bài đã thu hồi: đài nào còn giữ, đài nào đã xóa."))
def recalls() -> None:
    pass


@recalls.command("list", help=_("Liệt kê các lần thu hồi, mới nhất trước. Ví dụ: loa recalls list --segment b0029"))
@click.option("--segment", help=_("Chỉ của bài này."))
@as_json
def list_recalls(segment: str | None, json_wanted: bool) -> None:
    from server.services.recall_views import list_recalls as listed
    from server.web.delivering_words import recall_kind
    from server.web.moments import full

    with opened() as context:
        found = listed(context, segment=segment, limit=100_000)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (
            str(each.number),
            each.segment,
            each.title,
            recall_kind(each.kind),
            full(each.at),
            f"{each.removed + each.never_had}/{each.concerned}",
            str(each.open),
            str(each.aired),
        )
        for each in found.items
    ]
    headings = (
        _("Số"),
        _("Mã"),
        _("Tên bài"),
        _("Loại"),
        _("Thu hồi lúc"),
        _("Đã xóa"),
        _("Chưa báo"),
        _("Phát sau thu hồi"),
    )
    print_table(_("{count} lần thu hồi", count=found.total), headings, rows, numeric=(0, 5, 6, 7))


@recalls.command(
    "show",
    help=_(
        "Xem một lần thu hồi, từng đài; mã thoát 1 khi còn đài chưa báo hoặc đã phát sau thu hồi. Ví dụ: loa recalls show 1"
    ),
)
@WHICH
@as_json
def show_recall(number: int, json_wanted: bool) -> int:
    from server.services.recall_views import get_recall
    from server.web.delivering_words import recall_sentence, recall_state
    from server.web.moments import full

    with opened() as context:
        found = get_recall(context, number)
    open_ = bool(found.recall.open or found.recall.aired) and found.recall.ended_at is None
    if json_wanted:
        print_json(found)
        return int(open_)
    click.echo(f"{found.recall.segment}  {found.recall.title}  {full(found.recall.at)}  «{found.recall.reason}»")
    click.echo(recall_sentence(found.recall))
    rows = []
    for line in found.stations:
        if line.state == "apart" and not line.aired:
            continue
        told = recall_state(line.state)
        rows.append(
            (
                line.station.code,
                line.station.name,
                f"{told.sign} {told.word}",
                full(line.has.at) if line.has else "–",
                full(line.answered_at) if line.answered_at else "–",
                ", ".join(full(each.starts_at) for each in line.aired) or "–",
            )
        )
    headings = (_("Mã"), _("Đài"), _("Tình trạng"), _("Có tệp từ"), _("Trả lời lúc"), _("Phát sau thu hồi"))
    print_table(_("Từng đài"), headings, rows)
    return int(open_)


@click.group(cls=LoaGroup, help=_("Bài khẩn cấp: gọi đài nào, đài nào đã phát."))
def emergencies() -> None:
    pass


@emergencies.command("list", help=_("Liệt kê các lần phát khẩn cấp, mới nhất trước. Ví dụ: loa emergencies list"))
@as_json
def list_emergencies(json_wanted: bool) -> None:
    from server.services.emergency_views import list_emergencies as listed
    from server.web.delivering_words import call_state
    from server.web.moments import full

    with opened() as context:
        found = listed(context, limit=100_000)
    if json_wanted:
        print_json(found)
        return
    rows = [
        (
            str(each.number),
            each.segment,
            each.title,
            full(each.at),
            full(each.until),
            call_state(each.state).word,
            f"{each.played}/{each.stations}",
        )
        for each in found.items
    ]
    headings = (_("Số"), _("Mã"), _("Tên bài"), _("Duyệt lúc"), _("Đến"), _("Tình trạng"), _("Đã phát"))
    print_table(_("{count} lần phát khẩn cấp", count=found.total), headings, rows, numeric=(0, 6))


@emergencies.command(
    "show",
    help=_("Xem một lần phát khẩn cấp, từng đài; mã thoát 1 khi còn đài chưa phát. Ví dụ: loa emergencies show 1"),
)
@WHICH
@as_json
def show_emergency(number: int, json_wanted: bool) -> int:
    from server.services.emergency_views import get_emergency
    from server.web.delivering_words import after, call_sentence, emergency_state
    from server.web.moments import full

    with opened() as context:
        found = get_emergency(context, number)
    call = found.emergency
    waiting = int(call.played < call.stations)
    if json_wanted:
        print_json(found)
        return waiting
    click.echo(f"{call.segment}  {call.title}  {full(call.at)}")
    click.echo(_("{played} trên {stations} đài đã phát.", played=call.played, stations=call.stations))
    click.echo(call_sentence(call))
    rows = []
    for line in found.stations:
        told = emergency_state(line.state)
        rows.append(
            (
                line.station.code,
                line.station.name,
                f"{told.sign} {told.word}",
                full(line.received_at) if line.received_at else "–",
                full(line.played_at) if line.played_at else "–",
                after(line) or "–",
            )
        )
    headings = (_("Mã"), _("Đài"), _("Tình trạng"), _("Nhận lúc"), _("Phát lúc"), _("Sau khi duyệt"))
    print_table(_("Từng đài"), headings, rows)
    return waiting


@emergencies.command(
    "end",
    help=_(
        "Kết thúc một lần phát khẩn cấp: đài chưa phát thì không phát nữa. Ví dụ: loa emergencies end 1 --reason 'Bão đã tan' --as chu-tri"
    ),
)
@WHICH
@click.option("--reason", required=True, help=_("Vì sao kết thúc."))
@AS
@as_json
def end(number: int, reason: str, as_login: str | None, json_wanted: bool) -> None:
    from server.services.emergency_views import end_emergency
    from server.services.rights import Right

    with opened(as_login=as_login, right=Right.SEGMENTS_RELEASE) as context:
        ended = end_emergency(context, number, reason=reason)
    if json_wanted:
        print_json(ended)
        return
    note(
        _(
            "Đã kết thúc lần phát khẩn cấp số {number}; {played} trên {stations} đài đã phát.",
            number=number,
            played=ended.played,
            stations=ended.stations,
        )
    )


def tell_call(context: "Context", segment: str) -> None:
    """After a decision on a segment: that it called stations out, if it did."""
    from server.services.emergency_views import list_emergencies as listed

    newest = next(iter(listed(context, segment=segment, limit=1).items), None)
    if newest is not None and newest.state == "calling":
        note(
            _(
                "Bài khẩn cấp: đang gọi {count} đài phát ngay. Xem đài nào đã phát: loa emergencies show {number}",
                count=newest.stations,
                number=newest.number,
            )
        )


def tell_recall(context: "Context", segment: str) -> None:
    """After a withdrawal or a push: who still has what was recalled by it."""
    from server.services.recall_views import list_recalls as listed

    newest = next(iter(listed(context, segment=segment, limit=1).items), None)
    if newest is not None and newest.ended_at is None:
        note(
            _(
                "Đã thu hồi: {count} đài có bài. Xem đài nào đã xóa: loa recalls show {number}",
                count=newest.concerned,
                number=newest.number,
            )
        )
