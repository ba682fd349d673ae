"""Khẩn cấp: what is urgent is called out with its approval, and every station that it is for plays it at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.manifest import Emergency
from schedules.months import Month
from server.db.delivering import EmergencyCall
from server.db.library import Audio, Rendition, Segment
from server.db.registry import Station
from server.services.local_time import ZONE, midnight
from server.services.rows import identity
from server.services.slot_sounds import BROADCAST
from server.services.stations import holds, stations_in

LASTS = timedelta(hours=24)


def call_out(session: Session, segment: Segment, *, at: datetime, by: str) -> EmergencyCall | None:
    """For 24 hours, or until the segment is valid no longer; an older call of it ends. None where it is not valid now.

    The segment's recording must be in force.
    """
    end_calls(session, segment, at=at, by=by)
    until = until_of(segment, at)
    if until is None:
        return None
    sha256, duration_ms = session.execute(
        select(col(Rendition.sha256), col(Audio.duration_ms))
        .join(Audio, col(Audio.id) == col(Rendition.audio_id))
        .where(col(Rendition.audio_id) == segment.audio_id, col(Rendition.kind) == BROADCAST)
    ).one()
    call = EmergencyCall(
        segment_id=identity(segment),
        title=segment.title,
        sha256=sha256,
        duration_ms=duration_ms,
        stations=segment.stations,
        tiers=segment.tiers,
        at=at,
        until=until,
        by=by,
    )
    session.add(call)
    session.flush()
    return call


def until_of(segment: Segment, at: datetime) -> datetime | None:
    """Until when it would be called out at that moment; None where it is not valid then."""
    today = at.astimezone(ZONE).date()
    if today < segment.valid_from or (segment.valid_to is not None and segment.valid_to < today):
        return None
    lasts = at + LASTS
    return lasts if segment.valid_to is None else min(lasts, midnight(segment.valid_to + timedelta(days=1)))


def end_calls(session: Session, segment: Segment, *, at: datetime, by: str) -> list[int]:
    """The numbers of the calls of the segment that ended by it."""
    open_ = session.scalars(
        select(EmergencyCall).where(
            col(EmergencyCall.segment_id) == identity(segment),
            col(EmergencyCall.ended_at).is_(None),
            col(EmergencyCall.until) > at,
        )
    ).all()
    for call in open_:
        call.ended_at, call.ended_by = at, by
        session.add(call)
    session.flush()
    return [identity(call) for call in open_]


def emergencies_for(session: Session, station: Station, now: datetime) -> list[Emergency]:
    """What the station is to play at once if it has not yet, the oldest first."""
    return [_emergency(call, code) for call, code in calls_in_force(session, now) if is_for(call, station)]


def calls_in_force(session: Session, now: datetime) -> list[tuple[EmergencyCall, str]]:
    """Each with its segment's code, the oldest first."""
    rows = session.execute(
        select(EmergencyCall, col(Segment.code))
        .join(Segment, col(Segment.id) == col(EmergencyCall.segment_id))
        .where(col(EmergencyCall.ended_at).is_(None), col(EmergencyCall.until) > now)
        .order_by(col(EmergencyCall.id))
    )
    return [(call, code) for call, code in rows]


def is_for(call: EmergencyCall | Segment, station: Station) -> bool:
    """As the planner reads it: of the tiers and among the stations, where these are named."""
    return (call.stations is None or station.code in call.stations) and (
        call.tiers is None or station.tier in call.tiers
    )


def called_stations(session: Session, call: EmergencyCall | Segment, at: datetime) -> list[Station]:
    """Those that are there on the day, districts first."""
    day = at.astimezone(ZONE).date()
    there: Iterable[Station] = stations_in(session, Month.of(day))
    return [each for each in there if is_for(call, each) and holds(each.valid_from, each.valid_to, day)]


def _emergency(call: EmergencyCall, segment: str) -> Emergency:
    return Emergency(
        number=identity(call),
        segment=segment,
        title=call.title,
        approved_at=call.at,
        until=call.until,
        duration_ms=call.duration_ms,
        sha256=call.sha256,
    )
