"""Recordings of a station's air: sent, and what was heard in them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedules.months import Month
from server.cli.opening import MONTH, opened
from server.cli.printing import as_json, note, print_json, print_table, progress_bar
from server.cli.running import ZONE
from server.cli.speaking import LoaCommand, LoaGroup
from server.texts import _

if TYPE_CHECKING:
    from server.services.recordings import RecordingView

_HUNDRED = 100
STATION = click.argument("station", metavar=_("ĐÀI"))


@click.group(cls=LoaGroup, help=_("Bản ghi sóng của đài: gửi lên, xem nghe được những bài nào."))
def recordings() -> None:
    pass


@recordings.command(
    "send",
    help=_(
        "Gửi một bản ghi sóng của đài và nghe ngay. Ví dụ: loa recordings send h654 ghi-am.mp3 --at '2026-12-05 05:00'"
    ),
)
@STATION
@click.argument("file", metavar=_("TỆP"), type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--at",
    "begins",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"]),
    help=_("Bản ghi bắt đầu lúc nào, giờ Việt Nam; không cần đúng hẳn."),
)
@as_json
def send(station: str, file: Path, begins: datetime | None, json_wanted: bool) -> None:
    from server.services.hearing import send_recording
    from server.services.recordings import copy_in

    with opened() as context, progress_bar(_("Nghe bản ghi")) as move:
        view = send_recording(
            context,
            station,
            copy_in(context, file),
            file_name=file.name,
            claimed_at=begins.replace(tzinfo=ZONE) if begins else None,
            progress=lambda share: move(int(share * _HUNDRED), _HUNDRED),
        )
    _tell(view, json_wanted=json_wanted)


@click.command(
    cls=LoaCommand,
    help=_(
        "Nghe luồng phát trên mạng của một đài trong ít phút, như một bản ghi sóng. "
        "Ví dụ: loa listen http://phat.example/h654 --station h654 --minutes 45"
    ),
)
@click.argument("url", metavar="URL")
@click.option("--station", required=True, metavar=_("ĐÀI"), help=_("Mã đài."))
@click.option(
    "--minutes", type=click.FloatRange(0, 1440, min_open=True), default=60, show_default=True, help=_("Ghi mấy phút.")
)
@as_json
def listen(url: str, station: str, minutes: float, json_wanted: bool) -> None:
    from datetime import timedelta

    from server.services.stream_recording import listen

    with opened() as context, progress_bar(_("Nghe bản ghi")) as move:
        view = listen(
            context,
            station,
            url,
            timedelta(minutes=minutes),
            progress=lambda share: move(int(share * _HUNDRED), _HUNDRED),
        )
    _tell(view, json_wanted=json_wanted)


@recordings.command("list", help=_("Liệt kê bản ghi sóng của một đài trong tháng."))
@STATION
@MONTH
@as_json
def list_command(station: str, month: Month, json_wanted: bool) -> None:
    from server.formats import length, moment
    from server.services.recordings import list_recordings
    from server.web import airing_words

    with opened() as context:
        found = list_recordings(context, station, month)
    if json_wanted:
        print_json(found)
        return
    print_table(
        _("Bản ghi sóng của {station}, tháng {month}", station=station, month=month),
        [_("Số"), _("Bản ghi"), _("Bắt đầu"), _("Dài"), _("Trạng thái"), _("Nghe thấy"), _("Không thấy")],
        [
            [
                str(each.id),
                each.file_name,
                moment(each.begins_at, ZONE) if each.begins_at else "–",
                length(each.length_ms) if each.length_ms else "–",
                airing_words.recording(each.state).word,
                str(each.found),
                str(each.missing),
            ]
            for each in found
        ],
        numeric=[0, 3, 5, 6],
    )


@recordings.command("show", help=_("Cho xem những bài nghe được, và không nghe được, trong một bản ghi."))
@STATION
@click.argument("number", metavar=_("SỐ"), type=int)
@as_json
def show(station: str, number: int, json_wanted: bool) -> None:
    from server.services.recordings import recording_view

    with opened() as context:
        view = recording_view(context, station, number)
    _tell(view, json_wanted=json_wanted)


def _tell(view: "RecordingView", *, json_wanted: bool) -> None:
    from server.formats import length, moment, number
    from server.web import airing_words

    if json_wanted:
        print_json(view)
        return
    state = airing_words.recording(view.state)
    note(
        _(
            "{sign} Bản ghi {number} ({file}): {state}",
            sign=state.sign,
            number=view.id,
            file=view.file_name,
            state=state.word,
        )
    )
    if view.trouble is not None:
        note(f"✕ {view.trouble.sentence}")
    if view.begins_at is not None:
        note(
            _("Bắt đầu {moment}, {how}.", moment=moment(view.begins_at, ZONE), how=airing_words.placed(view.placed_by))
        )
    if view.state != "heard":
        return
    print_table(
        _("Những gì nghe được và không nghe được"),
        [_("Từ"), _("Bài"), _("Khung phát"), _("Nghe được"), _("Chắc"), _("Quyết định")],
        [
            [
                moment(match.starts_at, ZONE) if match.starts_at else length(match.start_ms),
                match.title,
                match.slot or _("ngoài lịch"),
                length(match.heard_ms) if match.found else _("không thấy"),
                f"{number(match.confidence * _HUNDRED)} %" if match.found else "–",
                airing_words.match(match.state),
            ]
            for match in view.matches
        ],
        numeric=[3, 4],
    )
