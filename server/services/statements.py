"""Entries of the log as the statements that `schedules.as_run` computes with."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from schedules.as_run import AsRun, Grade
from schedules.instants import to_ms
from server.db.airing import AsRunEntry


class EntryRow(NamedTuple):
    """What of an entry is proved and shown, by the columns of `AsRunEntry`."""

    uid: str
    station_id: int
    batch_id: int
    grade: int
    aired: bool
    slot: str | None
    segment: str | None
    title: str
    starts_at: datetime | None
    duration_ms: int | None
    reason: str
    corrects: str | None
    made_at: datetime
    received_at: datetime
    said_by: str
    covers_from: datetime | None
    covers_to: datetime | None
    amends: bool
    judged: bool


_COLUMNS = [col(getattr(AsRunEntry, name)) for name in EntryRow._fields]


def entries_where(session: Session, *conditions: ColumnElement[bool]) -> Iterator[EntryRow]:
    """In the order of stations and uids."""
    query = select(*_COLUMNS).where(*conditions).order_by(col(AsRunEntry.station_id), col(AsRunEntry.uid))
    return map(EntryRow._make, session.connection().execute(query))


def statement_of(row: EntryRow) -> AsRun:
    return AsRun(
        uid=row.uid,
        station="",
        grade=Grade(row.grade),
        made_at_ms=to_ms(row.made_at),
        aired=row.aired,
        slot=row.slot,
        segment=row.segment,
        title=row.title,
        start_ms=to_ms(row.starts_at) if row.starts_at else None,
        duration_ms=row.duration_ms,
        reason=row.reason,
        corrects=row.corrects,
        source=source_of(row),
        covers_from_ms=to_ms(row.covers_from) if row.covers_from else None,
        covers_to_ms=to_ms(row.covers_to) if row.covers_to else None,
        judged=row.judged,
    )


def source_of(row: EntryRow) -> str:
    """Whose clock: only what one device logged in one go shares it."""
    return f"batch {row.batch_id}" if row.grade == Grade.LOGGED and not row.judged else ""
