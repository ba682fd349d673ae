"""What becomes of a station while people watch: it closes, breaks down, works again, goes dark for some hours.

Each is a dated row with its reason on the trail; then the months it touches are planned anew (see `replanning`).
Slots that are too near or locked stay in the draft, and are counted as left.
"""

from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.registry import Blackout, Station, StationState
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.listing import one_of, touches
from server.services.local_time import ZONE, midnight
from server.services.plain_text import one_line
from server.services.plans import Progress
from server.services.refusals import BadField, EndNotAfterStart, OutageOverlaps, StationWorks
from server.services.replanning import LONGEST_REASON, ReplannedView, planned_months, replan
from server.services.rows import identity
from server.services.stations import find_station
from server.services.stored_plans import StoredSlot

_FIRST, _LAST = date(1950, 1, 1), date(2999, 12, 31)
STATES = ("closed", "broken")


class StationChangeView(Struct, frozen=True, kw_only=True):
    """`kind`: closed, broken, working or blackout, half-open from `starts_at` to `ends_at`, null where no end is known."""

    station: str
    station_name: str
    kind: str
    starts_at: datetime
    ends_at: datetime | None
    reason: str
    replanned: ReplannedView


def _in_our_time(field: str, day: date) -> None:
    """Days beyond can't be told in every zone, and are slips of the hand."""
    if not _FIRST <= day <= _LAST:
        raise BadField(field=field, value=str(day), expected=f"{_FIRST} … {_LAST}")


def close_station(
    context: Context,
    code: str,
    *,
    first: date,
    last: date | None,
    reason: str,
    state: str = "closed",
    progress: Progress | None = None,
) -> StationChangeView:
    """It transmits nothing from `first` to `last`, both included, or until it works again.

    Raises UnknownStation, BadField, EndNotAfterStart, OutageOverlaps, InvalidInstance.
    """
    one_of("state", state, STATES)
    _in_our_time("from", first)
    if last is not None:
        _in_our_time("to", last)
    why = one_line("reason", reason, longest=LONGEST_REASON)
    if last is not None and last < first:
        raise EndNotAfterStart(start=first.isoformat(), end=last.isoformat())
    with disk_refusals(context.home), context.database.write() as session:
        station = find_station(session, code, Month.of(first))
        for other in _outages(session, station, first, last):
            raise OutageOverlaps(
                station=code,
                kind=other.state,
                start=other.valid_from.isoformat(),
                end=(other.valid_to - timedelta(days=1)).isoformat() if other.valid_to else None,
            )
        after = last + timedelta(days=1) if last is not None else None
        session.add(StationState(station_id=identity(station), state=state, valid_from=first, valid_to=after, note=why))
        _record(
            session,
            context,
            station,
            f"station.{state}",
            first=str(first),
            last=_text(last),
            reason=why,
            before={"state": "working"},
            after={"state": state},
        )
    ends_at = midnight(after) if after is not None else None
    return _replanned(context, station, state, midnight(first), ends_at, reason=why, progress=progress)


def reopen_station(
    context: Context, code: str, *, first: date, reason: str = "", progress: Progress | None = None
) -> StationChangeView:
    """It works from `first` on: what closed it that day ends before it, and never was where it began that day.

    Raises UnknownStation, BadField, StationWorks, InvalidInstance.
    """
    _in_our_time("from", first)
    why = one_line("reason", reason, longest=LONGEST_REASON, required=False)
    with disk_refusals(context.home), context.database.write() as session:
        station = find_station(session, code, Month.of(first))
        ended = _outages(session, station, first, first)
        if not ended:
            raise StationWorks(station=code, day=first.isoformat())
        ends = [row.valid_to for row in ended]
        before = [_outage(row) for row in ended]
        for row in ended:
            if row.valid_from < first:
                row.valid_to = first
                session.add(row)
            else:
                session.delete(row)
        _record(
            session,
            context,
            station,
            "station.reopened",
            first=str(first),
            reason=why,
            before={"outages": before},
            after={"outages": [_outage(row) for row in ended if row.valid_from < first]},
        )
    until = max((midnight(end) for end in ends if end is not None), default=None) if None not in ends else None
    return _replanned(context, station, "working", midnight(first), until, reason=why, progress=progress)


def black_out(
    context: Context,
    code: str,
    *,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    progress: Progress | None = None,
) -> StationChangeView:
    """Nothing is placed from `starts_at` until `ends_at`; both aware.

    Raises UnknownStation, BadField, EndNotAfterStart, OutageOverlaps, InvalidInstance.
    """
    _in_our_time("from", starts_at.date())
    _in_our_time("to", ends_at.date())
    why = one_line("reason", reason, longest=LONGEST_REASON)
    if ends_at <= starts_at:
        raise EndNotAfterStart(start=_local(starts_at), end=_local(ends_at))
    with disk_refusals(context.home), context.database.write() as session:
        station = find_station(session, code, Month.of(starts_at.astimezone(ZONE).date()))
        other = session.scalars(
            select(Blackout)
            .where(col(Blackout.station_id) == identity(station))
            .where(col(Blackout.starts_at) < ends_at, col(Blackout.ends_at) > starts_at)
            .limit(1)
        ).one_or_none()
        if other is not None:
            raise OutageOverlaps(
                station=code, kind="blackout", start=_local(other.starts_at), end=_local(other.ends_at)
            )
        session.add(Blackout(station_id=identity(station), starts_at=starts_at, ends_at=ends_at, note=why))
        _record(
            session, context, station, "station.blackout", first=_local(starts_at), last=_local(ends_at), reason=why
        )
    return _replanned(context, station, "blackout", starts_at, ends_at, reason=why, progress=progress)


def _replanned(
    context: Context,
    station: Station,
    kind: str,
    starts_at: datetime,
    ends_at: datetime | None,
    *,
    reason: str,
    progress: Progress | None,
) -> StationChangeView:
    key = identity(station)

    def stands_in_the_way(owner: int, slot: StoredSlot) -> bool:
        ends = slot.starts_at + timedelta(milliseconds=slot.length_ms)
        return owner == key and starts_at < ends and (ends_at is None or slot.starts_at < ends_at)

    months = [
        month
        for month in planned_months(context)
        if starts_at < month.bounds(ZONE)[1] and (ends_at is None or month.bounds(ZONE)[0] < ends_at)
    ]
    # What opens stands in nobody's way: the station may become better in any month.
    opens = kind == "working"
    replanned = replan(
        context,
        months,
        subject=station.code,
        reason=reason,
        affected=None if opens else stands_in_the_way,
        concerned=(lambda basis: [code for each, code in basis.codes.items() if each == key]) if opens else None,
        progress=progress,
    )
    return StationChangeView(
        station=station.code,
        station_name=station.name,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        replanned=replanned,
    )


def _outages(session: Session, station: Station, first: date, last: date | None) -> list[StationState]:
    """Closed or broken on some day from `first` to `last`, both included; the earliest first."""
    rows = session.scalars(
        select(StationState)
        .where(col(StationState.station_id) == identity(station), col(StationState.state) != "working")
        .where(touches(col(StationState.valid_from), col(StationState.valid_to), first, last or date.max))
        .order_by(col(StationState.valid_from))
    )
    return list(rows)


def _record(session: Session, context: Context, station: Station, action: str, **facts: Any) -> None:
    record(session, context, at=context.clock(), action=action, subject=station.code, **facts)


def _outage(row: StationState) -> dict[str, object]:
    """For the trail; `to` is the day on which it works again."""
    return {
        "state": row.state,
        "from": row.valid_from.isoformat() if row.valid_from else None,
        "to": _text(row.valid_to),
    }


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat(timespec="minutes")


def _text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
