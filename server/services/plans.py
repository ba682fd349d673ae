"""Making, publishing and exporting the plan of a month.

Planning runs outside any transaction; what it was made from is read again when the draft is stored, and where that
has changed meanwhile the plan is refused (PlanOvertaken) and nothing is stored.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.evaluation import as_plan, evaluate, mean_wishes
from schedules.exchange import check_instance, read_instance, write_instance, write_plan
from schedules.months import Month
from schedules.plan import Plan
from schedules.problem import Instance, Slot
from server.db.library import Audio, ProgrammeColumn, Rendition, Segment
from server.db.plans import PlanEntry, PlanRevision
from server.services import audit
from server.services.context import Context
from server.services.instances import build_instance, slots_as_values, station_codes
from server.services.local_time import ZONE
from server.services.partial_plans import narrowed
from server.services.plan_events import revise_calendar
from server.services.plan_views import (
    list_revisions,
    plan_in_force,
    province_month,
    revision_view,
    station_month,
)
from server.services.refusals import DraftStale, NoDraft, NoPlan, PlanOvertaken
from server.services.rows import identity
from server.services.stale_drafts import is_stale
from server.services.stations import find_station, stations_in
from server.services.stored_plans import (
    StoredItem,
    StoredSlot,
    delete_draft,
    delete_orphans,
    draft_of,
    plans_of,
    published_of,
    read_slots,
    store_month_plans,
)
from server.services.verdicts import judge
from server.services.views import Publication, RevisionView

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

Progress = Callable[[int, int], None]


def beforehand_of(month: Month) -> datetime:
    """A day before the month's first minute: what is planned then is free of past and freeze."""
    return month.bounds(ZONE)[0] - timedelta(hours=24)


def default_as_of(context: Context, month: Month) -> datetime:
    """Now; a month that is over is planned as it would have been beforehand."""
    now = context.clock()
    return beforehand_of(month) if month.bounds(ZONE)[1] <= now else now


def make_plan(
    context: Context,
    month: Month,
    *,
    station: str | None = None,
    as_of: datetime | None = None,
    progress: Progress | None = None,
) -> RevisionView:
    """Replaces the month's draft.

    With `station` only that station and those that relay it are planned anew; the others keep the slots of the draft
    or, where there is none, of what is published. Raises NoStations, NoColumns, UnknownStation, PlanOvertaken,
    InvalidInstance.
    """
    from schedules.planner import make_plan as solve_instance  # the solver takes long to import

    as_of = as_of or default_as_of(context, month)
    with context.database.read() as session:
        basis = _read_basis(session, month, as_of, station)
    check_instance(basis.instance)
    if basis.station is None:
        plan = solve_instance(basis.instance, progress=progress)
    else:
        part = narrowed(basis.instance, basis.station, basis.slots())
        plan = part.completed(solve_instance(part.instance, progress=progress))
    judged = judge(basis.instance, plan.verdicts, plan.slots)
    with context.database.write() as session:
        if _read_basis(session, month, as_of, station) != basis:
            raise PlanOvertaken(month=str(month))
        at = context.clock()
        delete_draft(session, month)
        revision = PlanRevision(
            month=str(month),
            status="draft",
            as_of=basis.instance.now.astimezone(UTC),
            made_at=at,
            summary=_summary(basis.instance, plan),
        )
        session.add(revision)
        ids = {code: key for key, code in basis.codes.items()}
        plans = store_month_plans(session, month, _with_sound(session, plan.slots, ids, basis.stored))
        terms: dict[str, list[dict[str, object]]] = {}
        for term in plan.terms:
            terms.setdefault(term.station, []).append({"column": term.column, "terms": term.terms, "cost": term.cost})
        session.add_all(
            PlanEntry(
                revision_id=identity(revision),
                station_id=key,
                month_plan_id=plans[key],
                verdicts=msgspec.to_builtins(judged[code]),
                terms=terms.get(code, []),
            )
            for code, key in ids.items()
        )
        delete_orphans(session, month)
        view = revision_view(revision)
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
        )
    return view


def publish_plan(context: Context, month: Month) -> Publication:
    """Turns the draft into the revision in force, which never changes again, and revises the calendars.

    A draft that equals what is published becomes a revision too, and touches no calendar event.
    Raises NoDraft, DraftStale.
    """
    with context.database.write() as session:
        draft = draft_of(session, month)
        if draft is None:
            raise NoDraft(month=str(month))
        before = published_of(session, month)
        at = context.clock().replace(microsecond=0)
        if is_stale(session, draft, before, at):
            raise DraftStale(month=str(month))
        draft.status = "published"
        draft.number = (before.number or 0) + 1 if before else 1
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
        given = {
            (str(verdict["rule"]), codes[station]): verdict["reasons"]
            for station, verdicts in session.execute(
                select(col(PlanEntry.station_id), col(PlanEntry.verdicts)).where(
                    col(PlanEntry.revision_id) == revision.id
                )
            )
            if station in codes
            for verdict in verdicts
        }
    evaluation = evaluate(instance, slots, reasons=lambda rule, station: tuple(_dicts(given.get((rule, station)))))
    return write_instance(instance), write_plan(as_plan(instance, slots, evaluation))


def solve(instance: bytes, progress: Progress | None = None) -> bytes:
    """Plans a `loa-instance/1` without a database; the answer is a `loa-plan/1`. Raises InvalidInstance."""
    problem = read_instance(instance)
    from schedules.planner import make_plan as solve_instance

    return write_plan(solve_instance(problem, progress=progress))


class _Basis(NamedTuple):
    """All that a plan is made from; `stored` has the slots that may stay as they are, by station id and key."""

    instance: Instance
    codes: dict[int, str]
    stored: dict[int, list[StoredSlot]]
    station: str | None

    def slots(self) -> tuple[Slot, ...]:
        return slots_as_values(self.stored, self.codes)


def _read_basis(session: Session, month: Month, as_of: datetime, station: str | None) -> _Basis:
    instance = build_instance(session, month, as_of=as_of)
    codes = station_codes(stations_in(session, month))
    base = published_of(session, month)
    if station is not None:
        base = draft_of(session, month) or base
    stored = read_slots(session, plans_of(base.id)) if base else {}
    named = codes[identity(find_station(session, station, month))] if station is not None else None
    return _Basis(instance=instance, codes=codes, stored=stored, station=named)


def _with_sound(
    session: Session, slots: Iterable[Slot], ids: Mapping[str, int], stored: Mapping[int, Iterable[StoredSlot]]
) -> dict[int, list[StoredSlot]]:
    """The slots with titles and renditions of now; a slot that stays as it was keeps those it had."""
    had = {(station, slot.key): slot for station, listed in stored.items() for slot in listed}
    segments, frames = _sounds(session)
    sounding: dict[int, list[StoredSlot]] = {key: [] for key in ids.values()}
    for slot in slots:
        opening, closing = frames[slot.column]
        new = StoredSlot(
            key=slot.id,
            column=slot.column,
            starts_at=slot.start,
            length_ms=slot.length_ms,
            relayed_from=slot.relayed_from,
            locked=slot.locked,
            opening_sha256=opening,
            closing_sha256=closing,
            items=tuple(
                StoredItem(
                    segment=item.segment,
                    title=segments[item.segment][0],
                    start_ms=item.start_ms,
                    duration_ms=item.duration_ms,
                    sha256=segments[item.segment][1],
                )
                for item in slot.items
            ),
        )
        old = had.get((ids[slot.station], slot.id))
        sounding[ids[slot.station]].append(old if old is not None and _same_broadcast(old, new) else new)
    return sounding


def _same_broadcast(old: StoredSlot, new: StoredSlot) -> bool:
    return (old.column, old.starts_at, old.length_ms, old.relayed_from, old.locked) == (
        new.column,
        new.starts_at,
        new.length_ms,
        new.relayed_from,
        new.locked,
    ) and [(item.segment, item.start_ms, item.duration_ms) for item in old.items] == [
        (item.segment, item.start_ms, item.duration_ms) for item in new.items
    ]


def _sounds(session: Session) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str | None, str | None]]]:
    """By segment its title and broadcast rendition; by column the renditions that open and close it."""
    database = session.connection()
    segments = {
        code: (title, sha256)
        for code, title, sha256 in database.execute(
            select(col(Segment.code), col(Segment.title), col(Rendition.sha256))
            .join(Audio, col(Audio.id) == col(Segment.audio_id))
            .join(Rendition, (col(Rendition.audio_id) == col(Audio.id)) & (col(Rendition.kind) == "broadcast"))
        )
    }
    renditions = dict(
        database.execute(
            select(col(Rendition.audio_id), col(Rendition.sha256)).where(col(Rendition.kind) == "broadcast")
        ).all()
    )
    frames = {
        code: (
            renditions[opening] if opening is not None else None,
            renditions[closing] if closing is not None else None,
        )
        for code, opening, closing in database.execute(
            select(
                col(ProgrammeColumn.code),
                col(ProgrammeColumn.opening_audio_id),
                col(ProgrammeColumn.closing_audio_id),
            )
        )
    }
    return segments, frames


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


def _dicts(reasons: object) -> list[dict[str, object]]:
    return msgspec.convert(reasons or [], list[dict[str, object]])
