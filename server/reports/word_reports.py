"""The report as .docx: a template, Loa's own or an office's, filled with the figures."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import TemplateError, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from lxml import etree

from server.reports.charts import bars_by_area, bars_svg, months_svg, statuses_svg
from server.reports.default_template import default_template
from server.reports.figures import ReportFigures
from server.reports.qr import qr_png
from server.reports.refusals import TemplateBroken, TemplateUnreadable
from server.reports.report_words import report_words
from server.reports.sample_figures import sample_figures
from server.reports.template_files import look_at
from server.reports.template_language import Forbidden, FormEnvironment, Picture
from server.reports.typesetting import png_of
from server.reports.word_form import packed

_TEXT_MM, _QR_MM = 160, 26
_PLACE_LETTERS = 120


def report_docx(figures: ReportFigures, template: bytes | None = None) -> bytes:
    """The same figures and template give the same bytes. Raises FontsMissing, and what `check_template` raises."""
    return _filled(figures, template)


def check_template(given: bytes) -> None:
    """Fills the template with sample figures, in which every field and every table has something, and with few.

    Raises TemplateUnreadable, TemplateTooLarge, TemplateReachesOut, TemplateBroken, FontsMissing.
    """
    for figures in sample_figures():
        _filled(figures, given)


def _filled(figures: ReportFigures, given: bytes | None) -> bytes:
    if given is not None:
        look_at(given)
    made = _StrictTemplate(BytesIO(default_template() if given is None else given))
    words, environment = report_words(figures), FormEnvironment()
    try:
        made.render(words | {"charts": _pictures(made, figures)}, environment, autoescape=True)
    except (Forbidden, TemplateError) as error:
        raise _told(error, environment.source) from error
    except (etree.LxmlError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        if given is None:
            raise
        # A repetition that opens in one place and ends at another depth leaves no document.
        raise TemplateUnreadable(reason="damaged") from error
    return packed(made.docx, at=figures.as_of, title=words["subject"], sample=figures.sample)


def _pictures(made: DocxTemplate, figures: ReportFigures) -> dict[str, Picture | str]:
    bars, closing = bars_by_area(figures.rows), figures.closing
    pictures: dict[str, Picture | str] = {
        "statuses": "",
        "areas": "",
        "months": "",
        "qr": "",
    }
    if figures.scope.kind != "lead":
        pictures["statuses"] = _picture(made, lambda: png_of(statuses_svg(figures.totals, title="")), _TEXT_MM)
    if bars:
        pictures["areas"] = _picture(made, lambda: png_of(bars_svg(bars, title="")), _TEXT_MM)
    if figures.trend:
        pictures["months"] = _picture(made, lambda: png_of(months_svg(figures.trend, title="")), _TEXT_MM)
    if closing:
        pictures["qr"] = _picture(made, lambda: qr_png(closing.url), _QR_MM)
    return pictures


def _picture(made: DocxTemplate, draw: Callable[[], bytes], wide_mm: float) -> Picture:
    """Drawn where a template names it, and only then."""
    return Picture(lambda: str(InlineImage(made, BytesIO(draw()), width=Mm(wide_mm))))


class _StrictTemplate(DocxTemplate):  # type: ignore[misc]
    """docxtpl mends what a misplaced repetition tears, and loses what stood there."""

    def fix_tables(self, xml: str) -> Any:
        etree.fromstring(xml)
        return super().fix_tables(xml)


def _told(error: Exception, source: str) -> TemplateBroken:
    """By the paragraph that the fault stands in: docxtpl lays each on a line of its own."""
    lines = source.splitlines()

    def line(number: int | None) -> str:
        return _read(lines[number - 1]) if number and number <= len(lines) else ""

    def holding(field: str) -> str:
        pattern = re.compile(r"\{[{%][^{}]*\b" + re.escape(field) + r"\b")
        return next((_read(line) for line in lines if pattern.search(line)), "")

    if isinstance(error, Forbidden):
        return TemplateBroken(kind="forbidden", field=error.what, place=line(error.line))
    if isinstance(error, TemplateSyntaxError):
        place = line(error.lineno)
        return TemplateBroken(kind="syntax", field=_piece(place) or str(error.message), place=place)
    named = re.findall(r"'([^']*)'", str(error)) or [str(error)]
    if isinstance(error, SecurityError):
        return TemplateBroken(kind="forbidden", field=named[0], place=holding(named[0]))
    return TemplateBroken(kind="unknown", field=named[-1], place=holding(named[-1]))


def _piece(place: str) -> str:
    found = re.search(r"\{[{%].*?(?:[%}]\}|$)", place)
    return found.group() if found else ""


def _read(line: str) -> str:
    words = " ".join(re.sub(r"<[^>]*>", "", line).split())
    return words if len(words) <= _PLACE_LETTERS else f"{words[: _PLACE_LETTERS - 1]}…"
