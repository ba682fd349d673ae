"""The .docx, the .pdf and the .xlsx of one report say the same, and say it in whole and safe letters."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import msgspec
import openpyxl
import pytest

from server.reports.figures import ReportFigures, Scope
from server.reports.pdf_reports import report_pdf
from server.reports.report_words import MOST_LISTED, TOPICS_REMARK
from server.reports.spreadsheets import report_xlsx
from server.reports.word_reports import report_docx
from server.reports.wording import length, missing
from tests.server.reports.builders import figures, province, station_row
from tests.server.reports.reading import pdf_text, squeezed, word_tables, word_text

NASTY = 'Xã <b>Ea & Čư</b> =1+1 #set page(\\n) $x^2$ {{ 7*7 }} {% raw %} *đậm* _nghiêng_ @nhãn "q" ’ﬁn'
FORMATS: tuple[Callable[[ReportFigures], bytes], ...] = (report_docx, report_pdf, report_xlsx)


def cells_of(document: bytes, sheet: str) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(BytesIO(document), data_only=True)
    return list(book[sheet].iter_rows(values_only=True))


def seen(cell: object) -> str:
    """A length as a spreadsheet shows it: it is in whole seconds, so that no program rounds it in its own way."""
    if isinstance(cell, str):
        return cell
    span = timedelta() if cell == 0 else cell
    assert isinstance(span, timedelta)
    seconds = round(span / timedelta(seconds=1))
    assert abs(span - timedelta(seconds=seconds)) < timedelta(milliseconds=1)
    minutes = f"{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{seconds // 3600}:{minutes}" if seconds >= 3600 else minutes


def texts_of(report: ReportFigures) -> dict[str, str]:
    sheets = openpyxl.load_workbook(BytesIO(report_xlsx(report)), data_only=True)
    in_sheets = "\n".join(
        str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    )
    return {"docx": word_text(report_docx(report)), "pdf": pdf_text(report_pdf(report)), "xlsx": in_sheets}


def test_every_station_and_the_total_have_the_same_numbers_in_all_three_formats() -> None:
    report = figures(rows=province(40))
    tables = [table for table in word_tables(report_docx(report)) if table[0][0] == "STT" and len(table[0]) == 16]
    assert len(tables) == 1
    of_word = tables[0][1:]
    total, _headings, *of_sheet = cells_of(report_xlsx(report), "Chi tiết đài")
    of_pdf = squeezed(pdf_text(report_pdf(report)))
    assert len(of_word) == len(of_sheet) + 1 == 41
    for in_word, in_sheet in zip(of_word, [total, *of_sheet], strict=True):
        assert squeezed("".join(in_word)) in of_pdf
        assert [int(text.replace(".", "")) for text in in_word[3:6]] == list(in_sheet[5:8])
        assert in_word[6:14] == [seen(cell) for cell in in_sheet[8:16]]
        required, *others, short = in_sheet[19:27]
        assert in_word[6] == (length(required) if required else "–")
        assert in_word[7:13] == [length(ms) for ms in others]
        assert in_word[13] == (missing(short) if required else "–")
        share = "–" if not required else f"{in_sheet[16] * 100:.1f}".replace(".", ",")
        assert in_word[14] == share
    assert len({ms % 1000 for row in of_sheet for ms in row[19:27]}) > 10


def test_what_counted_and_what_is_short_make_what_is_required_as_they_are_written() -> None:
    rows = tuple(station_row(at, counted_ms=899_999 - at * 7_321) for at in range(1, 20))
    tables = [table for table in word_tables(report_docx(figures(rows=rows))) if table[0][0] == "STT"]
    for line in tables[0][2:]:
        required, counted, short = (
            int(minutes) * 60 + int(seconds) for minutes, seconds in (line[at].split(":") for at in (6, 12, 13))
        )
        assert counted + short == required


def test_an_annex_that_is_cut_says_so_and_the_workbook_has_it_whole() -> None:
    one = figures().missed[0]
    whole = figures(missed=(one,) * MOST_LISTED)
    cut = figures(missed=(*whole.missed, msgspec.structs.replace(one, station="Đài cuối cùng")))
    told = squeezed("Có 1.001 khung không phát; phụ lục II của bản Word và PDF ghi 1.000 khung đầu")
    for report, times in ((whole, 0), (cut, 2)):  # before the annexes and on top of it
        for text in (word_text(report_docx(report)), pdf_text(report_pdf(report))):
            assert squeezed(text).count(told) == times
            assert "Đài cuối cùng" not in text
    rows = cells_of(report_xlsx(cut), "Không phát")
    assert (len(rows), rows[-1][0]) == (2 + MOST_LISTED + 1, "Đài cuối cùng")


def test_the_table_of_topics_says_what_it_sums_where_stations_are_counted_by_rules() -> None:
    for text in texts_of(figures()).values():
        assert squeezed(TOPICS_REMARK) in squeezed(text)
    for text in texts_of(figures(scope=Scope(kind="lead", name="Sở Tư pháp"))).values():
        assert squeezed(TOPICS_REMARK) not in squeezed(text)


def test_totals_are_the_sums_of_the_rows_to_the_millisecond() -> None:
    report = figures(rows=province(40))
    totals = report.totals
    total, _headings, *rows = cells_of(report_xlsx(report), "Chi tiết đài")
    assert total[25] == sum(row[25] for row in rows) == totals.counted_ms
    assert (totals.stations, totals.asked, totals.met, totals.not_met) == (40, 15, 8, 7)


def test_what_one_station_aired_beyond_its_own_makes_up_for_no_other() -> None:
    report = figures(rows=(station_row(1, counted_ms=0), station_row(2, counted_ms=1_800_000)))
    assert report.totals.tenths == 500
    assert squeezed(pdf_text(report_pdf(report))).count("50,0") >= 2


def test_a_station_four_tenths_of_a_second_short_reads_as_short_everywhere() -> None:
    report = figures(rows=(station_row(1, counted_ms=899_600),))
    assert report.totals.tenths == 999
    for text in (word_text(report_docx(report)), pdf_text(report_pdf(report))):
        assert "14:59" in text
        assert "00:01" in text
        assert "99,9" in text
        assert "100,0" not in text


def test_totals_in_the_sheet_are_formulas_over_what_a_filter_leaves() -> None:
    book = openpyxl.load_workbook(BytesIO(report_xlsx(figures(rows=province(40)))))
    sheet = book["Chi tiết đài"]
    assert [sheet.cell(1, at).value for at in (6, 9, 10, 16, 20, 27)] == [
        "=SUBTOTAL(109,F3:F42)",
        '=IF(T1>0,ROUNDDOWN(T1/1000,0)/86400,"–")',
        "=ROUNDDOWN(U1/1000,0)/86400",
        '=IF(T1>0,ROUNDUP(AA1/1000,0)/86400,"–")',
        "=SUBTOTAL(109,T3:T42)",
        "=SUBTOTAL(109,AA3:AA42)",
    ]
    assert [sheet.cell(2, at).value for at in (20, 27)] == ["Yêu cầu (ms)", "Còn thiếu (ms)"]
    assert sheet.auto_filter.ref == "A2:S42"
    assert sheet.freeze_panes == "D3"
    assert book.sheetnames == ["Tổng hợp", "Chi tiết đài", "Nội dung", "Xu hướng", "Không phát"]
    assert [cell.value for cell in book["Nội dung"][2]][:2] == ["Nội dung", "Cơ quan chủ trì"]


def test_what_people_wrote_stays_text_in_every_format() -> None:
    row = station_row(1, name=NASTY, area=NASTY, note=NASTY)
    report = figures(rows=(row, station_row(2)), sentences=(NASTY,), legal_grounds=(NASTY,), campaign=NASTY)
    for format_, text in texts_of(report).items():
        # The text layer of the PDF takes the ligature apart.
        assert squeezed(text).replace("ﬁ", "fi").count(squeezed(NASTY).replace("ﬁ", "fi")) >= 4, format_
    sheet = openpyxl.load_workbook(BytesIO(report_xlsx(figures(rows=(station_row(1, name="=1+1"),)))))["Chi tiết đài"]
    assert (sheet["C3"].value, sheet["C3"].data_type) == ("=1+1", "s")


@pytest.mark.parametrize(
    "letters",
    ["Ặ ặ ỡ ữ ệ ơ ư Đ đ", "Êđê Ƀuôn ƀăng Čư Ñĭm Ŏ hŏ Hbŭk ĕ ’Dhar", "M’Nông Gia Rai H’Leo"],
)
def test_vietnamese_and_e_de_letters_are_in_every_format(letters: str) -> None:
    for format_, text in texts_of(figures(sentences=(letters,))).items():
        assert squeezed(letters) in squeezed(text), format_


def test_control_characters_that_no_file_can_hold_are_gone() -> None:
    row = station_row(1, name="Đài\x00 một\x0b", note="dòng\x1f một\r\ndòng hai")
    for format_, text in texts_of(figures(rows=(row,))).items():
        assert "Đàimột" in squeezed(text), format_
        assert "dòngmộtdònghai" in squeezed(text), format_


@pytest.mark.parametrize("make", FORMATS)
def test_the_same_figures_give_the_same_bytes_also_after_they_were_kept_as_json(
    make: Callable[[ReportFigures], bytes],
) -> None:
    report = figures(rows=province(30))
    kept = msgspec.json.decode(msgspec.json.encode(report), type=ReportFigures)
    assert kept == report
    assert make(report) == make(kept) == make(figures(rows=province(30)))
    assert make(report) != make(figures(rows=province(31)))


def test_made_up_data_are_called_so_in_every_format_and_real_ones_are_not() -> None:
    for format_, text in texts_of(figures(sample=True)).items():
        assert "DỮ LIỆU MẪU" in text, format_
    for format_, text in texts_of(figures()).items():
        assert "DỮ LIỆU MẪU" not in text, format_


@pytest.mark.parametrize("make", FORMATS)
def test_a_report_of_nothing_is_made_all_the_same(make: Callable[[ReportFigures], bytes]) -> None:
    empty = figures(rows=(), topics=(), trend=(), missed=(), closing=None, sentences=(), legal_grounds=())
    assert make(empty)


def test_the_scope_stands_in_the_title() -> None:
    of_district = figures(scope=Scope(kind="district", name="huyện Krông Pắc"))
    of_lead = figures(scope=Scope(kind="lead", name="Sở Tư pháp"))
    for format_, text in texts_of(of_district).items():
        assert "trênđịabànhuyệnKrôngPắctháng12năm2026" in squeezed(text), format_
    for format_, text in texts_of(of_lead).items():
        assert "theocácnộidungdoSởTưphápchủtrì" in squeezed(text), format_


def test_midnight_in_vietnam_ends_the_year_of_the_report() -> None:
    last = figures()
    first = figures(as_of=last.as_of + timedelta(milliseconds=1))
    assert "23:59 31/12/2026" in word_text(report_docx(last))
    assert "00:00 01/01/2027" in word_text(report_docx(first))
    assert "năm 2027" in word_text(report_docx(first)).replace("\u00a0", " ")


def test_shares_of_topics_are_of_all_that_counted() -> None:
    report = figures()
    shares = [report.share_of(topic) for topic in report.topics]
    assert shares == [333, 666]
    assert all(later.month > earlier.month for earlier, later in pairwise(report.trend))
