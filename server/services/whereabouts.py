"""Where a segment is aired in a month, or why nowhere."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlmodel import Session, col, select

from schedules.months import Month
from schedules.whereabouts import NotValidThisMonth, nowhere_facts, why_nowhere
from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.new_segments import find_segment
from server.services.plan_ground import Ground, read_ground
from server.services.refusals import NoPlan
from server.services.rows import identity
from server.services.stored_plans import months_with_plans
from server.services.views import RevisionView
from server.services.whereabouts_sentences import nowhere_sentence, state_sentence
from server.texts import _

Progress = Callable[[int, int], None]


class AiredAt(Struct, frozen=True, kw_only=True):
    """A station that airs the segment, `starts` soonest first; `relayed` of them come from a station that it relays."""

    station: str
    station_name: str
    starts: list[datetime]
    relayed: int


class NowhereView(Struct, frozen=True, kw_only=True):
    code: str
    facts: dict[str, Any]
    sentence: str


class SegmentMonthView(Struct, frozen=True, kw_only=True):
    """Of the published plan, else the draft (`revision` None: neither). `why` where `stations` is empty."""

    segment: str
    title: str
    month: str
    revision: RevisionView | None
    airings: int
    stations: list[AiredAt]
    why: NowhereView | None


def segment_month(
    context: Context, code: str, month: Month, *, draft: bool = False, progress: Progress | None = None
) -> SegmentMonthView:
    """Where nobody airs it, it is tried in the place of others: a second or two for a province.

    `progress` is told (stations tried, all). Raises UnknownSegment; with `draft` NoDraft.
    """
    with context.database.read() as session:
        segment = find_segment(session, code)
        ready_at = _ready_at(session, segment)
        ground = _ground(session, month, draft=draft)
    if ground is None:
        told = NowhereView(code="no_plan", facts={}, sentence=_("Tháng này chưa có lịch."))
        return _view(segment, month, None, [], told)
    aired = _aired(ground, segment.code)
    why = None if aired else _why(ground, segment, ready_at, progress)
    return _view(segment, month, ground.revision, aired, why)


def planned_months(context: Context) -> list[Month]:
    """From this month on, those that have a plan, published or drafted."""
    with context.database.read() as session:
        return months_with_plans(session, since=Month.of(local_today(context)))


def _view(
    segment: Segment, month: Month, revision: RevisionView | None, aired: list[AiredAt], why: NowhereView | None
) -> SegmentMonthView:
    return SegmentMonthView(
        segment=segment.code,
        title=segment.title,
        month=str(month),
        revision=revision,
        airings=sum(len(each.starts) for each in aired),
        stations=aired,
        why=why,
    )


def _ground(session: Session, month: Month, *, draft: bool) -> Ground | None:
    try:
        return read_ground(session, month, draft=draft)
    except NoPlan:
        return None


def _ready_at(session: Session, segment: Segment) -> datetime | None:
    """When its recording in force came through its checks."""
    return session.exec(
        select(SegmentVersion.ended_at)
        .where(SegmentVersion.segment_id == identity(segment))
        .where(SegmentVersion.state == "ready")
        .order_by(col(SegmentVersion.number))
    ).first()


def _aired(ground: Ground, code: str) -> list[AiredAt]:
    """In the order in which the month's stations stand."""
    starts: dict[str, list[datetime]] = {}
    relayed: dict[str, int] = {}
    for slot in ground.slots:
        if any(item.segment == code for item in slot.items):
            starts.setdefault(slot.station, []).append(slot.start.astimezone(ZONE))
            relayed[slot.station] = relayed.get(slot.station, 0) + (slot.relayed_from is not None)
    return [
        AiredAt(
            station=station,
            station_name=ground.names.station(station),
            starts=sorted(starts[station]),
            relayed=relayed[station],
        )
        for station in ground.codes.values()
        if station in starts
    ]


def _why(ground: Ground, segment: Segment, ready_at: datetime | None, progress: Progress | None) -> NowhereView:
    if segment.state != "ready":
        told = state_sentence(segment.state, segment.withdrawn_at, segment.withdrawn_reason)
        return NowhereView(code="not_ready", facts={"state": segment.state}, sentence=told)
    if ready_at is not None and ready_at > ground.revision.made_at:
        told = _("Bài vào kho sau khi lịch này được lập; lập lại lịch thì bài mới được xét.")
        return NowhereView(code="newer_than_plan", facts={}, sentence=told)
    there = any(each.id == segment.code for each in ground.instance.segments)
    reason = (
        why_nowhere(ground.instance, ground.slots, segment.code, progress=progress) if there else NotValidThisMonth()
    )
    facts = nowhere_facts(reason)
    code = str(facts.pop("code"))
    return NowhereView(code=code, facts=facts, sentence=nowhere_sentence(reason, ground.names))
