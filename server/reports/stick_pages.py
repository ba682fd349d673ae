"""The page that plays a USB stick where there is no network, and the note that lies beside it.

The page is one file with script and style in it, since pages opened from a folder may load no modules and fetch
nothing; it remembers nothing. Its script keeps to what browsers of 2013 know.
"""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from server.reports.stick_figures import StickFigures, StickSlot
from server.reports.wording import clock, day, length, period_words, text, weekday

_SOURCE = Path(__file__).parent / "stick" / "index.html"


def stick_page(stick: StickFigures) -> bytes:
    """The same figures give the same bytes."""
    numbered = list(enumerate(stick.slots))
    days: list[dict[str, Any]] = []
    for each in sorted({slot.starts_at.date() for slot in stick.slots}):
        of_it = [(number, slot) for number, slot in numbered if slot.starts_at.date() == each]
        days.append(
            {
                "iso": each.isoformat(),
                "name": _day(each),
                "playlist": stick.day_playlists[each],
                "clocks": ", ".join(clock(slot.starts_at) for _, slot in of_it),
                "slots": [_shown(number, slot) for number, slot in of_it],
            }
        )
    return (
        _template()
        .render(stick=stick, period=period_words(stick.first, stick.last), days=days, data=_data(stick.slots))
        .encode()
    )


def stick_note(stick: StickFigures) -> bytes:
    """For who opens the stick on some computer: UTF-8 with a mark and DOS line ends, as Notepad of any age reads it."""
    lines = [
        f"{text(stick.station)}: {period_words(stick.first, stick.last)}",
        "; ".join(stick.revisions),
        "",
        "* Mở index.html bằng trình duyệt (Chrome, Edge, Firefox): nghe từng khung, hoặc để trang tự phát đúng giờ. Không cần mạng.",
        f"* Hoặc mở {stick.playlist} bằng VLC; mỗi ngày có một danh sách riêng: ngay-NĂM-THÁNG-NGÀY.m3u8.",
        "* Máy phát chỉ có cổng USB: phát thư mục am-thanh; "
        + (
            "mỗi tệp là một khung, xếp theo thứ tự phát."
            if stick.one_file_a_slot
            else "mỗi bài một tệp, đánh số theo lần phát đầu tiên."
        ),
        "* In lich-phat.pdf và so-nhat-ky.pdf; ghi vào sổ sau mỗi buổi phát và báo lại cho Loa.",
        "* Lịch được công bố lại, hoặc có bài bị rút, thì gói này đã cũ: hãy lấy gói mới.",
        *(f"* Tháng {month} chưa có lịch được công bố, nên chưa có trong gói này." for month in stick.unpublished),
        "",
    ]
    return "\ufeff".encode() + "\r\n".join(lines).encode()


def _day(value: date) -> str:
    return f"{weekday(value)} {day(value)}"


def _shown(number: int, slot: StickSlot) -> dict[str, Any]:
    return {
        "number": number,
        "clock": clock(slot.starts_at),
        "column": slot.column,
        "length": length(slot.length_ms),
        "titles": slot.titles,
        "files": [{"path": each.path, "name": each.path.rpartition("/")[2]} for each in slot.files],
    }


def _data(slots: tuple[StickSlot, ...]) -> Markup:
    """For the script: JSON in which nothing ends a script or opens a comment."""
    rows = [
        [
            f"{slot.starts_at:%Y-%m-%dT%H:%M:%S}",
            slot.length_ms,
            f"{clock(slot.starts_at)} {_day(slot.starts_at.date())}, {slot.column}",
            [[each.path, each.at_ms, each.duration_ms] for each in slot.files],
        ]
        for slot in slots
    ]
    written = msgspec.json.encode(rows).decode().replace("<", "\\u003c").replace("\u2028", "\\u2028")
    return Markup(written.replace("\u2029", "\\u2029"))  # noqa: S704 (escaped above)


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_SOURCE.read_text("utf-8"))
