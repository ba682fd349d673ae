"""What was heard in a recording, or not heard, becomes an entry of the station's log when somebody confirms it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from schedules.instants import to_ms
from schedules.months import Month
from server.db.airing import Recording, RecordingMatch
from server.db.registry import Station
from server.services.airing_refusals import ReasonMissing
from server.services.as_run import Said, say
from server.services.audit import record
from server.services.campaigns import campaign_of
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.naming import moment_in_words
from server.services.recording_places import hearable_lengths, lay_out, moment_of, planned_items
from server.services.recording_refusals import (
    MatchDecided,
    MatchUnknown,
    RecordingJudged,
    RecordingNotHeard,
    RecordingUnplaced,
)
from server.services.recordings import others_with, recording_of, require_sane
from server.services.rows import identity, is_key
from server.services.turns import alone
from server.services.who import LOA
from server.texts import _


def confirm(context: Context, code: str, recording_id: int, match_id: int) -> str:
    """The uid of the entry that is made of the match, of grade HEARD; confirmed again it is the same.

    Raises RecordingUnknown, MatchUnknown, MatchDecided, RecordingUnplaced, and what `as_run.say` refuses.
    """
    return _confirm(context, context, code, recording_id, match_id)


def dismiss(context: Context, code: str, recording_id: int, match_id: int, reason: str) -> None:
    """It is no evidence. Raises RecordingUnknown, MatchUnknown, MatchDecided, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    with alone(context, "recordings-judged"), context.database.write() as session:
        recording = recording_of(session, code, recording_id)
        match = _match_of(session, recording, match_id)
        if match.state == "dismissed":
            return
        _require_open(match)
        _decide(session, context, match, "dismissed", entry=None)
        _note(session, context, code, match, action="recording.dismissed", reason=reason.strip())


def place(context: Context, code: str, recording_id: int, begins_at: datetime) -> None:
    """A person says when the recording begins: its matches find their slots anew.

    Raises NotYet, TooLongAgo, RecordingUnknown, RecordingNotHeard, RecordingJudged where entries rest on its beginning already.
    """
    require_sane(begins_at, context.clock())
    with alone(context, "recordings-judged"), context.database.write() as session:
        recording = recording_of(session, code, recording_id)
        if recording.state != "heard":
            raise RecordingNotHeard(recording=str(recording_id))
        confirmed = select(RecordingMatch.id).where(
            RecordingMatch.recording_id == recording_id, RecordingMatch.state == "confirmed"
        )
        if session.exec(confirmed).first() is not None:
            raise RecordingJudged(recording=str(recording_id))
        before = recording.begins_at
        recording.begins_at = begins_at
        recording.month = str(Month.of(begins_at.astimezone(ZONE)))
        recording.facts = {**(recording.facts or {}), "placed_by": "person"}
        session.add(recording)
        session.flush()
        lay_out(session, recording, planned_items(session, recording.station_id, begins_at), hearable_lengths(session))
        record(
            session,
            context,
            at=context.clock(),
            action="recording.placed",
            subject=code,
            recording=recording_id,
            before={"begins_at": before.isoformat() if before else None},
            after={"begins_at": begins_at.isoformat()},
        )


def confirm_what_is_sure(context: Context, recording_id: int) -> None:
    """What was heard at least as surely as the campaign asks for is an entry at once, said by who sent the recording.

    That something was not heard is never sure: a person decides.
    """
    with context.database.read() as session:
        recording = session.get_one(Recording, recording_id)
        begins_at = recording.begins_at
        if begins_at is None or others_with(session, recording):
            return
        campaign = campaign_of(session, Month.of(begins_at.astimezone(ZONE)))
        if campaign is None:
            return
        sure = session.exec(
            select(RecordingMatch.id)
            .where(
                RecordingMatch.recording_id == recording_id,
                RecordingMatch.state == "proposed",
                col(RecordingMatch.found).is_(True),
                col(RecordingMatch.confidence) >= campaign.heard_from,
            )
            .order_by(col(RecordingMatch.id))
        ).all()
        code, sender = session.get_one(Station, recording.station_id).code, recording.sent_by
    speaking = replace(context, who=replace(LOA, name=sender))
    for match_id in sure:
        if match_id is not None:
            _confirm(context, speaking, code, recording_id, match_id)


def _confirm(context: Context, speaking: Context, code: str, recording_id: int, match_id: int) -> str:
    """`speaking` is in whose name the entry stands, `context` who decides."""
    with alone(context, "recordings-judged"):
        with context.database.read() as session:
            recording = recording_of(session, code, recording_id)
            match = _match_of(session, recording, match_id)
            if match.state == "confirmed" and match.entry_uid is not None:
                return match.entry_uid
            _require_open(match)
            said = _said(recording, match)
        outcome = say(
            speaking,
            [said],
            source="recording",
            station=code,
            name=recording.file_name,
            recording_id=recording_id,
        )
        [line] = outcome.lines
        if line.refusal is not None:
            raise line.refusal
        if line.entry is None:
            raise TypeError("a line that is taken has its entry")
        with context.database.write() as session:
            match = _match_of(session, recording_of(session, code, recording_id), match_id)
            _decide(session, context, match, "confirmed", entry=line.entry)
            _note(
                session, context, code, match, action="recording.confirmed", entry=line.entry, said_by=speaking.who.name
            )
        return line.entry


def _said(recording: Recording, match: RecordingMatch) -> Said:
    starts_at = moment_of(recording, match.start_ms)
    ends_at = moment_of(recording, recording.length_ms or 0)
    if starts_at is None or recording.begins_at is None:
        raise RecordingUnplaced(recording=str(identity(recording)))
    # The recording's bytes and the place in it: said again after a crash it is the same entry.
    named = f"{recording.sha256}:{match.segment}:{match.start_ms}:{to_ms(recording.begins_at)}"
    if match.found:
        return Said(
            line=1,
            slot=match.slot,
            segment=match.segment,
            title=match.title,
            starts_at=starts_at,
            duration_ms=match.heard_ms,
            external_id=named,
        )
    return Said(
        line=1,
        slot=match.slot,
        segment=match.segment,
        title=match.title,
        aired=False,
        reason=_(
            "không nghe thấy trong bản ghi {file}, từ {begin} đến {end}",
            file=recording.file_name,
            begin=moment_in_words(recording.begins_at.isoformat()),
            end=moment_in_words(ends_at.isoformat()) if ends_at else "?",
        ),
        external_id=named,
        covers_from=recording.begins_at,
        covers_to=ends_at,
    )


def _match_of(session: Session, recording: Recording, match_id: int) -> RecordingMatch:
    found = session.get(RecordingMatch, match_id) if is_key(match_id) else None
    if found is None or found.recording_id != recording.id:
        raise MatchUnknown(match=str(match_id), recording=str(recording.id))
    return found


def _require_open(match: RecordingMatch) -> None:
    if match.state != "proposed":
        raise MatchDecided(match=str(match.id), state=match.state)


def _decide(session: Session, context: Context, match: RecordingMatch, state: str, *, entry: str | None) -> None:
    match.state = state
    match.decided_by = context.who.name
    match.decided_at = context.clock()
    match.entry_uid = entry
    session.add(match)


def _note(session: Session, context: Context, code: str, match: RecordingMatch, *, action: str, **facts: Any) -> None:
    record(
        session,
        context,
        at=context.clock(),
        action=action,
        subject=code,
        recording=match.recording_id,
        match=identity(match),
        segment=match.segment,
        slot=match.slot,
        found=match.found,
        confidence=match.confidence,
        **facts,
    )
