"""Letters that urge and weekly books, as Word documents and PDFs."""

from datetime import UTC, date, datetime

from server.reports.figures import LogbookLine
from server.reports.letters import letter_docx, letter_pdf
from server.reports.logbooks import logbook_docx, logbook_pdf
from tests.server.reports.builders import letter, logbook, office, province, station_row
from tests.server.reports.reading import pdf_pages, pdf_sizes_mm, pdf_text, squeezed, word_tables, word_text

NASTY = "<x> & #y \\ {{ z }} $"


def letters(**changes: object) -> list[str]:
    made = letter(**changes)  # type: ignore[arg-type]
    return [squeezed(word_text(letter_docx(made))), squeezed(pdf_text(letter_pdf(made)))]


def test_a_letter_says_what_is_wanted_what_counted_what_is_short_and_by_when() -> None:
    for text in letters():
        for words in (
            "V/v đôn đốc phát chuyên mục Tuyên truyền CCHC tháng 12 năm 2026",
            "Kính gửi:",
            "phải phát ít nhất 15 phút",
            "đã được tính 14 phút 59 giây, còn thiếu 1 giây",
            "chậm nhất ngày 31 tháng 12 năm 2026",
            "Thứ Năm, 31/12/2026",
            "05:05",
            "Nơi nhận:",
            "PHÓ GIÁM ĐỐC",
        ):
            assert squeezed(words) in text
        assert "BÁOCÁO" not in text


def test_a_letter_on_several_stations_lists_them() -> None:
    rows = province(5)
    for text in letters(rows=rows):
        assert all(squeezed(row.name) in text for row in rows)
        assert "của5đài" in text


def test_a_letter_without_proposals_ends_its_sentence() -> None:
    for text in letters(proposals=()):
        assert "chậmnhấtngày31tháng12năm2026." in text


def test_days_and_months_below_ten_and_three_have_a_zero() -> None:
    for text in letters(by=date(2021, 3, 5), office=office(dated=date(2021, 2, 1))):
        assert "ngày05tháng3năm2021" in text
        assert "ngày01tháng02năm2021" in text


def test_what_people_wrote_stays_text_in_letters_and_logbooks() -> None:
    for text in letters(rows=(station_row(name=NASTY, note=NASTY),), subject=NASTY, to=(NASTY,)):
        assert text.count(squeezed(NASTY)) >= 4
    book = logbook(station=NASTY, lines=(line(column=NASTY, titles=(NASTY,), note=NASTY),))
    for text in (word_text(logbook_docx(book)), pdf_text(logbook_pdf(book))):
        assert squeezed(text).count(squeezed(NASTY)) >= 4


def test_the_same_letter_and_book_give_the_same_bytes() -> None:
    for make, given in ((letter_docx, letter), (letter_pdf, letter), (logbook_docx, logbook), (logbook_pdf, logbook)):
        assert make(given()) == make(given())  # type: ignore[operator]


def test_made_up_letters_and_books_are_called_so() -> None:
    assert all("DỮLIỆUMẪU" in text for text in letters(sample=True))
    book = logbook(sample=True)
    for text in (word_text(logbook_docx(book)), pdf_text(logbook_pdf(book))):
        assert "DỮ LIỆU MẪU" in text


def line(**changes: object) -> LogbookLine:
    given: dict[str, object] = {
        "starts_at": datetime(2026, 11, 29, 17, 0, tzinfo=UTC),
        "column": "Tuyên truyền CCHC",
        "titles": ("Một cửa điện tử",),
        "length_ms": 300_000,
        "aired": True,
        "source": "Máy ghi",
    }
    return LogbookLine(**(given | changes))  # type: ignore[arg-type]


def test_a_book_lies_and_has_all_seven_days_in_order() -> None:
    book = logbook()
    assert set(pdf_sizes_mm(logbook_pdf(book))) == {(297, 210)}
    for text in (word_text(logbook_docx(book)), pdf_text(logbook_pdf(book))):
        days = [f"{day:02d}/{month}/2026" for day, month in ((30, 11), *((n, 12) for n in range(1, 7)))]
        places = [text.index(f", {day}") for day in days]
        assert places == sorted(places)
        assert "Không có khung phát" in text


def test_midnight_on_monday_in_vietnam_begins_the_week() -> None:
    rows = next(table for table in word_tables(logbook_docx(logbook(lines=(line(),)))) if table[0][0] == "Giờ")
    assert rows[1] == ["Thứ Hai, 30/11/2026"]
    assert rows[2][:5] == ["00:00", "Tuyên truyền CCHC", "Một cửa điện tử", "05:00", "Đã phát"]


def test_a_line_of_another_week_is_shown_on_its_day() -> None:
    stray = line(starts_at=datetime(2026, 12, 6, 17, 0, tzinfo=UTC))
    assert "Thứ Hai, 07/12/2026" in word_text(logbook_docx(logbook(lines=(line(), stray))))


def test_a_month_has_a_book_of_the_days_that_have_slots() -> None:
    lines = tuple(line(starts_at=datetime(2026, 12, day, 10, 0, tzinfo=UTC)) for day in (1, 30))
    book = word_text(logbook_docx(logbook(first=date(2026, 12, 1), last=date(2026, 12, 31), lines=lines)))
    assert "tháng 12/2026 từ ngày 01/12/2026 đến ngày 31/12/2026" in book
    assert "Thứ Tư, 30/12/2026" in book
    assert "Không có khung phát" not in book


def test_those_who_sign_a_book_stand_below_its_last_day() -> None:
    for count in range(1, 12):
        lines = tuple(line(starts_at=datetime(2026, 12, 1, hour, tzinfo=UTC)) for hour in range(count))
        last = pdf_pages(logbook_pdf(logbook(lines=lines)))[-1]
        assert "Người trực máy" in last
        assert "06/12/2026" in last
