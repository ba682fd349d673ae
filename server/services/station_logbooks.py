"""A station's logbook of a week or a month (sổ nhật ký chương trình phát thanh), from its published plan and what was said of it."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta

from sqlmodel import Session, col, select

from schedules.as_run import Grade
from schedules.months import InvalidMonth, Month
from server.db.library import ProgrammeColumn
from server.db.registry import UnitVersion
from server.reports.figures import LogbookFigures, LogbookLine, Office
from server.reports.logbooks import logbook_docx, logbook_pdf
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.proof_views import AiredSlotView, StationProof
from server.services.proofs import station_proof
from server.services.refusals import BadField, NoPlan, UnknownStation
from server.services.reports import FORMATS
from server.services.views import Export, StationView

_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_AIRED = {"aired", "late", "short", "substituted"}
_NOTES = {"late": "Phát lệch giờ", "short": "Phát thiếu", "substituted": "Phát bài khác"}
_SOURCES = {Grade.REPORTED: "Đài báo", Grade.LOGGED: "Máy ghi của đài", Grade.HEARD: "Nghe được trong bản ghi"}


def make_logbook(context: Context, code: str, week: str, *, format: str) -> Export:  # noqa: A002 (the word that people use for it)
    """`week` is 2026-W49, a day in it, 2026-12-05, or a whole month, 2026-12.

    Raises BadField, UnknownStation, NoPlan where nothing is published for it, FontsMissing.
    """
    render = {"docx": logbook_docx, "pdf": logbook_pdf}.get(format)
    if render is None:
        raise BadField(field="format", value=format, expected="docx, pdf")
    figures = logbook_figures(context, code, week)
    return Export(
        content=render(figures),
        media_type=FORMATS[format],
        file_name=f"so-nhat-ky-{code}-{_name(figures.first, figures.last)}.{format}",
        etag="",
        modified_at=figures.as_of,
    )


def logbook_figures(context: Context, code: str, week: str) -> LogbookFigures:
    """Raises as `make_logbook` does."""
    first, last = _days(week)
    proofs: list[StationProof] = []
    refused: UnknownStation | NoPlan | None = None
    for month in dict.fromkeys(Month.of(each) for each in (first, last)):
        try:
            proofs.append(station_proof(context, code, month))
        except (UnknownStation, NoPlan) as error:
            refused = error
    if not proofs:
        raise refused or NoPlan(month=week)
    with context.database.read() as session:
        columns = dict(session.exec(select(ProgrammeColumn.code, ProgrammeColumn.name)).all())
        station = proofs[-1].station
        office = office_of(session, station)
    slots = [
        slot for proof in proofs for slot in proof.slots if first <= slot.starts_at.astimezone(ZONE).date() <= last
    ]
    return LogbookFigures(
        office=office,
        station=station.name,
        area=station.district_name or station.unit_name,
        first=first,
        last=last,
        as_of=proofs[-1].as_of.astimezone(ZONE),
        lines=tuple(_line(slot, columns.get(slot.column, slot.column)) for slot in _in_order(slots)),
        sample=station.sample,
    )


def weeks_of(month: Month) -> list[tuple[str, date]]:
    """Those that share a day with the month: the week as addresses name it, and its Monday."""
    monday = month.first_date - timedelta(days=month.first_date.weekday())
    found = []
    while monday <= month.last_date:
        found.append((week_name(monday), monday))
        monday += timedelta(days=7)
    return found


def week_name(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def days_of_week(text: str) -> tuple[date, date]:
    """Monday and Sunday of the week written 2026-W49. Raises BadField."""
    with suppress(ValueError, OverflowError):
        if found := _WEEK.fullmatch(text):
            return _week(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    raise BadField(field="week", value=text[:40], expected="2026-W49")


def _days(text: str) -> tuple[date, date]:
    """The first and the last."""
    if _WEEK.fullmatch(text):
        return days_of_week(text)
    with suppress(ValueError, OverflowError):
        day = date.fromisoformat(text)
        if day.isoformat() == text:
            return _week(day - timedelta(days=day.weekday()))
    with suppress(InvalidMonth):
        month = Month.parse(text)
        return month.first_date, month.last_date
    raise BadField(field="week", value=text[:40], expected="2026-W49, 2026-12-05, 2026-12")


def _week(monday: date) -> tuple[date, date]:
    return monday, monday + timedelta(days=6)


def _name(first: date, last: date) -> str:
    return week_name(first) if (first, last) == _week(first) else str(Month.of(first))


def _in_order(slots: Sequence[AiredSlotView]) -> list[AiredSlotView]:
    return sorted(slots, key=lambda slot: (slot.starts_at, slot.key))


def _line(slot: AiredSlotView, column: str) -> LogbookLine:
    denied = [reason for item in slot.items for reason in item.why if reason["code"] == "not_aired"]
    aired = True if slot.outcome in _AIRED else False if denied else None
    grade = max((Grade[item.grade.upper()] for item in slot.items if item.grade), default=None)
    said = next((str(reason["said"]) for reason in denied if reason.get("said")), "")
    return LogbookLine(
        starts_at=slot.starts_at,
        column=column,
        titles=tuple(item.title for item in slot.items),
        length_ms=slot.planned_ms,
        aired=aired,
        source=_SOURCES.get(grade, "") if grade is not None and aired is not None else "",
        note=said or _NOTES.get(slot.outcome, ""),
    )


def office_of(session: Session, station: StationView) -> Office:
    unit = session.exec(
        select(UnitVersion).where(UnitVersion.code == station.unit_code).order_by(col(UnitVersion.id).desc())
    ).first()
    kind = unit.kind if unit is not None else ""
    place = station.unit_name.removeprefix(kind).strip()
    return Office(
        agency_over=f"UBND {kind.lower()} {place}".replace("  ", " "),
        agency=station.name,
        place=place,
        signer_title="Phụ trách đài",
    )
