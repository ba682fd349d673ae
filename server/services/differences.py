"""The draft of a month against what is published, slot by slot, as people and programs read it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.differences import Difference, SlotChange, difference
from schedules.months import Month
from server.db.library import ProgrammeColumn
from server.db.plans import PlanRevision
from server.db.registry import Station
from server.services.context import Context
from server.services.instances import codes_in, slots_as_values, station_codes
from server.services.plan_views import revision_view, slot_view
from server.services.refusals import NoDraft, NotPublished
from server.services.rows import identity
from server.services.stations import stations_in
from server.services.stored_plans import StoredSlot, draft_of, plans_of, published_of, read_slots
from server.services.views import RevisionView, SlotView

Stored = Mapping[int, Sequence[StoredSlot]]  # slots by station id


class SlotChangeView(Struct, frozen=True, kw_only=True):
    """`kinds`: added, removed, or all that hold of moved, refilled, resized, relay. `before` null where it is added,
    `after` null where it is removed. `airtime_ms` is that of the slot as it was, of an added one as it will be.
    """

    kinds: list[str]
    before: SlotView | None
    after: SlotView | None
    airtime_ms: int


class StationDifferenceView(Struct, frozen=True, kw_only=True):
    """`airtime_ms` is what the changes touch, `gained_ms` the station's airtime in the draft less that published."""

    station: str
    station_name: str
    tier: str
    airtime_ms: int
    gained_ms: int
    changes: list[SlotChangeView]


class MonthDifference(Struct, frozen=True, kw_only=True):
    """Only the stations that differ, districts first. The counts are of changed slots, their stations and airtime."""

    month: str
    published: RevisionView
    draft: RevisionView
    slots: int
    stations: int
    airtime_ms: int
    differing: list[StationDifferenceView]


def month_difference(context: Context, month: Month) -> MonthDifference:
    """Raises NotPublished, NoDraft."""
    with context.database.read() as session:
        published, draft = published_of(session, month), draft_of(session, month)
        if published is None:
            raise NotPublished(month=str(month))
        if draft is None:
            raise NoDraft(month=str(month))
        return between(session, month, published, draft)


def between(session: Session, month: Month, one: PlanRevision, other: PlanRevision) -> MonthDifference:
    """From `one` revision of the month (`published` in the answer) to the `other` (`draft`), whatever these are."""
    before, after = read_slots(session, plans_of(one.id)), read_slots(session, plans_of(other.id))
    stations = _stations(session, month, {*before, *after})
    columns = dict(session.connection().execute(select(col(ProgrammeColumn.code), col(ProgrammeColumn.name))).all())
    found = difference_of(before, after, station_codes(stations))
    shown = _Shown(before, after, columns)
    return MonthDifference(
        month=str(month),
        published=revision_view(one),
        draft=revision_view(other),
        slots=found.slots,
        stations=len(found.stations),
        airtime_ms=found.airtime_ms,
        differing=shown.stations(found, stations),
    )


def slot_changes(
    session: Session, month: Month, station: Station, published: PlanRevision, draft: PlanRevision
) -> list[SlotChangeView]:
    """Of one station, in order of time."""
    before, after = (read_slots(session, plans_of(row.id, identity(station))) for row in (published, draft))
    columns = dict(session.connection().execute(select(col(ProgrammeColumn.code), col(ProgrammeColumn.name))).all())
    codes = codes_in(session, month)
    shown = _Shown(before, after, columns)
    found = difference_of(before, after, codes).stations
    return [shown.change(identity(station), change) for each in found for change in each.changes]


def difference_of(before: Stored, after: Stored, codes: Mapping[int, str]) -> Difference:
    """`codes` are those of the stations by id, each another; slots of a station without one are left out."""
    return difference(slots_as_values(before, codes), slots_as_values(after, codes))


class _Shown:
    """Changes with the titles and sounds that the slots are stored with."""

    def __init__(self, before: Stored, after: Stored, columns: Mapping[str, str]) -> None:
        self._before = {(station, slot.key): slot for station, slots in before.items() for slot in slots}
        self._after = {(station, slot.key): slot for station, slots in after.items() for slot in slots}
        self._columns = columns

    def stations(self, found: Difference, stations: Sequence[Station]) -> list[StationDifferenceView]:
        codes = station_codes(stations)
        differing = {each.station: each for each in found.stations}
        return [
            StationDifferenceView(
                station=station.code,
                station_name=station.name,
                tier=station.tier,
                airtime_ms=each.airtime_ms,
                gained_ms=each.gained_ms,
                changes=[self.change(identity(station), change) for change in each.changes],
            )
            for station in stations
            if (each := differing.get(codes[identity(station)])) is not None
        ]

    def change(self, station: int, change: SlotChange) -> SlotChangeView:
        return SlotChangeView(
            kinds=list(change.kinds),
            before=self._slot(self._before[station, change.before.id]) if change.before is not None else None,
            after=self._slot(self._after[station, change.after.id]) if change.after is not None else None,
            airtime_ms=change.airtime_ms,
        )

    def _slot(self, slot: StoredSlot) -> SlotView:
        return slot_view(slot, self._columns[slot.column])


def _stations(session: Session, month: Month, named: set[int]) -> list[Station]:
    """Those of the month, then those that only the plans know any more."""
    there = stations_in(session, month)
    known = {identity(station) for station in there}
    gone = session.scalars(select(Station).where(col(Station.id).in_(named - known)).order_by(col(Station.code)))
    return [*there, *gone]
