"""Closing a month: its entries are sealed by a hash, its figures kept with the names of that day, for ever.

What comes later is taken as an amendment and changes nothing that was closed: closing the month again makes an
amendment with figures of its own, beside the ones before.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.airing import ClosedFigure, MonthClosing
from server.db.registry import Station
from server.services import trail
from server.services.audit import record
from server.services.closing_checks import verify_closings
from server.services.closing_hashes import (
    SEAL,
    EntryHash,
    closing_hash,
    entry_hashes,
    figure_hash,
    hash_of_entries,
    hash_of_figures,
)
from server.services.closing_refusals import (
    AmendmentReasonMissing,
    HistoryDamaged,
    MonthNotClosed,
    MonthNotOver,
    NothingToAmend,
)
from server.services.context import Context
from server.services.counting_policies import policy_of
from server.services.errands import ErrandView, order
from server.services.instances import codes_in
from server.services.local_time import ZONE, local_today, midnight
from server.services.proof_ground import ProofGround
from server.services.proof_views import ProofView
from server.services.refusals import NoPlan, NotPublished
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import reached_stations
from server.services.stored_plans import draft_of, published_of


class ClosingView(Struct, frozen=True, kw_only=True):
    """`number` 0 is the closing itself, more are its amendments. `policy`: the weakest grade that counted, and the
    tolerances. `entries` were sealed by `entries_hash`, `figures` by `figures_hash`, all of it by `hash`.
    """

    month: str
    number: int
    closed_at: datetime
    closed_by: str
    revision: int | None
    policy: dict[str, Any]
    entries: int
    entries_hash: str
    figures: int
    figures_hash: str
    hash: str
    reason: str


class ClosedFigureView(Struct, frozen=True, kw_only=True):
    """A verdict as it was closed, with the names of that day."""

    station: str
    station_name: str
    verdict: ProofView


class ClosedMonth(Struct, frozen=True, kw_only=True):
    closing: ClosingView
    figures: list[ClosedFigureView]


def close_month(context: Context, month: Month, *, reason: str = "") -> ClosingView:
    """The month as it is known now, of all stations, whoever asks; once it is closed, an amendment, with its reason.

    Raises MonthNotOver, NoPlan, NotPublished, HistoryDamaged; of a month that is closed NothingToAmend,
    AmendmentReasonMissing.
    """
    _require_over(context, month)
    with context.database.read() as session:
        _require_published(session, month)
    require_whole_history(context)
    with context.database.write() as session:
        # Now that the writer's lock is held: no entry that is still to come was received before it.
        now = moment_after(context.clock(), latest_closing(session, month))
        ground = ProofGround(session, month, now)
        ground.read()
        entries = entry_hashes(session, str(month), now)
        there = {identity(station) for station in ground.stations}
        said = {int(entry.station_id) for entry in entries}
        gone = session.scalars(select(Station).where(col(Station.id).in_(said - there)).order_by(col(Station.id)))
        figures = figures_of_stations(ground, ground.stations, gone, entries)
        closing = seal_month(
            session,
            context,
            month,
            as_of=now,
            revision=ground.revision,
            reason=reason,
            entries=(len(entries), hash_of_entries(entries)),
            figures=(len(figures), hash_of_figures(map(figure_hash, figures))),
        )
        for figure in figures:
            figure.closing_id = identity(closing)
        session.add_all(figures)
        return _view(closing)


def moment_after(now: datetime, closing: MonthClosing | None) -> datetime:
    """`now`, or where the clock was put back since that closing the first moment after what it stands on: what comes later
    never seems to have been there already, and left out.
    """
    return now if closing is None else max(now, closing.as_of + timedelta(microseconds=1))


def order_closing(context: Context, month: Month, *, reason: str = "") -> ClosingView | ErrandView:
    """The same; of very many stations by workers, where there are any: to be followed. Raises ErrandUnderWay too."""
    with context.database.read() as session:
        few = len(codes_in(session, month)) <= context.few_stations
        _require_published(session, month)
        last = latest_closing(session, month)
    if few or context.jobs is None:
        return close_month(context, month, reason=reason)
    _require_over(context, month)
    if last is not None and not reason.strip():
        raise AmendmentReasonMissing(month=str(month))
    with context.database.write() as session:
        return order(session, context, "closing", str(month), {"reason": reason})


def require_whole_history(context: Context) -> None:
    """Raises HistoryDamaged."""
    faults = verify_closings(context)
    whole = trail.verify(context).whole
    if faults or not whole:
        raise HistoryDamaged(trail=not whole, faults=len(faults))


def seal_month(
    session: Session,
    context: Context,
    month: Month,
    *,
    as_of: datetime,
    revision: int,
    reason: str,
    entries: tuple[int, str],
    figures: tuple[int, str],
) -> MonthClosing:
    """The closing's own row, on the trail; of entries and figures how many there are, and the hash over them.

    Raises NothingToAmend, AmendmentReasonMissing.
    """
    last = latest_closing(session, month)
    before = session.scalars(select(col(MonthClosing.hash)).order_by(col(MonthClosing.id).desc()).limit(1)).first()
    policy, tolerances = policy_of(session, month)
    closing = MonthClosing(
        month=str(month),
        number=0 if last is None else last.number + 1,
        closed_at=context.clock(),
        closed_by=context.who.name,
        as_of=as_of,
        revision=revision,
        policy={"counts_from": int(policy), "tolerances": msgspec.to_builtins(tolerances)},
        entries=entries[0],
        entries_hash=entries[1],
        figures=figures[0],
        figures_hash=figures[1],
        hash="",
        reason=reason.strip(),
    )
    if last is not None:
        _require_amendment(closing, last)
    closing.hash = closing_hash(before or "", closing)
    session.add(closing)
    session.flush()
    record(
        session,
        context,
        at=closing.closed_at,
        action="month.closed" if last is None else "month.amended",
        subject=str(month),
        number=closing.number,
        entries=closing.entries,
        figures=closing.figures,
        hash=closing.hash,
        reason=closing.reason,
    )
    return closing


def closing_of(context: Context, month: Month) -> ClosingView | None:
    """The latest: the closing itself, or its last amendment."""
    with context.database.read() as session:
        found = latest_closing(session, month)
        return None if found is None else _view(found)


def list_closings(context: Context) -> list[ClosingView]:
    """All of all months, in the order in which they were made."""
    with context.database.read() as session:
        return [_view(row) for row in session.scalars(select(MonthClosing).order_by(col(MonthClosing.id)))]


def closed_figures(
    context: Context, month: Month, number: int | None = None, *, station: str | None = None
) -> ClosedMonth:
    """Of the stations that who asks reaches, in the order of that day; `number` None: of the latest closing.

    With the `station` its own alone, and the evidence. Raises MonthNotClosed.
    """
    reached = reached_stations(context, Right.MONTHS_READ)
    with context.database.read() as session:
        query = select(MonthClosing).where(col(MonthClosing.month) == str(month))
        if number is not None:
            query = query.where(col(MonthClosing.number) == number)
        closing = session.scalars(query.order_by(col(MonthClosing.number).desc())).first()
        if closing is None:
            raise MonthNotClosed(month=str(month), number=number)
        where = [col(ClosedFigure.closing_id) == identity(closing), col(ClosedFigure.rule) != SEAL]
        if station is not None:
            where.append(col(ClosedFigure.station) == station)
        rows = session.scalars(select(ClosedFigure).where(*where).order_by(col(ClosedFigure.id)))
        return ClosedMonth(
            closing=_view(closing),
            figures=[
                _figure_view(row, evidence=station is not None)
                for row in rows
                if reached is None or row.station_id in reached
            ],
        )


def _require_over(context: Context, month: Month) -> None:
    """Raises MonthNotOver."""
    if local_today(context) <= month.last_date:
        ends_at = midnight(month.last_date + timedelta(days=1))
        raise MonthNotOver(month=str(month), ends_at=ends_at.isoformat())


def _require_published(session: Session, month: Month) -> None:
    """Raises NoPlan, NotPublished: a draft that waits is to be published, not made anew."""
    if published_of(session, month) is None:
        raise NoPlan(month=str(month)) if draft_of(session, month) is None else NotPublished(month=str(month))


def _require_amendment(closing: MonthClosing, last: MonthClosing) -> None:
    """Raises NothingToAmend, AmendmentReasonMissing."""
    what = (closing.entries_hash, closing.revision, closing.policy)
    if what == (last.entries_hash, last.revision, last.policy):
        raise NothingToAmend(month=closing.month, closed_at=last.closed_at.astimezone(ZONE).isoformat())
    if not closing.reason:
        raise AmendmentReasonMissing(month=closing.month)


def figures_of_stations(
    ground: ProofGround | None, there: Iterable[Station], gone: Iterable[Station], entries: Iterable[EntryHash]
) -> list[ClosedFigure]:
    """Each station's verdicts and its seal; `closing_id` is still to be set. `ground` None: none of them is there."""
    said: dict[int, dict[str, str]] = {}
    for entry in entries:
        said.setdefault(int(entry.station_id), {})[entry.uid] = entry.hash
    figures: list[ClosedFigure] = []

    def add(station: Station, own: list[ClosedFigure]) -> None:
        seal: dict[str, object] = {
            "entries": said.get(identity(station), {}),
            "verdicts": {each.rule: figure_hash(each).hash for each in own},
        }
        figures.extend([*own, _figure(station, SEAL, seal)])

    if ground is not None:
        for station in there:
            views = [ground.view(each, evidence=True) for each in ground.prove(station)[1]]
            add(station, [_figure(station, view.rule, msgspec.to_builtins(view)) for view in views])
    for station in gone:
        # What the month has no more keeps what it said, and has no verdict.
        add(station, [])
    return figures


def _figure(station: Station, rule: str, figures: dict[str, object]) -> ClosedFigure:
    return ClosedFigure(
        closing_id=0,
        station_id=identity(station),
        rule=rule,
        station=station.code,
        station_name=station.name,
        figures=figures,
    )


def latest_closing(session: Session, month: Month) -> MonthClosing | None:
    query = select(MonthClosing).where(col(MonthClosing.month) == str(month))
    return session.scalars(query.order_by(col(MonthClosing.number).desc()).limit(1)).first()


def _view(row: MonthClosing) -> ClosingView:
    return ClosingView(
        month=row.month,
        number=row.number,
        closed_at=row.closed_at.astimezone(ZONE),
        closed_by=row.closed_by,
        revision=row.revision,
        policy=row.policy,
        entries=row.entries,
        entries_hash=row.entries_hash,
        figures=row.figures,
        figures_hash=row.figures_hash,
        hash=row.hash,
        reason=row.reason,
    )


def _figure_view(row: ClosedFigure, *, evidence: bool) -> ClosedFigureView:
    figures = row.figures if evidence else row.figures | {"evidence": []}
    return ClosedFigureView(
        station=row.station, station_name=row.station_name, verdict=msgspec.convert(figures, ProofView)
    )
