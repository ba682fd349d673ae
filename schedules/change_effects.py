"""What a change by hand is worth: rules, what is owed and wishes of the stations concerned, before and after."""

from collections.abc import Iterable
from dataclasses import dataclass

from schedules.editing import Attempt, PlanInHand
from schedules.evaluation import verdicts_of
from schedules.evaluation_terms import wishes
from schedules.laid_slots import lay
from schedules.owed import missed_airings
from schedules.plan import MustAirMissed, TermScores, Verdict
from schedules.problem import Slot
from schedules.problem_index import ProblemIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class StationWorth:
    """Of a station's month: verdicts without reasons, airings owed and missed, the wishes of each column."""

    verdicts: tuple[Verdict, ...]
    missed: tuple[MustAirMissed, ...]
    terms: tuple[TermScores, ...]

    @property
    def short_ms(self) -> int:
        return sum(verdict.short_ms for verdict in self.verdicts)

    @property
    def must_airs_missed(self) -> int:
        return sum(each.missed for each in self.missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationEffect:
    station: str
    before: StationWorth
    after: StationWorth


def effects(plan: PlanInHand, attempt: Attempt) -> tuple[StationEffect, ...]:
    """Of the changed station, then of those that relay the slot."""
    index = plan.index if attempt.instance is plan.instance else ProblemIndex(attempt.instance)
    return tuple(
        StationEffect(
            station=station,
            before=station_worth(plan.index, station, plan.slots),
            after=station_worth(index, station, attempt.slots),
        )
        for station in attempt.stations
    )


def station_worth(index: ProblemIndex, station: str, slots: Iterable[Slot]) -> StationWorth:
    """`slots` may be those of the whole plan."""
    view = index.view(station)
    laid = lay(index, view, (slot for slot in slots if slot.station == station))
    return StationWorth(
        verdicts=tuple(verdicts_of(view, laid)),
        missed=tuple(missed_airings(index, view, laid)),
        terms=tuple(wishes(index, view, laid)),
    )
