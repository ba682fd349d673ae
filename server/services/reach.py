"""Whether somebody may do a thing to what an address names: the one decision behind the gate."""

from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from schedules.months import Month
from server.db.airing import Report
from server.db.delivering import EmergencyCall
from server.db.intake import RenderedProgramme, SegmentVersion, Upload
from server.db.library import WHOLE, Audio, Rendition, Segment
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.registry import Station, UnitVersion
from server.services import scopes
from server.services.access_refusals import OutOfReach, RightMissing, SignInNeeded
from server.services.context import Context
from server.services.emergencies import is_for
from server.services.refusals import UnknownStation
from server.services.rights import TABLE, Right
from server.services.rows import identity
from server.services.stations import find_station, units_below
from server.services.who import Who

Target = Literal["everywhere", "station", "district", "segment", "upload", "audio", "lead", "report"]


def require(
    context: Context, who: Who, right: Right, target: Target | None, named: str, *, on: date, month: str | None = None
) -> None:
    """Nothing, where `who` may: with `target` None for something at least, else for the one that is `named`.

    named: a station's (as it is in `month`, else today), district's, segment's, leading organisation's or report's
    code, an upload's id, a sound's SHA-256. Raises SignInNeeded, RightMissing, OutOfReach, InvalidMonth.
    """
    if right is Right.PUBLIC:
        return
    if who.kind == "nobody":
        raise SignInNeeded
    if right is Right.KNOWN:
        return
    if right is Right.OWN:
        if who.kind not in {"person", "local"}:
            raise RightMissing(right=right, roles=[])
        return
    if not scopes.has(who, right, on):
        raise RightMissing(right=right, roles=[role for role, rights in TABLE.items() if right in rights])
    if target is None or (target != "upload" and scopes.has_everywhere(who, right, on)):
        return
    if target == "everywhere":
        raise OutOfReach(right=right, named="")
    then = Month.parse(month) if month is not None and target == "station" else Month.of(on)
    with context.database.read() as session:
        if not _reaches(session, who, right, target=target, named=named, on=on, month=then):
            raise OutOfReach(right=right, named=named)


def may(who: Who, right: Right, on: date) -> bool:
    """For menus and buttons: whether the right is there for something at least."""
    if right is Right.KNOWN:
        return who.kind != "nobody"
    return right is Right.PUBLIC or (who.kind == "person" and right is Right.OWN) or scopes.has(who, right, on)


def _reaches(session: Session, who: Who, right: Right, *, target: Target, named: str, on: date, month: Month) -> bool:
    match target:
        case "station":
            reached = scopes.station_ids(session, who, right, on)
            station = _station_of(session, named, month)
            # Who may read the registry may learn that there is no such station.
            unknown = station is None and scopes.has(who, Right.REGISTRY_READ, on)
            return reached is None or unknown or station in reached
        case "district":
            return _district(session, who, right, named, on)
        case "segment":
            return _segment(session, who, right, col(Segment.code) == named, on) or (
                scopes.has_everywhere(who, Right.SEGMENTS_READ, on)
                and session.exec(select(Segment.id).where(Segment.code == named)).first() is None
            )
        case "upload":
            # Whose it is not can neither add to it nor learn that it is there.
            upload = session.get(Upload, named)
            return upload is None or who.kind == "local" or upload.made_by == who.name
        case "audio":
            return _audio(session, who, named, on)
        case "lead" | "report":
            return _led(session, who, right, target=target, named=named, on=on)
    raise ValueError(target)


def _station_of(session: Session, code: str, month: Month) -> int | None:
    try:
        return identity(find_station(session, code, month))
    except UnknownStation:
        return None


def _district(session: Session, who: Who, right: Right, code: str, on: date) -> bool:
    reached = scopes.station_ids(session, who, right, on)
    if reached is None:
        return True
    units = set(session.exec(select(UnitVersion.unit_id).where(UnitVersion.code == code)))
    below = set[int]().union(*(units_below(session, unit, date.min, date.max) for unit in units))
    found = set(session.exec(select(Station.id).where(col(Station.unit_id).in_(below))))
    return bool(found) and found <= reached


def _segment(session: Session, who: Who, right: Right, which: ColumnElement[bool], on: date) -> bool:
    reached = scopes.reached_segments(session, who, right, on)
    return session.exec(select(Segment.id).where(which, reached)).first() is not None


def _led(session: Session, who: Who, right: Right, *, target: Target, named: str, on: date) -> bool:
    """What was handed out of a lead's topics is the lead's; that there is no such report anybody may learn."""
    own = {f"lead:{code}" for code in scopes.led_organisations(session, who, right, on)}
    if target == "lead":
        return f"lead:{named}" in own
    scope = session.exec(select(Report.scope).where(Report.code == named)).first()
    return scope is None or scope in own


def _audio(session: Session, who: Who, sha256: str, on: date) -> bool:
    """Heard by who reaches a segment that sounds so, or a station that is to air it: by its plan, or at once."""
    audios = select(Audio.id).where(
        (col(Audio.sha256) == sha256) | col(Audio.id).in_(select(Rendition.audio_id).where(Rendition.sha256 == sha256))
    )
    versions = select(SegmentVersion.segment_id).where(col(SegmentVersion.audio_id).in_(audios))
    if _segment(session, who, Right.AUDIO_HEAR, col(Segment.id).in_(versions), on):
        return True
    reached = scopes.station_ids(session, who, Right.AUDIO_HEAR, on)
    if reached is None:
        return True
    if not reached:
        return False
    if session.exec(select(RenderedProgramme.id).where(RenderedProgramme.sha256 == sha256)).first() is not None:
        return True  # its address, the hash, is told only to who may pull the slot
    return _is_published(session, reached, sha256) or _is_called_out(session, reached, sha256)


def _copies_of(sha256: str) -> SelectOfScalar[str]:
    """What is aired, and the other copies of the same recording, which a bad network carries sooner."""
    aired, copy = aliased(Rendition), aliased(Rendition)
    return (
        select(aired.sha256)
        .join(copy, col(copy.audio_id) == col(aired.audio_id))
        .where(col(copy.sha256) == sha256, col(copy.kind) != WHOLE)
    )


def _is_called_out(session: Session, stations: frozenset[int], sha256: str) -> bool:
    """Also when its time is over, for who fetches it still; not when the call was ended."""
    calls = session.exec(
        select(EmergencyCall).where(
            col(EmergencyCall.sha256).in_(_copies_of(sha256)), col(EmergencyCall.ended_at).is_(None)
        )
    ).all()
    if not calls:
        return False
    rows = session.exec(select(Station).where(col(Station.id).in_(stations))).all()
    return any(is_for(call, station) for call in calls for station in rows)


def _is_published(session: Session, stations: frozenset[int], sha256: str) -> bool:
    copies = _copies_of(sha256)
    published = (
        select(MonthPlan.id)
        .join(PlanEntry, col(PlanEntry.month_plan_id) == col(MonthPlan.id))
        .join(PlanRevision, col(PlanRevision.id) == col(PlanEntry.revision_id))
        .where(PlanRevision.status == "published", col(MonthPlan.station_id).in_(stations))
    )
    framed = (
        select(Slot.id)
        .where(col(Slot.month_plan_id).in_(published))
        .where(col(Slot.opening_sha256).in_(copies) | col(Slot.closing_sha256).in_(copies))
    )
    items = (
        select(SlotItem.id)
        .join(Slot, col(Slot.id) == col(SlotItem.slot_id))
        .where(col(SlotItem.rendition_sha256).in_(copies), col(Slot.month_plan_id).in_(published))
    )
    return session.exec(items.limit(1)).first() is not None or session.exec(framed.limit(1)).first() is not None
