"""A station's month as a calendar: its sessions and what cuts them, its slots, what may be changed and what was."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.months import Month
from schedules.occurrences import occurrences
from server.db.registry import BroadcastSession, Station
from server.services.access_refusals import OutOfReach, RightMissing, SignInNeeded
from server.services.campaigns import freeze_of
from server.services.context import Context
from server.services.differences import SlotChangeView, slot_changes
from server.services.instances import codes_in, month_instance
from server.services.local_time import ZONE, local_today
from server.services.plan_views import station_month
from server.services.plans import default_as_of
from server.services.reach import require
from server.services.registry import get_station, station_names
from server.services.rights import Right
from server.services.rows import identity
from server.services.stations import find_station
from server.services.stored_plans import draft_of, plans_of, published_of, read_slots
from server.services.views import OutageView, SlotView, StationMonth, StationView


class SessionSpan(Struct, frozen=True, kw_only=True):
    """A session on a date as it is scheduled; `pieces` are what outages leave of it, maybe nothing."""

    code: str
    name: str
    starts_at: datetime
    ends_at: datetime
    relays: str | None
    pieces: list[tuple[datetime, datetime]]


class StationCalendar(Struct, frozen=True, kw_only=True):
    """`plan` null: the month has none. `stays` tells by slot key why it may not be changed: relayed, begun, locked or
    near; the others may be. `changes` are those of the draft against what is published, by slot key; `removed` are
    published slots that the draft has no more. `names` are of the stations that are relayed, by code.
    """

    station: StationView
    month: str
    now: datetime
    plan: StationMonth | None
    sessions: list[SessionSpan]
    outages: list[OutageView]
    stays: dict[str, str]
    changes: dict[str, SlotChangeView]
    removed: list[SlotView]
    names: dict[str, str]


def may_change(context: Context, code: str, month: Month) -> bool:
    """Whether who asks may change the station's month by hand."""
    try:
        require(
            context,
            context.who,
            Right.PLANS_CHANGE,
            "station",
            code,
            on=local_today(context),
            month=str(month),
        )
    except (SignInNeeded, RightMissing, OutOfReach):
        return False
    return True


def station_calendar(context: Context, code: str, month: Month, *, draft: bool) -> StationCalendar:
    """As published, else as the draft has it; with `draft` as the draft has it, else as published.

    Raises UnknownStation.
    """
    details = get_station(context, code, month)
    as_of = default_as_of(context, month)
    with context.database.read() as session:
        station = find_station(session, code, month)
        published, drafted = published_of(session, month), draft_of(session, month)
        sessions = _sessions(session, month, station, as_of, {each.code: each.name for each in details.sessions})
        freeze = freeze_of(session, month)
        in_force = read_slots(session, plans_of(published.id, identity(station))) if published is not None else {}
        there = {slot.key for slot in in_force.get(identity(station), ())}
        changes = (
            slot_changes(session, month, station, published, drafted)
            if draft and published is not None and drafted is not None
            else []
        )
    plan = station_month(context, code, month, draft=draft) if published is not None or drafted is not None else None
    slots = plan.slots if plan is not None else []
    return StationCalendar(
        station=details.station,
        month=str(month),
        now=context.clock().astimezone(ZONE),
        plan=plan,
        sessions=sessions,
        outages=details.outages,
        stays={slot.key: why for slot in slots if (why := _stays(slot, as_of, freeze, there)) is not None},
        changes={each.after.key: each for each in changes if each.after is not None},
        removed=[each.before for each in changes if each.after is None and each.before is not None],
        names=_names(context, month, slots, sessions),
    )


def _stays(slot: SlotView, now: datetime, freeze: timedelta, published: set[str]) -> str | None:
    """As `schedules.editing` refuses a change of it, the first reason."""
    if slot.relayed_from is not None:
        return "relayed"
    if slot.starts_at < now:
        return "begun"
    if slot.locked:
        return "locked"
    return "near" if slot.key in published and slot.starts_at < now + freeze else None


def _sessions(
    session: Session, month: Month, station: Station, as_of: datetime, names: dict[str, str]
) -> list[SessionSpan]:
    parents = session.scalars(
        select(col(Station.code))
        .join(BroadcastSession, col(BroadcastSession.relays_station_id) == col(Station.id))
        .where(col(BroadcastSession.station_id) == identity(station))
    )
    codes = codes_in(session, month, {station.code, *parents})
    instance = month_instance(session, month, [station], codes, as_of=as_of, named=set(), only_named=True)
    [here] = instance.stations
    held = {(each.session, each.date): each.piece_times for each in occurrences(here, month, ZONE)}
    return [
        SessionSpan(
            code=each.session,
            name=names.get(each.session, each.session),
            starts_at=each.start,
            ends_at=each.end,
            relays=each.relays,
            pieces=list(held.get((each.session, each.date), ())),
        )
        for each in occurrences(replace(here, blackouts=()), month, ZONE)
    ]


def _names(
    context: Context, month: Month, slots: Iterable[SlotView], sessions: Iterable[SessionSpan]
) -> dict[str, str]:
    codes = {slot.relayed_from for slot in slots if slot.relayed_from}
    codes |= {each.relays for each in sessions if each.relays}
    return station_names(context, codes, month)
