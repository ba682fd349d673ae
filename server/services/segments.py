"""The library: a segment comes in, is looked up, is withdrawn. Its recording goes through `server.services.intake`."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, and_, col, func, select

from server.db.intake import SegmentVersion
from server.db.library import Segment, Topic
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.registry import Station
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.emergencies import end_calls
from server.services.ingest import digest_of
from server.services.intake import submit_and_settle
from server.services.listing import cut, matching, one_of
from server.services.local_time import local_today
from server.services.new_segments import LANGUAGES, PRIORITIES, NewSegment, check_said, code_of, find_segment, topic_key
from server.services.plain_text import one_line
from server.services.recalls import note_withdrawn
from server.services.refusals import SegmentAlreadyWithdrawn, SegmentHasNoRecording
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import reached_segments
from server.services.segment_reach import reached
from server.services.segment_views import segment_views
from server.services.unfinished import RECEIVED
from server.services.views import Page, SegmentUse, SegmentView

__all__ = [
    "LANGUAGES",
    "PRIORITIES",
    "STATES",
    "NewSegment",
    "add_segment",
    "check_new",
    "code_of",
    "find_segment",
    "get_segment",
    "list_segments",
    "record_of",
    "replace_recording",
    "segment_uses",
    "withdraw_segment",
]

STATES = ("processing", "held", "rejected", "draft", "submitted", "returned", "ready", "withdrawn", "discarded")

WITHDRAWN = "segment.withdrawn"  # in the trail, which also keeps until when it was valid
_LONGEST_REASON = 500


def add_segment(
    context: Context,
    source: Path,
    *,
    file_name: str,
    new: NewSegment,
    progress: Callable[[float], None] | None = None,
) -> SegmentView:
    """Takes a recording and brings it to its verdict: the segment, passed or held for a likeness.

    Its record stays where it is rejected. `progress` gets shares from 0 to 1. Raises BadField, UnknownTopic,
    UnknownColumn, UnknownOrganisation, UnknownStation, FileUnreadable, SegmentExists, AudioIsFrame, RecordingUnfit,
    DiskFull, HomeUnwritable, ServiceStopping, MediaRefusal.
    """
    check_new(context, new)
    return _take(context, source, file_name=file_name, new=new, replaces=None, progress=progress)


def replace_recording(
    context: Context,
    code: str,
    source: Path,
    *,
    file_name: str,
    progress: Callable[[float], None] | None = None,
) -> SegmentView:
    """A newer recording of the segment, brought to its verdict; the older one stays in force until it is ready.

    What is published keeps the recording that it was published with: see `server.services.pushing`. Raises
    UnknownSegment, SegmentAlreadyWithdrawn, SegmentDiscarded and what `add_segment` raises of a recording.
    """
    with context.database.read() as session:
        find_segment(session, code)
    return _take(context, source, file_name=file_name, new=None, replaces=code, progress=progress)


def record_of(context: Context, source: Path) -> str | None:
    """The code of the segment that has or had a recording of these bytes, the latest where there are several."""
    with context.database.read() as session:
        return session.exec(
            select(Segment.code)
            .join(SegmentVersion, col(SegmentVersion.segment_id) == col(Segment.id))
            .where(SegmentVersion.original_sha256 == digest_of(source))
            .order_by(col(SegmentVersion.id).desc())
        ).first()


def check_new(context: Context, new: NewSegment) -> None:
    """What `add_segment` would refuse of what is said, before there is a recording. Raises as it does."""
    with context.database.read() as session:
        check_said(session, context, new)


def list_segments(
    context: Context,
    *,
    query: str = "",
    topic: str | None = None,
    language: str | None = None,
    state: str | None = None,
    besides: str | None = None,
    offset: int = 0,
    limit: int = 100,
) -> Page[SegmentView]:
    """Those that who asks reaches, by title in Vietnamese order; a topic stands for all below it, `besides` is left out.

    Raises UnknownTopic, BadField.
    """
    one_of("language", language, LANGUAGES)
    one_of("state", state, STATES)
    with context.database.read() as session:
        reached = reached_segments(session, context.who, Right.SEGMENTS_READ, local_today(context))
        statement = select(Segment).where(reached)
        if topic is not None:
            statement = statement.where(col(Segment.topic_id).in_(_topics_below(session, topic)))
        if language is not None:
            statement = statement.where(Segment.language == language)
        if state is not None:
            statement = statement.where(Segment.state == state)
        if besides is not None:
            statement = statement.where(Segment.state != besides)
        statement = matching(statement, col(Segment.search), query).order_by(col(Segment.sort_key), col(Segment.id))
        rows, total = cut(session, statement, offset, limit)
        return Page(items=segment_views(session, rows), total=total, offset=offset, limit=limit)


def get_segment(context: Context, code: str) -> SegmentView:
    """Raises UnknownSegment."""
    with context.database.read() as session:
        return _view(session, find_segment(session, code))


def segment_uses(context: Context, code: str) -> list[SegmentUse]:
    """Its airings in the published revisions in force, past ones too, soonest first. Raises UnknownSegment."""
    with context.database.read() as session:
        segment = find_segment(session, code)
        in_force = (
            select(PlanRevision.month, func.max(PlanRevision.number).label("number"))
            .where(PlanRevision.status == "published")
            .group_by(col(PlanRevision.month))
            .subquery()
        )
        rows = session.exec(
            select(Slot, PlanRevision.month, Station.code, Station.name)
            .join(MonthPlan, col(MonthPlan.id) == col(Slot.month_plan_id))
            .join(PlanEntry, col(PlanEntry.month_plan_id) == col(MonthPlan.id))
            .join(PlanRevision, col(PlanRevision.id) == col(PlanEntry.revision_id))
            .join(in_force, and_(PlanRevision.month == in_force.c.month, PlanRevision.number == in_force.c.number))
            .join(Station, col(Station.id) == col(MonthPlan.station_id))
            .where(col(Slot.id).in_(select(SlotItem.slot_id).where(col(SlotItem.segment_id) == identity(segment))))
            .order_by(col(Slot.starts_at), col(Station.tier).desc(), col(Station.sort_key), col(Station.code))
        )
        return [
            SegmentUse(
                month=month,
                station=station,
                station_name=name,
                slot=slot.key,
                starts_at=slot.starts_at,
                relayed_from=slot.relayed_from,
            )
            for slot, month, station, name in rows
        ]


def withdraw_segment(context: Context, code: str, *, reason: str) -> SegmentView:
    """From today on it may not be planned any more, and stations are told to remove it; plans stay until new ones are.

    Raises UnknownSegment, SegmentAlreadyWithdrawn, SegmentHasNoRecording, BadField.
    """
    why = one_line("reason", reason, longest=_LONGEST_REASON)
    with disk_refusals(context.home), context.database.write() as session:
        segment = reached(session, context, code, Right.SEGMENTS_WITHDRAW)
        take_out(session, context, segment, reason=why, at=context.clock())
        return _view(session, segment)


def take_out(session: Session, context: Context, segment: Segment, *, reason: str, at: datetime) -> None:
    """The same in the caller's transaction. Raises SegmentAlreadyWithdrawn, SegmentHasNoRecording."""
    if segment.state == "withdrawn":
        raise SegmentAlreadyWithdrawn(segment=segment.code)
    if segment.audio_id is None:
        raise SegmentHasNoRecording(segment=segment.code)
    yesterday = local_today(context) - timedelta(days=1)
    before = {"state": segment.state, "valid_to": segment.valid_to.isoformat() if segment.valid_to else None}
    segment.state = "withdrawn"
    segment.withdrawn_at = at
    segment.withdrawn_reason = reason
    segment.valid_to = yesterday if segment.valid_to is None else min(segment.valid_to, yesterday)
    session.add(segment)
    note_withdrawn(session, segment, reason=reason, at=at, by=context.who.name)
    end_calls(session, segment, at=at, by=context.who.name)
    record(
        session,
        context,
        at=at,
        action=WITHDRAWN,
        subject=segment.code,
        before=before,
        after={"state": segment.state, "valid_to": segment.valid_to.isoformat()},
        title=segment.title,
        reason=reason,
    )
    session.flush()


def _view(session: Session, segment: Segment) -> SegmentView:
    [view] = segment_views(session, [segment])
    return view


def _topics_below(session: Session, code: str) -> set[int]:
    found = {topic_key(session, code)}
    above: Sequence[int] = list(found)
    while above:
        below = session.exec(select(Topic).where(col(Topic.parent_id).in_(above)))
        above = [identity(topic) for topic in below]
        found |= set(above)
    return found


def _take(
    context: Context,
    source: Path,
    *,
    file_name: str,
    new: NewSegment | None,
    replaces: str | None,
    progress: Callable[[float], None] | None,
) -> SegmentView:
    if context.jobs is None:
        _ = context.ffmpeg  # before anything is kept that could not go on here
    sha256 = digest_of(source)
    with disk_refusals(context.home):
        taken = _copy(source, context.incoming)
        return submit_and_settle(
            context, taken, file_name=file_name, new=new, replaces=replaces, sha256=sha256, progress=progress
        )


def _copy(source: Path, folder: Path) -> Path:
    """Whatever becomes of the caller's file, the one that is worked on stays as it is."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=RECEIVED)
    os.close(descriptor)
    copy = Path(name)
    try:
        shutil.copyfile(source, copy)
    except BaseException:
        copy.unlink()
        raise
    return copy
