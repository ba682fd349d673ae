"""Recordings of a station's air, as evidence: taken in, looked at, listed. What is heard in them comes later."""

import hashlib
import os
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct
from sqlmodel import Session, col, select

from schedules.months import Month
from server.db.airing import Recording, RecordingMatch
from server.db.registry import Station
from server.services.airing_refusals import NotYet, TooLongAgo
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.local_time import ZONE
from server.services.recording_places import moment_of
from server.services.recording_refusals import RecordingUnknown
from server.services.rows import identity, is_key
from server.services.stations import find_station
from server.services.unfinished import ARRIVING
from server.services.version_views import refusal_view
from server.services.views import RefusalView

_AHEAD = timedelta(minutes=10)
_LONGEST_AGO = timedelta(days=800)
_MOST_NAME = 200


class MatchView(Struct, frozen=True, kw_only=True):
    """A segment that was heard (`found`), or was planned within the recording and was not.

    `start_ms` and `end_ms` count from the recording's beginning, `starts_at` is known where that is; `parts` are the
    stretches that were heard. `confidence` is 0 to 1, `speed` 1.02 where it ran 2 % too fast. `state` is proposed,
    confirmed or dismissed; `entry` is what the log says since it was confirmed.
    """

    id: int
    segment: str
    title: str
    found: bool
    slot: str | None
    start_ms: int
    end_ms: int
    heard_ms: int
    starts_at: datetime | None
    speed: float
    confidence: float
    parts: list[dict[str, int]]
    state: str
    decided_by: str | None
    decided_at: datetime | None
    entry: str | None


class RecordingView(Struct, frozen=True, kw_only=True):
    """`state` is waiting, hearing (`progress` in percent), heard, or refused because of `trouble`.

    `claimed_at` is when its maker says that it begins, `begins_at` when it does, `placed_by` how that is known: plan,
    claim or person. `also_of`: other stations for which the same file was sent; it can't be the air of all of them.
    `silent_share`, 0 to 1, is how much of it is silence. In lists `matches` are left out.
    """

    id: int
    station: str
    month: str
    file_name: str
    size: int
    sha256: str
    sent_by: str
    sent_at: datetime
    claimed_at: datetime | None
    begins_at: datetime | None
    placed_by: str | None
    length_ms: int | None
    state: str
    progress: int
    trouble: RefusalView | None
    silent_share: float | None
    decode_errors: int | None
    found: int
    missing: int
    undecided: int
    also_of: list[str]
    matches: list[MatchView]


def take_recording(
    context: Context, code: str, source: Path, *, file_name: str, claimed_at: datetime | None = None
) -> int:
    """The key of the recording; the same bytes of the same station again are the same one.

    `source` is a file below `context.incoming`, and no longer the caller's when this returns. `claimed_at` (aware) is
    when it begins by its maker's word. What is heard in it comes by `server.services.hearing`. Raises UnknownStation,
    NotYet, TooLongAgo, DiskFull, and as its header tells: NotAudio, NoAudioStream, VideoFile, RecordingTooLong.
    """
    now = context.clock()
    require_sane(claimed_at, now)
    month = Month.of((claimed_at or now).astimezone(ZONE))
    with source.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    with context.database.read() as session:
        known = _known(session, identity(find_station(session, code, month)), sha256)
    if known is not None:
        source.unlink(missing_ok=True)
        return known
    _require_sound(context, source)
    with disk_refusals(context.home):
        stored = context.store.take(source)
        with context.database.write() as session:
            station = find_station(session, code, month)
            known = _known(session, identity(station), sha256)
            if known is not None:
                return known
            recording = Recording(
                station_id=identity(station),
                month=str(month),
                sha256=stored.sha256,
                size=stored.size,
                file_name=file_name[:_MOST_NAME],
                sent_by=context.who.name,
                sent_at=now,
                claimed_at=claimed_at,
            )
            session.add(recording)
            session.flush()
            record(
                session,
                context,
                at=now,
                action="recording.sent",
                subject=code,
                recording=identity(recording),
                sha256=stored.sha256,
                size=stored.size,
                file=recording.file_name,
                claimed_at=claimed_at.isoformat() if claimed_at else None,
            )
            return identity(recording)


def copy_in(context: Context, file: Path) -> Path:
    """A copy of somebody's own file below `context.incoming`, for `take_recording`. Raises DiskFull."""
    descriptor, name = tempfile.mkstemp(dir=context.incoming, prefix=ARRIVING)
    os.close(descriptor)
    copy = Path(name)
    try:
        with disk_refusals(context.home):
            shutil.copyfile(file, copy)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    return copy


def list_recordings(context: Context, code: str, month: Month) -> list[RecordingView]:
    """Those of the station's month, the newest first, without what was heard. Raises UnknownStation."""
    with context.database.read() as session:
        station = find_station(session, code, month)
        rows = session.exec(
            select(Recording)
            .where(Recording.station_id == identity(station), Recording.month == str(month))
            .order_by(col(Recording.id).desc())
        ).all()
        return [_view(session, row, code, with_matches=False) for row in rows]


def recording_view(context: Context, code: str, recording_id: int) -> RecordingView:
    """With all that was heard and not heard, by its place. Raises RecordingUnknown, also for another station's."""
    with context.database.read() as session:
        return _view(session, recording_of(session, code, recording_id), code, with_matches=True)


def recording_peaks(context: Context, code: str, recording_id: int) -> bytes:
    """The largest absolute sample (0 to 255) of each of up to 2,000 equal stretches; empty before it was heard."""
    with context.database.read() as session:
        return recording_of(session, code, recording_id).peaks or b""


def others_with(session: Session, recording: Recording) -> list[str]:
    """The codes of other stations for which the same file was sent."""
    found = session.exec(
        select(Station.code)
        .join(Recording, col(Recording.station_id) == col(Station.id))
        .where(Recording.sha256 == recording.sha256, Recording.station_id != recording.station_id)
        .order_by(Station.code)
    )
    return list(found)


def recording_of(session: Session, code: str, recording_id: int) -> Recording:
    """Raises RecordingUnknown."""
    found = (
        is_key(recording_id)
        and session.exec(
            select(Recording)
            .join(Station, col(Station.id) == col(Recording.station_id))
            .where(Recording.id == recording_id, Station.code == code)
        ).first()
    )
    if not found:
        raise RecordingUnknown(recording=str(recording_id), station=code)
    return found


def require_sane(claimed_at: datetime | None, now: datetime) -> None:
    """Raises NotYet, TooLongAgo."""
    if claimed_at is None:
        return
    if claimed_at > now + _AHEAD:
        raise NotYet(starts_at=claimed_at.isoformat(), now=now.astimezone(ZONE).isoformat())
    if claimed_at < now - _LONGEST_AGO:
        raise TooLongAgo(starts_at=claimed_at.isoformat())


def _require_sound(context: Context, source: Path) -> None:
    """As far as the header tells; the rest is found out when it is decoded."""
    from media.bounds import require_file
    from media.measure import probe
    from media.recordings import LONGEST_MS
    from media.refusals import NoAudioStream, RecordingTooLong, VideoFile

    require_file(source)
    header = probe(context.ffmpeg, source)
    if header.video:
        raise VideoFile(codec=header.video[0].codec)
    if not header.audio:
        raise NoAudioStream(streams=[stream.kind.lower() for stream in header.streams])
    if header.declared_ms is not None and header.declared_ms > LONGEST_MS:
        raise RecordingTooLong(duration_ms=header.declared_ms, max_ms=LONGEST_MS, declared=True)


def _known(session: Session, station_id: int, sha256: str) -> int | None:
    return session.exec(
        select(Recording.id).where(Recording.station_id == station_id, Recording.sha256 == sha256)
    ).first()


def _view(session: Session, row: Recording, code: str, *, with_matches: bool) -> RecordingView:
    matches = session.exec(
        select(RecordingMatch)
        .where(RecordingMatch.recording_id == row.id)
        .order_by(col(RecordingMatch.start_ms), col(RecordingMatch.id))
    ).all()
    facts = row.facts or {}
    share, errors, placed_by = facts.get("silent_share"), facts.get("decode_errors"), facts.get("placed_by")
    return RecordingView(
        id=identity(row),
        station=code,
        month=row.month,
        file_name=row.file_name,
        size=row.size,
        sha256=row.sha256,
        sent_by=row.sent_by,
        sent_at=row.sent_at.astimezone(ZONE),
        claimed_at=_local(row.claimed_at),
        begins_at=_local(row.begins_at),
        placed_by=str(placed_by) if placed_by else None,
        length_ms=row.length_ms,
        state=row.state,
        progress=row.progress,
        trouble=refusal_view(row.trouble) if row.trouble is not None else None,
        silent_share=share if isinstance(share, float) else None,
        decode_errors=errors if isinstance(errors, int) else None,
        found=sum(match.found for match in matches),
        missing=sum(not match.found for match in matches),
        undecided=sum(match.state == "proposed" for match in matches),
        also_of=others_with(session, row),
        matches=[_match(row, match) for match in matches] if with_matches else [],
    )


def _match(recording: Recording, match: RecordingMatch) -> MatchView:
    return MatchView(
        id=identity(match),
        segment=match.segment,
        title=match.title,
        found=match.found,
        slot=match.slot,
        start_ms=match.start_ms,
        end_ms=match.end_ms,
        heard_ms=match.heard_ms,
        starts_at=_local(moment_of(recording, match.start_ms)),
        speed=match.speed,
        confidence=match.confidence,
        parts=match.parts,
        state=match.state,
        decided_by=match.decided_by,
        decided_at=_local(match.decided_at),
        entry=match.entry_uid,
    )


def _local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(ZONE) if moment is not None else None
