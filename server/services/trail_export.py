"""The trail for other programs: CSV for spreadsheets, JSON Lines for the rest; some entries at a time, oldest first."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Literal, get_args

import msgspec
from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from server.db.records import AuditEntry
from server.db.trail_lines import trail_lines
from server.services.action_words import origin_words
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.listing import words_of
from server.services.local_time import ZONE
from server.services.spreadsheet_cells import BYTE_ORDER_MARK, as_lines
from server.services.trail_search import EntryView, TrailFilter, conditions, entry_view, matches
from server.texts import _, in_language, language

TrailFormat = Literal["csv", "jsonl"]
FORMATS: tuple[TrailFormat, ...] = get_args(TrailFormat)
MEDIA_TYPES: dict[TrailFormat, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
_PAGE = 500


def export(context: Context, form: TrailFormat, wanted: TrailFilter) -> Iterator[bytes]:
    """Pieces of the file, read as they are asked for; what came after the call is not in it.

    That it was exported, by whom and which part, is on the trail before the first piece is there.
    Raises BadField, EndNotAfterStart.
    """
    words = words_of(wanted.query)
    conditions(wanted)
    with context.database.read() as session:
        last = session.exec(select(func.max(col(AuditEntry.id)))).one() or 0
    asked = {name: str(value) for name, value in asdict(wanted).items() if value not in {None, ""}}
    with disk_refusals(context.home), context.database.write() as session:
        record(
            session,
            context,
            at=context.clock(),
            action="audit.exported",
            subject=context.who.name,
            format=form,
            entries_to=last,
            filter=asked,
        )
    return _pieces(context, form, conditions(replace(wanted, until_id=last)), words, language())


def _pieces(
    context: Context, form: TrailFormat, where: list[ColumnElement[bool]], words: set[str], chosen: str
) -> Iterator[bytes]:
    # Pieces may be asked for from threads that know nothing of who asked for the file.
    if form == "csv":
        with in_language(chosen):
            heading = as_lines([_headings()])
        yield BYTE_ORDER_MARK.encode() + heading
    above: list[ColumnElement[bool]] = []
    while True:
        with context.database.read() as session:
            lines = list(trail_lines(session, [*where, *above], most=_PAGE))
        with in_language(chosen):
            found = [entry_view(line) for line in lines if not words or matches(line, words)]
            piece = as_lines(map(_cells, found)) if form == "csv" else b"".join(map(_json_line, found))
        if piece:
            yield piece
        if len(lines) < _PAGE:
            return
        above = [col(AuditEntry.id) > lines[-1].id]


def _headings() -> tuple[str, ...]:
    return (
        _("Số dòng"),
        _("Lúc"),
        _("Ai"),
        _("Qua đâu"),
        _("Địa chỉ mạng"),
        _("Mã việc"),
        _("Việc"),
        _("Về"),
        _("Chi tiết"),
        _("Trước"),
        _("Sau"),
        _("Mã băm"),
    )


def _cells(entry: EntryView) -> tuple[str | int, ...]:
    return (
        entry.id,
        entry.at.astimezone(ZONE).isoformat(timespec="seconds") if entry.at is not None else "",
        entry.actor,
        origin_words(entry.origin),
        entry.address or "",
        entry.action,
        entry.what,
        entry.subject,
        _json(entry.facts),
        _json(entry.before) if entry.before is not None else "",
        _json(entry.after) if entry.after is not None else "",
        entry.hash,
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _json_line(entry: EntryView) -> bytes:
    return msgspec.json.encode(entry) + b"\n"
