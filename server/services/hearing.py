"""A recording of the air is listened to: decoded, held against the library, put in its time.

The work can be done again at any point: a killed process leaves a recording that is still to be heard.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import or_
from sqlalchemy import select as select_columns  # of more than four
from sqlmodel import Session, col, delete, select

from media.hearing import Heard, hear
from media.recordings import RecordedAir, fingerprint_recording
from media.refusals import (
    AudioNotReadable,
    FfmpegFailed,
    FfmpegMissing,
    FfmpegUnfit,
    MediaRefusal,
    StoreUnreachable,
    StoreUnwritable,
)
from schedules.instants import from_ms, to_ms
from schedules.months import Month
from server.db.airing import Recording, RecordingMatch
from server.db.intake import SegmentVersion
from server.db.library import Audio, Segment
from server.db.registry import Station
from server.services.audit import record
from server.services.claims import claimed
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.recorded_refusals import as_record
from server.services.recording_decisions import confirm_what_is_sure
from server.services.recording_places import beginning_of, begins_in_recording, hearable_lengths, lay_out, planned_items
from server.services.recordings import RecordingView, recording_view, take_recording
from server.services.refusals import RecordingDeadly, ServiceRefusal
from server.services.who import LOA

# Beside what was planned: the newest of the library. Each costs a second or so for an hour of air.
MOST_OTHERS = 500
_DECODED = 0.6
_TOLD_EVERY = 5
_LATE = timedelta(hours=1)
# What lies at the machine and not in the recording: it is tried again.
_OF_THE_MACHINE = (FfmpegMissing, FfmpegUnfit, StoreUnreachable, StoreUnwritable, AudioNotReadable)

_ENDED = frozenset({"heard", "refused"})
# Processes that died of it one after the other, before it is refused.
_MOST_DEATHS = 5
# Seconds between two looks at what somebody else listens to.
_LOOK_S = 0.25

Progress = Callable[[float], None]


class Candidate(Struct, frozen=True, kw_only=True):
    segment: str
    title: str
    fingerprint: bytes


def nobody_listens(_: float) -> None:
    """Progress that was not asked for."""


def hear_recording(context: Context, recording_id: int, progress: Progress = nobody_listens) -> bool:
    """Until it is heard, or refused for what is wrong with it; nothing where it is either already.

    False: somebody else is at it. `progress` gets shares from 0 to 1; what it raises ends the work, to be begun anew
    another time. Raises FfmpegMissing, StoreUnreachable and what else lies at the machine.
    """
    with claimed(context, f"recording-{recording_id}") as mine:
        if mine:
            asked = replace(context, who=LOA)
            if _begin(asked, recording_id):
                try:
                    _hear(asked, recording_id, progress)
                finally:
                    _leave(asked, recording_id)
        return mine


def _hear(context: Context, recording_id: int, progress: Progress) -> None:
    with context.database.read() as session:
        recording = session.get_one(Recording, recording_id)
    if recording.facts is None:
        try:
            air = _decoded(context, recording, _Teller(context, recording_id, progress))
        except _OF_THE_MACHINE:
            raise
        except MediaRefusal as refusal:
            if isinstance(refusal, FfmpegFailed) and not refusal.timed_out:
                raise
            refuse_recording(context, recording_id, refusal)
            return
        _matched(context, recording_id, air, _Teller(context, recording_id, progress, since=_DECODED))
    confirm_what_is_sure(context, recording_id)
    _done(context, recording_id)
    progress(1.0)


def send_recording(
    context: Context,
    code: str,
    source: Path,
    *,
    file_name: str,
    claimed_at: datetime | None,
    progress: Progress = nobody_listens,
) -> RecordingView:
    """What `recordings.take_recording` does and raises; where no durable jobs run, it is listened to here."""
    recording_id = take_recording(context, code, source, file_name=file_name, claimed_at=claimed_at)
    while context.jobs is None and not hear_recording(context, recording_id, progress):
        # A service that runs has taken it up: whoever sent it waits for what comes of it.
        time.sleep(_LOOK_S)
    return recording_view(context, code, recording_id)


def waiting_recordings(context: Context) -> list[int]:
    """Those that are still to be heard, the oldest first."""
    with context.database.read() as session:
        found = session.exec(
            select(Recording.id).where(col(Recording.state).in_(["waiting", "hearing"])).order_by(col(Recording.id))
        )
        return [key for key in found if key is not None]


class _Teller:
    """Shares of one part of the work as those of the whole; the row has them in steps."""

    def __init__(self, context: Context, recording_id: int, progress: Progress, *, since: float = 0.0) -> None:
        self._context, self._id, self._progress, self._since = context, recording_id, progress, since
        self._told = -_TOLD_EVERY

    def __call__(self, share: float) -> None:
        whole = self._since + share * (1 - self._since if self._since else _DECODED)
        self._progress(whole)
        percent = min(99, int(whole * 100))
        if percent >= self._told + _TOLD_EVERY:
            self._told = percent
            with self._context.database.write() as session:
                recording = session.get_one(Recording, self._id)
                recording.state, recording.progress = "hearing", percent
                session.add(recording)


def _decoded(context: Context, recording: Recording, tell: Progress) -> RecordedAir:
    tell(0.0)
    with context.store.local_path(recording.sha256) as path:
        return fingerprint_recording(context.ffmpeg, path, scratch=context.scratch, on_progress=tell)


def _matched(context: Context, recording_id: int, air: RecordedAir, tell: Progress) -> None:
    with context.database.read() as session:
        recording = session.get_one(Recording, recording_id)
        around = recording.claimed_at or recording.sent_at
        planned = planned_items(session, recording.station_id, around)
        candidates = _candidates(session, {item.segment for item in planned})
        lengths = hearable_lengths(session)
    heard = hear(air.fingerprint, _one_by_one(candidates, tell))
    with context.database.write() as session:
        recording = session.get_one(Recording, recording_id)
        if recording.facts is not None or recording.state in _ENDED:
            return  # by another, while this one was held up
        session.exec(delete(RecordingMatch).where(col(RecordingMatch.recording_id) == recording_id))
        matches = [_row(recording_id, candidates[airing.key], airing) for airing in heard]
        session.add_all(matches)
        begins = beginning_of(
            [(begins_in_recording(match), match.segment) for match in matches],
            planned,
            claimed_ms=to_ms(recording.claimed_at) if recording.claimed_at else None,
            latest_ms=to_ms(recording.sent_at + _LATE) - air.duration_ms,
        )
        recording.length_ms = air.duration_ms
        recording.peaks = air.peaks
        recording.begins_at = from_ms(begins.at_ms, ZONE) if begins.at_ms is not None else None
        if recording.begins_at is not None:
            recording.month = str(Month.of(recording.begins_at.astimezone(ZONE)))
        session.add(recording)
        session.flush()
        looked_for = lay_out(session, recording, planned, lengths)
        recording.facts = {
            "silent_share": air.silent_share,
            "decode_errors": air.decode_errors,
            "placed_by": begins.by,
            "agreeing": begins.agreeing,
            "spread_ms": begins.spread_ms,
            "candidates": len(candidates),
            "looked_for": looked_for,
        }
        session.add(recording)
        _note(
            session,
            context,
            recording,
            action="recording.heard",
            found=len(matches),
            looked_for=len(looked_for),
            begins_at=recording.begins_at.isoformat() if recording.begins_at else None,
            placed_by=begins.by,
        )


def _one_by_one(candidates: list[Candidate], tell: Progress) -> Iterator[tuple[int, bytes]]:
    for number, candidate in enumerate(candidates):
        tell(number / len(candidates))
        yield number, candidate.fingerprint


def _candidates(session: Session, planned: set[str]) -> list[Candidate]:
    """All that may be on the air: recordings in force and those before them, what was planned first."""
    rows = session.execute(
        select_columns(col(Segment.code), col(Segment.title), col(Audio.fingerprint), col(Segment.id), col(Audio.id))
        .join(SegmentVersion, col(SegmentVersion.segment_id) == col(Segment.id), isouter=True)
        .join(Audio, or_(col(Audio.id) == col(Segment.audio_id), col(Audio.id) == col(SegmentVersion.audio_id)))
        .where(col(Audio.fingerprint).is_not(None))
        .distinct()
        .order_by(col(Segment.id).desc(), col(Audio.id).desc())
    ).all()
    found = [
        (code in planned, Candidate(segment=code, title=title, fingerprint=fingerprint))
        for code, title, fingerprint, _segment, _audio in rows
        if fingerprint is not None
    ]
    others = [candidate for is_planned, candidate in found if not is_planned][:MOST_OTHERS]
    return [candidate for is_planned, candidate in found if is_planned] + others


def _row(recording_id: int, candidate: Candidate, heard: Heard) -> RecordingMatch:
    return RecordingMatch(
        recording_id=recording_id,
        segment=candidate.segment,
        title=candidate.title,
        found=True,
        start_ms=max(0, heard.start_ms),
        end_ms=heard.end_ms,
        heard_ms=heard.heard_ms,
        speed=heard.speed,
        confidence=heard.confidence,
        parts=msgspec.to_builtins(heard.parts),
    )


def refuse_recording(context: Context, recording_id: int, refusal: MediaRefusal | ServiceRefusal) -> None:
    """It is listened to no more, and says why."""
    with context.database.write() as session:
        recording = session.get_one(Recording, recording_id)
        if recording.state in _ENDED:
            return
        recording.state, recording.trouble = "refused", as_record(refusal)
        session.add(recording)
        _note(session, context, recording, action="recording.refused", refusal=refusal.code)


def _begin(context: Context, recording_id: int) -> bool:
    """Whether there is something to do. Counted before it is: what kills this process must not kill the next for ever."""
    with context.database.write() as session:
        recording = session.get_one(Recording, recording_id)
        if recording.state in _ENDED:
            return False
        deaths, recording.begun = recording.begun, recording.begun + 1
        session.add(recording)
    if deaths >= _MOST_DEATHS:
        refuse_recording(context, recording_id, RecordingDeadly(step="hearing", times=deaths))
    return deaths < _MOST_DEATHS


def _leave(context: Context, recording_id: int) -> None:
    """Done or not: nobody died of it."""
    with context.database.write() as session:
        recording = session.get_one(Recording, recording_id)
        recording.begun = 0
        session.add(recording)


def _done(context: Context, recording_id: int) -> None:
    with context.database.write() as session:
        recording = session.get_one(Recording, recording_id)
        recording.state, recording.progress = "heard", 100
        session.add(recording)


def _note(session: Session, context: Context, recording: Recording, *, action: str, **facts: Any) -> None:
    record(
        session,
        context,
        at=context.clock(),
        action=action,
        subject=session.get_one(Station, recording.station_id).code,
        recording=recording.id,
        **facts,
    )
