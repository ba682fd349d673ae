"""The one door to Typst, with letters of our own and nothing of the machine's: the same on every machine."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import typst

from server.reports.refusals import FontsMissing

ROOM = Path(__file__).parent
FONTS = ROOM / "fonts"
SOURCES = ROOM / "typst"
LETTERS = (
    "Tinos_400Regular.ttf",
    "Tinos_400Regular_Italic.ttf",
    "Tinos_700Bold.ttf",
    "Tinos_700Bold_Italic.ttf",
)
# Word shows the picture at 160 mm: 200 dots an inch are as many as office printers tell apart in a chart.
_PICTURE_PPI = 200


def pdf_of(source: str, words: Mapping[str, object], *, made_at: datetime) -> bytes:
    """The document `source` (a file beside this one, without its suffix) filled with the words. Raises FontsMissing."""
    text = "".join((SOURCES / f"{name}.typ").read_text(encoding="utf-8") for name in ("form", source))
    compiler = _compiler(text, data=msgspec.json.encode(words).decode())
    return _made(*compiler.compile_with_warnings(format="pdf", timestamp=int(made_at.timestamp())))


def png_of(svg: str) -> bytes:
    """A chart for programs that show no SVG. Raises FontsMissing."""
    text = (
        '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg", width: 160mm)'
    )
    return _made(*_compiler(text, svg=svg).compile_with_warnings(format="png", ppi=_PICTURE_PPI))


def icon_of(svg: str, *, pixels: int) -> bytes:
    """A square picture as PNG, so many pixels wide. Raises FontsMissing."""
    text = (
        f"#set page(width: {pixels}pt, height: {pixels}pt, margin: 0pt, fill: none)\n"
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    return _made(*_compiler(text, svg=svg).compile_with_warnings(format="png", ppi=72))


def _compiler(text: str, **inputs: str) -> Any:
    missing = [name for name in LETTERS if not (FONTS / name).is_file()]
    if missing:
        raise FontsMissing(folder=str(FONTS), missing=missing)
    compiler: Any = typst.Compiler
    return compiler(
        text.encode(), root=str(SOURCES), font_paths=[str(FONTS)], ignore_system_fonts=True, sys_inputs=inputs
    )


def _made(made: bytes, warnings: Sequence[Any]) -> bytes:
    """A warning is a fault of our own source: a letter or a word of Typst's that is not there."""
    if warnings:
        raise AssertionError([str(warning.message) for warning in warnings])
    return made
