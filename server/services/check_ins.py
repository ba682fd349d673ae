"""What a station's program says of itself from time to time, and what it answers to recalls and emergencies."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from sqlmodel import Session, select

from schedules.months import Month
from server.db.delivering import EmergencyAnswer, EmergencyCall, Recall, RecallAnswer, StationCheckIn
from server.db.inserting import insert_into
from server.db.registry import Station
from server.services.audit import record
from server.services.context import Context
from server.services.emergencies import is_for
from server.services.local_time import local_today
from server.services.rows import identity, is_key
from server.services.stations import find_station

# What a clock may be off, and a message under way, before a time is taken for that of a wrong clock.
_SLACK = timedelta(minutes=2)


class RecallSaid(Struct, frozen=True, kw_only=True):
    """Its files were removed there, or never were there."""

    number: int
    outcome: Literal["removed", "never_had"]


class EmergencySaid(Struct, frozen=True, kw_only=True):
    """When the station had the call, and when its sound began; by the station's clock."""

    number: int
    received_at: datetime
    played_at: datetime | None = None


class Said(Struct, frozen=True, kw_only=True):
    """`now` by the station's clock; `version` of the manifest that it plays by, `lacking` of whose files it has not."""

    program: str
    now: datetime
    version: str | None = None
    lacking: int | None = None
    free_bytes: int | None = None
    trouble: str = ""
    recalls: Sequence[RecallSaid] = ()
    emergencies: Sequence[EmergencySaid] = ()


class CheckedIn(Struct, frozen=True, kw_only=True):
    """`clock_offset_ms`: how far the station's clock is ahead of ours. `unknown_…`: numbers that are none of its own."""

    now: datetime
    clock_offset_ms: int
    unknown_recalls: list[int]
    unknown_emergencies: list[int]


def check_in(context: Context, code: str, said: Said) -> CheckedIn:
    """Twice is once; what an answer said before is only added to. Raises UnknownStation.

    A country's stations say all day how they are: that is a row of each one's own, and waits for no writer's turn. What
    is answered goes on record, in its turn.
    """
    database = context.database
    with database.write() if said.recalls or said.emergencies else database.write_apart() as session:
        now = context.clock()
        station = _station(session, context, code)
        ahead = said.now - now
        offset_ms = ahead // timedelta(milliseconds=1)
        told = {
            "at": now,
            "program": said.program,
            "version": said.version,
            "lacking": said.lacking,
            "free_bytes": said.free_bytes,
            "clock_offset_ms": offset_ms,
            "trouble": said.trouble,
        }
        session.connection().execute(
            insert_into(session, StationCheckIn)
            .values(station_id=identity(station), **told)
            .on_conflict_do_update(index_elements=["station_id"], set_=told)
        )
        return CheckedIn(
            now=now,
            clock_offset_ms=offset_ms,
            unknown_recalls=[
                each.number
                for each in said.recalls
                if not _recall_answered(session, context, station, each.number, each.outcome, at=now)
            ],
            unknown_emergencies=[
                each.number
                for each in said.emergencies
                if not _emergency_answered(session, context, station, each, ahead=ahead, now=now)
            ],
        )


def say_removed(context: Context, code: str, number: int) -> bool:
    """A person's word; False where there is no such recall. Raises UnknownStation."""
    with context.database.write() as session:
        station = _station(session, context, code)
        return _recall_answered(session, context, station, number, "removed", at=context.clock())


def say_played(context: Context, code: str, number: int) -> bool:
    """A person's word that it was played now; False where there is no such call. Raises UnknownStation."""
    with context.database.write() as session:
        now = context.clock()
        station = _station(session, context, code)
        said = EmergencySaid(number=number, received_at=now, played_at=now)
        return _emergency_answered(session, context, station, said, ahead=timedelta(0), now=now)


def _station(session: Session, context: Context, code: str) -> Station:
    return find_station(session, code, Month.of(local_today(context)))


def _recall_answered(
    session: Session, context: Context, station: Station, number: int, outcome: str, *, at: datetime
) -> bool:
    recall = session.get(Recall, number) if is_key(number) else None
    if recall is None or recall.kind == "restored":
        return False
    answer = session.exec(
        select(RecallAnswer).where(RecallAnswer.recall_id == number, RecallAnswer.station_id == identity(station))
    ).one_or_none()
    if answer is None:
        answer = RecallAnswer(
            recall_id=number, station_id=identity(station), outcome=outcome, at=at, said_by=context.who.name
        )
    elif (answer.outcome, outcome) == ("never_had", "removed"):
        answer.outcome, answer.at, answer.said_by = outcome, at, context.who.name
    else:
        return True
    session.add(answer)
    record(
        session,
        context,
        at=at,
        action="recall.answered",
        subject=str(number),
        station=station.code,
        title=recall.title,
        outcome=outcome,
    )
    return True


def _emergency_answered(
    session: Session, context: Context, station: Station, said: EmergencySaid, *, ahead: timedelta, now: datetime
) -> bool:
    number = said.number
    call = session.get(EmergencyCall, number) if is_key(number) else None
    if call is None or not is_for(call, station):
        return False
    answer = session.exec(
        select(EmergencyAnswer).where(
            EmergencyAnswer.call_id == number, EmergencyAnswer.station_id == identity(station)
        )
    ).one_or_none()
    if answer is not None and (answer.played_at is not None or said.played_at is None):
        return True
    if answer is None:
        answer = EmergencyAnswer(
            call_id=number,
            station_id=identity(station),
            received_at=_told_time(said.received_at, call.at, ahead=ahead, now=now),
            told_at=now,
            said_by=context.who.name,
        )
    if said.played_at is not None:
        answer.played_at = max(_told_time(said.played_at, call.at, ahead=ahead, now=now), answer.received_at)
        answer.told_at, answer.said_by = now, context.who.name
    session.add(answer)
    record(
        session,
        context,
        at=now,
        action="emergency.answered",
        subject=str(number),
        station=station.code,
        title=call.title,
        received_at=answer.received_at.isoformat(),
        played_at=answer.played_at.isoformat() if answer.played_at else None,
    )
    return True


def _told_time(said: datetime, called: datetime, *, ahead: timedelta, now: datetime) -> datetime:
    """As the station says, if that can be; else as its clock would say if it were right; else the latest it can be.

    No station had a call before it was made, or does what it has not told yet.
    """
    for off in (timedelta(0), ahead):
        if said - called - off >= -_SLACK and said - now - off <= _SLACK:
            return min(max(said - off, called), now)
    return now
