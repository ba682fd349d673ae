"""Whether what was closed and handed out is as it was: closings, reports, and the audit trail that both are held against."""

from msgspec import Struct

from server.services import closing_checks, issued_checks, trail
from server.services.closing_checks import ClosingFault, verify_closings
from server.services.context import Context
from server.services.issued_checks import ReportFault, verify_reports


class HistoryReport(Struct, frozen=True, kw_only=True):
    """`faults` are rows that are not as they were closed, `report_faults` reports that are not as they were handed out.

    Both are held against the audit trail, so nothing is `whole` where `trail` is not.
    """

    whole: bool
    faults: list[ClosingFault]
    report_faults: list[ReportFault]
    trail: trail.TrailReport


def verify_history(context: Context, *, noted: trail.TrailHead | None = None) -> HistoryReport:
    """Makes every hash anew from the rows as they lie. `noted`: a head of the trail that was kept elsewhere."""
    kept = trail.verify(context, noted=noted)
    faults, report_faults = verify_closings(context), verify_reports(context)
    return HistoryReport(
        whole=kept.whole and not faults and not report_faults, faults=faults, report_faults=report_faults, trail=kept
    )


def history_sentences(report: HistoryReport) -> list[str]:
    """What was found; empty where all is whole."""
    return [
        *(closing_checks.fault_sentence(each) for each in report.faults),
        *(issued_checks.fault_sentence(each) for each in report.report_faults),
        *(() if report.trail.whole else trail.report_sentences(report.trail)),
    ]
