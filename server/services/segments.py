"""The library: a segment comes in, is looked up, is withdrawn. Its bytes go through `server.services.ingest`."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Integer, cast
from sqlmodel import Session, and_, col, func, select

from media.ingest import PreparedAudio
from schedules.folding import fold
from server.db.library import Audio, ProgrammeColumn, Segment, Topic
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.registry import Organisation, Station
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.ingest import digest_of, discard, keep_audio, prepare_audio
from server.services.listing import TIERS, cut, matching, one_of
from server.services.local_time import local_today
from server.services.plain_text import file_name as shown_file_name
from server.services.plain_text import one_line, paragraphs
from server.services.refusals import (
    AudioIsFrame,
    BadField,
    SegmentAlreadyWithdrawn,
    SegmentExists,
    UnknownColumn,
    UnknownOrganisation,
    UnknownSegment,
    UnknownStation,
    UnknownTopic,
)
from server.services.rows import identity
from server.services.segment_views import segment_views
from server.services.views import Page, SegmentUse, SegmentView
from server.vietnamese import sort_key

LANGUAGES = ("vi", "rad", "cmo", "jra")
PRIORITIES = ("normal", "priority", "urgent")
STATES = ("ready", "withdrawn")

_LONGEST_TITLE = 200
_LONGEST_REASON = 500
_LONGEST_NOTE = 1_000
_LONGEST_TEXT = 50_000


class NewSegment(Struct, frozen=True, kw_only=True):
    """What a person says of a recording. Codes name topic, column, producer and stations.

    `valid_from` None is today, `valid_to` is the last day. None or nothing in `stations` and `tiers` is any.
    """

    title: str
    topic: str
    language: str
    column: str | None = "cchc"
    producer: str | None = None
    priority: str = "normal"
    valid_from: date | None = None
    valid_to: date | None = None
    stations: list[str] | None = None
    tiers: list[str] | None = None
    note: str = ""
    text: str = ""


def add_segment(
    context: Context,
    source: Path,
    *,
    file_name: str,
    new: NewSegment,
    progress: Callable[[float], None] | None = None,
) -> SegmentView:
    """Checks what is said of it, then the recording, and keeps both or nothing.

    `progress` gets shares from 0 to 1. Raises BadField, UnknownTopic, UnknownColumn, UnknownOrganisation,
    UnknownStation, FileUnreadable, SegmentExists, AudioIsFrame, DiskFull, HomeUnwritable, MediaRefusal.
    """
    with context.database.read() as session:
        _check(session, context, new)
        _refuse_known_audio(session, digest_of(source))
    with disk_refusals(context.home):
        prepared = prepare_audio(context, source, progress=progress)
        try:
            return _keep(context, prepared, file_name=shown_file_name(file_name), new=new)
        except BaseException:
            discard(context, [prepared])
            raise


def check_new(context: Context, new: NewSegment) -> None:
    """What `add_segment` would refuse of what is said, before there is a recording. Raises as it does."""
    with context.database.read() as session:
        _check(session, context, new)


def list_segments(
    context: Context,
    *,
    query: str = "",
    topic: str | None = None,
    language: str | None = None,
    state: str | None = None,
    offset: int = 0,
    limit: int = 100,
) -> Page[SegmentView]:
    """By title in Vietnamese order; a topic stands for all below it. Raises UnknownTopic, BadField."""
    one_of("language", language, LANGUAGES)
    one_of("state", state, STATES)
    statement = select(Segment)
    with context.database.read() as session:
        if topic is not None:
            statement = statement.where(col(Segment.topic_id).in_(_topics_below(session, topic)))
        if language is not None:
            statement = statement.where(Segment.language == language)
        if state is not None:
            statement = statement.where(Segment.state == state)
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
    """From today on it may not be planned any more; what is published stays until a new plan is.

    Raises UnknownSegment, SegmentAlreadyWithdrawn, BadField.
    """
    why = one_line("reason", reason, longest=_LONGEST_REASON)
    at = context.clock()
    yesterday = local_today(context) - timedelta(days=1)
    with disk_refusals(context.home), context.database.write() as session:
        segment = find_segment(session, code)
        if segment.state == "withdrawn":
            raise SegmentAlreadyWithdrawn(segment=code)
        segment.state = "withdrawn"
        segment.withdrawn_at = at
        segment.withdrawn_reason = why
        segment.valid_to = yesterday if segment.valid_to is None else min(segment.valid_to, yesterday)
        session.add(segment)
        record(session, context, at=at, action="segment.withdrawn", subject=code, title=segment.title, reason=why)
        session.flush()
        return _view(session, segment)


def find_segment(session: Session, code: str) -> Segment:
    """Raises UnknownSegment."""
    found = session.exec(select(Segment).where(Segment.code == code)).first()
    if found is None:
        raise UnknownSegment(segment=code)
    return found


def code_of(number: int) -> str:
    return f"b{number:04d}"


class _Checked(Struct, frozen=True, kw_only=True):
    """What was said of a segment, with keys in place of codes and texts in their one form."""

    title: str
    topic_id: int
    column_id: int | None
    producer_id: int | None
    valid_from: date
    stations: list[str] | None
    tiers: list[str] | None
    note: str
    text: str


def _keep(context: Context, prepared: PreparedAudio, *, file_name: str, new: NewSegment) -> SegmentView:
    at = context.clock()
    with context.database.write() as session:
        said = _check(session, context, new)
        _refuse_known_audio(session, prepared.original.sha256)
        audio = keep_audio(session, context, prepared, file_name=file_name, at=at)
        code = code_of(_last_number(session) + 1)
        segment = Segment(
            code=code,
            title=said.title,
            topic_id=said.topic_id,
            column_id=said.column_id,
            language=new.language,
            producer_id=said.producer_id,
            audio_id=identity(audio),
            priority=new.priority,
            valid_from=said.valid_from,
            valid_to=new.valid_to,
            stations=said.stations,
            tiers=said.tiers,
            text=said.text,
            note=said.note,
            created_at=at,
            search=fold(f"{code} {said.title}"),
            sort_key=sort_key(said.title),
        )
        session.add(segment)
        sha256 = prepared.original.sha256
        record(session, context, at=at, action="segment.added", subject=code, title=said.title, sha256=sha256)
        session.flush()
        return _view(session, segment)


def _check(session: Session, context: Context, new: NewSegment) -> _Checked:
    title = one_line("title", new.title, longest=_LONGEST_TITLE)
    one_of("language", new.language, LANGUAGES)
    one_of("priority", new.priority, PRIORITIES)
    for tier in new.tiers or ():
        one_of("tiers", tier, TIERS)
    valid_from = new.valid_from or local_today(context)
    if new.valid_to is not None and new.valid_to < valid_from:
        raise BadField(field="valid_to", value=str(new.valid_to), expected=f"≥ {valid_from}")
    return _Checked(
        title=title,
        topic_id=_topic_key(session, new.topic),
        column_id=_column_key(session, new.column) if new.column is not None else None,
        producer_id=_organisation_key(session, new.producer) if new.producer is not None else None,
        valid_from=valid_from,
        stations=_known_stations(session, new.stations) if new.stations else None,
        tiers=sorted(set(new.tiers)) if new.tiers else None,
        note=paragraphs("note", new.note, longest=_LONGEST_NOTE),
        text=paragraphs("text", new.text, longest=_LONGEST_TEXT),
    )


def _refuse_known_audio(session: Session, sha256: str) -> None:
    audio = session.exec(select(Audio).where(Audio.sha256 == sha256)).first()
    if audio is None:
        return
    key = identity(audio)
    segment = session.exec(select(Segment).where(Segment.audio_id == key)).first()
    if segment is not None:
        raise SegmentExists(segment=segment.code, title=segment.title)
    column = session.exec(
        select(ProgrammeColumn).where(
            (col(ProgrammeColumn.opening_audio_id) == key) | (col(ProgrammeColumn.closing_audio_id) == key)
        )
    ).one()
    raise AudioIsFrame(column=column.code, name=column.name)


def _last_number(session: Session) -> int:
    return session.exec(select(func.max(cast(func.substr(Segment.code, 2), Integer)))).one() or 0


def _view(session: Session, segment: Segment) -> SegmentView:
    [view] = segment_views(session, [segment])
    return view


def _topic_key(session: Session, code: str) -> int:
    found = session.exec(select(Topic.id).where(Topic.code == code)).first()
    if found is None:
        known = session.exec(select(Topic.code).order_by(col(Topic.position)))
        raise UnknownTopic(topic=code, known=list(known))
    return found


def _topics_below(session: Session, code: str) -> set[int]:
    found = {_topic_key(session, code)}
    above: Sequence[int] = list(found)
    while above:
        below = session.exec(select(Topic).where(col(Topic.parent_id).in_(above)))
        above = [identity(topic) for topic in below]
        found |= set(above)
    return found


def _column_key(session: Session, code: str) -> int:
    found = session.exec(select(ProgrammeColumn.id).where(ProgrammeColumn.code == code)).first()
    if found is None:
        known = session.exec(select(ProgrammeColumn.code).order_by(col(ProgrammeColumn.code)))
        raise UnknownColumn(column=code, known=list(known))
    return found


def _organisation_key(session: Session, code: str) -> int:
    found = session.exec(select(Organisation.id).where(Organisation.code == code)).first()
    if found is None:
        known = session.exec(select(Organisation.code).order_by(col(Organisation.id)))
        raise UnknownOrganisation(organisation=code, known=list(known))
    return found


def _known_stations(session: Session, codes: list[str]) -> list[str]:
    wanted = sorted(set(codes))
    known = set(session.exec(select(Station.code).where(col(Station.code).in_(wanted))))
    for code in wanted:
        if code not in known:
            raise UnknownStation(station=code)
    return wanted
