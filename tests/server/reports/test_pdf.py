"""The PDF report on paper: sizes, numbers of pages, letters inside, signature and annexes."""

from server.reports.pdf_reports import report_pdf
from tests.server.reports.builders import figures, province
from tests.server.reports.reading import pdf_fonts, pdf_pages, pdf_sizes_mm, pdf_text, squeezed

UPRIGHT, LYING = (210, 297), (297, 210)


def test_the_report_is_upright_and_its_annexes_lie() -> None:
    sizes = pdf_sizes_mm(report_pdf(figures(rows=province(199))))
    upright = sizes.count(UPRIGHT)
    assert upright >= 1
    assert sizes == [UPRIGHT] * upright + [LYING] * (len(sizes) - upright)
    assert len(sizes) - upright >= 2


def test_every_letter_is_of_the_fonts_inside_the_file() -> None:
    fonts = pdf_fonts(report_pdf(figures()))
    assert fonts == {(f"Tinos-{style}", True) for style in ("Regular", "Bold", "Italic", "BoldItalic")}


def test_numbers_stand_on_all_pages_but_the_first_of_each_part() -> None:
    document = report_pdf(figures(rows=province(199)))
    pages, sizes = pdf_pages(document), pdf_sizes_mm(document)
    upright = sizes.count(UPRIGHT)
    first_lines = [page.split()[0] for page in pages]
    assert first_lines[0] == "UBND"
    assert first_lines[1:upright] == [str(number) for number in range(2, upright + 1)]
    annexes = [index for index, page in enumerate(pages) if squeezed(page).startswith("Phụlục")]
    assert len(annexes) == 2
    for start, end in zip(annexes, [annexes[1], len(pages)], strict=True):
        assert first_lines[start + 1 : end] == [str(number) for number in range(2, end - start + 1)]


def test_headings_are_on_each_page_of_the_stations() -> None:
    pages = pdf_pages(report_pdf(figures(rows=province(199), missed=())))
    first = next(index for index, page in enumerate(pages) if squeezed(page).startswith("Phụlục"))
    assert len(pages) - first >= 5
    assert all(squeezed("STT Đài Địa bàn") in squeezed(page) for page in pages[first:])


def test_the_signature_never_stands_alone() -> None:
    for sentences in range(0, 60, 4):
        report = figures(sentences=("Một đoạn văn dài vừa một dòng.",) * sentences, rows=province(3), missed=())
        page = next(page for page in pdf_pages(report_pdf(report)) if "Nơi nhận:" in page)
        assert "BC-7F3K-29QD" in page
        assert "PHÓ GIÁM ĐỐC" in page


def test_the_form_is_the_decrees() -> None:
    first = pdf_pages(report_pdf(figures()))[0]
    for words in (
        "UBND TỈNH ĐẮK LẮK",
        "SỞ THÔNG TIN VÀ TRUYỀN THÔNG",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "BÁO CÁO",
    ):
        assert squeezed(words) in squeezed(first)
    assert "Số:/BC-STTTT" in squeezed(first)
    assert "ĐắkLắk,ngàythángnăm2026" in squeezed(first)


def test_a_closed_report_says_where_it_is_checked_and_an_open_one_does_not() -> None:
    closed = squeezed(pdf_text(report_pdf(figures())))
    assert "https://loa.example.vn/kiem-tra/BC-7F3K-29QD" in closed
    assert "9f86d081" * 8 in closed
    assert "Mãbăm" not in squeezed(pdf_text(report_pdf(figures(closing=None))))
