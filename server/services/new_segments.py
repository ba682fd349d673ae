"""What a person says of a recording, checked and brought into its one form; and the segment's row made from it."""

from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import Integer, cast
from sqlmodel import Session, col, func, select

from schedules.folding import fold
from server.db.library import ProgrammeColumn, Segment, Topic
from server.db.registry import Organisation, Station
from server.services.context import Context
from server.services.listing import TIERS, one_of
from server.services.local_time import local_today
from server.services.plain_text import one_line, paragraphs
from server.services.refusals import (
    BadField,
    UnknownColumn,
    UnknownOrganisation,
    UnknownSegment,
    UnknownStation,
    UnknownTopic,
)
from server.services.rights import TABLE, Right, Role
from server.services.vetting_refusals import ForeignProducer
from server.vietnamese import sort_key

LANGUAGES = ("vi", "rad", "cmo", "jra")
PRIORITIES = ("normal", "priority", "urgent")

_LONGEST_TITLE = 200
_LONGEST_NOTE = 1_000
_LONGEST_TEXT = 50_000


class NewSegment(Struct, frozen=True, kw_only=True):
    """What a person says of a recording. Codes name topic, column, producer and stations.

    `valid_from` None is today, `valid_to` is the last day. None or nothing in `stations` and `tiers` is any. With
    `submit` it is handed in for vetting as soon as its checks are passed.
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
    submit: bool = True


class Checked(Struct, frozen=True, kw_only=True):
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


def check_said(session: Session, context: Context, new: NewSegment) -> Checked:
    """Raises BadField, UnknownTopic, UnknownColumn, UnknownOrganisation, UnknownStation, ForeignProducer."""
    producer = producer_for(session, context, new.producer)
    title = one_line("title", new.title, longest=_LONGEST_TITLE)
    one_of("language", new.language, LANGUAGES)
    one_of("priority", new.priority, PRIORITIES)
    for tier in new.tiers or ():
        one_of("tiers", tier, TIERS)
    valid_from = new.valid_from or local_today(context)
    if new.valid_to is not None and new.valid_to < valid_from:
        raise BadField(field="valid_to", value=str(new.valid_to), expected=f"≥ {valid_from}")
    return Checked(
        title=title,
        topic_id=topic_key(session, new.topic),
        column_id=_column_key(session, new.column) if new.column is not None else None,
        producer_id=organisation_key(session, producer) if producer is not None else None,
        valid_from=valid_from,
        stations=_known_stations(session, new.stations) if new.stations else None,
        tiers=sorted(set(new.tiers)) if new.tiers else None,
        note=paragraphs("note", new.note, longest=_LONGEST_NOTE),
        text=paragraphs("text", new.text, longest=_LONGEST_TEXT),
    )


def new_segment(session: Session, context: Context, new: NewSegment, *, at: datetime) -> Segment:
    """Its row, under the next code and without a recording yet. Raises what `check_said` does."""
    said = check_said(session, context, new)
    code = code_of(_last_number(session) + 1)
    segment = Segment(
        code=code,
        title=said.title,
        topic_id=said.topic_id,
        column_id=said.column_id,
        language=new.language,
        producer_id=said.producer_id,
        priority=new.priority,
        valid_from=said.valid_from,
        valid_to=new.valid_to,
        stations=said.stations,
        tiers=said.tiers,
        state="processing",
        text=said.text,
        note=said.note,
        created_at=at,
        search=fold(f"{code} {said.title}"),
        sort_key=sort_key(said.title),
    )
    session.add(segment)
    session.flush()
    return segment


def producer_for(session: Session, context: Context, given: str | None) -> str | None:
    """The code of the organisation that a recording is of: of people and keys their own, which they need not name.

    Raises ForeignProducer.
    """
    own = _own_producers(session, context)
    if own is None:
        return given
    if given is None:
        return own[0] if own else None
    if given not in own:
        raise ForeignProducer(given=given, own=own)
    return given


def _own_producers(session: Session, context: Context) -> list[str] | None:
    """None: whoever is at the machine itself, and Loa, which does what was allowed before, may name any."""
    who = context.who
    if who.kind == "person":
        on = local_today(context)
        held = [grant for grant in who.grants if grant.holds(on) and Right.SEGMENTS_SEND in TABLE[grant.role]]
        # Where somebody both leads and produces, what they send is what they produced.
        held.sort(key=lambda grant: grant.role is not Role.PRODUCER)
        return list(dict.fromkeys(grant.organisation for grant in held))
    if who.kind == "key":
        return list(session.exec(select(Organisation.code).where(Organisation.id == who.organisation_id)))
    return None


def find_segment(session: Session, code: str) -> Segment:
    """Raises UnknownSegment."""
    found = session.exec(select(Segment).where(Segment.code == code)).first()
    if found is None:
        raise UnknownSegment(segment=code)
    return found


def code_of(number: int) -> str:
    return f"b{number:04d}"


def topic_key(session: Session, code: str) -> int:
    """Raises UnknownTopic."""
    found = session.exec(select(Topic.id).where(Topic.code == code)).first()
    if found is None:
        known = session.exec(select(Topic.code).order_by(col(Topic.position)))
        raise UnknownTopic(topic=code, known=list(known))
    return found


def _last_number(session: Session) -> int:
    return session.exec(select(func.max(cast(func.substr(Segment.code, 2), Integer)))).one() or 0


def _column_key(session: Session, code: str) -> int:
    found = session.exec(select(ProgrammeColumn.id).where(ProgrammeColumn.code == code)).first()
    if found is None:
        known = session.exec(select(ProgrammeColumn.code).order_by(col(ProgrammeColumn.code)))
        raise UnknownColumn(column=code, known=list(known))
    return found


def organisation_key(session: Session, code: str) -> int:
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
