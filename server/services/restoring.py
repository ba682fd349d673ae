"""Coming back to an earlier revision: a draft out of it, as far as the month of today lets it be.

What has begun or is too near, and what is locked, stays as it is published. Of the rest each slot is as it was in the
earlier revision where it still breaks nothing; where it does (its segment was withdrawn, its station is off the air,
its session moved) it is mended in place, changing as little as can be, as when a month is planned again.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.breaks import violations
from schedules.evaluation import as_plan, evaluate
from schedules.months import Month
from schedules.problem import Instance, Published
from server.db.plans import PlanEntry
from server.services.audit import record
from server.services.break_sentences import break_sentence
from server.services.context import Context
from server.services.differences import difference_of
from server.services.disk import disk_refusals
from server.services.instances import slots_as_values
from server.services.local_time import ZONE
from server.services.naming import Names, slot_names
from server.services.plan_ground import names_of, with_sessions
from server.services.plan_views import revision_view
from server.services.plans import PlanBasis, SolvedPlan, read_basis, store_draft
from server.services.refusals import DraftChanged, NotPublished, PlanOvertaken, UnknownRevision
from server.services.replanning import solve_least
from server.services.revision_refusals import RevisionInForce
from server.services.slot_sounds import renewed, same_broadcast, with_sound
from server.services.stored_plans import (
    StoredSlot,
    draft_of,
    hand_changes_of,
    month_revisions,
    plans_of,
    published_of,
    read_slots,
)
from server.services.verdicts import given_reasons, judge
from server.services.views import RevisionView
from server.texts import _

_A_YEAR_H = 24 * 366  # a freeze of more is as good as any

Stored = dict[int, list[StoredSlot]]


class LostSlot(Struct, frozen=True, kw_only=True):
    """A slot of the earlier revision that can't come back as it was, and why, in sentences."""

    station: str
    station_name: str
    starts_at: datetime
    titles: list[str]
    sentences: list[str]


class ReturnView(Struct, frozen=True, kw_only=True):
    """What coming back to `revision` would mean: `back` slots of stations' own are as they were, the `lost` can't be.

    `version` is that of the plan which that would be done to; `draft`: a draft with so many `hand_changes` gives way.
    """

    month: str
    revision: RevisionView
    in_force: int
    back: int
    lost: list[LostSlot]
    version: int
    draft: bool
    hand_changes: int


class RestoredView(Struct, frozen=True, kw_only=True):
    """`revision` is the new draft, out of the revision `number`, of which the `lost` slots can't be as they were; all
    in all so many slots differ from it.
    """

    month: str
    number: int
    revision: RevisionView
    lost: list[LostSlot]
    differing: int


def preview_return(context: Context, month: Month, number: int) -> ReturnView:
    """Counted, not planned: quick. Raises NotPublished, UnknownRevision, RevisionInForce."""
    with context.database.read() as session:
        ground = _read_ground(session, month, number, context.clock())
        found = _lost(session, month, ground)
    return ReturnView(
        month=str(month),
        revision=ground.revision,
        in_force=ground.in_force,
        back=sum(slot.relayed_from is None for slots in ground.was.values() for slot in slots) - len(found),
        lost=found,
        version=ground.version,
        draft=ground.draft,
        hand_changes=ground.hand_changes,
    )


def restore_revision(context: Context, month: Month, number: int, *, version: int | None = None) -> RestoredView:
    """The new draft takes the place of the one that is there; nothing is published by it.

    `version` is that of the plan that was looked at: the draft's or, where there was none, the published one's.
    Raises NotPublished, UnknownRevision, RevisionInForce, DraftChanged, PlanOvertaken, InvalidInstance.
    """
    at = context.clock()
    with context.database.read() as session:
        check_version(session, month, version)
        ground = _read_ground(session, month, number, at)
        lost = _lost(session, month, ground)
    solved = _solved(ground)
    with disk_refusals(context.home), context.database.write() as session:
        check_version(session, month, version)
        if _read_ground(session, month, number, at) != ground:
            raise PlanOvertaken(month=str(month))
        ids = {code: key for key, code in ground.basis.codes.items()}
        slots = _locked_again(with_sound(session, solved.plan.slots, ids, ground.basis.stored), ground.was)
        differing = difference_of(ground.was, slots, ground.basis.codes).slots
        view = revision_view(store_draft(session, month, ground.basis, solved, slots, at=at))
        record(
            session,
            context,
            at=at,
            action="plan.restored",
            subject=str(month),
            number=number,
            version=view.version,
            slots=view.slots,
            slots_differing=differing,
            short_ms=view.short_ms,
            hand_changes_replaced=ground.hand_changes,
        )
    return RestoredView(month=str(month), number=number, revision=view, lost=lost, differing=differing)


def check_version(session: Session, month: Month, version: int | None) -> None:
    """Whether the plan that somebody looked at, the draft or else what is published, is still there. Raises DraftChanged."""
    there = draft_of(session, month) or published_of(session, month)
    if version is not None and there is not None and there.version != version:
        raise DraftChanged(month=str(month), given=version, found=there.version)


class _Ground(NamedTuple):
    """`basis` has the slots to come back to as what is published and as what is stored; `today` is the month's problem
    as it is. `was` are the earlier revision's slots, by station; `kept` by station the keys of those that stay as
    published; the `late` ones of `was` can't be put where they were any more.
    """

    revision: RevisionView
    in_force: int
    basis: PlanBasis
    today: Instance
    was: Stored
    kept: dict[int, frozenset[str]]
    late: frozenset[tuple[int, str]]
    version: int
    draft: bool
    hand_changes: int


def _read_ground(session: Session, month: Month, number: int, at: datetime) -> _Ground:
    published, draft = published_of(session, month), draft_of(session, month)
    if published is None:
        raise NotPublished(month=str(month))
    earlier = next((row for row in month_revisions(session, month) if row.number == number), None)
    if earlier is None:
        raise UnknownRevision(month=str(month), number=number)
    if earlier is published:
        raise RevisionInForce(month=str(month), number=number)
    basis = read_basis(session, month, at, locks_of_draft=False)
    frozen = at + timedelta(hours=min(basis.instance.freeze_hours, _A_YEAR_H))
    known = set(session.scalars(select(col(PlanEntry.station_id)).where(col(PlanEntry.revision_id) == earlier.id)))
    was = {key: slots for key, slots in read_slots(session, plans_of(earlier.id)).items() if key in basis.codes}
    back = renewed(session, was)
    mixed: Stored = {}
    kept: dict[int, frozenset[str]] = {}
    late: set[tuple[int, str]] = set()
    for key in basis.codes:
        now = basis.stored.get(key, [])
        if key not in known:  # a station that came later keeps what it has
            mixed[key] = now
            continue
        stays = {slot.key: slot for slot in now if slot.starts_at < frozen or slot.locked}
        kept[key] = frozenset(stays)
        comes = [slot for slot in back.get(key, []) if slot.starts_at >= frozen and slot.key not in stays]
        mixed[key] = sorted(
            [*stays.values(), *(msgspec.structs.replace(slot, locked=False) for slot in comes)],
            key=lambda slot: (slot.starts_at, slot.key),
        )
        coming = {slot.key for slot in comes}
        late |= {
            (key, slot.key)
            for slot in was.get(key, [])
            if slot.key not in coming and not (slot.key in stays and same_broadcast(slot, stays[slot.key]))
        }
    instance = msgspec.structs.replace(
        basis.instance, published=Published(revision=number, slots=slots_as_values(mixed, basis.codes)), locked=()
    )
    broken = {each.station for each in violations(instance, slots_as_values(mixed, basis.codes))}
    own = {(key, slot.key) for key, slots in was.items() for slot in slots if slot.relayed_from is None}
    return _Ground(
        revision=revision_view(earlier),
        in_force=published.number or 0,
        basis=basis._replace(
            instance=instance,
            stored=mixed,
            reasons=given_reasons(session, earlier, basis.codes),
            planned=frozenset(broken | {basis.codes[key] for key, slot in late if (key, slot) in own}),
        ),
        today=basis.instance,
        was=was,
        kept=kept,
        late=frozenset(late),
        version=(draft or published).version,
        draft=draft is not None,
        hand_changes=hand_changes_of(draft) if draft is not None else 0,
    )


def _solved(ground: _Ground) -> SolvedPlan:
    """Outside any transaction; counted by the month's problem as it is, for what is published has not changed."""
    basis = ground.basis
    reasons = {key: tuple(given) for key, given in basis.reasons.items()}
    slots = basis.slots()
    if basis.planned:
        plan = solve_least(basis).plan
        reasons |= {(verdict.rule, verdict.station): verdict.reasons for verdict in plan.verdicts}
        slots = plan.slots
    counted = evaluate(ground.today, slots, reasons=lambda rule, station: reasons.get((rule, station), ()))
    plan = as_plan(ground.today, slots, counted)
    return SolvedPlan(plan=plan, judged=judge(ground.today, plan.verdicts, plan.slots))


def _locked_again(slots: Stored, was: Stored) -> Stored:
    """Slots that came back as they were are locked where they were: locks bind people and plans, not the way back."""
    locked = {(key, slot.key): slot for key, listed in was.items() for slot in listed if slot.locked}
    return {
        key: [
            msgspec.structs.replace(slot, locked=True)
            if (old := locked.get((key, slot.key))) is not None and same_broadcast(old, slot)
            else slot
            for slot in listed
        ]
        for key, listed in slots.items()
    }


def _lost(session: Session, month: Month, ground: _Ground) -> list[LostSlot]:
    """Of the stations' own slots, soonest first: those who relay them follow."""
    basis = ground.basis
    ids = {code: key for key, code in basis.codes.items()}
    slots = basis.slots()
    names = replace(names_of(session, basis.codes, month), slots=slot_names(slots))
    named: dict[str, Names] = {}
    said: dict[tuple[int, str], list[str]] = {
        place: [_("Giờ của khung đã qua, quá gần để đổi, hoặc khung đang công bố bị khóa.")] for place in ground.late
    }
    for each in violations(basis.instance, slots):
        key = ids[each.station]
        if each.station not in named:
            named[each.station] = with_sessions(session, names, key)
        for slot in dict.fromkeys(each.slots):
            if slot not in ground.kept.get(key, ()):
                said.setdefault((key, slot), []).append(break_sentence(each, named[each.station]))
    found = [
        LostSlot(
            station=basis.codes[key],
            station_name=names.station(basis.codes[key]),
            starts_at=slot.starts_at.astimezone(ZONE),
            titles=[item.title for item in slot.items],
            sentences=list(dict.fromkeys(said[key, slot.key])),
        )
        for key, listed in ground.was.items()
        for slot in listed
        if slot.relayed_from is None and (key, slot.key) in said
    ]
    return sorted(found, key=lambda each: (each.starts_at, each.station))
