"""Plans made anew because the world changed: a segment was withdrawn, a station closed, something urgent came in.

Each month that the change touches gets a new draft, made against what is published: a published slot that breaks
nothing stays as it is. Only the stations that are concerned are planned, with those that relay them, and with those
for which the draft before said something else or whose published slots break a rule by now; all others keep what is
published, slot for slot. Nothing is published: stations keep the revision they have until somebody publishes the draft.

The change itself is stored first, in a transaction of its own, and holds whatever becomes of the planning. If the
process dies in between, checking the month says of published slots what is no longer valid, publishing refuses drafts
from before, and planning the month mends it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from sqlmodel import Session

from schedules.breaks import violations
from schedules.evaluation import as_plan, evaluate
from schedules.lengths import with_lengths_of_now
from schedules.months import Month
from server.db.plans import PlannedArrival, PlanRevision
from server.services.audit import record
from server.services.context import Context
from server.services.differences import difference_of
from server.services.disk import disk_refusals
from server.services.local_time import local_today
from server.services.plain_text import one_line
from server.services.plans import PlanBasis, Progress, SolvedPlan, read_basis, solve_basis, store_draft
from server.services.refusals import NotPublished, PlanOvertaken
from server.services.rows import identity
from server.services.slot_sounds import with_sound
from server.services.stored_plans import (
    StoredSlot,
    draft_of,
    hand_changes_of,
    months_with_plans,
    plans_of,
    published_of,
    read_slots,
)

LONGEST_REASON = 500
_TRIES = 3

Affected = Callable[[int, StoredSlot], bool]
"""Whether the change concerns a slot of the station with that id."""

Concerned = Callable[[PlanBasis], Iterable[str]]
"""The codes of the stations that the change concerns, whatever slots they have."""

Stored = Mapping[int, Sequence[StoredSlot]]


class ReplannedMonth(Struct, frozen=True, kw_only=True):
    """What became of a month. The counts are of the slots that differ from the published `revision`; from the draft
    that was there where it is null, for nothing is published yet.

    `outcome`: "draft" waits to be published; "unchanged": nothing had to change, nothing was stored; "overtaken":
    others changed the month again and again, plan it. `left` slots stay although the change concerns them, for they
    are too near or locked. `draft_replaced`: a draft gave way; of its `hand_changes` those in locked slots stay.
    """

    month: str
    outcome: str
    revision: int | None
    slots: int = 0
    stations: int = 0
    airtime_ms: int = 0
    left: int = 0
    short_ms: int = 0
    draft_replaced: bool = False
    hand_changes: int = 0


class ReplannedView(Struct, frozen=True, kw_only=True):
    """Sums over the months that were concerned; a station counts once. None of them is published by this."""

    reason: str
    slots: int
    stations: int
    airtime_ms: int
    left: int
    months: list[ReplannedMonth]


def replan_month(
    context: Context, month: Month, *, reason: str = "", progress: Progress | None = None
) -> ReplannedView:
    """A draft against what is published, for whatever changed since; none is stored where nothing has to change.

    Raises NotPublished, BadField, PlanOvertaken, InvalidInstance.
    """
    why = one_line("reason", reason, longest=LONGEST_REASON, required=False)
    with context.database.read() as session:
        if published_of(session, month) is None:
            raise NotPublished(month=str(month))
    done = replan(context, [month], subject=str(month), reason=why, progress=progress)
    if any(each.outcome == "overtaken" for each in done.months):
        raise PlanOvertaken(month=str(month))
    return done


def planned_months(context: Context) -> list[Month]:
    """Those with anything published or drafted, from this one on."""
    with context.database.read() as session:
        return months_with_plans(session, since=Month.of(local_today(context)))


def replan(
    context: Context,
    months: Iterable[Month],
    *,
    subject: str,
    reason: str,
    affected: Affected | None = None,
    concerned: Concerned | None = None,
    progress: Progress | None = None,
    arrival: int | None = None,
) -> ReplannedView:
    """The months one by one, each outside any transaction until its draft is stored; `subject` is what changed.

    With `affected` or `concerned` only months that have such a slot, published or drafted, that has not begun, or
    such a station; and of their stations those. Without either all. Of an `arrival`, a version of a segment, each
    month that was planned for it already is left as it is. Raises InvalidInstance.
    """
    change = Change(subject, reason, affected, concerned, arrival)
    done: list[ReplannedMonth] = []
    touched: set[int] = set()
    for month in months:
        found = _month(context, month, change, progress=progress)
        if found is not None:
            done.append(found[0])
            touched |= found[1]
    return ReplannedView(
        reason=reason,
        slots=sum(month.slots for month in done),
        stations=len(touched),
        airtime_ms=sum(month.airtime_ms for month in done),
        left=sum(month.left for month in done),
        months=done,
    )


class Change(NamedTuple):
    subject: str
    reason: str
    affected: Affected | None
    concerned: Concerned | None
    arrival: int | None = None

    @property
    def whole(self) -> bool:
        return self.affected is None and self.concerned is None


class ChangeGround(NamedTuple):
    """All that the answer depends on. `before` is what it is compared with; `draft` has the version of the draft and
    how many changes by hand have gone into it.

    `stations` are the codes of those that the change concerns; None: all.
    """

    basis: PlanBasis
    before: dict[int, list[StoredSlot]]
    drafted: dict[int, list[StoredSlot]]
    stations: frozenset[str] | None
    published: int | None
    draft: tuple[int, int] | None


def _month(
    context: Context, month: Month, change: Change, *, progress: Progress | None
) -> tuple[ReplannedMonth, set[int]] | None:
    """With the ids of the stations that differ; None for a month that the change does not concern."""
    ground: ChangeGround | None = None
    for _ in range(_TRIES):
        at = context.clock()
        with context.database.read() as session:
            ground = ground_of_change(session, month, at, change)
            if _is_planned(session, month, change):
                return None
        if ground is None:
            return None
        solved = solved_on(ground, progress)
        with disk_refusals(context.home), context.database.write() as session:
            if _is_planned(session, month, change):
                return None
            if ground_of_change(session, month, at, change) == ground:
                if change.arrival is not None:
                    session.add(PlannedArrival(version_id=change.arrival, month=str(month)))
                told, stations, slots = told_of(session, ground, solved, change.affected, at)
                if told.outcome == "draft":
                    store_draft(session, month, ground.basis, solved, slots, at=at)
                    record(
                        session,
                        context,
                        at=at,
                        action="plan.replanned",
                        subject=str(month),
                        because=change.subject,
                        reason=change.reason,
                        slots=told.slots,
                        stations=told.stations,
                        short_ms=told.short_ms,
                        draft_replaced=told.draft_replaced,
                    )
                return told, stations
    return ReplannedMonth(month=str(month), outcome="overtaken", revision=ground.published if ground else None), set()


def _is_planned(session: Session, month: Month, change: Change) -> bool:
    """A process that paused may come back to what another did meanwhile."""
    if change.arrival is None:
        return False
    return session.get(PlannedArrival, (change.arrival, str(month))) is not None


def ground_of_change(session: Session, month: Month, at: datetime, change: Change) -> ChangeGround | None:
    """None for a month that the change does not concern."""
    published, draft = published_of(session, month), draft_of(session, month)
    if published is None and draft is None:
        return None
    drafted = _slots(session, draft) if draft is not None else {}
    before = _slots(session, published) if published is not None else drafted
    hit = {
        station
        for plan in (before, drafted)
        for station, slots in plan.items()
        if change.affected is not None and _count({station: slots}, change.affected, at)
    }
    if not hit and change.affected is not None and change.concerned is None:
        return None
    basis = read_basis(session, month, at)
    stations = {basis.codes[station] for station in hit if station in basis.codes}
    if change.concerned is not None:
        stations |= set(change.concerned(basis))
    if not hit and not stations and not change.whole:
        return None
    return ChangeGround(
        basis=basis,
        before=before,
        drafted=drafted,
        stations=None if change.whole or published is None else frozenset(stations),
        published=published.number if published is not None else None,
        draft=(draft.version, hand_changes_of(draft)) if draft is not None else None,
    )


def solved_on(ground: ChangeGround, progress: Progress | None) -> SolvedPlan:
    """What is planned where the change leaves it, as little else as can be."""
    return solve_least(ground.basis._replace(planned=_planned(ground)), progress=progress)


def solve_least(basis: PlanBasis, *, progress: Progress | None = None) -> SolvedPlan:
    """Slots with a segment that is longer or shorter by now grow or shrink where they stand, if they can."""
    instance = basis.instance
    wanted = with_lengths_of_now(instance)
    solved = solve_basis(basis._replace(instance=wanted), progress=progress)
    if wanted is instance:
        return solved
    reasons = {(verdict.rule, verdict.station): verdict.reasons for verdict in solved.plan.verdicts}
    slots = solved.plan.slots
    counted = evaluate(instance, slots, reasons=lambda rule, station: reasons.get((rule, station), ()))
    return solved._replace(plan=as_plan(instance, slots, counted))


def _planned(ground: ChangeGround) -> frozenset[str] | None:
    """Codes of the stations that may change; None: all, also where nothing is published that could stay."""
    if ground.stations is None:
        return None
    basis = ground.basis
    broken = {each.station for each in violations(basis.instance, basis.slots())}
    if ground.draft is not None:
        broken |= {each.station for each in difference_of(ground.before, ground.drafted, basis.codes).stations}
    return ground.stations | broken


def told_of(
    session: Session,
    ground: ChangeGround,
    solved: SolvedPlan,
    affected: Affected | None,
    at: datetime,
) -> tuple[ReplannedMonth, set[int], dict[int, list[StoredSlot]]]:
    codes = ground.basis.codes
    ids = {code: key for key, code in codes.items()}
    slots = with_sound(session, solved.plan.slots, ids, ground.basis.stored)
    found = difference_of(ground.before, slots, codes)
    told = ReplannedMonth(
        month=ground.basis.instance.month,
        outcome="draft" if found.slots or ground.draft is not None else "unchanged",
        revision=ground.published,
        slots=found.slots,
        stations=len(found.stations),
        airtime_ms=found.airtime_ms,
        left=_count(slots, affected, at) if affected is not None else 0,
        short_ms=sum(verdict.short_ms for verdict in solved.plan.verdicts),
        draft_replaced=ground.draft is not None,
        hand_changes=ground.draft[1] if ground.draft is not None else 0,
    )
    return told, {ids[each.station] for each in found.stations}, slots


def _slots(session: Session, revision: PlanRevision) -> dict[int, list[StoredSlot]]:
    return read_slots(session, plans_of(identity(revision)))


def _count(slots: Stored, affected: Affected, at: datetime) -> int:
    """Those that have not begun."""
    return sum(slot.starts_at > at and affected(station, slot) for station, listed in slots.items() for slot in listed)
