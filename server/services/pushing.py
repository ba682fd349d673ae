"""A segment's newest recording, put on purpose into slots that are published with an older one.

Slots keep the sound that they were published with until they are planned anew. A push makes a new revision of each
month in force, in which the segment's slots that have not begun play the newest recording:

* As long as the old one: only the sound changes, also within the planner's freeze. The freeze keeps times and contents
  as stations know them, and those stay; a wrong recording is what a push is for.
* Of another length: the slot grows or shrinks where it stands. Where that breaks a rule (too long, no room before the
  next one) the planner finds another place or other company for it; the month is planned anew with what is published
  given, so that the rest stays as far as the rules allow. Slots that the planner may not touch (nearer than the freeze,
  locked) keep the old recording and are counted as left.

A draft of such a month is dropped: it was made from what is no longer so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.lengths import with_lengths
from schedules.months import Month
from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.db.plans import PlanEntry, PlanRevision
from server.services.audit import record
from server.services.campaigns import freeze_of
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.local_time import local_today
from server.services.plain_text import one_line
from server.services.plans import (
    PlanBasis,
    Progress,
    SolvedPlan,
    publish_draft,
    read_basis,
    solve_basis,
    store_draft,
)
from server.services.recalls import note_replaced
from server.services.refusals import PushOvertaken, SegmentAlreadyWithdrawn, SegmentHasNoRecording
from server.services.rows import identity
from server.services.segments import find_segment
from server.services.slot_sounds import Newest, newest_sounds, with_sound
from server.services.stored_plans import (
    StoredSlot,
    delete_draft,
    delete_orphans,
    draft_of,
    months_with_plans,
    next_version,
    plans_of,
    published_of,
    read_slots,
    store_month_plans,
)
from server.services.views import Publication

_LONGEST_REASON = 500
_TRIES = 3

Place = tuple[int, str]  # station id and slot key


class PushedMonth(Struct, frozen=True, kw_only=True):
    """What became of a month: of the `slots` that got the newest recording, `resized` have another length or place now.

    `left` keep the old one, because they are too near or locked. `publication` is None where all are left.
    """

    month: str
    slots: int
    resized: int
    left: int
    stations: int
    draft_dropped: bool
    publication: Publication | None


class PushView(Struct, frozen=True, kw_only=True):
    """`version` is the number of the recording that was pushed. Sums are over the months; a station counts once."""

    segment: str
    title: str
    version: int
    reason: str
    slots: int
    left: int
    stations: int
    months: list[PushedMonth]


class PushableMonth(Struct, frozen=True, kw_only=True):
    """`slots` at `stations` have an older recording and would get the newest, `resized` of them with another length;
    `left` would keep the old one."""

    month: str
    slots: int
    resized: int
    left: int
    stations: int


def pushable(context: Context, code: str) -> list[PushableMonth]:
    """What a push would come to now. Raises UnknownSegment, SegmentAlreadyWithdrawn, SegmentHasNoRecording."""
    with context.database.read() as session:
        order = _read_order(session, context, code, context.clock().replace(microsecond=0))
    return [
        PushableMonth(
            month=str(month),
            slots=len(aims.pushed),
            resized=len(aims.other),
            left=len(aims.left),
            stations=len({station for station, _ in aims.pushed}),
        )
        for month, aims in order.aims.items()
    ]


def push_version(context: Context, code: str, *, reason: str, progress: Progress | None = None) -> PushView:
    """All months or none; where every slot has the newest recording already, nothing is done.

    Raises UnknownSegment, SegmentAlreadyWithdrawn, SegmentHasNoRecording, BadField, PushOvertaken, DiskFull.
    """
    why = one_line("reason", reason, longest=_LONGEST_REASON)
    for _ in range(_TRIES):
        at = context.clock().replace(microsecond=0)
        with context.database.read() as session:
            order = _read_order(session, context, code, at)
        solved = {month: solve_basis(basis, progress=progress) for month, basis in order.bases.items()}
        with disk_refusals(context.home), context.database.write() as session:
            if _read_order(session, context, code, at) == order:
                return _carry_out(session, context, order, solved, reason=why)
    raise PushOvertaken(segment=code)


class _Aims(NamedTuple):
    """The slots of a month that have an older recording: it is as long, it is not, they may not be touched."""

    same: frozenset[Place]
    other: frozenset[Place]
    left: frozenset[Place]

    @property
    def pushed(self) -> frozenset[Place]:
        return self.same | self.other


class _Order(NamedTuple):
    code: str
    title: str
    version: int
    newest: Newest
    at: datetime
    aims: dict[Month, _Aims]
    bases: dict[Month, PlanBasis]

    def pushed_slots(self, slots: Mapping[int, Sequence[StoredSlot]]) -> dict[int, list[StoredSlot]]:
        return {station: [self._pushed(slot) for slot in listed] for station, listed in slots.items()}

    def _pushed(self, slot: StoredSlot) -> StoredSlot:
        """With the newest recording where the old one was as long and the slot has not begun."""
        if slot.starts_at <= self.at or not _has_older(slot, self.code, self.newest):
            return slot
        items = (
            replace(item, sha256=self.newest.sha256)
            if (item.segment, item.duration_ms) == (self.code, self.newest.duration_ms)
            else item
            for item in slot.items
        )
        return replace(slot, items=tuple(items))


def _read_order(session: Session, context: Context, code: str, at: datetime) -> _Order:
    segment = find_segment(session, code)
    if segment.state == "withdrawn":
        raise SegmentAlreadyWithdrawn(segment=code)
    newest = newest_sounds(session).get(code)
    if newest is None or segment.state != "ready":
        raise SegmentHasNoRecording(segment=code)
    months = months_with_plans(session, since=Month.of(local_today(context)), status="published")
    aims = {month: _aims(session, month, code, newest, at) for month in months}
    return _Order(
        code=code,
        title=segment.title,
        version=_version(session, segment),
        newest=newest,
        at=at,
        aims={month: found for month, found in aims.items() if found.pushed or found.left},
        bases={
            month: _in_place(read_basis(session, month, at, locks_of_draft=False), found.other, code, newest)
            for month, found in aims.items()
            if found.other
        },
    )


def _version(session: Session, segment: Segment) -> int:
    numbers = session.scalars(
        select(col(SegmentVersion.number)).where(
            col(SegmentVersion.segment_id) == identity(segment), col(SegmentVersion.audio_id) == segment.audio_id
        )
    )
    return max(numbers, default=1)


def _aims(session: Session, month: Month, code: str, newest: Newest, at: datetime) -> _Aims:
    revision = published_of(session, month)
    freeze = freeze_of(session, month)
    same, other, left = set(), set(), set()
    for station, slots in read_slots(session, plans_of(identity(revision))).items() if revision else ():
        for slot in slots:
            if slot.starts_at <= at or not _has_older(slot, code, newest):
                continue
            if {item.duration_ms for item in slot.items if item.segment == code} == {newest.duration_ms}:
                same.add((station, slot.key))
            elif slot.locked or slot.starts_at < at + freeze:
                left.add((station, slot.key))
            else:
                other.add((station, slot.key))
    return _Aims(same=frozenset(same), other=frozenset(other), left=frozenset(left))


def _in_place(basis: PlanBasis, places: frozenset[Place], code: str, newest: Newest) -> PlanBasis:
    """The same with the slots at `places` published as they would be with the newest recording in them.

    What breaks no rule so is held by the planner as if it had been published, so that nothing moves that need not.
    """
    published = basis.instance.published
    if published is None:
        return basis
    ids = {station: key for key, station in basis.codes.items()}
    slots = tuple(
        with_lengths(slot, {code: newest.duration_ms}) if (ids[slot.station], slot.id) in places else slot
        for slot in published.slots
    )
    return basis._replace(instance=replace(basis.instance, published=replace(published, slots=slots)))


def _has_older(slot: StoredSlot, code: str, newest: Newest) -> bool:
    return any(item.segment == code and item.sha256 != newest.sha256 for item in slot.items)


def _carry_out(
    session: Session, context: Context, order: _Order, solved: Mapping[Month, SolvedPlan], *, reason: str
) -> PushView:
    months = []
    for month, aims in order.aims.items():
        dropped = bool(aims.pushed) and draft_of(session, month) is not None
        publication: Publication | None = None
        if month in solved:
            draft = _planned_anew(session, month, order, solved[month])
            publication = publish_draft(session, context, month, draft, at=order.at)
        elif aims.same and (before := published_of(session, month)) is not None:
            draft = _only_sound_changed(session, month, before, order)
            publication = publish_draft(session, context, month, draft, at=order.at)
        months.append(
            PushedMonth(
                month=str(month),
                slots=len(aims.pushed),
                resized=len(aims.other),
                left=len(aims.left),
                stations=len({station for station, _ in aims.pushed}),
                draft_dropped=dropped,
                publication=publication,
            )
        )
    view = PushView(
        segment=order.code,
        title=order.title,
        version=order.version,
        reason=reason,
        slots=sum(month.slots for month in months),
        left=sum(month.left for month in months),
        stations=len({station for aims in order.aims.values() for station, _ in aims.pushed}),
        months=months,
    )
    if view.slots or view.left:
        segment = find_segment(session, order.code)
        note_replaced(session, segment, reason=reason, at=order.at, by=context.who.name)
    record(
        session,
        context,
        at=order.at,
        action="segment.pushed",
        subject=order.code,
        version=view.version,
        reason=reason,
        slots=view.slots,
        left=view.left,
        stations=view.stations,
        months=[month.month for month in months],
    )
    return view


def _planned_anew(session: Session, month: Month, order: _Order, solved: SolvedPlan) -> PlanRevision:
    basis = order.bases[month]
    ids = {code: key for key, code in basis.codes.items()}
    slots = with_sound(session, solved.plan.slots, ids, basis.stored)
    return store_draft(session, month, basis, solved, order.pushed_slots(slots), at=order.at)


def _only_sound_changed(session: Session, month: Month, before: PlanRevision, order: _Order) -> PlanRevision:
    """What is published, with the stations' verdicts as they were; only those that are touched get a new month plan."""
    entries = session.scalars(select(PlanEntry).where(col(PlanEntry.revision_id) == identity(before))).all()
    touched = {station for station, _ in order.aims[month].same}
    slots = read_slots(session, [entry.month_plan_id for entry in entries if entry.station_id in touched])
    plans = store_month_plans(session, month, order.pushed_slots(slots))
    version = next_version(session, month)
    delete_draft(session, month)
    revision = PlanRevision(
        month=str(month),
        status="draft",
        as_of=before.as_of,
        made_at=order.at,
        version=version,
        summary=before.summary,
    )
    session.add(revision)
    session.flush()
    session.add_all(
        PlanEntry(
            revision_id=identity(revision),
            station_id=entry.station_id,
            month_plan_id=plans.get(entry.station_id, entry.month_plan_id),
            verdicts=entry.verdicts,
            terms=entry.terms,
        )
        for entry in entries
    )
    delete_orphans(session, month)
    return revision
