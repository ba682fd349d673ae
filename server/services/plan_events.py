"""What a new revision means for calendars: events are added, revised and cancelled, never lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Select, insert, select
from sqlmodel import Session, col

from schedules.exports.calendars import PublishedSlot, SlotEvent, content_digest, revise_events, uid
from schedules.months import Month
from server.db.library import ProgrammeColumn
from server.db.plans import CalendarEvent, PlanEntry, PlanRevision
from server.db.records import Fact
from server.services.calendar_floors import first_sequence
from server.services.stored_plans import StoredSlot, read_slots

INSTALLATION = "installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanges:
    """How many stations have any changed slot; `new` counts slots that came back after they were cancelled too."""

    stations: int
    new: int
    changed: int
    cancelled: int


def installation_id(session: Session) -> str:
    """Made once and kept: it makes this installation's UIDs differ from all others'."""
    fact = session.get(Fact, INSTALLATION)
    if fact is None:
        fact = Fact(name=INSTALLATION, value=uuid4().hex)
        session.add(fact)
        session.flush()
    return fact.value


class RevisedEvent(NamedTuple):
    """One that differs by the new revision: `before` None: it is new. `told` is what its slot, if it has one, tells."""

    station: int
    before: SlotEvent | None
    after: SlotEvent
    told: dict[str, object]


def revised_calendar(
    session: Session, month: Month, *, before: PlanRevision | None, after: PlanRevision, at: datetime
) -> list[RevisedEvent]:
    """What publishing would make of the calendars. Stations that keep their month plan keep their events as they are."""
    had, has = _plans(session, before), _plans(session, after)
    touched = {station for station in had.keys() | has.keys() if had.get(station) != has.get(station)}
    slots = read_slots(session, [has[station] for station in touched if station in has])
    known: dict[int, dict[str, SlotEvent]] = {station: {} for station in touched}
    for row in session.scalars(_events(month, touched)):
        known[row.station_id][row.key] = _event(row)
    columns = dict(session.connection().execute(select(col(ProgrammeColumn.code), col(ProgrammeColumn.name))).all())
    first = first_sequence(session)
    found: list[RevisedEvent] = []
    for station in sorted(touched):
        told = {slot.key: _told(slot, columns[slot.column]) for slot in slots.get(station, [])}
        published = [_published(slot, told[slot.key]) for slot in slots.get(station, [])]
        found.extend(
            RevisedEvent(station, old, event, told.get(event.key, {}))
            for event in revise_events(list(known[station].values()), published, at, first=first)
            if event != (old := known[station].get(event.key))
        )
    return found


def count_changes(revised: Iterable[RevisedEvent]) -> CalendarChanges:
    listed = list(revised)
    pairs = [(each.before, each.after) for each in listed]
    return CalendarChanges(
        stations=len({each.station for each in listed}),
        new=sum(old is None or (old.cancelled and not event.cancelled) for old, event in pairs),
        changed=sum(old is not None and not old.cancelled and not event.cancelled for old, event in pairs),
        cancelled=sum(event.cancelled for _, event in pairs),
    )


def revise_calendar(
    session: Session, month: Month, *, before: PlanRevision | None, after: PlanRevision, at: datetime
) -> CalendarChanges:
    """Inside the transaction that publishes."""
    revised = revised_calendar(session, month, before=before, after=after, at=at)
    rows = {
        (row.station_id, row.key): row for row in session.scalars(_events(month, {each.station for each in revised}))
    }
    installation = installation_id(session)
    added: list[dict[str, object]] = []
    for station, old, event, told in revised:
        facts = {
            "sequence": event.sequence,
            "created_at": event.created,
            "modified_at": event.last_modified,
            "cancelled": event.cancelled,
            "starts_at": event.starts_at,
            "length_ms": event.length_ms,
        } | told
        if old is None:
            keys = {
                "station_id": station,
                "month": str(month),
                "key": event.key,
                "uid": uid(installation, str(station), event.key),
            }
            added.append(facts | keys)
        else:
            session.add(rows[station, event.key].sqlmodel_update(facts))
    session.flush()
    if added:
        session.connection().execute(insert(CalendarEvent), added)
    return count_changes(revised)


def _events(month: Month, stations: Iterable[int]) -> Select[CalendarEvent]:
    return select(CalendarEvent).where(
        col(CalendarEvent.month) == str(month), col(CalendarEvent.station_id).in_(list(stations))
    )


def _plans(session: Session, revision: PlanRevision | None) -> dict[int, int]:
    if revision is None:
        return {}
    rows = session.connection().execute(
        select(col(PlanEntry.station_id), col(PlanEntry.month_plan_id)).where(col(PlanEntry.revision_id) == revision.id)
    )
    return dict(rows.all())


def _told(slot: StoredSlot, column_name: str) -> dict[str, object]:
    """What an event tells besides its time, as its row keeps it."""
    return {
        "column_name": column_name,
        "relayed_from": slot.relayed_from,
        "items": [
            {"title": item.title, "start_ms": item.start_ms, "duration_ms": item.duration_ms} for item in slot.items
        ],
    }


def _published(slot: StoredSlot, told: dict[str, object]) -> PublishedSlot:
    return PublishedSlot(key=slot.key, starts_at=slot.starts_at, length_ms=slot.length_ms, digest=content_digest(told))


def _event(row: CalendarEvent) -> SlotEvent:
    told = {"column_name": row.column_name, "relayed_from": row.relayed_from, "items": row.items}
    return SlotEvent(
        key=row.key,
        sequence=row.sequence,
        last_modified=row.modified_at,
        created=row.created_at,
        cancelled=row.cancelled,
        starts_at=row.starts_at,
        length_ms=row.length_ms,
        digest=content_digest(told),
    )
