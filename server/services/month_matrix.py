"""The month of all stations, day by day: one revision or the draft, against what was published before it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.differences import SlotChange
from schedules.months import Month
from schedules.problem import Blackout
from server.db.plans import PlanEntry, PlanRevision
from server.db.registry import Station
from server.services.board_orders import Order, chosen, page_of
from server.services.board_views import Board, BoardRow
from server.services.boards import month_board
from server.services.context import Context
from server.services.differences import difference_of
from server.services.instances import codes_in, off_air
from server.services.listing import one_of
from server.services.local_time import ZONE, midnight
from server.services.plan_views import revision_view
from server.services.refusals import UnknownRevision
from server.services.rows import identity
from server.services.stored_plans import StoredSlot, month_revisions, read_slots
from server.services.views import Page, RevisionView

ONLY = ("changed", "short")
FEW = 1_000
"""So many stations are compared slot by slot; of more it is only told that their months differ at all."""
TERMS = ("topics", "spread", "repetition")


class MatrixSlot(Struct, frozen=True, kw_only=True):
    """`kinds` as in `SlotChangeView`, none where it is as it was; `was` is its start before, where it moved.

    A removed one stands where it was. `off`: the station is off the air at that time.
    """

    key: str
    starts_at: datetime
    length_ms: int
    items: int
    relayed_from: str | None
    locked: bool
    kinds: tuple[str, ...]
    was: datetime | None
    off: bool


class MatrixDay(Struct, frozen=True, kw_only=True):
    """`off`: "whole" or "part" of the day off the air, "" neither."""

    day: date
    slots: list[MatrixSlot]
    off: str


class MatrixRow(Struct, frozen=True, kw_only=True):
    """`terms` are those of the station's column that costs most, by name; none without a plan, minimum and target."""

    row: BoardRow
    days: list[MatrixDay]
    terms: dict[str, float]
    changed: bool


class MonthMatrix(Struct, frozen=True, kw_only=True):
    """`revision` is what is shown, compared with `before`, the revision published before it; both None without a plan.

    `everyone`: the rows of all stations, whatever is asked for. `slots_changed` is None where too many stations differ to look at each slot.
    """

    month: str
    revision: RevisionView | None
    before: RevisionView | None
    revisions: list[RevisionView]
    stations_changed: int
    slots_changed: int | None
    rows: Page[MatrixRow]
    everyone: list[BoardRow]


def month_matrix(
    context: Context,
    month: Month,
    *,
    shown: str | int = "",
    order: Order | None = None,
    only: str = "",
    offset: int = 0,
    whole: bool = False,
) -> MonthMatrix:
    """The draft or, where there is none, what is published; with `shown` "draft", "published" or a revision's number
    that. `order.sort` may name a term too.

    Without a revision where there is none of that status. Raises UnknownRevision, BadField, UnknownUnit.
    """
    order = order or Order()
    one_of("only", only or None, ONLY)
    with context.database.read() as session:
        rows = month_revisions(session, month)
        plan = _chosen(rows, month, shown)
        before = _before(rows, plan)
        differing = _differing(session, plan, before)
        codes = codes_in(session, month) if before is not None else {}
        counted = _counted(session, differing, codes) if len(differing) <= FEW else None
    if counted is not None:
        differing = {station: ids for station, ids in differing.items() if station in counted}
    revision = revision_view(plan) if plan is not None else None
    board = month_board(context, month, aired=False, plan=revision)
    wanted = [row for row in _ordered(board, order) if _is(row, only, changed=row.station.id in differing)]
    found = page_of(wanted, offset=offset, whole=whole)
    with context.database.read() as session:
        stations = [row.station.id for row in found.items]
        days = _days(session, month, stations, compared=(before, plan), codes=codes)
    return MonthMatrix(
        month=str(month),
        revision=revision,
        before=revision_view(before) if before is not None else None,
        revisions=[revision_view(row) for row in rows],
        stations_changed=len(differing),
        slots_changed=sum(counted.values()) if counted is not None else None,
        rows=Page(
            items=[
                MatrixRow(
                    row=row,
                    days=days[row.station.id],
                    terms=worst_terms(row),
                    changed=row.station.id in differing,
                )
                for row in found.items
            ],
            total=found.total,
            offset=found.offset,
            limit=found.limit,
        ),
        everyone=board.rows,
    )


def worst_terms(row: BoardRow) -> dict[str, float]:
    """Those of the column that costs the station most."""
    return max(row.plan.terms, key=lambda each: each.cost).terms if row.plan.terms else {}


def _chosen(rows: Sequence[PlanRevision], month: Month, shown: str | int) -> PlanRevision | None:
    if isinstance(shown, int):
        found = next((row for row in rows if row.number == shown), None)
        if found is None:
            raise UnknownRevision(month=str(month), number=shown)
        return found
    one_of("shown", shown or None, ("draft", "published"))
    if not shown:
        return rows[0] if rows else None
    return next((row for row in rows if row.status == shown), None)


def _before(rows: Sequence[PlanRevision], plan: PlanRevision | None) -> PlanRevision | None:
    """The draft's is what is in force, a revision's the one that it took the place of."""
    older = rows[rows.index(plan) + 1 :] if plan is not None else ()
    return older[0] if older else None


def _differing(
    session: Session, plan: PlanRevision | None, before: PlanRevision | None
) -> dict[int, tuple[int | None, int | None]]:
    """By station the ids of its two month plans, where these are not the same; a revision without a station has none."""
    if plan is None or before is None:
        return {}
    entries = [
        dict(
            session.connection()
            .execute(
                select(col(PlanEntry.station_id), col(PlanEntry.month_plan_id)).where(
                    col(PlanEntry.revision_id) == each.id
                )
            )
            .all()
        )
        for each in (before, plan)
    ]
    had, has = entries
    return {
        station: (had.get(station), has.get(station))
        for station in had.keys() | has.keys()
        if had.get(station) != has.get(station)
    }


def _counted(
    session: Session, differing: Mapping[int, tuple[int | None, int | None]], codes: Mapping[int, str]
) -> dict[int, int]:
    """How many slots differ, by station; those that differ in locks or recordings alone are left out."""
    before, after = (
        read_slots(session, [plan for ids in differing.values() if (plan := ids[side]) is not None]) for side in (0, 1)
    )
    ids = {code: station for station, code in codes.items()}
    return {ids[each.station]: len(each.changes) for each in difference_of(before, after, codes).stations}


def _ordered(board: Board, order: Order) -> list[BoardRow]:
    """Raises BadField, UnknownUnit."""
    term = order.sort.removeprefix("-")
    if term not in TERMS:
        return chosen(board, order)
    rows = chosen(board, replace(order, sort=""))
    rows.sort(key=lambda row: worst_terms(row).get(term, -1.0), reverse=order.sort.startswith("-"))
    return rows


def _is(row: BoardRow, only: str, *, changed: bool) -> bool:
    if only == "short":
        return row.kind == "min" and row.short_ms > 0
    return changed if only else True


def _days(
    session: Session,
    month: Month,
    stations: Sequence[int],
    *,
    compared: tuple[PlanRevision | None, PlanRevision | None],
    codes: Mapping[int, str],
) -> dict[int, list[MatrixDay]]:
    """All days of the month, by station."""
    found = [
        read_slots(
            session,
            select(col(PlanEntry.month_plan_id)).where(
                col(PlanEntry.revision_id) == each.id, col(PlanEntry.station_id).in_(stations)
            ),
        )
        if each is not None
        else {}
        for each in compared
    ]
    had, has = found
    changes = {each.station: each.changes for each in difference_of(had, has, codes).stations}
    rows = session.scalars(select(Station).where(col(Station.id).in_(stations)))
    off = off_air(session, month, {identity(row): row for row in rows})
    return {
        station: _days_of(month, has.get(station, ()), changes.get(codes.get(station, ""), ()), off.get(station, ()))
        for station in stations
    }


def _days_of(
    month: Month, slots: Sequence[StoredSlot], changes: Sequence[SlotChange], off: Sequence[Blackout]
) -> list[MatrixDay]:
    changed = {change.after.id: change for change in changes if change.after is not None}
    found: dict[date, list[MatrixSlot]] = {}
    for slot in slots:
        change = changed.get(slot.key)
        moved = change is not None and change.before is not None and "moved" in change.kinds
        found.setdefault(slot.starts_at.astimezone(ZONE).date(), []).append(
            MatrixSlot(
                key=slot.key,
                starts_at=slot.starts_at,
                length_ms=slot.length_ms,
                items=len(slot.items),
                relayed_from=slot.relayed_from,
                locked=slot.locked,
                kinds=change.kinds if change is not None else (),
                was=change.before.start if moved and change is not None and change.before is not None else None,
                off=any(each.from_time < _end(slot) and slot.starts_at < each.to_time for each in off),
            )
        )
    for change in changes:
        if change.after is None and change.before is not None:
            gone = change.before
            found.setdefault(gone.start.astimezone(ZONE).date(), []).append(
                MatrixSlot(
                    key=gone.id,
                    starts_at=gone.start,
                    length_ms=gone.length_ms,
                    items=len(gone.items),
                    relayed_from=gone.relayed_from,
                    locked=False,
                    kinds=change.kinds,
                    was=None,
                    off=False,
                )
            )
    return [
        MatrixDay(day=day, slots=sorted(found.get(day, ()), key=lambda slot: slot.starts_at), off=_off(day, off))
        for day in month.dates()
    ]


def _end(slot: StoredSlot) -> datetime:
    return slot.starts_at + timedelta(milliseconds=slot.length_ms)


def _off(day: date, spans: Sequence[Blackout]) -> str:
    """Spans that meet are one."""
    first, after = midnight(day), midnight(day + timedelta(days=1))
    touching = sorted((max(each.from_time, first), min(each.to_time, after)) for each in spans)
    until = first
    for start, end in touching:
        if start < end and start <= until:
            until = max(until, end)
    if until >= after:
        return "whole"
    return "part" if any(start < end for start, end in touching) else ""
