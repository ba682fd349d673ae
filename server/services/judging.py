"""What who looks at a doubtful airing decides: an entry of the station's log, see `schedules.judgements`.

Nothing that was said is changed.
"""

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.airing_results import ItemResult, SlotResult
from schedules.as_run import AsRun
from schedules.instants import from_ms, to_ms
from schedules.matching import Said as Placed
from schedules.months import Month
from server.db.plans import MonthPlan, Slot
from server.db.registry import Station
from server.services.airing_refusals import DoubtGone, EntryUnknown
from server.services.as_run import Said, say
from server.services.audit import record
from server.services.context import Context
from server.services.doubts import Doubt, doubts_of
from server.services.local_time import ZONE
from server.services.proof_ground import ProofGround
from server.services.refusals import BadField
from server.services.rows import identity
from server.services.stations import find_station
from server.services.turns import alone
from server.texts import _

DECISIONS = ("accept", "not_aired", "keep")


def judge(
    context: Context, code: str, month: Month, doubt: str, decision: str, *, entry: str | None = None, reason: str = ""
) -> str:
    """The uid of the entry that the decision is.

    `accept`: the statement `entry` is what was aired, or was not; `not_aired`: nothing was; `keep`: what counts now is
    right. The `reason` is told in words where none is given. Raises BadField, DoubtGone where it is settled or
    something was said since, EntryUnknown, UnknownStation, NoPlan, and what `as_run.say` refuses.
    """
    if decision not in DECISIONS:
        raise BadField(field="decision", value=decision, expected=", ".join(DECISIONS))
    with alone(context, "airing-judged"):
        at = context.clock()
        with context.database.read() as session:
            station = find_station(session, code, month)
            ground = ProofGround(session, month, at, only=[station])
            found = next((each for each in doubts_of(ground, station) if each.id == doubt), None)
            if found is None:
                raise DoubtGone(station=code, month=str(month))
            accepted = _accepted(found, decision, entry, code)
            said = msgspec.structs.replace(_decision(session, station, found, decision, accepted), seen_at=at)
            if reason.strip():
                said = msgspec.structs.replace(said, reason=reason.strip())
        outcome = say(context, [said], source="judgement", station=code)
        [line] = outcome.lines
        if line.refusal is not None:
            raise line.refusal
        if line.entry is None:
            raise TypeError("a line that is taken has its entry")
        with context.database.write() as session:
            record(
                session,
                context,
                at=context.clock(),
                action="airing.judged",
                subject=code,
                decision=decision,
                entry=line.entry,
                slot=said.slot,
                segment=said.segment,
                title=said.title,
                over=[each.statement.uid for each in found.saids],
                reason=said.reason,
                amends=line.amends,
            )
        return line.entry


def _accepted(doubt: Doubt, decision: str, entry: str | None, code: str) -> Placed:
    """The statement that the decision is a copy of; of `not_aired` the best of those that it denies."""
    if decision == "accept":
        for said in doubt.saids:
            if said.statement.uid == entry:
                return said
        raise EntryUnknown(entry=entry or "", station=code)
    saids = doubt.saids
    if decision == "keep":
        saids = tuple(said for said in saids if said.statement.uid in doubt.deciding) or saids
        return max(saids, key=lambda said: (said.ms, said.statement.aired, said.statement.uid))
    return max(saids, key=lambda said: (said.statement.grade, said.statement.uid))


def _decision(session: Session, station: Station, doubt: Doubt, decision: str, placed: Placed) -> Said:
    """Without its reason where one was given."""
    statement = placed.statement
    aired = decision != "not_aired" and statement.aired
    by_itself = doubt.slot is not None and doubt.segment is not None
    if doubt.item is not None and doubt.slot is not None:
        start_ms: int | None = _start_of_item(doubt.slot, doubt.item, placed) if aired else doubt.item.start_ms
    else:
        start_ms = placed.start_ms
        if start_ms is None and not by_itself and statement.slot is not None:
            start_ms = _start_of_old_slot(session, station, statement.slot)
    return Said(
        line=1,
        slot=doubt.slot.slot.id if by_itself and doubt.slot is not None else None,
        segment=doubt.segment,
        title=statement.title if doubt.segment is None else doubt.title,
        starts_at=None if start_ms is None else from_ms(start_ms, ZONE),
        duration_ms=_length(doubt, placed) if aired else None,
        aired=aired,
        reason=_in_words(decision, statement),
        external_id=f"{doubt.id}:{decision}:{statement.uid}",
        corrects=statement.uid,
        judged_as=statement.grade,
    )


def _length(doubt: Doubt, placed: Placed) -> int | None:
    """What it shows here; beside the plan a length that nobody said stays unsaid."""
    return placed.ms if doubt.item is not None or placed.said_ms is not None else None


def _start_of_item(slot: SlotResult, item: ItemResult, placed: Placed) -> int:
    """As it was said, unless that lies nearer to another airing of the segment in the slot."""
    if placed.start_ms is None:
        return item.start_ms
    start_ms = item.start_ms + (placed.late_by_ms or 0)
    same = [each for each in slot.items if each.item.segment == item.item.segment]
    return start_ms if min(same, key=lambda each: abs(each.start_ms - start_ms)) is item else item.start_ms


def _start_of_old_slot(session: Session, station: Station, key: str) -> int | None:
    """Of a slot that the plan had once."""
    starts_at = session.scalars(
        select(col(Slot.starts_at))
        .join(MonthPlan, col(MonthPlan.id) == col(Slot.month_plan_id))
        .where(col(MonthPlan.station_id) == identity(station), col(Slot.key) == key)
        .order_by(col(Slot.id).desc())
    ).first()
    return None if starts_at is None else to_ms(starts_at)


def _in_words(decision: str, statement: AsRun) -> str:
    if decision == "not_aired":
        return _("không phát")
    if decision == "keep":
        return _("giữ như đang tính")
    return _("theo điều đã báo là đã phát") if statement.aired else _("theo điều đã báo là không phát")
