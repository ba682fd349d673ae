"""Reports that were handed out: figures and files as they were that day, found again by the code in their QR."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlmodel import Session, col, func, select

from server.db.airing import MonthClosing, Report, ReportFile
from server.reports.figures import Closing, ReportFigures
from server.reports.report_words import subject
from server.services.audit import hash_over, record
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.report_figures import gather
from server.services.report_periods import extent_of, kept_extent, period_of
from server.services.report_refusals import UnknownReport
from server.services.reports import FORMATS, rendered
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import has_everywhere, led_organisations
from server.services.views import Export

# Without those that look like others on paper: 59 bits, which nobody guesses at some tries a minute.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 3, 4


class IssuedFile(Struct, frozen=True, kw_only=True):
    format: str
    sha256: str
    size: int


class IssuedReport(Struct, frozen=True, kw_only=True):
    """`agency` is who signs, `made_by` the account. `closing`: the last that the figures rest on, for example 2026-12/0.

    `final`: all that it tells of was closed by then.
    """

    code: str
    period: str
    scope: str
    subject: str
    agency: str
    made_at: datetime
    made_by: str
    closing: str | None
    final: bool
    hash: str
    files: list[IssuedFile]


class MadeReport(Struct, frozen=True, kw_only=True):
    """What is to be handed out, but for its files; `said`: the hash of the figures."""

    code: str
    period: str
    scope: str
    figures: dict[str, Any]
    said: str
    closing_id: int | None
    closing_hash: str


def issue_report(
    context: Context, period: str, *, district: str | None = None, lead: str | None = None, site: str
) -> IssuedReport:
    """Made and kept as it is now, for ever, in all formats. `site`: the service's own address, which the QR leads to.

    Raises BadField, NoPlan, NothingLed, FontsMissing, and what a template is refused for.
    """
    report, files = made_to_issue(context, period, district=district, lead=lead, site=site)
    with context.database.write() as session:
        return keep_issued(session, context, report, files)


def made_to_issue(
    context: Context, period: str, *, district: str | None = None, lead: str | None = None, site: str
) -> tuple[MadeReport, dict[str, bytes]]:
    """With its files by their format. Raises what `issue_report` does."""
    span, extent = period_of(period), extent_of(district=district, lead=lead)
    gathered = gather(context, span, extent)
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    said = figures_hash(gathered.closing_hash, code, period, extent.text, msgspec.to_builtins(gathered.figures))
    closing = Closing(code=code, url=f"{site}/kiem-tra/{code}", hash=said, final=gathered.final)
    figures = replace(gathered.figures, closing=closing)
    files = {format_: rendered(context, figures, format_) for format_ in FORMATS}
    made = MadeReport(
        code=code,
        period=period,
        scope=extent.text,
        figures=msgspec.to_builtins(figures),
        said=said,
        closing_id=gathered.closing_id,
        closing_hash=gathered.closing_hash,
    )
    return made, files


def keep_issued(session: Session, context: Context, made: MadeReport, files: Mapping[str, bytes]) -> IssuedReport:
    """In the caller's transaction."""
    hashes = {format_: hashlib.sha256(content).hexdigest() for format_, content in files.items()}
    now = context.clock()
    row = Report(
        code=made.code,
        kind=period_of(made.period).kind,
        period=made.period,
        scope=made.scope,
        closing_id=made.closing_id,
        made_at=now,
        made_by=context.who.name,
        figures=made.figures,
        hash=report_hash(made.said, now, context.who.name, hashes),
    )
    session.add(row)
    session.flush()
    session.add_all(
        ReportFile(report_id=identity(row), format=format_, sha256=hashes[format_], content=content)
        for format_, content in files.items()
    )
    session.flush()
    record(
        session,
        context,
        at=now,
        action="reports.issued",
        subject=made.code,
        period=made.period,
        scope=made.scope,
        closing=made.closing_hash,
        hash=row.hash,
    )
    return _views(session, [row])[0]


def list_issued(context: Context) -> list[IssuedReport]:
    """Those that who asks may make, the latest first."""
    on = local_today(context)
    with context.database.read() as session:
        query = select(Report).order_by(col(Report.id).desc())
        if not has_everywhere(context.who, Right.REPORTS_MAKE, on):
            own = led_organisations(session, context.who, Right.REPORTS_MAKE, on)
            query = query.where(col(Report.scope).in_([extent_of(lead=code).text for code in own]))
        return _views(session, session.exec(query).all())


def issued_file(context: Context, code: str, format: str) -> Export:  # noqa: A002 (the word that people use for it)
    """The bytes that were handed out. Raises UnknownReport."""
    with context.database.read() as session:
        report = find_report(session, code)
        file = session.exec(
            select(ReportFile).where(ReportFile.report_id == identity(report), ReportFile.format == format)
        ).first()
        if file is None:
            raise UnknownReport(report=code)
        part = kept_extent(report.scope).name_part
        return Export(
            content=file.content,
            media_type=FORMATS[format],
            file_name=f"bao-cao-{report.period}{part}-{report.code}.{format}",
            etag=f'"{file.sha256}"',
            modified_at=report.made_at,
        )


def find_report(session: Session, code: str) -> Report:
    """Also as people type it: in small letters, without its hyphens. Raises UnknownReport."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())
    asked = "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
    found = session.exec(select(Report).where(Report.code == asked)).first()
    if found is None:
        raise UnknownReport(report=code[:40])
    return found


def issued_view(session: Session, row: Report) -> IssuedReport:
    return _views(session, [row])[0]


def figures_hash(closing_hash: str, code: str, period: str, scope: str, figures: dict[str, Any]) -> str:
    """What stands on the documents: over all that they say but where to check it, and the closing it rests on."""
    return hash_over(closing_hash, [code, period, scope, figures | {"closing": None}])


def report_hash(said: str, made_at: datetime, made_by: str, files: dict[str, str]) -> str:
    """`said`: the hash of the figures; `files`: SHA-256 by format."""
    return hash_over(said, [made_at.astimezone(UTC).isoformat(timespec="microseconds"), made_by, files])


def _views(session: Session, rows: Sequence[Report]) -> list[IssuedReport]:
    keys = [identity(row) for row in rows]
    files: dict[int, list[IssuedFile]] = {}
    for key, format_, sha256, size in session.exec(
        select(ReportFile.report_id, ReportFile.format, ReportFile.sha256, func.length(col(ReportFile.content)))
        .where(col(ReportFile.report_id).in_(keys))
        .order_by(col(ReportFile.format))
    ):
        files.setdefault(key, []).append(IssuedFile(format=format_, sha256=sha256, size=size))
    closings = {row.id: row for row in session.exec(select(MonthClosing))}
    return [_view(row, files.get(identity(row), []), closings.get(row.closing_id)) for row in rows]


def _view(row: Report, files: list[IssuedFile], closing: MonthClosing | None) -> IssuedReport:
    figures = msgspec.convert(row.figures, ReportFigures)
    return IssuedReport(
        code=row.code,
        period=row.period,
        scope=row.scope,
        subject=subject(figures),
        agency=figures.office.agency,
        made_at=row.made_at.astimezone(ZONE),
        made_by=row.made_by,
        closing=f"{closing.month}/{closing.number}" if closing is not None else None,
        final=figures.closing is not None and figures.closing.final,
        hash=row.hash,
        files=files,
    )
