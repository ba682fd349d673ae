"""The week's or month's book of a station (sổ nhật ký chương trình phát thanh), to print, fill in by hand and sign."""

from datetime import timedelta

from docx.shared import Mm

from server.reports.figures import LogbookFigures, LogbookLine
from server.reports.report_words import Words, office_words
from server.reports.typesetting import pdf_of
from server.reports.word_form import columns, head, lie_down, new_document, packed, paragraph, row_of, run, table
from server.reports.wording import SAMPLE, clock, day, length, local_day, text, weekday

HEADINGS = ("Giờ", "Chuyên mục", "Nội dung", "Độ dài", "Đã phát", "Căn cứ", "Ghi chú", "Ký tên")
NAMES = ("time", "column", "titles", "length", "aired", "source", "note", "hand")
SIDES = ("center", "left", "left", "right", "center", "left", "left", "left")
_WIDTHS = (14, 40, 78, 18, 23, 33, 37, 24)
_AIRED = {True: "Đã phát", False: "Không phát", None: ""}


def logbook_pdf(logbook: LogbookFigures) -> bytes:
    """The same figures give the same bytes. Raises FontsMissing."""
    return pdf_of("logbook", logbook_words(logbook), made_at=logbook.as_of)


def logbook_docx(logbook: LogbookFigures) -> bytes:
    """The same figures give the same bytes."""
    words = logbook_words(logbook)
    made = new_document()
    lie_down(made.sections[0])
    head(made, words, widths_mm=(120, 147))
    if words["sample"]:
        paragraph(made, words["sample"], side="center", bold=True)
    paragraph(made, words["title"], side="center", size=14, bold=True, after=0).paragraph_format.space_before = 100_000
    paragraph(made, words["week"], side="center", italic=True)
    laid = table(made, _WIDTHS, HEADINGS, size=11)
    for each in words["days"]:
        row = laid.add_row()
        first = row.cells[0].merge(row.cells[-1]).paragraphs[0]
        first.paragraph_format.keep_with_next = True  # so that no day's name ends a page
        first.paragraph_format.space_after = 0
        run(first, each["day"], size=11, bold=True)
        for line in each["lines"]:
            row = row_of(laid, [line[name] for name in NAMES], sides=SIDES, size=11)
            row.height = Mm(10)
            # The last day stays with those who sign for it.
            for cell in row.cells if each is words["days"][-1] else ():
                cell.paragraphs[0].paragraph_format.keep_with_next = True
    paragraph(made, "", size=4, after=0, with_next=True)
    for cell, titles in zip(columns(made, (133, 133)), (["Người trực máy"], words["signer_title"]), strict=True):
        for each in (*titles, *("",) * 4):
            paragraph(cell, each, side="center", bold=True, after=0)
    return packed(made, at=logbook.as_of, title=words["file_title"], sample=logbook.sample)


def logbook_words(logbook: LogbookFigures) -> Words:
    first, last = logbook.first, logbook.last
    of_a_week = (last - first).days < _WEEK
    # Of a month the days without a slot would fill pages.
    listed = [first + timedelta(days=later) for later in range(_WEEK)] if of_a_week else []
    # A line of another week is shown on its day rather than lost.
    days = sorted({*listed, *(local_day(line.starts_at) for line in logbook.lines)}) or [first]
    whose = f"{text(logbook.station)} ({text(logbook.area)})" if logbook.area else text(logbook.station)
    when = "tuần" if of_a_week else f"tháng {first.month}/{first.year}"
    title = "SỔ NHẬT KÝ CHƯƠNG TRÌNH PHÁT THANH"
    return {
        **office_words(logbook.office, year=last.year),
        "sample": SAMPLE if logbook.sample else "",
        "title": title,
        "file_title": f"{title} {day(first)}",
        "week": f"{whose}, {when} từ ngày {day(first)} đến ngày {day(last)}",
        "days": [
            {
                "day": f"{weekday(each)}, {day(each)}",
                "lines": [_line(line) for line in logbook.lines if local_day(line.starts_at) == each] or [_NO_SLOT],
            }
            for each in days
        ],
    }


_WEEK = 7
_NO_SLOT = dict.fromkeys(NAMES, "") | {"titles": "Không có khung phát"}


def _line(line: LogbookLine) -> Words:
    return {
        "time": clock(line.starts_at),
        "column": text(line.column),
        "titles": "\n".join(text(title) for title in line.titles),
        "length": length(line.length_ms),
        "aired": _AIRED[line.aired],
        "source": text(line.source),
        "note": text(line.note),
        "hand": "",
    }
