"""A month's problem and plan read from rows, with what things in them are called: what explanations count from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.months import Month
from schedules.problem import Instance, Slot
from server.db.library import ProgrammeColumn, Segment, Topic
from server.db.plans import PlanRevision
from server.db.registry import BroadcastSession
from server.services.instances import build_instance, slots_as_values, station_codes
from server.services.naming import Names, slot_names
from server.services.plan_views import revision_view
from server.services.refusals import NoDraft, NoPlan
from server.services.rows import identity
from server.services.stations import stations_in
from server.services.stored_plans import draft_of, plans_of, published_of, read_slots
from server.services.verdicts import rule_texts
from server.services.views import RevisionView


class Ground(NamedTuple):
    """`instance` as the revision was made from, in the rows of today. `codes` are the problem's, by station id; `texts`
    the rules' names and legal grounds."""

    revision: RevisionView
    instance: Instance
    slots: tuple[Slot, ...]
    codes: dict[int, str]
    names: Names
    texts: dict[str, tuple[str, str]]


def read_ground(session: Session, month: Month, *, draft: bool) -> Ground:
    """Of the published plan, else the draft; with `draft` of the draft alone. Raises NoPlan, NoDraft."""
    revision = _revision(session, month, draft=draft)
    instance = build_instance(session, month, as_of=revision.as_of, below=revision.number)
    codes = station_codes(stations_in(session, month))
    slots = slots_as_values(read_slots(session, plans_of(revision.id)), codes)
    names = replace(names_of(session, codes, month), slots=slot_names(slots))
    return Ground(revision_view(revision), instance, slots, codes, names, rule_texts(session))


def names_of(session: Session, codes: Mapping[int, str], month: Month) -> Names:
    """What all but slots and sessions are called; `codes` are the problem's, by station id."""
    database = session.connection()
    return Names(
        segments=dict(database.execute(select(col(Segment.code), col(Segment.title))).all()),
        stations={codes[identity(row)]: row.name for row in stations_in(session, month)},
        rules={code: name for code, (name, _) in rule_texts(session).items()},
        columns=dict(database.execute(select(col(ProgrammeColumn.code), col(ProgrammeColumn.name))).all()),
        topics=dict(database.execute(select(col(Topic.code), col(Topic.name))).all()),
    )


def with_sessions(session: Session, names: Names, station: int) -> Names:
    """The names of one station's sessions: their codes say nothing without it."""
    rows = session.connection().execute(
        select(col(BroadcastSession.code), col(BroadcastSession.name)).where(
            col(BroadcastSession.station_id) == station
        )
    )
    return replace(names, sessions=dict(rows.all()))


def _revision(session: Session, month: Month, *, draft: bool) -> PlanRevision:
    drafted = draft_of(session, month)
    if draft:
        if drafted is None:
            raise NoDraft(month=str(month))
        return drafted
    found = published_of(session, month) or drafted
    if found is None:
        raise NoPlan(month=str(month))
    return found
