"""The report as .xlsx: real numbers to sort, filter and add up.

A length is Excel's, a part of a day, in the whole seconds that stand on paper: formats of cells would round it to the
nearest. Hidden columns have it in milliseconds. What is over a column is a formula over what the filter leaves, with
its value; of lengths, over milliseconds.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import msgspec
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from server.reports.charts import month_words
from server.reports.figures import ReportFigures, StationRow, Totals
from server.reports.report_words import REMARK, subject, topics_remark
from server.reports.wording import NOTHING, SAMPLE, TIERS, ZONE, clock, day, local_day, moment, text

_DAY_S = 86_400
# As wording.length has it: hours only where there are any.
_LENGTH: dict[str, object] = {"num_format": "[>=0.04166][h]:mm:ss;mm:ss", "valign": "top", "align": "right"}
_EXACT = "Các cột ẩn bên phải mỗi bảng ghi cùng các thời lượng ấy bằng mili giây, chưa làm tròn."
_FORMATS: dict[str, dict[str, object]] = {
    "text": {"text_wrap": True, "valign": "top"},
    "count": {"num_format": "#,##0", "valign": "top"},
    "length": _LENGTH,
    "short": _LENGTH,
    "share": {"num_format": "0.0%", "valign": "top", "align": "right"},
}

Cell = str | int | float | None


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` "length" and "short" take milliseconds and show them rounded down and up. `total` is a formula in which
    {range} is the column's cells, {ms} the sum of its milliseconds; None leaves it empty.
    """

    heading: str
    kind: str
    width: float
    total: str | None = None


_SUM = "=SUBTOTAL(109,{range})"


_DOWN, _UP = f"ROUNDDOWN({{ms}}/1000,0)/{_DAY_S}", f"ROUNDUP({{ms}}/1000,0)/{_DAY_S}"


def _lengths(*headings: str) -> list[Column]:
    return [Column(heading=heading, kind="length", width=12, total=f"={_DOWN}") for heading in headings]


def _counts(*headings: str) -> list[Column]:
    return [Column(heading=heading, kind="count", width=11, total=_SUM) for heading in headings]


# T1 and AA1 are the milliseconds of "Yêu cầu" and "Còn thiếu". Where nothing is required, nothing is short.
_STATIONS = [
    Column(heading="STT", kind="count", width=6),
    Column(heading="Mã đài", kind="text", width=11),
    Column(heading="Đài", kind="text", width=46),
    Column(heading="Địa bàn", kind="text", width=26),
    Column(heading="Cấp", kind="text", width=9),
    *_counts("Khung đã lập", "Khung đã phát", "Khẩn cấp"),
    Column(heading="Yêu cầu", kind="length", width=12, total=f'=IF(T1>0,{_DOWN},"{NOTHING}")'),
    *_lengths("Kế hoạch", "Đã giao", "Đài báo", "Máy ghi", "Nghe được", "Được tính"),
    Column(heading="Còn thiếu", kind="short", width=12, total=f'=IF(T1>0,{_UP},"{NOTHING}")'),
    Column(heading="Tỷ lệ", kind="share", width=9, total=f'=IF(T1>0,INT((T1-AA1)*1000/T1)/1000,"{NOTHING}")'),
    Column(heading="Kết quả", kind="text", width=18),
    Column(heading="Ghi chú", kind="text", width=40),
]
_TOPICS = [
    Column(heading="Nội dung", kind="text", width=56),
    Column(heading="Cơ quan chủ trì", kind="text", width=30),
    *_counts("Số bài", "Lượt phát"),
    *_lengths("Kế hoạch", "Được tính"),
    Column(heading="Tỷ trọng", kind="share", width=10),
]
_TREND = [
    Column(heading="Tháng", kind="text", width=11),
    Column(heading="Số đài đạt", kind="count", width=12),
    Column(heading="Số đài", kind="count", width=12),
    *_lengths("Yêu cầu", "Được tính"),
    Column(heading="Tỷ lệ", kind="share", width=10),
]
_MISSED = [
    Column(heading="Đài", kind="text", width=46),
    Column(heading="Ngày", kind="text", width=12),
    Column(heading="Giờ", kind="text", width=8),
    Column(heading="Nội dung", kind="text", width=50),
    *_lengths("Độ dài"),
    Column(heading="Lý do", kind="text", width=40),
]
_CHANGED = {
    "Kế hoạch trước": "planned_before_ms",
    "Kế hoạch sau": "planned_ms",
    "Đài báo trước": "reported_before_ms",
    "Đài báo sau": "reported_ms",
    "Được tính trước": "counted_before_ms",
    "Được tính sau": "counted_ms",
    "Còn thiếu trước": "short_before_ms",
    "Còn thiếu sau": "short_ms",
}
_CHANGES = [
    Column(heading="Tháng", kind="text", width=11),
    Column(heading="Đài", kind="text", width=46),
    *_lengths(*list(_CHANGED)[:-2]),
    *[Column(heading=each, kind="short", width=12, total=f"={_UP}") for each in list(_CHANGED)[-2:]],
    Column(heading="Kết quả trước", kind="text", width=18),
    Column(heading="Kết quả sau", kind="text", width=18),
]


def report_xlsx(figures: ReportFigures) -> bytes:
    """The same figures give the same bytes."""
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties(
        {
            "title": subject(figures),
            "company": text(figures.office.agency),
            "comments": SAMPLE if figures.sample else "",
            "created": figures.as_of.astimezone(ZONE).replace(tzinfo=None),
        }
    )
    book.set_calc_mode("auto")
    sheets = _Sheets(book, sample=figures.sample)
    sheets.summary(figures)
    totals = figures.totals
    sheets.table(
        "Chi tiết đài",
        _STATIONS,
        [_station_cells(row) for row in figures.rows],
        totals={
            **{heading: getattr(totals, name) for heading, name in _COUNTED.items()},
            **_timed(totals),
            "Tỷ lệ": _share(totals.tenths),
        },
    )
    sheets.table(
        "Nội dung",
        _TOPICS,
        [
            [
                row.topic,
                row.lead,
                row.segments,
                row.airings,
                row.planned_ms,
                row.counted_ms,
                _share(figures.share_of(row)),
            ]
            for row in figures.topics
        ],
        totals={
            "Số bài": sum(row.segments for row in figures.topics),
            "Lượt phát": sum(row.airings for row in figures.topics),
            "Kế hoạch": sum(row.planned_ms for row in figures.topics),
            "Được tính": sum(row.counted_ms for row in figures.topics),
        },
    )
    sheets.table(
        "Xu hướng",
        _TREND,
        [
            [
                month_words(row.month),
                row.stations_met,
                row.stations,
                row.required_ms,
                row.counted_ms,
                _share(row.tenths),
            ]
            for row in figures.trend
        ],
        totals={
            "Yêu cầu": sum(row.required_ms for row in figures.trend),
            "Được tính": sum(row.counted_ms for row in figures.trend),
        },
    )
    if figures.missed:
        sheets.table(
            "Không phát",
            _MISSED,
            [
                [
                    each.station,
                    day(local_day(each.starts_at)),
                    clock(each.starts_at),
                    each.what,
                    each.length_ms,
                    each.reason,
                ]
                for each in figures.missed
            ],
            totals={"Độ dài": sum(each.length_ms for each in figures.missed)},
        )
    if figures.changes:
        sheets.table(
            "Thay đổi",
            _CHANGES,
            [
                [
                    month_words(each.month),
                    each.station,
                    *(getattr(each, name) for name in _CHANGED.values()),
                    each.status_before,
                    each.status_words,
                ]
                for each in figures.changes
            ],
            totals={
                heading: sum(getattr(each, name) for each in figures.changes) for heading, name in _CHANGED.items()
            },
        )
    book.close()
    return made.getvalue()


_COUNTED = {"Khung đã lập": "slots_planned", "Khung đã phát": "slots_aired", "Khẩn cấp": "urgent"}
_TIMED = {
    "Yêu cầu": "required_ms",
    "Kế hoạch": "planned_ms",
    "Đã giao": "delivered_ms",
    "Đài báo": "reported_ms",
    "Máy ghi": "logged_ms",
    "Nghe được": "heard_ms",
    "Được tính": "counted_ms",
    "Còn thiếu": "short_ms",
}


def _timed(of: StationRow | Totals) -> dict[str, Cell]:
    found: dict[str, Cell] = {heading: getattr(of, name) for heading, name in _TIMED.items()}
    return found if of.required_ms else found | {"Yêu cầu": None, "Còn thiếu": None}


def _station_cells(row: StationRow) -> list[Cell]:
    return [
        row.position,
        row.code,
        row.name,
        row.area,
        TIERS[row.tier],
        *(getattr(row, name) for name in _COUNTED.values()),
        *_timed(row).values(),
        _share(row.tenths),
        row.status_words,
        row.note,
    ]


def _share(tenths: int | None) -> float | None:
    return None if tenths is None else tenths / 1000


def _shown(kind: str, value: Cell) -> Cell:
    """None is where there is nothing to compare with."""
    if value is None:
        return NOTHING
    if kind == "length" and isinstance(value, int):
        return value // 1000 / _DAY_S
    if kind == "short" and isinstance(value, int):
        return -(-value // 1000) / _DAY_S
    return value


def _sum(total: str | None, at: int, rows: Sequence[object], ms: str = "") -> str | None:
    letter = xl_col_to_name(at)
    return total.format(range=f"{letter}3:{letter}{len(rows) + 2}", ms=ms) if total and rows else None


class _Sheets:
    def __init__(self, book: Any, *, sample: bool) -> None:
        self.book, self.sample = book, sample
        font = {"font_name": "Times New Roman", "font_size": 11}
        self.formats = {name: book.add_format(font | given | {"border": 1}) for name, given in _FORMATS.items()}
        self.totals = {
            name: book.add_format(font | given | {"border": 1, "bold": True, "bg_color": "#E8EDF3"})
            for name, given in _FORMATS.items()
        }
        self.heading = book.add_format(
            font | {"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"}
        )
        self.title = book.add_format(font | {"bold": True, "font_size": 13})
        self.plain = book.add_format(font | {"text_wrap": True, "valign": "top"})
        self.label = book.add_format(font | {"bold": True, "valign": "top"})

    def table(
        self, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, totals: dict[str, Cell]
    ) -> None:
        """The total in row 1, headings with the filter in row 2, both of which stay in sight, then the rows."""
        sheet = self._sheet(name, landscape=True)
        beside = len(columns)
        for at, column in enumerate(columns):
            total = totals.get(column.heading)
            sheet.set_column(at, at, column.width)
            self._column(sheet, at, column.heading, column.kind, [row[at] for row in rows])
            ms = ""
            if column.kind in {"length", "short"}:
                ms = f"{xl_col_to_name(beside)}1"
                sheet.set_column(beside, beside, 14, None, {"hidden": True, "level": 1})
                self._column(sheet, beside, f"{column.heading} (ms)", "count", [row[at] or 0 for row in rows])
                self._total(sheet, beside, _sum(_SUM, beside, rows), total or 0, "count")
                beside += 1
            self._total(sheet, at, _sum(column.total, at, rows, ms), total, column.kind)
        sheet.set_column(beside, beside, None, None, {"collapsed": True})
        sheet.write_string(0, 0 if columns[0].kind == "text" else 2, "Tổng cộng", self.totals["text"])
        sheet.freeze_panes(2, 3 if columns is _STATIONS else 1)
        sheet.repeat_rows(0, 1)
        sheet.autofilter(1, 0, max(len(rows) + 1, 1), len(columns) - 1)

    def _column(self, sheet: Any, at: int, heading: str, kind: str, cells: Sequence[Cell]) -> None:
        sheet.write_string(1, at, heading, self.heading)
        for below, cell in enumerate(cells, start=2):
            self._write(sheet, below, at, _shown(kind, cell), self.formats[kind])

    def summary(self, figures: ReportFigures) -> None:
        sheet = self._sheet("Tổng hợp", landscape=False)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 60)
        totals = figures.totals
        sheet.write_string(0, 0, subject(figures), self.title)
        if self.sample:
            sheet.write_string(1, 0, SAMPLE, self.title)
        lines: list[tuple[str, Cell, str]] = [
            ("Cơ quan", figures.office.agency, "text"),
            ("Từ ngày", day(figures.first), "text"),
            ("Đến ngày", day(figures.last), "text"),
            ("Tính đến", moment(figures.as_of), "text"),
            ("Thời lượng được tính từ mức", figures.policy, "text"),
            ("Số đài", totals.stations, "count"),
            ("Có quy định", totals.asked, "count"),
            ("Đạt", totals.met, "count"),
            ("Chưa đạt", totals.not_met, "count"),
            *((heading, getattr(totals, field), "count") for heading, field in _COUNTED.items()),
            *((heading, ms, "short" if heading == "Còn thiếu" else "length") for heading, ms in _timed(totals).items()),
            ("Tỷ lệ", _share(totals.tenths), "share"),
        ]
        if figures.closing:
            lines += [
                ("Tình trạng số liệu", "Đã chốt" if figures.closing.final else "Tạm tính", "text"),
                ("Mã báo cáo", figures.closing.code, "text"),
                ("Kiểm tra tại", figures.closing.url, "text"),
                ("Mã băm của số liệu", figures.closing.hash, "text"),
            ]
        for at, (label, value, kind) in enumerate(lines, start=3):
            sheet.write_string(at, 0, label, self.label)
            self._write(sheet, at, 1, _shown(kind, value), self._left(kind))
        at = len(lines) + 4
        for paragraph in (*figures.sentences, REMARK, _EXACT, *filter(None, [topics_remark(figures)])):
            sheet.merge_range(at, 0, at, 1, "", self.plain)
            sheet.write_string(at, 0, text(paragraph), self.plain)
            sheet.set_row(at, 15.5 * (1 + len(paragraph) // 95))
            at += 1
        sheet.freeze_panes(3, 0)

    def _left(self, kind: str) -> Any:
        return self.book.add_format(_FORMATS[kind] | {"font_name": "Times New Roman", "font_size": 11, "align": "left"})

    def _sheet(self, name: str, *, landscape: bool) -> Any:
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if landscape:
            sheet.set_landscape()
        if self.sample:
            sheet.set_header(f"&C&B{SAMPLE}")
        return sheet

    def _total(self, sheet: Any, at: int, formula: str | None, value: Cell, kind: str) -> None:
        if formula is None:
            sheet.write_blank(0, at, None, self.totals[kind])
        else:
            sheet.write_formula(0, at, formula, self.totals[kind], _shown(kind, value))

    def _write(self, sheet: Any, row: int, at: int, value: Cell, look: Any) -> None:
        if isinstance(value, str):
            sheet.write_string(row, at, text(value), look)
        else:
            sheet.write_number(row, at, value, look)
