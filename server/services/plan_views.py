"""Looking at plans: the revisions of a month, one station's month, the whole province's."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.library import ProgrammeColumn
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.registry import Blackout, StationState
from server.formats import day, moment
from server.services import registry
from server.services.context import Context
from server.services.instances import build_instance
from server.services.listing import touches
from server.services.local_time import ZONE, day_in, local_today, midnight
from server.services.refusals import NoColumns, NoPlan, NoStations, UnknownRevision
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import reached_stations
from server.services.stations import find_station, station_views
from server.services.stored_plans import (
    StoredSlot,
    digest_of,
    draft_of,
    month_revisions,
    published_of,
    read_slots,
)
from server.services.verdicts import Judged, judge, rule_texts, verdict_view
from server.services.views import (
    ItemView,
    ProvinceMonth,
    RevisionView,
    SlotView,
    StationMonth,
    StationRow,
    StationView,
    TermsView,
)
from server.texts import _

ALL = 1_000_000


class _Summary(msgspec.Struct, frozen=True, kw_only=True):
    stations: int
    slots: int
    airtime_ms: int
    short_ms: int
    must_air_missed: int
    conflicts: int
    uncovered: float
    mean_cost: float
    hand_changes: int = 0


class _Terms(msgspec.Struct, frozen=True, kw_only=True):
    column: str
    terms: dict[str, float]
    cost: float


def revision_view(row: PlanRevision) -> RevisionView:
    summary = msgspec.convert(row.summary, _Summary)
    return RevisionView(
        month=row.month,
        status=row.status,
        number=row.number,
        version=row.version,
        as_of=row.as_of,
        made_at=row.made_at,
        published_at=row.published_at,
        stations=summary.stations,
        slots=summary.slots,
        airtime_ms=summary.airtime_ms,
        short_ms=summary.short_ms,
        must_air_missed=summary.must_air_missed,
        conflicts=summary.conflicts,
        uncovered=summary.uncovered,
        mean_cost=summary.mean_cost,
        hand_changes=summary.hand_changes,
    )


def plan_in_force(context: Context, month: Month) -> RevisionView | None:
    """The latest published revision, else the draft."""
    with context.database.read() as session:
        row = published_of(session, month) or draft_of(session, month)
        return revision_view(row) if row else None


def list_revisions(context: Context, month: Month) -> list[RevisionView]:
    """The draft, if there is one, then what was published, the latest first."""
    with context.database.read() as session:
        return [revision_view(row) for row in month_revisions(session, month)]


def station_month(
    context: Context, code: str, month: Month, *, revision: int | None = None, draft: bool = False
) -> StationMonth:
    """As published, else as the draft has it, or as the revision of that number has it.

    With `draft` as the draft has it, else as published: what a change by hand is made to.

    A station that the plan does not know has no slots in it. Raises UnknownStation, NoPlan, UnknownRevision.
    """
    with context.database.read() as session:
        station = find_station(session, code, month)
        plan = _chosen(session, month, revision, draft=draft)
        [view] = station_views(session, [station], day_in(month, local_today(context)))
        entry = session.scalars(
            select(PlanEntry).where(
                col(PlanEntry.revision_id) == plan.id, col(PlanEntry.station_id) == identity(station)
            )
        ).one_or_none()
        slots = read_slots(session, [entry.month_plan_id]).get(identity(station), []) if entry else []
        columns = dict(session.connection().execute(select(col(ProgrammeColumn.code), col(ProgrammeColumn.name))).all())
        texts = rule_texts(session)
        return StationMonth(
            station=view,
            month=str(month),
            revision=revision_view(plan),
            digest=digest_of(slots),
            slots=[slot_view(slot, columns[slot.column]) for slot in slots],
            verdicts=[verdict_view(each, view, texts) for each in _judged(entry)],
            terms=_terms_views(view.code, msgspec.convert(entry.terms, list[_Terms]) if entry else []),
        )


def slot_view(slot: StoredSlot, column_name: str) -> SlotView:
    return SlotView(
        key=slot.key,
        column=slot.column,
        column_name=column_name,
        starts_at=slot.starts_at.astimezone(ZONE),
        length_ms=slot.length_ms,
        airtime_ms=slot.airtime_ms,
        relayed_from=slot.relayed_from,
        locked=slot.locked,
        items=[
            ItemView(
                segment=item.segment,
                title=item.title,
                start_ms=item.start_ms,
                duration_ms=item.duration_ms,
                sha256=item.sha256,
            )
            for item in slot.items
        ],
    )


def province_month(
    context: Context, month: Month, *, tier: str | None = None, district: str | None = None, query: str = ""
) -> ProvinceMonth:
    """A row for each station that is asked for, districts first; the counts above them are of all that who asks reaches.

    The figures are those of the plan in force, as it was made; before there is one, all that is required is missing.
    Raises UnknownUnit, BadField.
    """
    reached = reached_stations(context, Right.MONTHS_READ)
    everyone = _only(registry.list_stations(context, month=month, limit=ALL).items, reached)
    shown = everyone
    if tier is not None or district is not None or query:
        found = registry.list_stations(context, month=month, tier=tier, district=district, query=query, limit=ALL)
        shown = _only(found.items, reached)
    with context.database.read() as session:
        plan = published_of(session, month) or draft_of(session, month)
        rows = station_rows(session, month, everyone, plan, now=context.clock())
    districts = [row for row in rows.values() if row.tier == "district"]
    communes = [row for row in rows.values() if row.tier == "commune"]
    return ProvinceMonth(
        month=str(month),
        revision=revision_view(plan) if plan else None,
        districts_met=sum(row.status == "met" and row.kind == "min" for row in districts),
        districts=len(districts),
        communes_with_airtime=sum(row.planned_ms > 0 for row in communes),
        communes=len(communes),
        rows=[rows[view.id] for view in shown],
    )


def station_rows(
    session: Session, month: Month, stations: Sequence[StationView], plan: PlanRevision | None, *, now: datetime
) -> dict[int, StationRow]:
    """By station id, in the order of `stations`: what the plan gives each; without one all that is required is missing."""
    counted = _counted(session, plan)
    entries = (
        session.execute(
            select(col(PlanEntry.station_id), col(PlanEntry.verdicts), col(PlanEntry.terms)).where(
                col(PlanEntry.revision_id) == plan.id
            )
        ).all()
        if plan
        else ()
    )
    judged = (
        {station: msgspec.convert(verdicts, list[Judged]) for station, verdicts, _terms in entries}
        if plan
        else _without_plan(session, month, stations, now)
    )
    terms = {station: msgspec.convert(stored, list[_Terms]) for station, _verdicts, stored in entries}
    outages = _outages(session, month)
    return {
        view.id: _row(
            view,
            judged.get(view.id, []),
            counted.get(view.id, (0, 0)),
            outages.get(view.id, []),
            _terms_views(view.code, terms.get(view.id, [])),
        )
        for view in stations
    }


def _only(stations: list[StationView], reached: frozenset[int] | None) -> list[StationView]:
    return stations if reached is None else [station for station in stations if station.id in reached]


def _chosen(session: Session, month: Month, number: int | None, *, draft: bool) -> PlanRevision:
    if number is None:
        row = (draft_of(session, month) if draft else None) or published_of(session, month) or draft_of(session, month)
        if row is None:
            raise NoPlan(month=str(month))
        return row
    for row in month_revisions(session, month):
        if row.number == number:
            return row
    raise UnknownRevision(month=str(month), number=number)


def _judged(entry: PlanEntry | None) -> list[Judged]:
    return msgspec.convert(entry.verdicts, list[Judged]) if entry else []


def _counted(session: Session, plan: PlanRevision | None) -> dict[int, tuple[int, int]]:
    """How many slots each station has, and how much airtime in them."""
    if plan is None:
        return {}
    rows = session.connection().execute(
        select(
            col(PlanEntry.station_id),
            func.count(col(Slot.id).distinct()),
            func.coalesce(func.sum(col(SlotItem.duration_ms)), 0),
        )
        .join(MonthPlan, col(MonthPlan.id) == col(PlanEntry.month_plan_id))
        .join(Slot, col(Slot.month_plan_id) == col(MonthPlan.id))
        .outerjoin(SlotItem, col(SlotItem.slot_id) == col(Slot.id))
        .where(col(PlanEntry.revision_id) == plan.id)
        .group_by(col(PlanEntry.station_id))
    )
    return {station: (slots, airtime) for station, slots, airtime in rows}


def _without_plan(
    session: Session, month: Month, stations: Sequence[StationView], now: datetime
) -> dict[int, list[Judged]]:
    from schedules.evaluation import evaluate

    try:
        instance = build_instance(session, month, as_of=now)
    except (NoStations, NoColumns):
        return {}
    judged = judge(instance, evaluate(instance, ()).verdicts, ())
    return {view.id: judged.get(view.code, []) for view in stations}


def _terms_views(station: str, stored: Iterable[_Terms]) -> list[TermsView]:
    return [TermsView(station=station, column=each.column, terms=each.terms, cost=each.cost) for each in stored]


def _row(
    view: StationView,
    judged: Sequence[Judged],
    counted: tuple[int, int],
    outages: list[str],
    terms: list[TermsView],
) -> StationRow:
    """Of several minima the one that is shortest, of several targets too."""
    slots, airtime_ms = counted
    chosen = max(
        (each for each in judged if each.kind in {"min", "target"}),
        key=lambda each: (each.kind == "min", each.short_ms, each.required_ms),
        default=None,
    )
    return StationRow(
        code=view.code,
        name=view.name,
        tier=view.tier,
        district_name=view.district_name,
        required_ms=chosen.required_ms if chosen else 0,
        planned_ms=chosen.planned_ms if chosen else airtime_ms,
        short_ms=chosen.short_ms if chosen else 0,
        kind=chosen.kind if chosen else None,
        status=chosen.status if chosen else "none",
        slots=slots,
        outages=outages,
        reasons=chosen.reasons if chosen else [],
        terms=terms,
    )


def _outages(session: Session, month: Month) -> dict[int, list[str]]:
    """In words, by station, soonest first."""
    first, after = midnight(month.first_date), midnight(month.next().first_date)
    found: list[tuple[datetime, int, str]] = []
    for state in session.scalars(
        select(StationState)
        .where(col(StationState.state) != "working")
        .where(touches(col(StationState.valid_from), col(StationState.valid_to), month.first_date, month.last_date))
    ):
        what = _("hỏng") if state.state == "broken" else _("đóng")
        span = (
            _("từ {first} đến {last}", first=day(state.valid_from), last=day(state.valid_to - timedelta(days=1)))
            if state.valid_to
            else _("từ {first}", first=day(state.valid_from))
        )
        found.append((midnight(state.valid_from), state.station_id, f"{what} {span}"))
    for blackout in session.scalars(
        select(Blackout).where(col(Blackout.starts_at) < after, col(Blackout.ends_at) > first)
    ):
        span = _(
            "ngừng phát từ {first} đến {last}",
            first=moment(blackout.starts_at, ZONE),
            last=moment(blackout.ends_at, ZONE),
        )
        found.append((blackout.starts_at, blackout.station_id, span))
    outages: dict[int, list[str]] = {}
    for _starts_at, station, words in sorted(found):
        outages.setdefault(station, []).append(words)
    return outages
