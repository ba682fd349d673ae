"""When a recording of the air begins, and which planned airings what was heard in it, or not heard, speaks of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlmodel import Session, col, delete, select

from media.clocks import ClockPlace, place_clock
from schedules.instants import to_ms
from schedules.months import Month
from server.db.airing import Recording, RecordingMatch
from server.db.library import Audio, Segment
from server.services.campaign_counting import tolerances_of
from server.services.campaigns import campaign_of
from server.services.local_time import ZONE
from server.services.rows import identity
from server.services.stored_plans import plans_of, published_of, read_slots

# A clock that was set by hand, or lost a time zone.
_CLOCK_OFF_MS = 12 * 3_600_000
# One item that is off may as well have been aired late; several that are off by the same are a wrong clock.
_OFF_BY_ONE_ITEM_MS = 30 * 60_000
_ENOUGH_AGAINST_THE_CLAIM = 3
# Nothing shorter is heard (`media.hearing.hear`).
SHORTEST_HEARD_MS = 12_000


class PlannedItem(Struct, frozen=True, kw_only=True):
    """Times are milliseconds since the epoch."""

    slot: str
    segment: str
    title: str
    start_ms: int
    end_ms: int


class Beginning(Struct, frozen=True, kw_only=True):
    """`by`: plan (what was heard fits the plan there), claim (its maker says so), or None with `at_ms` None."""

    at_ms: int | None
    by: str | None
    agreeing: int
    spread_ms: int


def planned_items(session: Session, station_id: int, around: datetime) -> list[PlannedItem]:
    """What is published for the station in the month of that time and the months beside it, by start."""
    found: list[PlannedItem] = []
    month = Month.of(around.astimezone(ZONE))
    for each in (month.previous(), month, month.next()):
        revision = published_of(session, each)
        slots = read_slots(session, plans_of(revision.id)).get(station_id, []) if revision is not None else []
        for slot in slots:
            starts_ms = to_ms(slot.starts_at)
            found += [
                PlannedItem(
                    slot=slot.key,
                    segment=item.segment,
                    title=item.title,
                    start_ms=starts_ms + item.start_ms,
                    end_ms=starts_ms + item.start_ms + item.duration_ms,
                )
                for item in slot.items
            ]
    return sorted(found, key=lambda item: item.start_ms)


def beginning_of(
    heard: Iterable[tuple[int, str]], planned: Sequence[PlannedItem], *, claimed_ms: int | None, latest_ms: int
) -> Beginning:
    """`heard` are places in the recording (ms) where a segment's own beginning lies; `latest_ms`: it began before that.

    What was heard is held against the plan near the claimed time first: there the same programme of another day is no
    rival. Farther away the plan has to speak louder than the claim.
    """
    times: dict[str, list[int]] = {}
    for item in planned:
        times.setdefault(item.segment, []).append(item.start_ms)
    asked = [(at, [time for time in times.get(segment, ()) if time - at <= latest_ms]) for at, segment in heard]
    if claimed_ms is not None:
        near = place_clock(
            [(at, [time for time in of if abs(time - at - claimed_ms) <= _CLOCK_OFF_MS]) for at, of in asked]
        )
        at_ms = near.start_ms
        if at_ms is None and near.rivals:
            at_ms = min(near.rivals, key=lambda rival: (abs(rival - claimed_ms), rival))
        if at_ms is not None and (near.agreeing > 1 or abs(at_ms - claimed_ms) <= _OFF_BY_ONE_ITEM_MS):
            return _by_plan(near, at_ms)
    anywhere = place_clock(asked)
    if anywhere.start_ms is not None and (claimed_ms is None or anywhere.agreeing >= _ENOUGH_AGAINST_THE_CLAIM):
        return _by_plan(anywhere, anywhere.start_ms)
    return Beginning(at_ms=claimed_ms, by=None if claimed_ms is None else "claim", agreeing=0, spread_ms=0)


def _by_plan(place: ClockPlace, at_ms: int) -> Beginning:
    return Beginning(at_ms=at_ms, by="plan", agreeing=place.agreeing, spread_ms=place.spread_ms)


def begins_in_recording(match: RecordingMatch) -> int:
    """Where the segment's own beginning lies (ms), also where only a later part of it was heard."""
    first = match.parts[0]
    return round(first["recording_from_ms"] - first["segment_from_ms"] / match.speed)


def lay_out(
    session: Session, recording: Recording, planned: Sequence[PlannedItem], lengths: Mapping[str, int]
) -> list[str]:
    """Gives what was heard its slots, and adds what was planned wholly within the recording and was not heard.

    `lengths` (ms) are those of the segments that can be heard at all. What was proposed as not heard before is
    forgotten. Returns the slots that were looked for. Without a beginning nothing has a place.
    """
    key = identity(recording)
    session.exec(
        delete(RecordingMatch).where(
            col(RecordingMatch.recording_id) == key,
            col(RecordingMatch.found).is_(False),
            col(RecordingMatch.state) == "proposed",
        )
    )
    found = list(
        session.exec(
            select(RecordingMatch)
            .where(RecordingMatch.recording_id == key, col(RecordingMatch.found).is_(True))
            .order_by(col(RecordingMatch.start_ms), col(RecordingMatch.id))
        )
    )
    for match in found:
        match.slot = None
        session.add(match)
    if recording.begins_at is None or recording.length_ms is None:
        return []
    begins_ms = to_ms(recording.begins_at)
    ends_ms = begins_ms + recording.length_ms
    month = Month.of(recording.begins_at.astimezone(ZONE))
    match_ms = tolerances_of(campaign_of(session, month)).match_ms
    taken = _fitted(found, planned, begins_ms, match_ms)
    looked_for = []
    for number, item in enumerate(planned):
        inside = begins_ms <= item.start_ms and item.end_ms <= ends_ms
        if not inside or lengths.get(item.segment, 0) < SHORTEST_HEARD_MS:
            continue
        looked_for.append(item.slot)
        if number not in taken:
            session.add(_not_heard(key, item, begins_ms))
    return looked_for


def _fitted(found: list[RecordingMatch], planned: Sequence[PlannedItem], begins_ms: int, match_ms: int) -> set[int]:
    """Each match to the nearest planned airing of its segment, one to each; the numbers of those airings."""
    pairs = sorted(
        (off, number, place)
        for number, item in enumerate(planned)
        for place, match in enumerate(found)
        if match.segment == item.segment
        and (off := abs(begins_ms + begins_in_recording(match) - item.start_ms)) <= match_ms
    )
    taken: set[int] = set()
    placed: set[int] = set()
    for _off, number, place in pairs:
        if number not in taken and place not in placed:
            taken.add(number)
            placed.add(place)
            found[place].slot = planned[number].slot
    return taken


def _not_heard(recording_id: int, item: PlannedItem, begins_ms: int) -> RecordingMatch:
    return RecordingMatch(
        recording_id=recording_id,
        segment=item.segment,
        title=item.title,
        found=False,
        slot=item.slot,
        start_ms=item.start_ms - begins_ms,
        end_ms=item.end_ms - begins_ms,
        heard_ms=0,
        speed=1.0,
        confidence=0.0,
        parts=[],
    )


def hearable_lengths(session: Session) -> dict[str, int]:
    """How long (ms) the recording in force of each segment is that has a fingerprint."""
    rows = session.exec(
        select(Segment.code, Audio.duration_ms)
        .join(Audio, col(Audio.id) == col(Segment.audio_id))
        .where(col(Audio.fingerprint).is_not(None))
    )
    return dict(rows.all())


def moment_of(recording: Recording, at_ms: int) -> datetime | None:
    """The aware time of a place in the recording."""
    return None if recording.begins_at is None else recording.begins_at + timedelta(milliseconds=at_ms)
