"""What a plan is worth, from plain values: the verdicts, the wishes, what is owed and what is uncovered.

`evaluate` takes any slots, also such as break hard constraints: those it lists as conflicts where no slot
of the plan's own making takes part (`schedules.breaks.violations` tells the others).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from schedules.breaks import breaks, slots_by_station
from schedules.evaluation_terms import wishes
from schedules.laid_slots import LaidSlot, counted_by_period, counted_by_slot, lay
from schedules.owed import missed_airings
from schedules.plan import Conflict, MustAirMissed, Plan, TermScores, Verdict
from schedules.problem import Instance, Slot
from schedules.problem_index import ProblemIndex, StationView

Reasons = Callable[[str, str], tuple[dict[str, object], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """`mean_wishes`: the costs summed over a station's columns, averaged over stations with any."""

    verdicts: tuple[Verdict, ...]
    terms: tuple[TermScores, ...]
    must_air_missed: tuple[MustAirMissed, ...]
    conflicts: tuple[Conflict, ...]
    uncovered: float
    mean_wishes: float

    @property
    def shortfall_ms(self) -> int:
        return sum(verdict.short_ms for verdict in self.verdicts)


def evaluate(
    instance: Instance,
    slots: Iterable[Slot],
    *,
    index: ProblemIndex | None = None,
    reasons: Reasons | None = None,
    alike: Callable[[str], int | None] | None = None,
) -> Evaluation:
    """Stations in the instance's order, within them rules, columns and segments in the instance's order.

    `index` saves work if the caller has one; `reasons` gives (rule, station) of a missed minimum its reasons. Stations
    of which `alike` says the same number, None apart, have the same slots and the same part of the instance but for
    names: one of them is counted for all.
    """
    index = index or ProblemIndex(instance)
    by_station = slots_by_station(slots)
    verdicts: list[Verdict] = []
    terms: list[TermScores] = []
    missed: list[MustAirMissed] = []
    conflicts: list[Conflict] = []
    aired: set[str] = set()
    counted: dict[int, _Counted] = {}
    for station in instance.stations:
        kind = alike(station.code) if alike is not None else None
        found = counted.get(kind) if kind is not None else None
        if found is None:
            view = index.view(station.code)
            laid = lay(index, view, by_station.get(station.code, ()))
            found = _Counted(
                verdicts=list(verdicts_of(view, laid)),
                terms=list(wishes(index, view, laid)),
                missed=list(missed_airings(index, view, laid)),
            )
            theirs = [each for each in breaks(index, view, laid, by_station) if each.conflict]
            conflicts += [conflict for each in theirs for conflict in each.as_conflicts()]
            aired.update(segment.id for each in laid for segment in each.counted)
            if kind is not None and not theirs:
                counted[kind] = found
        found = found.of(station.code)
        verdicts += [_reasoned(each, reasons) for each in found.verdicts]
        terms += found.terms
        missed += found.missed
    return Evaluation(
        verdicts=tuple(verdicts),
        terms=tuple(terms),
        must_air_missed=tuple(missed),
        conflicts=tuple(conflicts),
        uncovered=_uncovered(index, aired),
        mean_wishes=mean_wishes(terms),
    )


class _Counted(NamedTuple):
    verdicts: list[Verdict]
    terms: list[TermScores]
    missed: list[MustAirMissed]

    def of(self, station: str) -> "_Counted":
        return _Counted(
            [replace(each, station=station) for each in self.verdicts],
            [replace(each, station=station) for each in self.terms],
            [replace(each, station=station) for each in self.missed],
        )


def _reasoned(verdict: Verdict, reasons: Reasons | None) -> Verdict:
    if reasons is None or not verdict.short_ms:
        return verdict
    return replace(verdict, reasons=reasons(verdict.rule, verdict.station))


def as_plan(instance: Instance, slots: Iterable[Slot], evaluation: Evaluation) -> Plan:
    """The slots, sorted by station and start, with what `evaluate` says of them."""
    return Plan(
        format="loa-plan/1",
        month=instance.month,
        slots=tuple(sorted(slots, key=lambda slot: (slot.station, slot.start, slot.id))),
        verdicts=evaluation.verdicts,
        terms=evaluation.terms,
        must_air_missed=evaluation.must_air_missed,
        conflicts=evaluation.conflicts,
        uncovered=evaluation.uncovered,
    )


def mean_wishes(terms: Iterable[TermScores]) -> float:
    """0 where no station has a minimum or target."""
    stations: dict[str, float] = {}
    for each in terms:
        stations[each.station] = stations.get(each.station, 0.0) + each.cost
    return sum(stations.values()) / len(stations) if stations else 0.0


def verdicts_of(view: StationView, laid: list[LaidSlot], reasons: Reasons | None = None) -> Iterator[Verdict]:
    """One for each `min` rule of the station, and for each `max` rule its fullest period."""
    station = view.station.code
    for rule in view.min_rules:
        planned = sum(total for _, total in counted_by_slot(rule, laid))
        short = max(0, rule.ms - planned)
        verdict = Verdict(rule=rule.id, station=station, required_ms=rule.ms, planned_ms=planned, short_ms=short)
        yield _reasoned(verdict, reasons)
    for rule in view.max_rules:
        periods = counted_by_period(rule, view, laid)
        fullest = max((sum(total for _, total in slots) for slots in periods.values()), default=0)
        yield Verdict(rule=rule.id, station=station, required_ms=rule.ms, planned_ms=fullest, short_ms=0)


def eligible_somewhere(index: ProblemIndex) -> frozenset[str]:
    """Segments that at least one station could air in this month by column, language, targeting and dates."""
    first, last = index.month.first_date, index.month.last_date
    # stations that are meant alike share one set
    meant = frozenset[str]().union(*{index.view(station).meant for station in index.stations})
    return frozenset(
        segment.id
        for segment in index.instance.segments
        if segment.id in meant
        and segment.valid_from <= last
        and (segment.valid_to is None or segment.valid_to >= max(first, segment.valid_from))
    )


def _uncovered(index: ProblemIndex, aired: set[str]) -> float:
    eligible = eligible_somewhere(index)
    return len(eligible - aired) / len(eligible) if eligible else 0.0
