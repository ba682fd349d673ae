"""What is urgent, call by call, as stations answer; and a call's end before its time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from server.db.delivering import EmergencyAnswer, EmergencyCall, StationCheckIn
from server.db.library import Segment
from server.db.records import AuditEntry
from server.db.registry import Station
from server.services.audit import record
from server.services.context import Context
from server.services.delivering_refusals import EmergencyOver, UnknownEmergency
from server.services.disk import disk_refusals
from server.services.emergencies import called_stations, calls_in_force, is_for, until_of
from server.services.heard_sounds import HeardSound, heard_sound
from server.services.light_copies import copies_of
from server.services.new_segments import find_segment
from server.services.plain_text import one_line
from server.services.rights import Right
from server.services.rows import identity, is_key
from server.services.segment_reach import reached
from server.services.stations_there import stations_there, views_of
from server.services.views import Page, StationView

PAGE = 25
LONGEST_REASON = 500
ENDED = "emergency.ended"
# The worst first. `missed`: its time is over, and the station did not say that it played it.
STATES = ("missed", "silent", "received", "played")


class StationEmergency(Struct, frozen=True, kw_only=True):
    """`played_ms`: from the approval to the first sound. `seen_at`: when the station's program was last heard of."""

    station: StationView
    state: str
    received_at: datetime | None
    played_at: datetime | None
    played_ms: int | None
    said_by: str | None
    seen_at: datetime | None


class EmergencyView(Struct, frozen=True, kw_only=True):
    """`state`: calling, over (its time has passed) or ended (before its time). Counts are of the stations that it is
    for and that who asks reaches; `played` of them did, `received` have it and did not play it yet.
    """

    number: int
    segment: str
    title: str
    sha256: str
    duration_ms: int
    at: datetime
    by: str
    until: datetime
    state: str
    ended_at: datetime | None
    ended_by: str | None
    ended_reason: str
    stations: int
    received: int
    played: int
    missed: int
    silent: int


class EmergencyDetails(Struct, frozen=True, kw_only=True):
    emergency: EmergencyView
    stations: list[StationEmergency]


class Counts(Struct, frozen=True, kw_only=True):
    """As little as a page needs to know that there is more to show."""

    number: int
    state: str
    stations: int
    received: int
    played: int


class OwnEmergency(Struct, frozen=True, kw_only=True):
    """What a station is to play at once, with the sound to do it."""

    number: int
    title: str
    at: datetime
    until: datetime
    sound: HeardSound
    received_at: datetime | None
    played_at: datetime | None


class CallAhead(Struct, frozen=True, kw_only=True):
    """What putting it in force would do now: so many stations play it at once. `until` None: it is not valid today."""

    stations: int
    until: datetime | None


def list_emergencies(
    context: Context, *, segment: str | None = None, offset: int = 0, limit: int = PAGE
) -> Page[EmergencyView]:
    """The newest first; of one segment, where it is named."""
    with context.database.read() as session:
        query = select(EmergencyCall).order_by(col(EmergencyCall.id).desc())
        if segment is not None:
            own = select(col(Segment.id)).where(col(Segment.code) == segment)
            query = query.where(col(EmergencyCall.segment_id).in_(own))
        rows = session.scalars(query).all()
        ground = _Ground(session, context)
        items = [ground.details(row).emergency for row in rows[offset : offset + limit]]
        return Page(items=items, total=len(rows), offset=offset, limit=limit)


def get_emergency(context: Context, number: int) -> EmergencyDetails:
    """The worst stations first. Raises UnknownEmergency."""
    with context.database.read() as session:
        return _Ground(session, context).details(_find(session, number))


def counts_of(context: Context, number: int) -> Counts:
    """Raises UnknownEmergency."""
    with context.database.read() as session:
        call = _find(session, number)
        called = {identity(each) for each in stations_there(session, context) if is_for(call, each)}
        answers = [each for each in _answers(session, call) if each.station_id in called]
        played = sum(each.played_at is not None for each in answers)
        return Counts(
            number=number,
            state=_call_state(call, context.clock()),
            stations=len(called),
            received=len(answers) - played,
            played=played,
        )


def end_emergency(context: Context, number: int, *, reason: str) -> EmergencyView:
    """By who may release what is urgent of the segment's topic. Stations that did not begin do not begin any more.

    Raises UnknownEmergency, OutOfReach, EmergencyOver, BadField.
    """
    why = one_line("reason", reason, longest=LONGEST_REASON)
    with disk_refusals(context.home), context.database.write() as session:
        call = _find(session, number)
        segment = session.get_one(Segment, call.segment_id)
        reached(session, context, segment.code, Right.SEGMENTS_RELEASE)
        at = context.clock()
        if call.ended_at is not None or call.until <= at:
            raise EmergencyOver(number=number)
        call.ended_at, call.ended_by = at, context.who.name
        session.add(call)
        record(
            session,
            context,
            at=at,
            action="emergency.ended",
            subject=str(number),
            segment=segment.code,
            title=call.title,
            reason=why,
        )
        return _Ground(session, context).details(call).emergency


def own_emergencies(session: Session, station: Station, now: datetime) -> list[OwnEmergency]:
    """Those that hold, the newest first; also when the station has answered, until their time is over."""
    calls = [call for call, _code in reversed(calls_in_force(session, now)) if is_for(call, station)]
    if not calls:
        return []
    answers = {
        each.call_id: each
        for each in session.scalars(select(EmergencyAnswer).where(col(EmergencyAnswer.station_id) == identity(station)))
    }
    copies = copies_of(session, {call.sha256 for call in calls})
    found = []
    for call in calls:
        answer = answers.get(identity(call))
        found.append(
            OwnEmergency(
                number=identity(call),
                title=call.title,
                at=call.at,
                until=call.until,
                sound=heard_sound(
                    call.sha256, copies.get(call.sha256, ()), title=call.title, duration_ms=call.duration_ms
                ),
                received_at=answer.received_at if answer else None,
                played_at=answer.played_at if answer else None,
            )
        )
    return found


def call_ahead(context: Context, code: str) -> CallAhead | None:
    """None: it is not urgent. Raises UnknownSegment."""
    with context.database.read() as session:
        segment = find_segment(session, code)
        if segment.priority != "urgent":
            return None
        return CallAhead(
            stations=len(called_stations(session, segment, context.clock())), until=until_of(segment, context.clock())
        )


def _find(session: Session, number: int) -> EmergencyCall:
    call = session.get(EmergencyCall, number) if is_key(number) else None
    if call is None:
        raise UnknownEmergency(number=number)
    return call


class _Ground:
    """What is the same for all calls that are looked at together."""

    def __init__(self, session: Session, context: Context) -> None:
        self.session = session
        self.now = context.clock()
        self.stations = stations_there(session, context)
        self.views: Mapping[int, StationView] = views_of(session, context, self.stations)
        self.seen = dict(session.execute(select(col(StationCheckIn.station_id), col(StationCheckIn.at))).all())

    def details(self, call: EmergencyCall) -> EmergencyDetails:
        number = identity(call)
        answers = {each.station_id: each for each in _answers(self.session, call)}
        state = _call_state(call, self.now)
        lines = []
        for station in self.stations:
            if not is_for(call, station):
                continue
            key = identity(station)
            answer = answers.get(key)
            played_at = answer.played_at if answer else None
            lines.append(
                StationEmergency(
                    station=self.views[key],
                    state=_state(answer, over=state == "over"),
                    received_at=answer.received_at if answer else None,
                    played_at=played_at,
                    played_ms=(played_at - call.at) // timedelta(milliseconds=1) if played_at else None,
                    said_by=answer.said_by if answer else None,
                    seen_at=self.seen.get(key),
                )
            )
        counts = Counter(line.state for line in lines)
        return EmergencyDetails(
            emergency=EmergencyView(
                number=number,
                segment=self.session.get_one(Segment, call.segment_id).code,
                title=call.title,
                sha256=call.sha256,
                duration_ms=call.duration_ms,
                at=call.at,
                by=call.by,
                until=call.until,
                state=state,
                ended_at=call.ended_at,
                ended_by=call.ended_by,
                ended_reason=self._reason(call),
                stations=len(lines),
                **{each: counts[each] for each in STATES},
            ),
            stations=sorted(lines, key=lambda line: STATES.index(line.state)),
        )

    def _reason(self, call: EmergencyCall) -> str:
        """As the trail keeps it; a withdrawal or a newer recording has its reason elsewhere."""
        if call.ended_at is None:
            return ""
        facts = self.session.scalars(
            select(col(AuditEntry.facts)).where(
                col(AuditEntry.action) == ENDED, col(AuditEntry.subject) == str(identity(call))
            )
        ).first()
        return str((facts or {}).get("reason", ""))


def _answers(session: Session, call: EmergencyCall) -> Sequence[EmergencyAnswer]:
    return session.scalars(select(EmergencyAnswer).where(col(EmergencyAnswer.call_id) == identity(call))).all()


def _call_state(call: EmergencyCall, now: datetime) -> str:
    if call.ended_at is not None:
        return "ended"
    return "over" if call.until <= now else "calling"


def _state(answer: EmergencyAnswer | None, *, over: bool) -> str:
    if answer is not None and answer.played_at is not None:
        return "played"
    if over:
        return "missed"
    return "silent" if answer is None else "received"
