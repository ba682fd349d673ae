"""What the monitor writes beside a station's verdict of a month; nothing that was written is ever changed."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.airing import VerdictNote
from server.services.airing_refusals import NoteEmpty
from server.services.audit import record
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.plain_text import paragraphs
from server.services.rows import identity
from server.services.stations import find_station

LONGEST = 2_000


class NoteView(Struct, frozen=True, kw_only=True):
    id: int
    text: str
    said_by: str
    at: datetime


def add_note(context: Context, code: str, month: Month, text: str) -> NoteView:
    """Raises NoteEmpty, BadField where it is longer than `LONGEST` letters, UnknownStation."""
    text = paragraphs("text", text, longest=LONGEST)
    if not text:
        raise NoteEmpty
    with context.database.write() as session:
        station = find_station(session, code, month)
        note = VerdictNote(
            station_id=identity(station), month=str(month), text=text, said_by=context.who.name, at=context.clock()
        )
        session.add(note)
        session.flush()
        record(session, context, at=note.at, action="airing.noted", subject=code, month=str(month), note=identity(note))
        return _view(note)


def notes_of(session: Session, station_id: int, month: Month, at: datetime) -> list[NoteView]:
    """What had been written by then, the oldest first."""
    rows = session.scalars(
        select(VerdictNote)
        .where(
            col(VerdictNote.station_id) == station_id,
            col(VerdictNote.month) == str(month),
            col(VerdictNote.at) <= at,
        )
        .order_by(col(VerdictNote.id))
    )
    return [_view(row) for row in rows]


def _view(row: VerdictNote) -> NoteView:
    return NoteView(id=identity(row), text=row.text, said_by=row.said_by, at=row.at.astimezone(ZONE))
