"""A province's report of very many stations is made by a worker, in all formats at once, and found by whoever asks later.

Its figures take a millisecond or more for each station and month: of few it is made while who asks waits. To be handed
out it is made anew, so that its figures and files are of one moment.
"""

import hashlib
from dataclasses import replace
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlmodel import Session, col, delete, select

from server.db.errands import Errand, ErrandFile
from server.services import errands
from server.services.context import Context
from server.services.errands import ErrandView
from server.services.instances import codes_in
from server.services.issued_reports import MadeReport, keep_issued, made_to_issue
from server.services.local_time import local_today
from server.services.report_figures import report_figures
from server.services.report_offices import office_of
from server.services.report_periods import period_of
from server.services.report_refusals import ReportNotMade
from server.services.reports import FORMATS, rendered
from server.services.rights import Right
from server.services.scopes import has_everywhere
from server.services.stored_plans import published_of
from server.services.views import Export
from server.services.who import Kind, Who

REPORT, ISSUE = "report", "issue"


class LongReport(Struct, frozen=True, kw_only=True):
    """`made_at`: when the files were made that can be fetched, if any. `run` and `issuing`: the last that was asked for."""

    made_at: datetime | None
    run: ErrandView | None
    issuing: ErrandView | None


def is_long(context: Context, period: str) -> bool:
    """Whether the province's report of the period is left to workers. Raises BadField."""
    if context.jobs is None:
        return False
    with context.database.read() as session:
        months = [month for month in period_of(period).months if published_of(session, month) is not None]
        return sum(len(codes_in(session, month)) for month in months) > context.few_stations


def order_report(context: Context, period: str, *, site: str | None = None) -> ErrandView:
    """With the service's own address it is handed out, and the QR leads there. Raises BadField, ErrandUnderWay."""
    period_of(period)
    everywhere = has_everywhere(context.who, Right.REPORTS_MAKE, local_today(context))
    asked: dict[str, object] = {"organisation": context.who.organisation_id, "everywhere": everywhere, "site": site}
    with context.database.write() as session:
        asked["agency"] = _agency(session, context)
        return errands.order(session, context, REPORT if site is None else ISSUE, period, asked)


def long_report(context: Context, period: str) -> LongReport:
    with context.database.read() as session:
        made = _newest(session, context, period)
    return LongReport(
        made_at=None if made is None else made.ended_at,
        run=errands.latest(context, REPORT, period),
        issuing=errands.latest(context, ISSUE, period),
    )


def kept_report(context: Context, period: str, format: str) -> Export:  # noqa: A002 (the word that people use for it)
    """As it was made the last time for who asks, or others whose office signs the same. Raises ReportNotMade."""
    with context.database.read() as session:
        made = _newest(session, context, period)
        file = None
        if made is not None:
            file = session.exec(
                select(ErrandFile).where(ErrandFile.errand_id == made.id, ErrandFile.format == format)
            ).first()
        if made is None or made.ended_at is None or file is None:
            raise ReportNotMade(period=period)
        return Export(
            content=file.content,
            media_type=FORMATS[format],
            file_name=f"bao-cao-{period}.{format}",
            etag=f'"{file.sha256}"',
            modified_at=made.ended_at,
        )


class _Made(Struct, frozen=True, kw_only=True):
    files: dict[str, bytes]
    report: MadeReport | None = None


class ReportErrand:
    """Made in one part: the figures of all stations stand in each of its files."""

    def __init__(self, *, issues: bool) -> None:
        self._issues = issues

    def look(self, context: Context, errand: Errand) -> None:
        """Nothing: what is refused is refused of the figures."""

    def parts(self, session: Session, context: Context, errand: Errand, seen: None) -> list[list[int]]:  # noqa: ARG002 (of every kind)
        return [[]]

    def part(self, context: Context, errand: Errand, asked: list[int]) -> _Made:  # noqa: ARG002 (of every kind)
        acting = replace(context, who=_who(context, errand))
        if self._issues:
            report, files = made_to_issue(acting, errand.about, site=str(errand.asked["site"]))
            return _Made(files=files, report=report)
        figures = report_figures(acting, errand.about)
        return _Made(files={format_: rendered(acting, figures, format_) for format_ in FORMATS})

    def keep(self, session: Session, errand: Errand, made: _Made) -> None:
        session.add_all(
            ErrandFile(errand_id=errand.id, format=format_, sha256=hashlib.sha256(content).hexdigest(), content=content)
            for format_, content in made.files.items()
        )
        if made.report is not None:
            errand.outcome = msgspec.to_builtins(made.report)

    def ready(self, context: Context, errand: Errand) -> dict[str, bytes]:
        with context.database.read() as session:
            files = session.exec(select(ErrandFile).where(ErrandFile.errand_id == errand.id))
            return {file.format: file.content for file in files}

    def finish(self, session: Session, context: Context, errand: Errand, ready: dict[str, bytes]) -> dict[str, object]:
        if self._issues:
            report = msgspec.convert(errand.outcome, MadeReport)
            issued = keep_issued(session, context, report, ready)
            session.exec(delete(ErrandFile).where(col(ErrandFile.errand_id) == errand.id))
            return {"code": issued.code}
        # Those before it were of an earlier moment.
        others = select(Errand).where(Errand.kind == REPORT, Errand.about == errand.about, Errand.id != errand.id)
        older = [other.id for other in session.exec(others) if other.asked.get("agency") == errand.asked.get("agency")]
        session.exec(delete(ErrandFile).where(col(ErrandFile.errand_id).in_(older)))
        return {"formats": list(ready)}


def _newest(session: Session, context: Context, period: str) -> Errand | None:
    agency = _agency(session, context)
    done = select(Errand).where(Errand.kind == REPORT, Errand.about == period, Errand.state == "done")
    newest_first = session.exec(done.order_by(col(Errand.ended_at).desc()))
    return next((errand for errand in newest_first if errand.asked.get("agency") == agency), None)


def _agency(session: Session, context: Context) -> str:
    """Who signs what is made for who asks: it stands on each page, and is another's for another office."""
    return office_of(session, local_today(context), maker=context.who.organisation_id).agency


def _who(context: Context, errand: Errand) -> Who:
    """As far as a report is concerned: whose office signs it."""
    organisation: int | None = errand.asked["organisation"]  # type: ignore[assignment]  # as `order_report` wrote it
    kind: Kind = "local" if errand.asked["everywhere"] else "person"
    return replace(context.who, kind=kind, organisation_id=organisation)
