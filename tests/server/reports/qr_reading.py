"""QR codes as they are printed: the modules of one in a .docx's picture, and in a rendered page of a .pdf."""

import struct
import zipfile
import zlib
from io import BytesIO

import pypdfium2
import segno
from pypdfium2 import raw

Matrix = list[list[bool]]
BORDER = 2


def matrix_of(address: str) -> Matrix:
    """What a code of the address has to look like, dark modules True, without its border."""
    return [[bool(module) for module in row] for row in segno.make_qr(address, error="m").matrix]


def qr_of_word(document: bytes, size: int) -> Matrix:
    """The one picture whose colours are black and white alone."""
    with zipfile.ZipFile(BytesIO(document)) as package:
        pictures = [package.read(name) for name in package.namelist() if name.endswith(".png")]
    [found] = [rows for picture in pictures if (rows := _one_bit_rows(picture))]
    step = len(found) // (size + 2 * BORDER)
    return [
        [found[(y + BORDER) * step + step // 2][(x + BORDER) * step + step // 2] for x in range(size)]
        for y in range(size)
    ]


def qr_of_pdf(document: bytes, size: int) -> Matrix:
    """The drawing of some 20 mm each way, sampled from its page as a printer would lay it down."""
    scale = 6
    with pypdfium2.PdfDocument(document) as opened:
        for page in opened:
            for each in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
                left, bottom, right, top = each.get_bounds()
                if 45 < right - left < 72 and 45 < top - bottom < 72:
                    # Lines as thick as a module, about which PDFium counts one more on each side.
                    step = (right - left) / (size + 2)
                    pixels = page.render(scale=scale, grayscale=True).to_numpy()
                    first_x, first_y = left + 1.5 * step, page.get_height() - top + step
                    return [
                        [
                            bool(
                                pixels[int((first_y + y * step) * scale), int((first_x + x * step) * scale)].max() < 128
                            )
                            for x in range(size)
                        ]
                        for y in range(size)
                    ]
    return []


def _one_bit_rows(png: bytes) -> Matrix:
    """Dark pixels True; empty for a picture of more colours."""
    at, packed, wide, depth = 8, b"", 0, 0
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            wide, _tall, depth = struct.unpack(">IIB", content[:9])
        elif kind == b"IDAT":
            packed += content
        at += length + 12
    if depth != 1:
        return []
    lines, stride = zlib.decompress(packed), -(-wide // 8) + 1
    rows: list[bytes] = []
    for start in range(0, len(lines), stride):
        line, above = lines[start + 1 : start + stride], rows[-1] if rows else bytes(stride - 1)
        # segno writes a row that is the one above again as its difference (filter 2).
        rows.append(bytes((a + b) % 256 for a, b in zip(line, above, strict=True)) if lines[start] == 2 else line)
    return [[not row[x // 8] >> (7 - x % 8) & 1 for x in range(wide)] for row in rows]
