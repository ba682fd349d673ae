"""Pieces of the state's form (Nghị định 30/2020/NĐ-CP) in Word: pages, head, tables, signature."""

import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from server.reports.wording import ZONE

FONT = "Times New Roman"
SIDES = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
_EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)


def new_document() -> Any:
    """A4 upright with the decree's margins, 13 points, numbers centred on top from page 2 on."""
    made = docx.Document()
    style = made.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(13)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), FONT)
    style.paragraph_format.space_after = Pt(6)
    style.paragraph_format.space_before = Pt(0)
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    _margins(section, top=20, bottom=20, left=30, right=15)
    _number_pages(section)
    return made


def lying_section(made: Any) -> None:
    """An annex on wide pages with numbers of its own."""
    section = made.add_section(WD_SECTION.NEW_PAGE)
    lie_down(section)
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    # Word wants the parts of a section in their order.
    after = ("w:cols", "w:formProt", "w:vAlign", "w:noEndnote", "w:titlePg", "w:docGrid")
    section._sectPr.insert_element_before(numbering, *after)  # noqa: SLF001 - python-docx has no door to it


def lie_down(section: Any) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    _margins(section, top=20, bottom=15, left=15, right=15)
    section.different_first_page_header_footer = True


def paragraph(
    where: Any,
    words: str,
    *,
    side: str = "left",
    size: float | None = None,
    bold: bool = False,
    italic: bool = False,
    underlined: bool = False,
    indent_mm: float = 0,
    after: float | None = None,
    with_next: bool = False,
) -> Any:
    made = where.add_paragraph()
    made.alignment = SIDES[side]
    made.paragraph_format.first_line_indent = Mm(indent_mm)
    made.paragraph_format.keep_with_next = with_next
    if after is not None:
        made.paragraph_format.space_after = Pt(after)
    run(made, words, size=size, bold=bold, italic=italic, underlined=underlined)
    return made


def run(
    where: Any,
    words: str,
    *,
    size: float | None = None,
    bold: bool = False,
    italic: bool = False,
    underlined: bool = False,
) -> None:
    made = where.add_run(words)
    made.bold, made.italic, made.underline = bold, italic, underlined
    if size:
        made.font.size = Pt(size)


def body(where: Any, words: str, *, italic: bool = False, with_next: bool = False) -> None:
    paragraph(where, words, side="justify", italic=italic, indent_mm=10, with_next=with_next)


def head(made: Any, words: dict[str, Any], *, under_number: str = "", widths_mm: Sequence[float] = (72, 93)) -> None:
    """The two blocks on top: who writes, and the country's name with its motto; below them number, place and day."""
    left, right = columns(made, widths_mm)
    _lines(
        left,
        [
            (words["agency_over"], {"size": 12}),
            (words["agency"], {"size": 12, "bold": True}),
            ("―――――――", {"size": 8}),
            (words["number"], {"size": 13}),
            *([(under_number, {"size": 12})] if under_number else []),
        ],
    )
    _lines(
        right,
        [
            ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", {"size": 12, "bold": True}),
            ("Độc lập - Tự do - Hạnh phúc", {"size": 13, "bold": True, "underlined": True}),
            ("", {"size": 8}),
            (words["place_and_day"], {"size": 13, "italic": True}),
        ],
    )


def columns(made: Any, widths_mm: Sequence[float]) -> Sequence[Any]:
    """Cells beside each other with no lines about them."""
    table = made.add_table(rows=1, cols=len(widths_mm))
    _lay_out(table, widths_mm)
    _whole_rows(table)
    return tuple(table.rows[0].cells)


def table(made: Any, widths_mm: Sequence[float], headings: Sequence[str], *, size: float) -> Any:
    """With lines, whose headings stand on each of its pages."""
    laid = made.add_table(rows=1, cols=len(widths_mm))
    laid.style = "Table Grid"
    _lay_out(laid, widths_mm)
    row_of(laid, headings, sides=("center",) * len(headings), size=size, bold=True, into=laid.rows[0])
    repeated = OxmlElement("w:tblHeader")
    laid.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001 - python-docx has no door to it
    return laid


def row_of(
    laid: Any, cells: Sequence[str], *, sides: Sequence[str], size: float, bold: bool = False, into: Any = None
) -> Any:
    made = into or laid.add_row()
    for cell, words, side, column in zip(made.cells, cells, sides, laid.columns, strict=True):
        cell.width = column.width
        first = cell.paragraphs[0]
        first.alignment = SIDES[side]
        first.paragraph_format.space_after = Pt(1)
        run(first, words, size=size, bold=bold)
    _whole(made)
    return made


def tag_row(laid: Any, tag: str) -> None:
    """A row that only opens or ends a repetition, in the template's language."""
    made = laid.add_row()
    merged = made.cells[0].merge(made.cells[-1])
    merged.paragraphs[0].add_run(tag)


def packed(made: Any, *, at: datetime, title: str, sample: bool) -> bytes:
    """The document's bytes, the same for the same document, whenever it is written."""
    about = made.core_properties
    about.created = about.modified = at.astimezone(ZONE).replace(tzinfo=None)
    about.author = about.last_modified_by = "Loa"
    about.title, about.comments, about.revision = title, "DỮ LIỆU MẪU" if sample else "", 1
    written = BytesIO()
    made.save(written)
    again = BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH_OF_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return again.getvalue()


def _margins(section: Any, *, top: float, bottom: float, left: float, right: float) -> None:
    section.top_margin, section.bottom_margin = Mm(top), Mm(bottom)
    section.left_margin, section.right_margin = Mm(left), Mm(right)
    section.header_distance = Mm(10)


def _number_pages(section: Any) -> None:
    section.different_first_page_header_footer = True
    line = section.header.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, words in (("begin", ""), ("", " PAGE "), ("end", "")):
        piece = line.add_run()._r  # noqa: SLF001 - python-docx has no fields
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = words
        piece.append(mark)


def _lines(cell: Any, lines: Iterable[tuple[str, dict[str, Any]]]) -> None:
    first = cell.paragraphs[0]
    for index, (words, look) in enumerate(lines):
        made = first if index == 0 else cell.add_paragraph()
        made.alignment = WD_ALIGN_PARAGRAPH.CENTER
        made.paragraph_format.space_after = Pt(0)
        run(made, words, **look)


def _lay_out(laid: Any, widths_mm: Sequence[float]) -> None:
    laid.autofit = False
    laid.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(laid.columns, widths_mm, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _whole_rows(laid: Any) -> None:
    for row in laid.rows:
        _whole(row)


def _whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - python-docx has no door to it
