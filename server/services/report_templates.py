"""The Word template that reports are written in: Loa's own, or one that the office gave in its place."""

import hashlib
from datetime import datetime

from msgspec import Struct
from sqlmodel import Session, col, select

from server.db.airing import ReportTemplate
from server.reports.default_template import default_template
from server.reports.word_reports import check_template
from server.services.audit import record
from server.services.context import Context
from server.services.local_time import ZONE


class TemplateView(Struct, frozen=True, kw_only=True):
    """The template in force; `own` False: Loa's, of which nobody says when it was put there unless one was before."""

    own: bool
    file_name: str
    sha256: str
    size: int
    put_at: datetime | None
    put_by: str | None


def template_view(context: Context) -> TemplateView:
    with context.database.read() as session:
        return _view(_last(session))


def template_in_force(context: Context) -> bytes | None:
    """The office's own; None: Loa's."""
    with context.database.read() as session:
        found = _last(session)
        return None if found is None else found.content


def replace_template(context: Context, content: bytes, *, file_name: str) -> TemplateView:
    """Tried with made-up figures first. Raises what `check_template` does, with the field and its place."""
    check_template(content)
    return _put(context, content, file_name=file_name)


def restore_template(context: Context) -> TemplateView:
    """Back to Loa's own."""
    return _put(context, None, file_name="")


def _put(context: Context, content: bytes | None, *, file_name: str) -> TemplateView:
    now = context.clock()
    with context.database.write() as session:
        before = _last(session)
        if content == (None if before is None else before.content):
            return _view(before)
        row = ReportTemplate(
            file_name=file_name,
            sha256=hashlib.sha256(content).hexdigest() if content is not None else "",
            content=content,
            put_at=now,
            put_by=context.who.name,
        )
        session.add(row)
        record(
            session,
            context,
            at=now,
            action="reports.template_put" if content is not None else "reports.template_restored",
            subject=file_name,
            sha256=row.sha256,
        )
        return _view(row)


def _last(session: Session) -> ReportTemplate | None:
    return session.exec(select(ReportTemplate).order_by(col(ReportTemplate.id).desc()).limit(1)).first()


def _view(row: ReportTemplate | None) -> TemplateView:
    content = default_template() if row is None or row.content is None else row.content
    return TemplateView(
        own=row is not None and row.content is not None,
        file_name=row.file_name if row is not None and row.content is not None else "mau-bao-cao.docx",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        put_at=row.put_at.astimezone(ZONE) if row is not None else None,
        put_by=row.put_by if row is not None else None,
    )
