"""Calendars after a restore: programs ignore an event whose SEQUENCE is below what they have seen (RFC 5545, 3.8.7.4).

What was published after the backup is not known where the database was lost with its machine, so time stands for it:
nobody publishes one month more often than once a minute from then on until now.
"""

from datetime import datetime

from sqlmodel import Session, col, func, select, update

from server.db.plans import CalendarEvent
from server.db.records import Fact

SEQUENCE_FACT = "sequence_floor"
_MOST = 2**31 - 1


def first_sequence(session: Session) -> int:
    """Of an event that is new: above what an event of its slot, which a restore took back, may have had."""
    fact = session.get(Fact, SEQUENCE_FACT)
    return int(fact.value) if fact is not None else 0


def highest_sequence(session: Session) -> int:
    found = session.exec(select(func.max(CalendarEvent.sequence))).one()
    return max(first_sequence(session), found or 0)


def raise_sequences(session: Session, *, before: int, made_at: datetime, at: datetime) -> None:
    """In the restored database: above `before`, the highest that was there, and all that was handed out since `made_at`."""
    since = max(0, int((at - made_at).total_seconds()) // 60)
    floor = min(max(before, highest_sequence(session) + since) + 1, _MOST)
    session.merge(Fact(name=SEQUENCE_FACT, value=str(floor)))
    session.connection().execute(
        update(CalendarEvent).where(col(CalendarEvent.sequence) < floor).values(sequence=floor)
    )
