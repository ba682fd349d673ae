"""CSV as officers, spreadsheets and programs write it: day first, midnight, month ends and UTC+7 before all else."""

import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.logs.csv_log import read_csv
from schedules.logs.lines import Fault, LogLine, LogUnreadable, Reading
from tests.schedules_exports.builders import bounded

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HEADINGS = "đài,ngày,giờ bắt đầu,khung phát,mã bài,tên bài,thời lượng,đã phát,lý do"


def read(*rows: str, headings: str = HEADINGS) -> Reading:
    return read_csv("\n".join([headings, *rows]).encode(), ZONE)


def only(reading: Reading) -> LogLine:
    assert reading.refused == ()
    assert len(reading.lines) == 1
    return reading.lines[0]


def test_a_line_has_all_that_it_says() -> None:
    assert only(read('h654,2/3/2026,05:00:30,k1,s-1,"Một ""cửa"", điện tử",1:35,x,')) == LogLine(
        line=2,
        station="h654",
        slot="k1",
        segment="s-1",
        title='Một "cửa", điện tử',
        starts_at=datetime(2026, 3, 2, 5, 0, 30, tzinfo=ZONE),
        duration_ms=95_000,
    )


@pytest.mark.parametrize(
    ("day", "time", "starts_at"),
    [
        ("2/3/2026", "05:00", datetime(2026, 3, 1, 22, 0, tzinfo=UTC)),  # the day first
        ("31/03/2026", "23:59:59", datetime(2026, 3, 31, 16, 59, 59, tzinfo=UTC)),
        ("01/04/2026", "00:00", datetime(2026, 3, 31, 17, 0, tzinfo=UTC)),
        ("31/12/2026", "24:00", datetime(2026, 12, 31, 17, 0, tzinfo=UTC)),
        ("2028-02-29", "0:00", datetime(2028, 2, 28, 17, 0, tzinfo=UTC)),
        ("1.4.2026", "5h", datetime(2026, 3, 31, 22, 0, tzinfo=UTC)),
        ("1-4-2026", "5h30", datetime(2026, 3, 31, 22, 30, tzinfo=UTC)),
        ("1/4/2026", "5 giờ 30", datetime(2026, 3, 31, 22, 30, tzinfo=UTC)),
        ("1/4/2026", "05:00+00:00", datetime(2026, 4, 1, 5, 0, tzinfo=UTC)),
        ("", "2026-04-01T05:00:00Z", datetime(2026, 4, 1, 5, 0, tzinfo=UTC)),
        ("", "2026-04-01T05:00:00.5+07:00", datetime(2026, 3, 31, 22, 0, 0, 500_000, tzinfo=UTC)),
        ("", "1/4/2026 05:00", datetime(2026, 3, 31, 22, 0, tzinfo=UTC)),
        ("", "05:00 1/4/2026", datetime(2026, 3, 31, 22, 0, tzinfo=UTC)),
        ("31/3/2026", "1/4/2026 00:02", datetime(2026, 3, 31, 17, 2, tzinfo=UTC)),  # its own date is the later word
    ],
)
def test_dates_and_times_in_every_form(day: str, time: str, starts_at: datetime) -> None:
    line = only(read(f",{day},{time},,s-1,,,,".replace(",,,,", ",,,x,")))
    assert line.starts_at == starts_at
    assert line.starts_at is not None
    assert line.starts_at.tzinfo is not None


@pytest.mark.parametrize(
    ("written", "duration_ms"),
    [("1:35", 95_000), ("75:10", 4_510_000), ("0:01:35", 95_000), ("1:00:00", 3_600_000), ("95", 95_000),
     ("95.5", 95_500), ('"95,5"', 95_500), ("95 giây", 95_000), ("1:35.250", 95_250), ("24:00:00", 86_400_000)],
)  # fmt: skip
def test_durations_in_every_form(written: str, duration_ms: int) -> None:
    assert only(read(f",,,k1,s-1,,{written},x,")).duration_ms == duration_ms


@pytest.mark.parametrize(
    ("word", "aired"),
    [("x", True), ("X", True), ("có", True), ("CÓ", True), ("Đã phát", True), ("ÐÃ PHÁT", True), ("✓", True),
     ("1", True), ("TRUE", True), ("yes", True), ("không", False), ("Không phát", False), ("chưa", False),
     ("0", False), ("No", False)],
)  # fmt: skip
def test_yes_and_no_in_every_word(word: str, *, aired: bool) -> None:
    line = only(read(f",,,k1,s-1,,,{word},mất điện"))
    assert (line.aired, line.reason) == (aired, "mất điện")


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (",31/2/2026,05:00,,s-1,,,x,", "date", Fault.NOT_A_DATE),
        (",2/3/26,05:00,,s-1,,,x,", "date", Fault.NOT_A_DATE),
        (",13/13/2026,05:00,,s-1,,,x,", "date", Fault.NOT_A_DATE),
        (",2/3/2026,25:00,,s-1,,,x,", "starts_at", Fault.NOT_A_TIME),
        (",2/3/2026,24:01,,s-1,,,x,", "starts_at", Fault.NOT_A_TIME),
        (",2/3/2026,sáng,,s-1,,,x,", "starts_at", Fault.NOT_A_TIME),
        (",31/12/9999,24:00,,s-1,,,x,", "starts_at", Fault.NOT_A_TIME),
        (",2/3/2026,05:00+99:99,,s-1,,,x,", "starts_at", Fault.NOT_A_TIME),
        (",2/3/2026,,,s-1,,,x,", "starts_at", Fault.WHEN_MISSING),
        (",,05:00,,s-1,,,x,", "starts_at", Fault.WHEN_MISSING),
        (",2/3/2026,05:00,,,,,x,", "title", Fault.NAMES_NOTHING),
        (",,,k1,s-1,,dài,x,", "duration", Fault.NOT_A_DURATION),
        (",,,k1,s-1,,1:75,x,", "duration", Fault.NOT_A_DURATION),
        (",,,k1,s-1,,0,x,", "duration", Fault.DURATION_OUT_OF_RANGE),
        (",,,k1,s-1,,24:00:01,x,", "duration", Fault.DURATION_OUT_OF_RANGE),
        (",,,k1,s-1,,,có lẽ,", "aired", Fault.NOT_YES_OR_NO),
        (",,,k1,s-1,,,,mất điện", "aired", Fault.AIRED_UNCLEAR),
        (",,,k1,s-1,,1:35,không,mất điện", "duration", Fault.AIRED_AND_NOT),
        (f",,,k1,{'s' * 65},,,x,", "segment", Fault.TOO_LONG),
        (f",,,k1,s-1,{'t' * 501},,x,", "title", Fault.TOO_LONG),
    ],
)
def test_a_fault_refuses_its_line_alone_and_tells_where(row: str, field: str, code: Fault) -> None:
    found = read(",,,k0,s-0,,,x,", row, ",,,k2,s-2,,,x,")
    assert [(refusal.line, refusal.field, refusal.code) for refusal in found.refused] == [(3, field, code)]
    assert [(line.line, line.slot) for line in found.lines] == [(2, "k0"), (4, "k2")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_make_of_it_is_the_same_log(delimiter: str, line_end: str, encoding: str) -> None:
    rows = (
        ("ĐÀI TRUYỀN THANH XÃ EA YÔNG", "", "", "", ""),
        ("", "", "", "", ""),
        ("Ngày phát", "Giờ", "Tên bài", "Thời lượng (phút:giây)", "Ghi chú"),
        ("2/3/2026", "05:00", '"Một, hai; ba"', "1:35", "gì đó, và; nữa".replace(delimiter, " ")),
        ("", "", "", "", ""),
    )
    data = line_end.join(delimiter.join(row) for row in rows).encode(encoding)
    line = only(read_csv(data, ZONE))
    assert line == LogLine(
        line=4,
        title="Một, hai; ba",
        starts_at=datetime(2026, 3, 2, 5, 0, tzinfo=ZONE),
        duration_ms=95_000,
    )


def test_headings_are_known_however_their_letters_are_typed() -> None:
    for headings in (
        unicodedata.normalize("NFD", HEADINGS),
        HEADINGS.upper(),
        HEADINGS.replace("đ", "ð"),
        "ĐÀI *, NGÀY:,Giờ  bắt đầu,Khung phát,Mã bài,Tên bài,Thời lượng (giây),ÐÃ PHÁT?".rstrip("?") + ",Lí do",
        "Station,Date,Start time,Slot,Segment,Title,Duration,Aired,Reason",
    ):
        line = only(read("h654,2/3/2026,05:00,k1,s-1,Một,95,x,chậm", headings=headings))
        assert (line.station, line.slot, line.reason, line.duration_ms) == ("h654", "k1", "chậm", 95_000)


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    found = read(',,,k1,,"hai\ndòng",,x,', ",,,k2,,,,x,")
    assert [(line.line, line.title) for line in found.lines] == [(2, "hai dòng"), (4, "")]


def test_a_quotation_mark_that_was_never_closed_is_told_and_swallows_no_line_unseen() -> None:
    found = read(",,,k1,,,,x,", ',,,k2,,"hai,,x,', ",,,k3,,,,x,", ",,,k4,,,,x,")
    assert [line.slot for line in found.lines] == ["k1"]
    assert [(refusal.line, refusal.code) for refusal in found.refused] == [(3, Fault.QUOTE_UNCLOSED)]


def test_without_a_column_for_it_a_line_says_that_it_was_aired() -> None:
    headings = "ngày,giờ,mã bài,lý do"
    assert only(read("2/3/2026,05:00,s-1,", headings=headings)).aired
    assert read("2/3/2026,05:00,s-1,mất điện", headings=headings).refused[0].code == Fault.AIRED_UNCLEAR


def test_a_time_after_midnight_is_of_the_day_nearest_to_the_planned_time() -> None:
    headings = "ngày,giờ theo lịch,giờ thật,mã bài"
    starts = [
        only(read(row, headings=headings)).starts_at
        for row in ("31/3/2026,23:58,00:02,s-1", "1/4/2026,00:01,23:59,s-1", "1/4/2026,05:00,17:30,s-1")
    ]
    assert starts == [
        datetime(2026, 4, 1, 0, 2, tzinfo=ZONE),
        datetime(2026, 3, 31, 23, 59, tzinfo=ZONE),
        datetime(2026, 3, 31, 17, 30, tzinfo=ZONE),
    ]


def test_an_hour_and_35_minutes_is_a_minute_and_35_seconds_where_that_was_planned() -> None:
    headings = "khung phát,thời lượng theo lịch,thời lượng thật"
    lengths = [
        only(read(row, headings=headings)).duration_ms
        for row in ("k1,0:01:35,1:35:00", "k1,1:30:00,1:35:00", "k1,,1:35:00", "k1,0:01:35,1:35")
    ]
    assert lengths == [95_000, 5_700_000, 5_700_000, 95_000]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no_headings"),
        (b"xin,ch\xc3\xa0o\n1,2", "no_headings"),
        ("mã bài\ns-1".encode(), "no_headings"),
        ("ngày,mã bài".encode("utf-16-le"), "not_text"),
        ("đài,ngày,mã bài".encode("cp1258", errors="replace") + b"\xff", "not_text"),
        (b"\xff\xfex", "not_text"),
        ("ngày,mã bài,Mã tin bài\n".encode(), "heading_twice"),
        (("ngày,mã bài\n" + "1/1/2026,a\n" * 20_001).encode(), "too_many_lines"),
        (b" " * 5_000_001, "too_large"),
        ('ngày,mã bài\n"' .encode() + b"a" * 200_000, "cell_too_long"),
    ],
)  # fmt: skip
def test_what_is_no_log_is_refused_whole(data: bytes, problem: str) -> None:
    with pytest.raises(LogUnreadable) as refused:
        read_csv(data, ZONE)
    assert refused.value.problem == problem


CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["31/12/9999", "1/1/0001", "01/01/1", "24:00", "00:00+14:00", "23:59-14:00", "1:35", "x", "không"]),
)


@bounded
@given(st.lists(st.lists(CELLS, max_size=9), max_size=5), st.sampled_from([",", ";", "\t"]))
def test_no_row_fails_to_be_read_or_refused(rows: list[list[str]], delimiter: str) -> None:
    table = [HEADINGS.replace(",", delimiter), *(delimiter.join(row) for row in rows)]
    try:
        found = read_csv("\n".join(table).encode(errors="replace"), ZONE)
    except LogUnreadable:
        return
    for line in found.lines:
        assert line.starts_at is None or line.starts_at.utcoffset() is not None


@bounded
@given(st.binary(max_size=400))
def test_no_bytes_fail_to_be_read_or_refused(data: bytes) -> None:
    with pytest.raises(LogUnreadable):
        read_csv(data, ZONE)
