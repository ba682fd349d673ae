"""Changing a month's draft by hand, one slot or some new ones at a time: judged, told, stored as its next version.

Whoever changes the draft names the version of the plan that they looked at. Each change, each planning anew and each
publication makes another one, so of two editors of one version the second is refused. The first change to a published
month opens a draft that is what is published.

Each change is judged by the rows and at the time of now. A month that is over and was never published is judged as it
would have been beforehand, as it is planned.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.breaks import Break
from schedules.change_effects import StationEffect, StationWorth, effects
from schedules.editing import (
    STAYS,
    AddSlot,
    AlterSlot,
    Attempt,
    Change,
    LockSlot,
    PlanInHand,
    RemoveSlot,
)
from schedules.evaluation import as_plan, evaluate
from schedules.months import Month
from schedules.nearest_places import nearest_places
from schedules.problem import Slot
from server.db.library import ProgrammeColumn, Segment
from server.db.plans import PlanRevision
from server.db.registry import BroadcastSession
from server.services import audit
from server.services.break_sentences import break_sentence
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.naming import Names, slot_names
from server.services.plan_views import slot_view
from server.services.plans import PlanBasis, SolvedPlan, store_draft
from server.services.plans_in_hand import plan_in_hand
from server.services.refusals import ChangeBreaks, UnknownColumn, UnknownSlot
from server.services.rows import identity
from server.services.segments import find_segment
from server.services.slot_sounds import with_sound
from server.services.stations import stations_in
from server.services.stored_plans import StoredSlot, hand_changes_of
from server.services.verdicts import judge, rule_texts
from server.services.views import SlotView, TermsView


class EditedSlotView(Struct, frozen=True, kw_only=True):
    """`before` null: it is new; `after` null: it goes."""

    before: SlotView | None
    after: SlotView | None


class WorthView(Struct, frozen=True, kw_only=True):
    """What a station's month lacks of the rules, the owed airings that it misses, and its wishes by column."""

    short_ms: int
    must_airs_missed: int
    terms: list[TermsView]


class EditedStationView(Struct, frozen=True, kw_only=True):
    """A station whose slots the change touches, and what its month is worth before and after."""

    station: str
    station_name: str
    slots: list[EditedSlotView]
    before: WorthView
    after: WorthView


class EditView(Struct, frozen=True, kw_only=True):
    """`version` is the one to name with the next change. `stored` false: it was only tried, and nothing is changed.

    `stations` has the changed station first, then those that relay the slot. `opened`: the draft was made by this
    change, out of the published revision of that number.
    """

    month: str
    version: int
    stored: bool
    opened: int | None
    stations: list[EditedStationView]


def edit_draft(
    context: Context, month: Month, change: Change, *, version: int | None = None, store: bool = True
) -> EditView:
    """Makes the change, or without `store` only says what it would come to.

    Stations and segments are named by their codes. Without `version` it is made to whatever is there. Raises NoPlan,
    DraftChanged, UnknownStation, UnknownColumn, UnknownSegment, UnknownSlot, ChangesNothing, ChangeBreaks.
    """
    if not store:
        with context.database.read() as session:
            return _tried(_read(session, context, month, (change,), version=version, at=context.clock()))
    with disk_refusals(context.home), context.database.write() as session:
        at = context.clock()
        edit = _read(session, context, month, (change,), version=version, at=at)
        view = _stored(edit, at, changes=1)
        audit.record(session, context, at=at, action="plan.edited", subject=str(month), **_trail(edit, view))
    return view


def add_slots(
    context: Context, month: Month, slots: Sequence[AddSlot], *, version: int | None = None, store: bool = True
) -> EditView:
    """All of them or none, at least one, of one station: one change of the draft, that mends what it would miss.

    Raises what `edit_draft` does.
    """
    if not store:
        with context.database.read() as session:
            return _tried(_read(session, context, month, slots, version=version, at=context.clock()))
    with disk_refusals(context.home), context.database.write() as session:
        at = context.clock()
        edit = _read(session, context, month, slots, version=version, at=at)
        view = _stored(edit, at, changes=len(slots))
        audit.record(
            session,
            context,
            at=at,
            action="plan.mended",
            subject=str(month),
            station=edit.attempt.change.station,
            slots=[_told(each.after) for each in view.stations[0].slots],
            **_worths(view),
        )
    return view


class _Edit(NamedTuple):
    """An accepted change of `revision`, a draft or what is published; `slots` with their sound, by station id."""

    session: Session
    month: Month
    revision: PlanRevision
    basis: PlanBasis
    attempt: Attempt
    effects: tuple[StationEffect, ...]
    slots: dict[int, list[StoredSlot]]
    names: Names

    @property
    def ids(self) -> dict[str, int]:
        return {code: key for key, code in self.basis.codes.items()}


def _read(
    session: Session, context: Context, month: Month, changes: Sequence[Change], *, version: int | None, at: datetime
) -> _Edit:
    """Of one station; each is made to what the one before it left."""
    revision, basis, plan, station = plan_in_hand(session, context, month, changes[0].station, version=version, at=at)
    found = [_found(session, change, basis, station) for change in changes]
    attempts: list[Attempt] = []
    for change in found:
        hand = PlanInHand(attempts[-1].instance, attempts[-1].slots) if attempts else plan
        if not isinstance(change, AddSlot) and hand.slot(change.station, change.slot) is None:
            raise UnknownSlot(slot=change.slot, station=change.station)
        attempt = hand.attempt(change)
        names = _names(session, basis, hand, attempt)
        if attempt.broken:
            raise _refusal(month, hand, attempt, names)
        attempts.append(attempt)
    attempt = replace(attempts[-1], changed=tuple(each for one in attempts for each in one.changed))
    ids = {code: key for key, code in basis.codes.items() if code in attempt.stations}
    concerned = [slot for slot in attempt.slots if slot.station in ids]
    return _Edit(
        session=session,
        month=month,
        revision=revision,
        basis=basis._replace(instance=attempt.instance),
        attempt=attempt,
        effects=effects(plan, attempt),
        slots=with_sound(session, concerned, ids, basis.stored),
        names=names,
    )


def _found(session: Session, change: Change, basis: PlanBasis, station: str) -> Change:
    """The same with the station as this month's problem calls it; all that it names is there, but for the slot."""
    if isinstance(change, AddSlot):
        known = [column.code for column in basis.instance.columns]
        if change.column not in known:
            raise UnknownColumn(column=change.column, known=known)
    segments: tuple[str, ...] = ()
    if isinstance(change, AddSlot):
        segments = change.segments
    elif isinstance(change, AlterSlot):
        segments = (*(change.segments or ()), *change.more)
    for code in segments:
        find_segment(session, code)
    return replace(change, station=station)


def _refusal(month: Month, plan: PlanInHand, attempt: Attempt, names: Names) -> ChangeBreaks:
    first = attempt.broken[0]
    return ChangeBreaks(
        month=str(month),
        station=attempt.change.station,
        constraint=first.code,
        sentence=break_sentence(first, names),
        broken=[_broken(each, names) for each in attempt.broken],
        nearest=[place.isoformat() for place in nearest_places(plan, attempt)],
    )


def _broken(each: Break, names: Names) -> dict[str, object]:
    return {
        "code": each.code,
        "station": each.station,
        "slot": each.slot,
        "what": each.what,
        "facts": list(each.facts),
        "slots": list(each.slots),
        "sentence": break_sentence(each, names),
    }


def _names(session: Session, basis: PlanBasis, plan: PlanInHand, attempt: Attempt) -> Names:
    """Slots are called by their starts: the changed ones as they would be, where they may be changed at all."""
    database = session.connection()
    published = basis.instance.published
    stays = any(each.what in STAYS for each in attempt.broken)
    tried = [each.after for each in attempt.changed if each.after is not None and not stays]
    ids = {code: key for key, code in basis.codes.items()}
    sessions = select(col(BroadcastSession.code), col(BroadcastSession.name)).where(
        col(BroadcastSession.station_id) == ids[attempt.change.station]
    )
    return Names(
        segments=dict(database.execute(select(col(Segment.code), col(Segment.title))).all()),
        stations={
            basis.codes[identity(row)]: row.name for row in stations_in(session, Month.parse(plan.instance.month))
        },
        rules={code: name for code, (name, _) in rule_texts(session).items()},
        columns=dict(database.execute(select(col(ProgrammeColumn.code), col(ProgrammeColumn.name))).all()),
        sessions=dict(database.execute(sessions).all()),
        slots=slot_names([*(published.slots if published is not None else ()), *plan.slots, *tried]),
    )


def _tried(edit: _Edit) -> EditView:
    return _view(edit, version=edit.revision.version, stored=False)


def _stored(edit: _Edit, at: datetime, *, changes: int) -> EditView:
    revision, instance, slots = edit.revision, edit.basis.instance, edit.attempt.slots
    opened = revision.number
    altered = _altered_verdicts(edit.effects)
    evaluation = evaluate(
        instance,
        slots,
        reasons=lambda rule, station: (
            ({"code": "by_hand"},) if (rule, station) in altered else tuple(edit.basis.reasons.get((rule, station), ()))
        ),
    )
    plan = as_plan(instance, slots, evaluation)
    solved = SolvedPlan(plan=plan, judged=judge(instance, plan.verdicts, plan.slots))
    stored = {key: edit.slots.get(key, edit.basis.stored.get(key, [])) for key in edit.basis.codes}
    by_hand = hand_changes_of(revision) if opened is None else 0
    draft = store_draft(edit.session, edit.month, edit.basis, solved, stored, at=at, hand_changes=by_hand + changes)
    return _view(edit, version=draft.version, stored=True)


def _altered_verdicts(found: Sequence[StationEffect]) -> set[tuple[str, str]]:
    """By rule and station: those whose reasons the planner gave for other slots."""
    return {
        (after.rule, after.station)
        for effect in found
        for before, after in zip(effect.before.verdicts, effect.after.verdicts, strict=True)
        if before != after
    }


def _trail(edit: _Edit, view: EditView) -> dict[str, Any]:
    """The station's slot before and after, and what that was worth to the stations concerned."""
    slot = view.stations[0].slots[0]
    return {
        "change": _word(edit.attempt.change),
        "station": edit.attempt.change.station,
        "before": _told(slot.before),
        "after": _told(slot.after),
        **_worths(view),
    }


def _worths(view: EditView) -> dict[str, Any]:
    return {
        "version": view.version,
        "opened": view.opened,
        "stations": len(view.stations),
        "short_ms": [sum(getattr(each, side).short_ms for each in view.stations) for side in ("before", "after")],
        "cost": [
            sum(terms.cost for each in view.stations for terms in getattr(each, side).terms)
            for side in ("before", "after")
        ],
    }


def _word(change: Change) -> str:
    if isinstance(change, LockSlot):
        return "lock" if change.locked else "unlock"
    return "add" if isinstance(change, AddSlot) else "remove" if isinstance(change, RemoveSlot) else "alter"


def _told(slot: SlotView | None) -> dict[str, object] | None:
    if slot is None:
        return None
    return {
        "slot": slot.key,
        "column": slot.column,
        "starts_at": slot.starts_at.isoformat(),
        "length_ms": slot.length_ms,
        "segments": [item.segment for item in slot.items],
        "locked": slot.locked,
    }


def _view(edit: _Edit, *, version: int, stored: bool) -> EditView:
    before = {(key, slot.key): slot for key, slots in edit.basis.stored.items() for slot in slots}
    after = {(key, slot.key): slot for key, slots in edit.slots.items() for slot in slots}
    ids = edit.ids

    def shown(known: dict[tuple[int, str], StoredSlot], station: str, slot: Slot | None) -> SlotView | None:
        return slot_view(known[ids[station], slot.id], edit.names.column(slot.column)) if slot is not None else None

    return EditView(
        month=str(edit.month),
        version=version,
        stored=stored,
        opened=edit.revision.number if stored else None,
        stations=[
            EditedStationView(
                station=effect.station,
                station_name=edit.names.station(effect.station),
                slots=[
                    EditedSlotView(
                        before=shown(before, each.station, each.before), after=shown(after, each.station, each.after)
                    )
                    for each in edit.attempt.changed
                    if each.station == effect.station
                ],
                before=worth_view(effect.before),
                after=worth_view(effect.after),
            )
            for effect in edit.effects
        ],
    )


def worth_view(worth: StationWorth) -> WorthView:
    return WorthView(
        short_ms=worth.short_ms,
        must_airs_missed=worth.must_airs_missed,
        terms=[
            TermsView(station=each.station, column=each.column, terms=each.terms, cost=each.cost)
            for each in worth.terms
        ],
    )
