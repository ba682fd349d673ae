"""The library of segments: add, look, withdraw."""

from datetime import datetime
from pathlib import Path

import click

from server.cli.opening import opened
from server.cli.printing import as_json, note, print_json, print_table, progress_bar
from server.cli.speaking import LoaGroup
from server.texts import _

DAY = click.DateTime(["%Y-%m-%d"])


@click.group(cls=LoaGroup, help=_("Kho bài phát thanh."))
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
    )
    with opened() as context, progress_bar(_("Đo và làm bản phát sóng")) as move:
        added = add_segment(
            context, file, file_name=file.name, new=new, progress=lambda part: move(round(part * 100), 100)
        )
    if json_wanted:
        print_json(added)
        return
    note(
        _(
            "Đã thêm bài {code}: {length}, độ to gốc {before} LUFS, bản phát sóng {after} LUFS.",
            code=added.code,
            length=length_in_words(added.duration_ms),
            before=number(added.audio.loudness_lufs, decimals=1),
            after=number(added.audio.broadcast_loudness_lufs, decimals=1),
        )
    )


@segments.command("list", help=_("Liệt kê bài. Ví dụ: loa segments list --query 'mot cua'"))
@click.option("--query", default="", help=_("Tìm theo tên, không cần dấu."))
@click.option("--topic", help=_("Mã nội dung."))
@click.option("--language", help=_("Tiếng."))
@as_json
def list_(query: str, topic: str | None, language: str | None, json_wanted: bool) -> None:
    from server.formats import length
    from server.services.segments import list_segments

    with opened() as context:
        page = list_segments(context, query=query, topic=topic, language=language, limit=100_000)
    if json_wanted:
        print_json(page)
        return
    states = {"ready": "✓", "withdrawn": _("đã rút")}
    rows = [
        (item.code, item.title, length(item.duration_ms), item.topic, item.language, item.priority, states[item.state])
        for item in page.items
    ]
    headings = (_("Mã"), _("Tên bài"), _("Dài"), _("Nội dung"), _("Tiếng"), _("Ưu tiên"), _("Trạng thái"))
    print_table(_("{count} bài", count=page.total), headings, rows, numeric=(2,))


@segments.command("show", help=_("Xem một bài và nơi phát bài đó."))
@click.argument("segment", metavar=_("BÀI"))
@as_json
def show(segment: str, json_wanted: bool) -> None:
    from server.cli.running import ZONE
    from server.formats import length, moment
    from server.services.segments import get_segment, segment_uses

    with opened() as context:
        found = get_segment(context, segment)
        uses = segment_uses(context, segment)
    if json_wanted:
        print_json({"segment": found, "uses": uses})
        return
    click.echo(f"{found.code}  {found.title}  {length(found.duration_ms)}  {found.topic} {found.topic_name}")
    rows = [(moment(use.starts_at, ZONE), use.station, use.station_name, use.relayed_from or "") for use in uses]
    print_table(_("Phát {count} lần", count=len(uses)), (_("Lúc"), _("Mã"), _("Đài"), _("Tiếp âm")), rows)


@segments.command(help=_("Rút một bài: từ nay không xếp bài này vào lịch nữa."))
@click.argument("segment", metavar=_("BÀI"))
@click.option("--reason", required=True, help=_("Vì sao rút."))
@as_json
def withdraw(segment: str, reason: str, json_wanted: bool) -> None:
    from server.services.segments import withdraw_segment

    with opened() as context:
        done = withdraw_segment(context, segment, reason=reason)
    if json_wanted:
        print_json(done)
        return
    note(
        _(
            "Đã rút bài {code} «{title}». Lập lại lịch các tháng tới bằng loa plan make.",
            code=done.code,
            title=done.title,
        )
    )
