"""What somebody reaches with a right, in rows: which stations, which segments. Asked by the gate and by lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, false, or_, true
from sqlmodel import Session, col, select

from server.db.intake import SegmentVersion
from server.db.library import Segment, Topic
from server.db.registry import Organisation, Station, UnitSuccession, UnitVersion
from server.services.context import Context
from server.services.local_time import local_today
from server.services.rights import KEY_RIGHTS, STATION_RIGHTS, TABLE, Reach, Right
from server.services.rows import among
from server.services.who import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One way in which somebody has a right."""

    reach: Reach
    organisation_id: int | None = None
    unit_id: int | None = None
    topic_id: int | None = None


def holds_of(who: Who, right: Right, on: date) -> list[Hold]:
    """All ways in which `who` has the right on that day; none: not at all."""
    if who.kind in {"local", "loa"}:
        return [Hold(reach=Reach.ALL)]
    if who.kind == "key" and right in who.rights:
        holds = [Hold(reach=KEY_RIGHTS[right], organisation_id=who.organisation_id, unit_id=who.unit_id)]
    else:
        holds = _of_grants(who, right, on)
    return [hold for hold in holds if hold.reach is not Reach.WHOLE or _is_unnarrowed(hold)]


def _of_grants(who: Who, right: Right, on: date) -> list[Hold]:
    return [
        Hold(
            reach=TABLE[grant.role][right],
            organisation_id=grant.organisation_id,
            unit_id=grant.unit_id,
            topic_id=grant.topic_id,
        )
        for grant in who.grants
        if grant.holds(on) and right in TABLE[grant.role]
    ]


def has(who: Who, right: Right, on: date) -> bool:
    """For something at least."""
    return (who.kind == "station" and right in STATION_RIGHTS) or bool(holds_of(who, right, on))


def has_everywhere(who: Who, right: Right, on: date) -> bool:
    """For all stations of the province, present and future, or all segments."""
    return any(_is_everywhere(hold) for hold in holds_of(who, right, on))


def station_ids(session: Session, who: Who, right: Right, on: date) -> frozenset[int] | None:
    """The stations that the right reaches; None: all. A unit that was merged away stands for what came of it."""
    if who.kind == "station":
        return frozenset({who.station_id} if who.station_id is not None and right in STATION_RIGHTS else ())
    holds = holds_of(who, right, on)
    if any(_is_everywhere(hold) for hold in holds):
        return None
    units = {hold.unit_id for hold in holds if hold.reach is Reach.UNITS and hold.unit_id is not None}
    if not units:
        return frozenset()
    below = units_and_what_came_of_them(session, units)
    return frozenset(session.exec(select(Station.id).where(col(Station.unit_id).in_(below))).all()) - {None}  # type: ignore[return-value]  # a row has its key


def reached_stations(context: Context, right: Right) -> frozenset[int] | None:
    """Those that who asks reaches today; None: all."""
    on = local_today(context)
    if has_everywhere(context.who, right, on):
        return None
    with context.database.read() as session:
        return station_ids(session, context.who, right, on)


def units_and_what_came_of_them(session: Session, units: Iterable[int]) -> set[int]:
    """The units, all that ever lay in them, and all that took over from any of these."""
    found: set[int] = set()
    ahead = set(units)
    while ahead:
        found |= ahead
        below = select(UnitVersion.parent_id, UnitVersion.unit_id).where(among(col(UnitVersion.parent_id), ahead))
        after = select(UnitSuccession.old_unit_id, UnitSuccession.new_unit_id).where(
            among(col(UnitSuccession.old_unit_id), ahead)
        )
        ahead = {unit for which in (below, after) for of, unit in session.exec(which) if of in ahead} - found
    return found


def reached_segments(session: Session, who: Who, right: Right, on: date) -> ColumnElement[bool]:
    """A condition on `Segment`: those that the right reaches. What somebody made is their own besides."""
    holds = holds_of(who, right, on)
    conditions: list[ColumnElement[bool]] = []
    for hold in holds:
        if hold.reach is Reach.ALL:
            return true()
        if hold.reach is Reach.TOPICS and hold.organisation_id is not None:
            led = led_topics(session, hold.organisation_id, within=hold.topic_id)
            conditions.append(col(Segment.topic_id).in_(led))
        elif hold.reach is Reach.OWN:
            conditions.append(col(Segment.producer_id) == hold.organisation_id)
            conditions.append(_made_by(who))
    return or_(*conditions) if conditions else false()


def led_topics(session: Session, organisation_id: int, *, within: int | None = None) -> set[int]:
    """The topics that the organisation answers for: where a topic names no lead, that of the topic above it does.

    What nobody answers for is every lead's: else it could never be vetted.
    """
    topics = {topic.id: topic for topic in session.exec(select(Topic)) if topic.id is not None}

    def lead_of(key: int) -> int | None:
        at: Topic | None = topics[key]
        while at is not None and at.lead_organisation_id is None:
            at = topics.get(at.parent_id) if at.parent_id is not None else None
        return at.lead_organisation_id if at is not None else None

    def lies_within(key: int) -> bool:
        at: int | None = key
        while at is not None:
            if at == within:
                return True
            at = topics[at].parent_id
        return False

    return {key for key in topics if lead_of(key) in {organisation_id, None} and (within is None or lies_within(key))}


def led_organisations(session: Session, who: Who, right: Right, on: date) -> list[str]:
    """The codes of those for all whose topics they have the right."""
    holds = [hold for hold in holds_of(who, right, on) if hold.reach is Reach.TOPICS and hold.topic_id is None]
    keys = {hold.organisation_id for hold in holds}
    return list(session.exec(select(Organisation.code).where(col(Organisation.id).in_(keys))))


def _is_everywhere(hold: Hold) -> bool:
    return hold.reach in {Reach.ALL, Reach.WHOLE} or (hold.reach is Reach.UNITS and hold.unit_id is None)


def _is_unnarrowed(hold: Hold) -> bool:
    return hold.unit_id is None and hold.topic_id is None


def _made_by(who: Who) -> ColumnElement[bool]:
    sent = select(SegmentVersion.segment_id).where(SegmentVersion.made_by == who.name, SegmentVersion.number == 1)
    return col(Segment.id).in_(sent)
