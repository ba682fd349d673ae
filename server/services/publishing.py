"""What publishing a draft would mean, told before it is done: for whom what changes, and what is still wrong with it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.breaks import violations
from schedules.months import Month
from server.db.airing import Delivery
from server.db.plans import PlanEntry, PlanRevision
from server.db.registry import BroadcastSession, Station
from server.services.break_sentences import break_sentence
from server.services.closings import closing_of
from server.services.context import Context
from server.services.differences import MonthDifference, SlotChangeView, StationDifferenceView, between
from server.services.instances import build_instance, codes_in, slots_as_values
from server.services.naming import slot_names
from server.services.plan_events import CalendarChanges, RevisedEvent, count_changes, revised_calendar
from server.services.plan_ground import names_of
from server.services.plan_views import revision_view
from server.services.refusals import NoDraft
from server.services.revision_numbers import next_number
from server.services.rows import identity
from server.services.stale_drafts import is_stale
from server.services.stations import stations_in
from server.services.stored_plans import StoredSlot, draft_of, plans_of, published_of, read_slots
from server.services.verdicts import Judged
from server.services.views import RevisionView, SlotView

NEAR = timedelta(days=3)
MOST_BROKEN = 200

Stored = Mapping[int, Sequence[StoredSlot]]
"""Slots by station id."""


class StationNews(Struct, frozen=True, kw_only=True):
    """What one station will be told: so many slots of each kind of change, as in `SlotChangeView`.

    `relays` are the codes of those that its changed slots come from.
    `sequence` is the highest revision that an event of its calendar gets. `pulled`: it has files of the month already,
    and `files` that it has not yet are to be pulled then.
    """

    station: str
    station_name: str
    tier: str
    kinds: dict[str, int]
    changes: list[SlotChangeView]
    gained_ms: int
    relays: list[str]
    sequence: int
    pulled: bool
    files: int

    @property
    def follows(self) -> str:
        """The one station that all its changes are relayed from, "" where that is not so."""
        if len(self.relays) != 1:
            return ""
        slots = [slot for change in self.changes for slot in (change.before, change.after) if slot is not None]
        return self.relays[0] if all(slot.relayed_from for slot in slots) else ""


class NearSlot(Struct, frozen=True, kw_only=True):
    """A changed slot that is on the air soon, as it was or will be; `kinds` as in `SlotChangeView`."""

    station: str
    station_name: str
    kinds: list[str]
    slot: SlotView


class ShortStation(Struct, frozen=True, kw_only=True):
    station: str
    station_name: str
    rule: str
    required_ms: int
    short_ms: int


class BrokenSlot(Struct, frozen=True, kw_only=True):
    """A slot of the draft that breaks a hard constraint by the rows of today, as `sentence` tells."""

    station: str
    station_name: str
    constraint: str
    sentence: str


class PublicationPreview(Struct, frozen=True, kw_only=True):
    """`draft` would become the revision `number` in the place of `published`, None where it is the first.

    `stations` are those that see a change; a first revision has none here, for all is new. `calendar` is
    what calendars will be told; of what is `broken` no more than `MOST_BROKEN` are named. `recordings`: so many stations more get other recordings in slots that stay. `stale`: it is refused as it is. `closed_at`: the month was closed then.
    """

    month: str
    draft: RevisionView
    published: RevisionView | None
    number: int
    stations: list[StationNews]
    recordings: int
    near: list[NearSlot]
    calendar: CalendarChanges
    short: list[ShortStation]
    broken: list[BrokenSlot]
    stale: bool
    closed_at: datetime | None

    @property
    def to_pull(self) -> int:
        """Stations that have pulled the month and will have to pull again."""
        return sum(each.pulled and each.files > 0 for each in self.stations)


def preview_publication(context: Context, month: Month) -> PublicationPreview:
    """Raises NoDraft."""
    closing = closing_of(context, month)
    with context.database.read() as session:
        draft, published = draft_of(session, month), published_of(session, month)
        if draft is None:
            raise NoDraft(month=str(month))
        at = context.clock().replace(microsecond=0)
        revised = revised_calendar(session, month, before=published, after=draft, at=at)
        found = between(session, month, published, draft) if published is not None else None
        before = read_slots(session, plans_of(published.id)) if published is not None else {}
        after = read_slots(session, plans_of(draft.id))
        news = _news(session, month, found, before=before, after=after, revised=revised) if found is not None else []
        return PublicationPreview(
            month=str(month),
            draft=revision_view(draft),
            published=revision_view(published) if published is not None else None,
            number=next_number(session, month),
            stations=news,
            recordings=_recordings(session, month, news, before=before, after=after),
            near=_near(found, at) if found is not None else [],
            calendar=count_changes(revised),
            short=_short(session, month, draft),
            broken=_broken(session, month, after, at),
            stale=is_stale(session, draft, published, at),
            closed_at=closing.closed_at if closing is not None else None,
        )


def _news(
    session: Session,
    month: Month,
    found: MonthDifference,
    *,
    before: Stored,
    after: Stored,
    revised: Iterable[RevisedEvent],
) -> list[StationNews]:
    ids = _ids(session, month, found)
    sequences: dict[int, int] = {}
    for event in revised:
        sequences[event.station] = max(sequences.get(event.station, 0), event.after.sequence)
    differing = [ids[each.station] for each in found.differing if each.station in ids]
    had = _had(session, differing)
    told = []
    for each in found.differing:
        key = ids.get(each.station, 0)
        old, new = _files(before.get(key, ())), _files(after.get(key, ()))
        has = had.get(key, set())
        told.append(
            StationNews(
                station=each.station,
                station_name=each.station_name,
                tier=each.tier,
                kinds=dict(Counter(kind for change in each.changes for kind in change.kinds)),
                changes=each.changes,
                gained_ms=each.gained_ms,
                relays=_relays(each),
                sequence=sequences.get(key, 0),
                pulled=bool(has & old),
                files=len(new - has),
            )
        )
    return told


def _recordings(session: Session, month: Month, news: list[StationNews], *, before: Stored, after: Stored) -> int:
    """Of a first revision none: nobody has anything else yet."""
    told = {each.station for each in news}
    return sum(
        row.code not in told and _files(before[identity(row)]) != _files(after.get(identity(row), ()))
        for row in stations_in(session, month)
        if identity(row) in before
    )


def _ids(session: Session, month: Month, found: MonthDifference) -> dict[str, int]:
    """Of the differing stations, by code; a code that changed hands in the month is the later one's."""
    named = {each.station for each in found.differing}
    return {row.code: identity(row) for row in _rows(session, month) if row.code in named}


def _rows(session: Session, month: Month) -> list[Station]:
    return sorted(stations_in(session, month), key=lambda row: str(row.valid_from or ""))


def _had(session: Session, stations: list[int]) -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = {}
    for station, sha256 in session.connection().execute(
        select(col(Delivery.station_id), col(Delivery.sha256)).where(col(Delivery.station_id).in_(stations))
    ):
        found.setdefault(station, set()).add(sha256)
    return found


def _files(slots: Iterable[StoredSlot]) -> set[str]:
    return {
        sha256
        for slot in slots
        for sha256 in (slot.opening_sha256, slot.closing_sha256, *(item.sha256 for item in slot.items))
        if sha256 is not None
    }


def _relays(each: StationDifferenceView) -> list[str]:
    slots = (slot for change in each.changes for slot in (change.before, change.after) if slot is not None)
    return sorted({slot.relayed_from for slot in slots if slot.relayed_from is not None})


def _near(found: MonthDifference, at: datetime) -> list[NearSlot]:
    """Soonest first; stations' own slots alone, for who relays them airs them with them."""
    near = [
        NearSlot(station=each.station, station_name=each.station_name, kinds=change.kinds, slot=slot)
        for each in found.differing
        for change in each.changes
        for slot in sorted(
            (slot for slot in (change.before, change.after) if slot is not None and at <= slot.starts_at < at + NEAR),
            key=lambda slot: slot.starts_at,
        )[:1]
        if slot.relayed_from is None
    ]
    return sorted(near, key=lambda each: (each.slot.starts_at, each.station))


def _short(session: Session, month: Month, draft: PlanRevision) -> list[ShortStation]:
    """By the minima, the worst first."""
    stations = {identity(row): row for row in stations_in(session, month)}
    rows = session.execute(
        select(col(PlanEntry.station_id), col(PlanEntry.verdicts)).where(col(PlanEntry.revision_id) == draft.id)
    )
    found = [
        ShortStation(
            station=stations[key].code,
            station_name=stations[key].name,
            rule=each.rule,
            required_ms=each.required_ms,
            short_ms=each.short_ms,
        )
        for key, verdicts in rows
        if key in stations
        for each in msgspec.convert(verdicts, list[Judged])
        if each.kind == "min" and each.short_ms > 0
    ]
    return sorted(found, key=lambda each: (-each.short_ms, each.station))


def _broken(session: Session, month: Month, after: Stored, at: datetime) -> list[BrokenSlot]:
    """What came over the draft since it was made: a station off the air, a session moved, a rule changed."""
    instance = build_instance(session, month, as_of=at)
    codes = codes_in(session, month)
    slots = slots_as_values(after, codes)
    found = violations(instance, slots)
    if not found:
        return []
    ids = {code: key for key, code in codes.items()}
    names = replace(names_of(session, codes, month), slots=slot_names(slots))
    shown = found[:MOST_BROKEN]
    sessions: dict[int, dict[str, str]] = {}
    for station, code, name in session.connection().execute(
        select(col(BroadcastSession.station_id), col(BroadcastSession.code), col(BroadcastSession.name)).where(
            col(BroadcastSession.station_id).in_({ids[each.station] for each in shown})
        )
    ):
        sessions.setdefault(station, {})[code] = name
    return [
        BrokenSlot(
            station=each.station,
            station_name=names.station(each.station),
            constraint=each.code,
            sentence=break_sentence(each, replace(names, sessions=sessions.get(ids[each.station], {}))),
        )
        for each in shown
    ]
