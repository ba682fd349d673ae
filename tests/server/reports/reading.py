"""Documents read back: Word's by their XML, PDFs by PDFium."""

import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from ctypes import create_string_buffer
from io import BytesIO
from xml.etree import ElementTree as ET

import pypdfium2
from pypdfium2 import raw

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WORD_BODY = "word/document.xml"


def squeezed(text: str) -> str:
    """Without the spaces and line ends that a page's width put in."""
    return "".join(unicodedata.normalize("NFC", text).split())


def word_root(document: bytes) -> ET.Element:
    with zipfile.ZipFile(BytesIO(document)) as package:
        return ET.fromstring(package.read(WORD_BODY))  # noqa: S314 - we wrote it


def word_paragraphs(of: ET.Element) -> list[str]:
    return ["".join(piece.text or "" for piece in each.iter(f"{W}t")) for each in of.iter(f"{W}p")]


def word_text(document: bytes) -> str:
    return "\n".join(word_paragraphs(word_root(document)))


def word_tables(document: bytes) -> Iterator[list[list[str]]]:
    """Each table's rows of cells."""
    for table in word_root(document).iter(f"{W}tbl"):
        yield [["\n".join(word_paragraphs(cell)) for cell in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")]


def pdf_pages(document: bytes) -> list[str]:
    with pypdfium2.PdfDocument(document) as opened:
        texts = []
        for page in opened:
            reader = page.get_textpage()
            texts.append(reader.get_text_bounded())
            reader.close()
            page.close()
        return texts


def pdf_text(document: bytes) -> str:
    return "\n".join(pdf_pages(document))


def pdf_sizes_mm(document: bytes) -> list[tuple[int, int]]:
    with pypdfium2.PdfDocument(document) as opened:
        return [
            (round(wide / 72 * 25.4), round(tall / 72 * 25.4))
            for wide, tall in map(opened.get_page_size, range(len(opened)))
        ]


def pdf_fonts(document: bytes) -> set[tuple[str, bool]]:
    """Base names, without the subset's mark, and whether each is inside the file."""
    found = set()
    with pypdfium2.PdfDocument(document) as opened:
        for page in opened:
            for each in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                font = raw.FPDFTextObj_GetFont(each.raw)
                name = create_string_buffer(200)
                raw.FPDFFont_GetBaseFontName(font, name, 200)
                found.add((name.value.decode().split("+")[-1], bool(raw.FPDFFont_GetIsEmbedded(font))))
            page.close()
    return found


def changed(document: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The package with one of its parts rewritten."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(document)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                after = change(content.decode())
                assert after != content.decode()
                content = after.encode()
            new.writestr(name, content)
    return made.getvalue()
