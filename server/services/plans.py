"""Making, publishing and exporting the plan of a month.

Planning runs outside any transaction; what it was made from is read again when the draft is stored, and where that
has changed meanwhile the plan is refused (PlanOvertaken) and nothing is stored.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from sqlmodel import Session

from schedules.evaluation import as_plan, evaluate, mean_wishes
from schedules.exchange import check_instance, read_instance, write_instance, write_plan
from schedules.months import Month
from schedules.narrowing import narrowed
from schedules.plan import Plan
from schedules.problem import Instance, Slot
from schedules.problem_index import ProblemIndex
from server.db.inserting import insert_many
from server.db.plans import PlanEntry, PlanRevision
from server.services import audit
from server.services.campaigns import DEFAULT_FREEZE, freeze_of
from server.services.context import Context
from server.services.instances import build_instance, codes_in, slots_as_values, station_codes
from server.services.local_time import ZONE
from server.services.locks import with_locks
from server.services.plan_events import revise_calendar
from server.services.plan_views import (
    list_revisions,
    plan_in_force,
    province_month,
    revision_view,
    station_month,
)
from server.services.refusals import DraftChanged, DraftStale, NoDraft, NoPlan, PlanOvertaken
from server.services.revision_numbers import next_number
from server.services.rows import identity
from server.services.slot_sounds import renewed, with_sound
from server.services.stale_drafts import is_stale
from server.services.stations import find_station, stations_in
from server.services.stored_plans import (
    StoredSlot,
    delete_draft,
    delete_orphans,
    draft_of,
    hand_changes_of,
    next_version,
    plans_of,
    published_of,
    read_slots,
    store_month_plans,
)
from server.services.verdicts import Judged, given_reasons, judge
from server.services.views import Publication, RevisionView

if TYPE_CHECKING:
    from schedules.planner.drafting import Drafter

__all__ = [
    "beforehand_of",
    "default_as_of",
    "export_problem",
    "list_revisions",
    "make_plan",
    "plan_in_force",
    "province_month",
    "publish_plan",
    "solve",
    "station_month",
]

Progress = Callable[[int, int, int], None]
"""Told stations done, all stations and the shortfall so far in milliseconds; what it raises ends the planning."""

Stored = Callable[[Session, RevisionView], None]
"""Told the draft in the transaction that stores it, as its last; what it raises takes all back."""


def beforehand_of(month: Month, freeze: timedelta = DEFAULT_FREEZE) -> datetime:
    """So long before the month's first minute that what is planned then is free of past and freeze."""
    return month.bounds(ZONE)[0] - freeze


def default_as_of(context: Context, month: Month) -> datetime:
    """Now; a month that is over is planned as it would have been beforehand."""
    now = context.clock()
    if now < month.bounds(ZONE)[1]:
        return now
    with context.database.read() as session:
        return beforehand_of(month, freeze_of(session, month))


def make_plan(
    context: Context,
    month: Month,
    *,
    station: str | None = None,
    as_of: datetime | None = None,
    progress: Progress | None = None,
    stored: Stored | None = None,
    drafter: "Drafter | None" = None,
) -> RevisionView:
    """Replaces the month's draft; of what was changed by hand in that, locked slots stay.

    With `station` only that station and those that relay it are planned anew; the others keep the slots of the draft
    or, where there is none, of what is published. Raises NoStations, NoColumns, UnknownStation, PlanOvertaken,
    InvalidInstance.
    """
    as_of = as_of or default_as_of(context, month)
    with context.database.read() as session:
        basis = read_basis(session, month, as_of, station)
    solved = solve_basis(basis, progress=progress, drafter=drafter)
    if progress is not None:
        # Once more with what the whole plan lacks: the last moment at which a planning can be ended.
        stations = len(basis.instance.stations) if basis.planned is None else len(basis.planned)
        progress(stations, stations, sum(verdict.short_ms for verdict in solved.plan.verdicts))
    with context.database.write() as session:
        if read_basis(session, month, as_of, station) != basis:
            raise PlanOvertaken(month=str(month))
        at = context.clock()
        ids = {code: key for key, code in basis.codes.items()}
        slots = with_sound(session, solved.plan.slots, ids, basis.stored)
        before = draft_of(session, month)
        by_hand = hand_changes_of(before) if before is not None else 0
        left = by_hand if station is not None else 0
        view = revision_view(store_draft(session, month, basis, solved, slots, at=at, hand_changes=left))
        audit.record(
            session,
            context,
            at=at,
            action="plan.made",
            subject=str(month),
            station=station,
            as_of=view.as_of.isoformat(),
            slots=view.slots,
            short_ms=view.short_ms,
            hand_changes_replaced=by_hand - left,
        )
        if stored is not None:
            stored(session, view)
    return view


def publish_plan(context: Context, month: Month, *, version: int | None = None) -> Publication:
    """Turns the draft into the revision in force, which never changes again, and revises the calendars.

    With `version` only the draft of that version: what somebody looked at is what is published. A draft that equals
    what is published becomes a revision too, and touches no calendar event. Raises NoDraft, DraftChanged, DraftStale.
    """
    with context.database.write() as session:
        draft = draft_of(session, month)
        if draft is None:
            raise NoDraft(month=str(month))
        if version is not None and version != draft.version:
            raise DraftChanged(month=str(month), given=version, found=draft.version)
        at = context.clock().replace(microsecond=0)
        if is_stale(session, draft, published_of(session, month), at):
            raise DraftStale(month=str(month))
        return publish_draft(session, context, month, draft, at=at)


class PlanBasis(NamedTuple):
    """All that a plan is made from; `stored` has the slots that may stay as they are, by station id and key.

    `planned`: codes of the stations that are planned, with those that relay them, while all others keep what is
    stored and the `reasons` (by rule and station) for what they lack; None: all are. `draft` is the version of the
    draft that is there.
    """

    instance: Instance
    codes: dict[int, str]
    stored: dict[int, list[StoredSlot]]
    reasons: dict[tuple[str, str], list[dict[str, object]]]
    planned: frozenset[str] | None
    draft: int | None

    def slots(self) -> tuple[Slot, ...]:
        return slots_as_values(self.stored, self.codes)


class SolvedPlan(NamedTuple):
    """`judged` by station code, as the planner numbers them in this month."""

    plan: Plan
    judged: dict[str, list[Judged]]


def read_basis(
    session: Session, month: Month, as_of: datetime, station: str | None = None, *, locks_of_draft: bool = True
) -> PlanBasis:
    """Raises NoStations, NoColumns, UnknownStation."""
    instance = build_instance(session, month, as_of=as_of, locks_of_draft=locks_of_draft)
    codes = codes_in(session, month)
    draft, base = draft_of(session, month), published_of(session, month)
    if station is not None:
        base = draft or base
    stored = read_slots(session, plans_of(base.id)) if base else {}
    if draft is not None and base is not draft and locks_of_draft:
        drafted = read_slots(session, plans_of(draft.id))
        stored = with_locks(stored, renewed(session, drafted), as_of)
    named = frozenset({codes[identity(find_station(session, station, month))]}) if station is not None else None
    reasons = given_reasons(session, base, codes) if base else {}
    return PlanBasis(
        instance=instance,
        codes=codes,
        stored=stored,
        reasons=reasons,
        planned=named,
        draft=draft.version if draft is not None else None,
    )


def solve_basis(basis: PlanBasis, *, progress: Progress | None = None, drafter: "Drafter | None" = None) -> SolvedPlan:
    """The long part, for outside any transaction. Raises InvalidInstance."""
    from schedules.planner import make_plan as solve_instance  # the solver takes long to import

    check_instance(basis.instance)
    index = ProblemIndex(basis.instance)
    if basis.planned is None:
        plan = solve_instance(basis.instance, index=index, progress=progress, drafter=drafter)
    else:
        part = narrowed(basis.instance, basis.planned, basis.slots())
        plan = part.completed(solve_instance(part.instance, progress=progress, drafter=drafter), basis.reasons)
    return SolvedPlan(plan=plan, judged=judge(basis.instance, plan.verdicts, plan.slots, index=index))


def store_draft(
    session: Session,
    month: Month,
    basis: PlanBasis,
    solved: SolvedPlan,
    slots: Mapping[int, Sequence[StoredSlot]],
    *,
    at: datetime,
    hand_changes: int = 0,
) -> PlanRevision:
    """In the place of the draft before; `slots` are those of the plan, by station id, with their sound.

    `hand_changes` are those that have gone into it.
    """
    version = next_version(session, month)
    delete_draft(session, month)
    revision = PlanRevision(
        month=str(month),
        status="draft",
        as_of=basis.instance.now.astimezone(UTC),
        made_at=at,
        version=version,
        summary={**_summary(basis.instance, solved.plan), "hand_changes": hand_changes},
    )
    session.add(revision)
    plans = store_month_plans(session, month, slots)
    terms: dict[str, list[dict[str, object]]] = {}
    for term in solved.plan.terms:
        terms.setdefault(term.station, []).append({"column": term.column, "terms": term.terms, "cost": term.cost})
    insert_many(
        session,
        PlanEntry,
        [
            {
                "revision_id": identity(revision),
                "station_id": key,
                "month_plan_id": plans[key],
                "verdicts": msgspec.to_builtins(solved.judged[code]),
                "terms": terms.get(code, []),
            }
            for key, code in basis.codes.items()
        ],
    )
    delete_orphans(session, month)
    return revision


def publish_draft(
    session: Session, context: Context, month: Month, draft: PlanRevision, *, at: datetime
) -> Publication:
    """Inside a transaction that knows that the draft may be published; `at` in whole seconds, as calendars tell it."""
    before = published_of(session, month)
    draft.number = next_number(session, month)
    draft.status = "published"
    draft.published_at = at
    session.add(draft)
    session.flush()
    changes = revise_calendar(session, month, before=before, after=draft, at=at)
    audit.record(
        session,
        context,
        at=at,
        action="plan.published",
        subject=str(month),
        before={"revision": before.number if before else None},
        after={"revision": draft.number},
        number=draft.number,
        stations_changed=changes.stations,
        slots_new=changes.new,
        slots_changed=changes.changed,
        slots_cancelled=changes.cancelled,
    )
    return Publication(
        revision=revision_view(draft),
        stations_changed=changes.stations,
        slots_new=changes.new,
        slots_changed=changes.changed,
        slots_cancelled=changes.cancelled,
    )


def export_problem(context: Context, month: Month) -> tuple[bytes, bytes]:
    """The problem and its answer as JSON: of the draft if there is one, else of the plan in force.

    The problem is made from the rows of today, as they looked at the time the plan was made for; verdicts and terms
    are counted anew against it, reasons are those that the planner gave. Raises NoPlan, NoStations.
    """
    with context.database.read() as session:
        revision = draft_of(session, month) or published_of(session, month)
        if revision is None:
            raise NoPlan(month=str(month))
        instance = build_instance(session, month, as_of=revision.as_of, below=revision.number)
        codes = station_codes(stations_in(session, month))
        slots = slots_as_values(read_slots(session, plans_of(revision.id)), codes)
        given = given_reasons(session, revision, codes)
    evaluation = evaluate(instance, slots, reasons=lambda rule, station: tuple(given.get((rule, station), ())))
    return write_instance(instance), write_plan(as_plan(instance, slots, evaluation))


def solve(instance: bytes, progress: Progress | None = None) -> bytes:
    """Plans a `loa-instance/1` without a database; the answer is a `loa-plan/1`. Raises InvalidInstance."""
    problem = read_instance(instance)
    from schedules.planner import make_plan as solve_instance

    return write_plan(solve_instance(problem, progress=progress))


def _summary(instance: Instance, plan: Plan) -> dict[str, object]:
    return {
        "stations": len(instance.stations),
        "slots": len(plan.slots),
        "airtime_ms": sum(item.duration_ms for slot in plan.slots for item in slot.items),
        "short_ms": sum(verdict.short_ms for verdict in plan.verdicts),
        "must_air_missed": sum(missed.missed for missed in plan.must_air_missed),
        "conflicts": len(plan.conflicts),
        "uncovered": plan.uncovered,
        "mean_cost": mean_wishes(plan.terms),
    }
