"""What a slot of the draft could hold: the best segments for one of its places, and what makes it so long."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.change_effects import station_worth
from schedules.editing import AddSlot, AlterSlot
from schedules.instants import from_ms
from schedules.months import Month
from schedules.problem import Slot
from schedules.slot_candidates import Candidate, Filling, Made, candidates, filled
from server.db.library import Segment, Topic
from server.services.context import Context
from server.services.editing import WorthView, worth_view
from server.services.plans_in_hand import Held, plan_in_hand
from server.services.refusals import BadField, UnknownColumn, UnknownSlot

MOST = 12


class CandidateView(Struct, frozen=True, kw_only=True):
    """`segments` is all that the slot holds with it, `length_ms` how long it then is; `after` is the station's month."""

    segment: str
    title: str
    topic_name: str
    duration_ms: int
    segments: list[str]
    length_ms: int
    after: WorthView


class CandidatesView(Struct, frozen=True, kw_only=True):
    """The best first. `replaces` is the segment in whose place they are tried; null: after all that are there.

    `before` is what the station's month is worth as it is.
    """

    month: str
    station: str
    version: int
    replaces: str | None
    before: WorthView
    candidates: list[CandidateView]


def slot_candidates(
    context: Context, code: str, month: Month, slot: str, *, position: int | None = None, held: Filling | None = None
) -> CandidatesView:
    """For the place of the item at `position`, from 1 on, or after the last one.

    With `held` as if the slot held these segments. Raises UnknownStation, NoPlan, UnknownSlot, BadField.
    """
    with context.database.read() as session:
        hand = plan_in_hand(session, context, month, code, version=None, at=context.clock())
        there = _slot(hand, slot)
        segments = tuple(item.segment for item in there.items) if held is None else held
        place = len(segments) if position is None else position - 1
        if position is not None and not 0 <= place < len(segments):
            raise BadField(field="position", value=str(position), expected=f"1 … {len(segments)}")
        rest = segments[place + 1 :]
        known = hand.plan.index.eligible(hand.plan.index.view(hand.station), there.column)
        found = candidates(
            hand.plan,
            _altered(hand, there),
            [(each.id, (*segments[:place], each.id, *rest)) for each in known if each.id not in segments],
            most=MOST,
        )
        replaced = segments[place] if position is not None else None
        return _view(session, month, hand, found, replaces=replaced)


def new_slot_candidates(context: Context, code: str, month: Month, column: str, start: datetime) -> CandidatesView:
    """For a slot that is to be added, each as if it were the first in it, which may be too short alone. Raises UnknownStation, NoPlan, UnknownColumn."""
    with context.database.read() as session:
        hand = plan_in_hand(session, context, month, code, version=None, at=context.clock())
        known = hand.plan.index.eligible(hand.plan.index.view(hand.station), _known(hand, column))
        fillings = [(each.id, (each.id,)) for each in known]
        found = candidates(hand.plan, _added(hand, column, start), fillings, most=MOST, growing=True)
        return _view(session, month, hand, found)


def filling_of(
    context: Context, code: str, month: Month, slot: str, *, length_ms: int, start: datetime | None = None
) -> list[str]:
    """The segments with which the slot is about that long: the best added, or the last ones left out.

    Raises UnknownStation, NoPlan, UnknownSlot.
    """
    with context.database.read() as session:
        hand = plan_in_hand(session, context, month, code, version=None, at=context.clock())
    there = _slot(hand, slot)
    have = tuple(item.segment for item in there.items)
    made = _altered(hand, there, start)
    return list(filled(hand.plan, made, have, column=there.column, station=hand.station, length_ms=length_ms))


def new_filling(
    context: Context, code: str, month: Month, column: str, start: datetime, *, length_ms: int, have: Filling = ()
) -> list[str]:
    """The same for a slot that is to be added. Raises UnknownStation, NoPlan, UnknownColumn."""
    with context.database.read() as session:
        hand = plan_in_hand(session, context, month, code, version=None, at=context.clock())
    made = _added(hand, _known(hand, column), start)
    return list(filled(hand.plan, made, have, column=column, station=hand.station, length_ms=length_ms))


def _slot(hand: Held, slot: str) -> Slot:
    found = hand.plan.slot(hand.station, slot)
    if found is None:
        raise UnknownSlot(slot=slot, station=hand.station)
    return found


def _known(hand: Held, column: str) -> str:
    known = [each.code for each in hand.basis.instance.columns]
    if column not in known:
        raise UnknownColumn(column=column, known=known)
    return column


def _altered(hand: Held, slot: Slot, start: datetime | None = None) -> Made:
    return lambda segments: AlterSlot(station=hand.station, slot=slot.id, start=start, segments=segments)


def _added(hand: Held, column: str, start: datetime) -> Made:
    index = hand.plan.index
    # What would start outside the month is refused by the change itself; candidates are told all the same.
    inside = (
        start if Month.of(start.astimezone(index.zone).date()) == index.month else from_ms(index.first_ms, index.zone)
    )
    return lambda segments: AddSlot(station=hand.station, column=column, start=inside, segments=segments)


def _view(
    session: Session, month: Month, hand: Held, found: Iterable[Candidate], *, replaces: str | None = None
) -> CandidatesView:
    listed = list(found)
    names = {
        code: (title, topic)
        for code, title, topic in session.connection().execute(
            select(col(Segment.code), col(Segment.title), col(Topic.name))
            .join(Topic, col(Topic.id) == col(Segment.topic_id))
            .where(col(Segment.code).in_([each.segment for each in listed]))
        )
    }
    index = hand.plan.index
    return CandidatesView(
        month=str(month),
        station=hand.station,
        version=hand.revision.version,
        replaces=replaces,
        before=worth_view(station_worth(index, hand.station, hand.plan.by_station.get(hand.station, ()))),
        candidates=[
            CandidateView(
                segment=each.segment,
                title=names[each.segment][0],
                topic_name=names[each.segment][1],
                duration_ms=index.segments[each.segment].duration_ms,
                segments=list(each.segments),
                length_ms=each.length_ms,
                after=worth_view(each.worth),
            )
            for each in listed
        ],
    )
