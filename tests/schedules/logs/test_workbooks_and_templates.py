"""Workbooks as people leave them, those made to do harm, and templates that come back filled in or not."""

import csv
import io
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from schedules.exports.printable import one_line
from schedules.logs.csv_log import read_csv
from schedules.logs.lines import Fault, LogLine, LogUnreadable, Reading
from schedules.logs.templates import PlannedAiring, csv_template, xlsx_template
from schedules.logs.workbook_bounds import MOST_UNPACKED
from schedules.logs.xlsx_log import read_xlsx
from tests.schedules_exports.builders import NASTY_TITLES, bounded

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HEADINGS = ["Ngày", "Giờ bắt đầu", "Khung phát", "Mã bài", "Tên bài", "Thời lượng", "Đã phát", "Lý do"]


def workbook(fill: Callable[[Worksheet], None]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    fill(book.active)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def rows(*given_rows: list[object]) -> bytes:
    def fill(sheet: Worksheet) -> None:
        sheet.append(HEADINGS)
        for row in given_rows:
            sheet.append(row)

    return workbook(fill)


@pytest.mark.parametrize(
    ("day", "clock", "length"),
    [
        (date(2026, 3, 31), time(23, 58), timedelta(minutes=1, seconds=35)),
        (datetime(2026, 3, 31), time(23, 58), time(0, 1, 35)),  # noqa: DTZ001 (as spreadsheets have it)
        (None, datetime(2026, 3, 31, 23, 58), 95),  # noqa: DTZ001
        ("31/3/2026", "23:58", "1:35"),
        (46112, (23 * 60 + 58) / 1440, 95 / 86400),
        (46112.0, timedelta(hours=23, minutes=58), 95.0),
        (None, 46112 + (23 * 60 + 58) / 1440, "0:01:35"),
    ],
)
def test_dates_times_and_durations_as_types_numbers_and_texts(day: object, clock: object, length: object) -> None:
    read = read_xlsx(rows([day, clock, None, "s-1", "Một", length, "x"]), ZONE)
    assert read.refused == ()
    assert read.lines == (
        LogLine(
            line=2,
            segment="s-1",
            title="Một",
            starts_at=datetime(2026, 3, 31, 16, 58, tzinfo=UTC).astimezone(ZONE),
            duration_ms=95_000,
        ),
    )


def test_a_workbook_as_people_leave_it_is_read() -> None:
    book = openpyxl.Workbook()
    notes = book.active
    assert notes is not None
    notes["A1"] = "Hướng dẫn"
    book.create_chartsheet("Biểu đồ")
    sheet = book.create_sheet("Tháng 3")
    sheet.merge_cells("B2:F2")
    sheet["B2"] = "NHẬT KÝ PHÁT SÓNG THÁNG 3"
    for place, heading in enumerate(HEADINGS):
        sheet.cell(row=5, column=place + 3, value=heading)
    sheet.cell(row=8, column=3, value=date(2026, 3, 1))
    sheet.cell(row=8, column=4, value="05:00")
    sheet.cell(row=8, column=6, value=12)  # a code of digits
    sheet.cell(row=8, column=9, value=True)
    sheet.cell(row=9, column=5, value="k2")
    sheet.cell(row=9, column=9, value="=1=1")  # a formula that was never computed: nothing is said
    sheet.cell(row=10, column=5, value="k3")
    sheet.cell(row=10, column=9, value="#N/A")  # nor here
    sheet.cell(row=11, column=5, value="k4")
    sheet.cell(row=11, column=9, value="có lẽ")
    read = read_xlsx(saved(book), ZONE)
    assert [(line.line, line.segment, line.aired) for line in read.lines] == [(8, "12", True)]
    assert [(refusal.line, refusal.field, refusal.code) for refusal in read.refused] == [
        (11, "aired", Fault.NOT_YES_OR_NO)
    ]


def _bomb() -> bytes:
    sink = io.BytesIO(rows())
    with zipfile.ZipFile(sink, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * (MOST_UNPACKED + 1))
    return sink.getvalue()


def with_shared_texts(*texts: str) -> bytes:
    """Texts that are kept once and named by number, as most programs keep them."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADINGS)
    for number, text in enumerate(texts, 1):
        sheet.write_string(number, 4, text)
    book.close()
    return sink.getvalue()


def _repacked(change: Callable[[str, bytes], bytes]) -> bytes:
    sink = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(with_shared_texts("Một"))) as source,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
    return sink.getvalue()


def _far(column: int, row: int) -> bytes:
    def fill(sheet: Worksheet) -> None:
        sheet.append(HEADINGS)
        sheet.cell(row=row, column=column, value="x")

    return workbook(fill)


def _unplaced() -> bytes:
    """Cells and rows without their places are counted on."""
    wide = (
        b"<row>" + b"<c><v>1</v></c>" * 200_000 + b"</row>" + b"<row></row>" * 200_000 + b"<row><c><v>1</v></c></row>"
    )
    return _repacked(
        lambda name, content: (
            content.replace(b"</sheetData>", wide + b"</sheetData>") if name.endswith("sheet1.xml") else content
        )
    )


def _shown_often() -> bytes:
    return with_shared_texts(*["x" * 30_000] * 2500)


def _entities() -> bytes:
    return _repacked(
        lambda name, content: b'<!DOCTYPE x [<!ENTITY a "1">]>' + content if name.endswith("sheet1.xml") else content
    )


def _announced(part: str, what: bytes) -> Callable[[], bytes]:
    """More than there is memory for, said to be in a part."""

    def made() -> bytes:
        return _repacked(
            lambda name, content: (
                content.replace(b"<" + what, b"<" + what + b' uniqueCount="99999999999"', 1)
                if name.endswith(part)
                else content
            )
        )

    return made


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (_bomb, "too_large"),
        (_shown_often, "too_large"),
        (lambda: _far(16_384, 2), "too_many_columns"),
        (lambda: _far(1, 1_048_576), "too_many_lines"),
        (_unplaced, "too_many_columns"),
        (_entities, "not_xlsx"),
        (_announced("sheet1.xml", b"sheetData"), "not_xlsx"),
        (_announced("styles.xml", b"fonts"), "not_xlsx"),
        (_announced("sharedStrings.xml", b"si"), "not_xlsx"),
        (lambda: b"", "not_xlsx"),
        (lambda: b"PK\x03\x04 not really", "not_xlsx"),
        ("ngày,mã bài\n".encode, "not_xlsx"),
        (lambda: b" " * 5_000_001, "too_large"),
        (lambda: _repacked(lambda name, content: b"<" if name.endswith("workbook.xml") else content), "not_xlsx"),
        (lambda: _repacked(lambda name, content: content[:-20] if "sheet1" in name else content), "not_xlsx"),
        (lambda: workbook(lambda sheet: sheet.append(["xin", "chào"])), "no_headings"),
    ],
)
def test_what_is_no_log_or_does_harm_is_refused_before_it_is_read(make: Callable[[], bytes], problem: str) -> None:
    with pytest.raises(LogUnreadable) as refused:
        read_xlsx(make(), ZONE)
    assert refused.value.problem == problem


@bounded
@given(st.randoms(), st.integers(1, 30))
def test_a_damaged_workbook_is_read_or_refused(chance: random.Random, damages: int) -> None:
    data = bytearray(rows(["1/1/2026", "05:00", "k1", "s-1", "Một", 95, "x", None]))
    for _ in range(damages):
        data[chance.randrange(len(data))] = chance.randrange(256)
    with suppress(LogUnreadable):
        read_xlsx(bytes(data), ZONE)


@bounded
@given(st.randoms(), st.integers(1, 8))
def test_a_workbook_with_damaged_parts_is_read_or_refused(chance: random.Random, damages: int) -> None:
    def damaged(_name: str, content: bytes) -> bytes:
        found = bytearray(content)
        for _ in range(damages if chance.random() < 0.5 else 0):
            place = chance.randrange(len(found))
            found[place : place + chance.randrange(3)] = chance.choice([b"<", b">", b"0", b"9", b'"', b"", b"A1", b"-"])
        return bytes(found)

    with suppress(LogUnreadable):
        read_xlsx(_repacked(damaged), ZONE)


CODES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
AIRINGS = st.builds(
    PlannedAiring,
    station=CODES,
    slot=CODES,
    segment=st.none() | CODES,
    title=st.sampled_from(NASTY_TITLES) | st.text(max_size=60),
    starts_at=st.datetimes(datetime(2021, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001 (the zone is put in)
        lambda moment: moment.replace(microsecond=0, tzinfo=ZONE)
    ),
    duration_ms=st.integers(1, 7200).map(lambda seconds: seconds * 1000),
)
FILLED = st.tuples(AIRINGS, st.sampled_from(["có", "không", ""]), st.integers(-1800, 1800), st.integers(1, 7200))


def _expected(line: int, filled: tuple[PlannedAiring, str, int, int]) -> LogLine | None:
    airing, said, late, seconds = filled
    aired = said == "có"
    if not said:
        return None
    return LogLine(
        line=line,
        station=airing.station,
        slot=airing.slot,
        segment=airing.segment,
        title=one_line(airing.title),
        starts_at=airing.starts_at + timedelta(seconds=late) if aired else None,
        duration_ms=seconds * 1000 if aired else None,
        aired=aired,
        reason="" if aired else "mất điện",
    )


def _words(filled: tuple[PlannedAiring, str, int, int]) -> list[str]:
    airing, said, late, seconds = filled
    if said != "có":
        return [said, "", "", "mất điện" if said else ""]
    began = airing.starts_at + timedelta(seconds=late)
    return [said, f"{began:%H:%M:%S}", f"{seconds // 60}:{seconds % 60:02d}", ""]


def _same(read: Reading, filled: list[tuple[PlannedAiring, str, int, int]]) -> None:
    assert read.refused == ()
    assert list(read.lines) == [line for line in map(_expected, range(2, len(filled) + 2), filled) if line is not None]


@bounded
@given(st.lists(FILLED, max_size=6), st.sampled_from([",", ";", "\t"]))
def test_a_csv_template_filled_in_says_what_was_filled_in(
    filled: list[tuple[PlannedAiring, str, int, int]], delimiter: str
) -> None:
    template = csv_template([airing for airing, *_ in filled], ZONE, delimiter=delimiter)
    assert read_csv(template, ZONE) == Reading(lines=(), refused=())
    table = list(csv.reader(io.StringIO(template.decode("utf-8-sig"), newline=""), delimiter=delimiter))
    sink = io.StringIO(newline="")
    written = csv.writer(sink, delimiter=delimiter)
    written.writerow(table[0])
    for row, each in zip(table[1:], filled, strict=True):
        written.writerow(row[:-4] + _words(each))
    _same(read_csv(sink.getvalue().encode(), ZONE), filled)


@bounded
@given(st.lists(FILLED, max_size=4))
def test_an_excel_template_filled_in_says_what_was_filled_in(
    filled: list[tuple[PlannedAiring, str, int, int]],
) -> None:
    template = xlsx_template([airing for airing, *_ in filled], ZONE)
    assert read_xlsx(template, ZONE) == Reading(lines=(), refused=())
    book = openpyxl.load_workbook(io.BytesIO(template))
    sheet = book["Nhật ký"]
    first = [cell.value for cell in sheet[1]].index("Đã phát") + 1
    for number, each in enumerate(filled, 2):
        for place, word in enumerate(_words(each)):
            if word:
                sheet.cell(row=number, column=first + place, value=word)
    _same(read_xlsx(saved(book), ZONE), filled)


def test_an_excel_template_offers_yes_and_no_and_has_no_formula() -> None:
    airings = [
        PlannedAiring(
            station="h654",
            slot="k1",
            segment="s-1",
            title=title,
            starts_at=datetime(2026, 3, 31, 23, 58, tzinfo=ZONE),
            duration_ms=95_000,
        )
        for title in NASTY_TITLES
    ]
    template = xlsx_template(airings, ZONE)
    assert template == xlsx_template(airings, ZONE)
    sheet = openpyxl.load_workbook(io.BytesIO(template))["Nhật ký"]
    (validation,) = sheet.data_validations.dataValidation
    assert (validation.formula1, str(validation.sqref)) == ('"có,không"', f"H2:H{len(airings) + 1}")
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert [cell.value for cell in sheet[2]][:4] == ["h654", "31/03/2026", "23:58:00", "k1"]
