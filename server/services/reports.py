"""Reports of what was aired as documents: to look at, before any is handed out."""

from server.reports.figures import ReportFigures
from server.reports.pdf_reports import report_pdf
from server.reports.spreadsheets import report_xlsx
from server.reports.word_reports import report_docx
from server.services.context import Context
from server.services.refusals import BadField
from server.services.report_figures import report_figures
from server.services.report_periods import extent_of
from server.services.report_templates import template_in_force
from server.services.views import Export

FORMATS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def make_report(
    context: Context,
    period: str,
    *,
    format: str,  # noqa: A002 (the word that people use for it)
    district: str | None = None,
    lead: str | None = None,
) -> Export:
    """Raises BadField, NoPlan where no month of the period has a published plan, NothingLed, FontsMissing, and what a
    template is refused for.
    """
    if format not in FORMATS:
        raise BadField(field="format", value=format, expected=", ".join(FORMATS))
    figures = report_figures(context, period, district=district, lead=lead)
    return Export(
        content=rendered(context, figures, format),
        media_type=FORMATS[format],
        file_name=f"bao-cao-{period}{extent_of(district=district, lead=lead).name_part}.{format}",
        etag="",
        modified_at=figures.as_of,
    )


def rendered(context: Context, figures: ReportFigures, format: str) -> bytes:  # noqa: A002 (as above)
    """Word in the office's own template, where it has one. Raises FontsMissing, and what a template is refused for."""
    if format == "docx":
        return report_docx(figures, template_in_force(context))
    return report_pdf(figures) if format == "pdf" else report_xlsx(figures)
