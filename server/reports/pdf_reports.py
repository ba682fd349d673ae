"""The report as .pdf. Its form is ours alone: offices that want another give a Word template."""

from server.reports.charts import bars_by_area, bars_svg, months_svg, statuses_svg
from server.reports.figures import ReportFigures
from server.reports.qr import qr_svg
from server.reports.report_words import report_words
from server.reports.typesetting import pdf_of


def report_pdf(figures: ReportFigures) -> bytes:
    """The same figures give the same bytes. Raises FontsMissing."""
    bars = bars_by_area(figures.rows)
    charts = {
        # Nothing is required of what a lead answers for, so no station can meet it or not.
        "statuses": statuses_svg(figures.totals, title="Số đài theo kết quả") if figures.scope.kind != "lead" else "",
        "areas": bars_svg(bars, title="Thời lượng được tính so với yêu cầu") if bars else "",
        "months": months_svg(figures.trend, title="Thời lượng và số đài đạt qua các tháng") if figures.trend else "",
        "qr": qr_svg(figures.closing.url) if figures.closing else "",
    }
    words = report_words(figures)
    words |= {"charts": charts, "file_title": words["subject"]}
    return pdf_of("report", words, made_at=figures.as_of)
