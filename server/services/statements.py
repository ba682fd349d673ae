"""Entries of the log as the statements that `schedules.as_run` computes with."""

from schedules.as_run import AsRun, Grade
from schedules.instants import to_ms
from server.db.airing import AsRunEntry


def statement_of(row: AsRunEntry) -> AsRun:
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


def source_of(row: AsRunEntry) -> str:
    """Whose clock: only what one device logged in one go shares it."""
    return f"batch {row.batch_id}" if row.grade == Grade.LOGGED and not row.judged else ""
