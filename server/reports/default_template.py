"""Loa's own Word template of a report, made anew from this file: an office edits what comes out and gives it back."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from server.reports.word_form import (
    body,
    columns,
    head,
    lying_section,
    new_document,
    packed,
    paragraph,
    row_of,
    run,
    table,
    tag_row,
)

_WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
_STATION_WIDTHS = (9, 44, 24, 11, 11, 11, *((14,) * 8), 12, 33)
_STATION_HEADINGS = (
    "STT",
    "Đài",
    "Địa bàn",
    "Khung đã lập",
    "Khung đã phát",
    "Khẩn cấp",
    "Yêu cầu",
    "Kế hoạch",
    "Đã giao",
    "Đài báo",
    "Máy ghi",
    "Nghe được",
    "Được tính",
    "Còn thiếu",
    "Tỷ lệ (%)",
    "Kết quả, ghi chú",
)
_STATION_SIDES = ("center", "left", "left", *(("right",) * 12), "left")
_STATION_NUMBERS = (
    "slots_planned",
    "slots_aired",
    "urgent",
    "required",
    "planned",
    "delivered",
    "reported",
    "logged",
    "heard",
    "counted",
    "short",
    "percent",
)


@cache
def default_template() -> bytes:
    """A .docx whose fields `report_docx` fills; the same bytes each time."""
    made = new_document()
    fields = {name: f"{{{{ {name} }}}}" for name in ("agency_over", "agency", "number", "place_and_day")}
    head(made, fields)
    paragraph(made, "{%p if sample %}")
    paragraph(made, "{{ sample }}", side="center", bold=True)
    paragraph(made, "{%p endif %}")
    paragraph(made, "{{ title }}", side="center", size=14, bold=True, after=0).paragraph_format.space_before = 150_000
    paragraph(made, "{{ subject }}", side="center", size=14, bold=True, after=0)
    paragraph(made, "――――――――", side="center", size=8)
    for each, field, italic in (("ground", "grounds", True), ("sentence", "sentences", False)):
        paragraph(made, f"{{%p for {each} in {field} %}}")
        body(made, f"{{{{ {each} }}}}", italic=italic)
        paragraph(made, "{%p endfor %}")
    _summary(made)
    _topics(made)
    _trend(made)
    _ending(made)
    _stations(made)
    _missed(made)
    _changes(made)
    paragraph(made, "", size=2, after=0)
    return packed(made, at=_WRITTEN, title="{{ subject }}", sample=False)


def _heading(made: Any, words: str) -> None:
    paragraph(made, words, bold=True, with_next=True)


def _summary(made: Any) -> None:
    _heading(made, "Kết quả chung")
    body(made, "Tính đến {{ as_of }}, thời lượng được tính từ mức: {{ policy }}.", with_next=True)
    headings = ("Số đài", "Có quy định", "Đạt", "Chưa đạt", "Yêu cầu", "Được tính", "Còn thiếu", "Tỷ lệ (%)")
    laid = table(made, (17, 20, 15, 19, 24, 25, 24, 21), headings, size=11)
    names = ("stations", "asked", "met", "not_met", "required", "counted", "short", "percent")
    row_of(
        laid,
        [f"{{{{ totals.{name} }}}}" for name in names],
        sides=(*(("center",) * 4), *(("right",) * 4)),
        size=11,
    )
    for name, words in (
        ("statuses", "Số đài theo kết quả"),
        ("areas", "Thời lượng được tính so với yêu cầu"),
    ):
        paragraph(made, f"{{%p if charts.{name} %}}")
        caption = paragraph(made, words, side="center", size=12, italic=True, with_next=True)
        caption.paragraph_format.space_before = 100_000
        paragraph(made, f"{{{{ charts.{name} }}}}", side="center")
        paragraph(made, "{%p endif %}")


def _topics(made: Any) -> None:
    paragraph(made, "{%p if topics %}")
    _heading(made, "Kết quả theo nội dung")
    paragraph(made, "{%p if topics_remark %}")
    body(made, "{{ topics_remark }}", italic=True, with_next=True)
    paragraph(made, "{%p endif %}")
    headings = ("Nội dung", "Cơ quan chủ trì", "Số bài", "Lượt phát", "Kế hoạch", "Được tính", "Tỷ trọng (%)")
    laid = table(made, (45, 34, 14, 15, 20, 20, 17), headings, size=11)
    sides = ("left", "left", *(("right",) * 5))
    totals = ("segments", "airings", "planned", "counted")
    row_of(
        laid,
        ["Tổng cộng", "", *(f"{{{{ topics_total.{name} }}}}" for name in totals), ""],
        sides=sides,
        size=11,
        bold=True,
    )
    _repeated(laid, "topics", ("topic", "lead", *totals, "share"), sides, size=11)
    paragraph(made, "{%p endif %}")


def _trend(made: Any) -> None:
    paragraph(made, "{%p if trend %}")
    _heading(made, "Xu hướng qua các tháng")
    paragraph(made, "{{ charts.months }}", side="center", with_next=True)
    headings = ("Tháng", "Số đài đạt", "Số đài", "Yêu cầu", "Được tính", "Tỷ lệ (%)")
    laid = table(made, (27.5,) * 6, headings, size=11)
    names = ("month", "stations_met", "stations", "required", "counted", "percent")
    _repeated(laid, "trend", names, ("center", *(("right",) * 5)), size=11)
    paragraph(made, "{%p endif %}")


def _ending(made: Any) -> None:
    """The last paragraphs stay with the signature, which so never stands alone on its page."""
    _heading(made, "Số liệu")
    body(made, "{{ remark }}", with_next=True)
    paragraph(made, "{%p if closing %}")
    paragraph(made, "{{ charts.qr }}", with_next=True, after=0)
    paragraph(
        made,
        "{{ closing.told }}, mã {{ closing.code }}. Kiểm tra tại: {{ closing.url }}",
        size=11,
        with_next=True,
        after=0,
    )
    paragraph(made, "Mã băm của số liệu: {{ closing.hash }}", size=11, with_next=True)
    paragraph(made, "{%p endif %}")
    left, right = columns(made, (75, 90))
    first = left.paragraphs[0]
    run(first, "Nơi nhận:", size=12, bold=True, italic=True)
    first.paragraph_format.space_after = 0
    paragraph(left, "{%p for recipient in recipients %}")
    paragraph(left, "- {{ recipient }}", size=11, after=0)
    paragraph(left, "{%p endfor %}")
    right.paragraphs[0].add_run("{%p for line in signer_title %}")
    paragraph(right, "{{ line }}", side="center", bold=True, after=0)
    paragraph(right, "{%p endfor %}")
    for _line in range(4):
        paragraph(right, "", after=0)


def _annex(made: Any, number: str, words: str) -> None:
    lying_section(made)
    paragraph(made, f"Phụ lục {number}", side="center", size=14, bold=True, after=0)
    paragraph(made, words.upper(), side="center", size=14, bold=True, after=0)
    paragraph(made, "{{ annex_of }}", side="center", italic=True)
    paragraph(made, "{%p if sample %}")
    paragraph(made, "{{ sample }}", side="center", bold=True)
    paragraph(made, "{%p endif %}")


def _stations(made: Any) -> None:
    _annex(made, "I", "Kết quả của từng đài")
    laid = table(made, _STATION_WIDTHS, _STATION_HEADINGS, size=9)
    totals = [
        "",
        "Tổng cộng: {{ totals.stations }} đài",
        "",
        *(f"{{{{ totals.{name} }}}}" for name in _STATION_NUMBERS),
        "Đạt: {{ totals.met }}; chưa đạt: {{ totals.not_met }}",
    ]
    row_of(laid, totals, sides=_STATION_SIDES, size=9, bold=True)
    tag_row(laid, "{%tr for row in rows %}")
    cells = [f"{{{{ row.{name} }}}}" for name in ("position", "name", "area", *_STATION_NUMBERS)]
    cells.append("{{ row.status }}{% if row.note %}. {{ row.note }}{% endif %}")
    row_of(laid, cells, sides=_STATION_SIDES, size=9)
    tag_row(laid, "{%tr endfor %}")


def _missed(made: Any) -> None:
    paragraph(made, "{%p if missed %}")
    headings = ("STT", "Đài", "Ngày", "Giờ", "Nội dung", "Độ dài", "Lý do")
    _next_annex(made, "II", "Các khung không phát")
    paragraph(made, "{%p if missed_remark %}")
    paragraph(made, "{{ missed_remark }}", side="center", italic=True, with_next=True)
    paragraph(made, "{%p endif %}")
    laid = table(made, (10, 70, 22, 14, 76, 18, 57), headings, size=10)
    names = ("position", "station", "day", "time", "what", "length", "reason")
    _repeated(laid, "missed", names, ("center", "left", "center", "center", "left", "right", "left"), size=10)
    paragraph(made, "{%p endif %}")


def _changes(made: Any) -> None:
    paragraph(made, "{%p if changes %}")
    _next_annex(made, "{{ changes_annex }}", "Thay đổi so với lần chốt đầu")
    told = ("Kế hoạch", "Đài báo", "Được tính", "Còn thiếu", "Kết quả")
    headings = ("Tháng", "Đài", *(f"{each} {when}" for each in told for when in ("trước", "sau")))
    laid = table(made, (15, 50, *((19,) * 8), 25, 25), headings, size=10)
    names = ("planned", "reported", "counted", "short", "status")
    fields = ("month", "station", *(name for each in names for name in (f"{each}_before", each)))
    _repeated(laid, "changes", fields, ("center", "left", *(("right",) * 8), "left", "left"), size=10)
    paragraph(made, "{%p endif %}")


def _next_annex(made: Any, number: str, words: str) -> None:
    """On a page of its own, with the numbers of the annex before it."""
    first = paragraph(made, f"Phụ lục {number}", side="center", size=14, bold=True, after=0, with_next=True)
    first.paragraph_format.page_break_before = True
    paragraph(made, words.upper(), side="center", size=14, bold=True, after=0, with_next=True)
    paragraph(made, "{{ annex_of }}", side="center", italic=True, with_next=True)


def _repeated(laid: Any, field: str, names: tuple[str, ...], sides: tuple[str, ...], *, size: float) -> None:
    tag_row(laid, f"{{%tr for row in {field} %}}")
    row_of(laid, [f"{{{{ row.{name} }}}}" for name in names], sides=sides, size=size)
    tag_row(laid, "{%tr endfor %}")
