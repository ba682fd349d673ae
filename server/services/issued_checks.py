"""Whether a report that was handed out is as it was, and whether its figures are those of the closed months.

All hashes are made anew from the rows as they lie in the database, and held against the one in the audit trail.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlmodel import Session, col, select

from schedules.proof import ProofVerdict
from server.db.airing import MonthClosing, Report, ReportFile
from server.db.raw_rows import RawRow, raw_rows
from server.db.records import AuditEntry
from server.reports.figures import ReportFigures
from server.services import trail
from server.services.closing_checks import verify_closings
from server.services.context import Context
from server.services.issued_reports import IssuedReport, figures_hash, find_report, issued_view, report_hash
from server.services.local_time import ZONE
from server.services.report_months import closed_verdicts, closing_until
from server.services.report_periods import kept_extent, period_of
from server.services.report_refusals import ReportDamaged
from server.services.report_verdicts import PROOF_FIGURES, station_figures
from server.services.rows import identity
from server.texts import _

How = Literal["altered", "missing", "added"]
_COLUMNS = ("id", "code", "period", "scope", "closing_id", "made_at", "made_by", "figures", "hash")


class ReportFault(Struct, frozen=True, kw_only=True):
    """What of a handed-out report is not as it was: the report itself, its figures (those of `station`, where they are
    not the closed ones), or the file of `format`.
    """

    what: Literal["report", "figures", "file"]
    how: How
    code: str
    period: str = ""
    station: str | None = None
    format: str | None = None


class Later(Struct, frozen=True, kw_only=True):
    """A closing (`number` 0) or amendment of one of the report's months, made after the report."""

    month: str
    number: int
    closed_at: datetime


class ReportCheck(Struct, frozen=True, kw_only=True):
    """`held`: against the closed months its figures are the same, other ones, still provisional when it was made, or of
    what an organisation leads, which is not closed by itself. `chain`: those months are as they were closed.
    """

    report: IssuedReport
    figures: ReportFigures
    faults: list[ReportFault]
    held: Literal["same", "other", "provisional", "led"]
    chain: bool
    later: list[Later]
    newer: str | None


def verify_reports(context: Context) -> list[ReportFault]:
    """Of all that were handed out, in their order; empty: all are as they were."""
    with context.database.read() as session:
        told = _told(session)
        found = [
            fault for row in raw_rows(session, Report, _COLUMNS, (), ("id",)) for fault in _faults(session, row, told)
        ]
        there = set(session.exec(select(Report.code)))
        lost = [ReportFault(what="report", how="missing", code=code) for code in told if code not in there]
        return found + lost


def check_report(context: Context, code: str) -> ReportCheck:
    """For whoever holds the paper. Raises UnknownReport, ReportDamaged."""
    try:
        return _checked(context, code)
    except ValueError as error:  # of JSON, or of figures that are none
        raise ReportDamaged(report=code) from error


def _checked(context: Context, code: str) -> ReportCheck:
    with context.database.read() as session:
        row = find_report(session, code)
        view = issued_view(session, row)
        [raw] = raw_rows(session, Report, _COLUMNS, (col(Report.id) == identity(row),), ("id",))
        months = [str(month) for month in period_of(row.period).months]
        closings = session.exec(
            select(MonthClosing).where(col(MonthClosing.month).in_(months)).order_by(col(MonthClosing.id))
        ).all()
        newer = session.exec(
            select(Report.code)
            .where(Report.period == row.period, Report.scope == row.scope, col(Report.id) > identity(row))
            .order_by(col(Report.id).desc())
        ).first()
        figures = msgspec.convert(row.figures, ReportFigures)
        check = ReportCheck(
            report=view,
            figures=figures,
            faults=list(_faults(session, raw, _told(session))),
            held=_held(session, view, figures, row.closing_id),
            chain=True,
            later=[
                Later(month=each.month, number=each.number, closed_at=each.closed_at.astimezone(ZONE))
                for each in closings
                if identity(each) > (row.closing_id or 0)
            ],
            newer=newer,
        )
    rests_on = {each.month for each in closings if identity(each) <= (row.closing_id or 0)}
    kept = not verify_closings(context, months=rests_on) and trail.verify(context).whole
    return msgspec.structs.replace(check, chain=kept)


def fault_sentence(fault: ReportFault) -> str:
    how = {"altered": _("đã bị sửa"), "missing": _("đã mất"), "added": _("bị thêm vào")}[fault.how]
    if fault.what == "file":
        return _("Báo cáo {code}: tệp {format} {how}.", code=fault.code, format=fault.format or "–", how=how)
    if fault.what == "figures" and fault.station:
        return _("Báo cáo {code}: số liệu của đài {station} {how}.", code=fault.code, station=fault.station, how=how)
    if fault.what == "figures":
        return _("Báo cáo {code}: số liệu {how}.", code=fault.code, how=how)
    return _("Báo cáo {code} {how}.", code=fault.code, how=how)


def _faults(session: Session, row: RawRow, told: Mapping[str, str]) -> Iterator[ReportFault]:
    code, period = _text(row["code"]), _text(row["period"])
    figures = _figures(row)
    closing = session.exec(select(MonthClosing.hash).where(MonthClosing.id == _whole(row["closing_id"]))).first() or ""
    said = figures_hash(closing, code, period, _text(row["scope"]), figures)
    printed = figures.get("closing")
    kept = printed.get("hash") if isinstance(printed, dict) else None
    if said != kept:
        stations: list[str | None] = [*_other_stations(session, row, figures)]
        for station in stations or [None]:
            yield ReportFault(what="figures", how="altered", code=code, period=period, station=station)
    hashes: dict[str, str] = {}
    where = (col(ReportFile.report_id) == _whole(row["id"]),)
    for file in raw_rows(session, ReportFile, ("format", "sha256", "content"), where, ("format",)):
        hashes[_text(file["format"])] = _text(file["sha256"])
        if hashlib.sha256(file["content"] or b"").hexdigest() != _text(file["sha256"]):
            yield ReportFault(what="file", how="altered", code=code, period=period, format=_text(file["format"]))
    for format_ in sorted({"docx", "pdf", "xlsx"} - hashes.keys()):
        yield ReportFault(what="file", how="missing", code=code, period=period, format=format_)
    made = report_hash(str(kept), _moment(row["made_at"]), _text(row["made_by"]), hashes)
    if code not in told:
        yield ReportFault(what="report", how="added", code=code, period=period)
    elif made != _text(row["hash"]) or told[code] != _text(row["hash"]):
        yield ReportFault(what="report", how="altered", code=code, period=period)


def _other_stations(session: Session, row: RawRow, figures: dict[str, Any]) -> Iterator[str]:
    """Whose figures in the report are not the closed ones."""
    try:
        report = msgspec.convert(figures, ReportFigures)
        kept = closed_rows(session, _text(row["period"]), _whole(row["closing_id"]))
        lead = kept_extent(_text(row["scope"])).kind == "lead"
    except (msgspec.ValidationError, ValueError):
        return
    for each in report.rows if kept and not lead else ():
        if kept.get(each.code) != {name: getattr(each, name) for name in PROOF_FIGURES}:
            yield each.code


def closed_rows(session: Session, period: str, closing_id: int | None) -> dict[str, dict[str, int]]:
    """The figures of each station by its code, made anew from what was closed up to that closing."""
    verdicts: dict[int, list[ProofVerdict]] = {}
    codes: dict[int, str] = {}
    for month in period_of(period).months:
        closing = closing_until(session, month, closing_id or 0)
        if closing is not None:
            for key, (code, _name, own) in closed_verdicts(session, closing).items():
                codes[key] = code
                verdicts.setdefault(key, []).extend(own)
    return {codes[key]: station_figures(own).figures for key, own in verdicts.items()}


def _held(
    session: Session, view: IssuedReport, figures: ReportFigures, closing_id: int | None
) -> Literal["same", "other", "provisional", "led"]:
    if not view.final:
        return "provisional"
    if figures.scope.kind == "lead":
        return "led"
    kept = closed_rows(session, view.period, closing_id)
    same = all(kept.get(row.code) == {name: getattr(row, name) for name in PROOF_FIGURES} for row in figures.rows)
    return "same" if same else "other"


def _told(session: Session) -> dict[str, str]:
    """What the audit trail says was handed out: the hash by code. Whether it is whole itself is its own check."""
    found: dict[str, str] = {}
    where = (col(AuditEntry.action) == "reports.issued",)
    for row in raw_rows(session, AuditEntry, ("subject", "facts"), where, ("id",)):
        try:
            found[_text(row["subject"])] = str(json.loads(row["facts"] or b"")["hash"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return found


def _figures(row: RawRow) -> dict[str, Any]:
    try:
        found = json.loads(row["figures"] or b"")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _moment(value: bytes | None) -> datetime:
    try:
        return datetime.fromisoformat((value or b"").decode()).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "backslashreplace")


def _whole(value: bytes | None) -> int | None:
    text = _text(value)
    return int(text) if text.isascii() and text.isdecimal() else None
