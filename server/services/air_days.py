"""A month on the air day by day: of what was due on each day, how much counts."""

from collections.abc import Collection
from typing import NamedTuple

from schedules.airing_results import SlotResult
from schedules.as_run import Grade
from schedules.months import Month
from server.services.context import Context
from server.services.proof_ground import ProofGround
from server.services.rows import identity

FEW = 60
"""Up to so many stations are read one by one."""


class AirDay(NamedTuple):
    """Milliseconds of airtime: planned; what of it counts; what is not over yet, or may still be reported."""

    planned_ms: int
    counted_ms: int
    open_ms: int

    @property
    def due_ms(self) -> int:
        """What counts or never will."""
        return self.planned_ms - self.open_ms


NOTHING = AirDay(0, 0, 0)


def summed(days: Collection[AirDay]) -> AirDay:
    return AirDay(*(sum(each) for each in zip(*days, strict=True))) if days else NOTHING


def air_days(context: Context, month: Month, stations: Collection[int]) -> dict[int, list[AirDay]]:
    """Of the stations with these ids, from the first of the month to its last; days are those of the stations' zone.

    Whatever who asks reaches. Raises NoPlan where nothing is published, NoStations.
    """
    with context.database.read() as session:
        ground = ProofGround(session, month, context.clock())
        wanted = [row for row in ground.stations if identity(row) in set(stations)]
        one_by_one = len(wanted) <= FEW
        if not one_by_one:
            ground.read()
        found = {}
        for row in wanted:
            if one_by_one:
                ground.read(row)
            days = [NOTHING] * month.last_date.day
            for slot in ground.prove(row)[0].slots:
                if Month.of(slot.date) == month:
                    days[slot.date.day - 1] = summed([days[slot.date.day - 1], _of(slot, ground.policy)])
            found[identity(row)] = days
        return found


def _of(slot: SlotResult, policy: Grade) -> AirDay:
    return AirDay(
        planned_ms=slot.planned_ms,
        counted_ms=sum(each.shown.counted_ms(policy) for each in slot.items)
        + sum(each.shown.counted_ms(policy) for each in slot.substitutes if each.counts),
        open_ms=sum(each.shown.planned_ms for each in slot.items if not (each.overdue or each.shown.decides(policy))),
    )
