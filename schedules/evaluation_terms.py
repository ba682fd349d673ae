"""The wishes of a station and column: each term as planning.md defines it, in [0, 1] but for *target*."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from schedules.laid_slots import LaidSlot
from schedules.plan import TermScores
from schedules.problem import Slot
from schedules.problem_index import ProblemIndex, StationView, age

TERMS = ("topics", "spread", "repetition", "age", "target", "languages", "reach", "change")


def wishes(index: ProblemIndex, view: StationView, laid: list[LaidSlot]) -> Iterator[TermScores]:
    """An entry for each column of the station with a minimum or target, in the instance's order."""
    weights = index.instance.weights
    for column in index.columns:
        if column not in view.targets:
            continue
        of_column = [each for each in laid if each.slot.column == column]
        total = sum(each.airtime_ms for each in of_column)
        terms = {
            "topics": _topics(index, view, column, of_column, total),
            "spread": _spread(index, view, of_column, total),
            "repetition": _repetition(of_column),
            "age": _age(of_column),
            "target": abs(total - view.targets[column]) / view.targets[column],
            "languages": _languages(view, of_column, total),
            "reach": _reach(view, of_column, total),
            "change": _change(index, view, column, of_column),
        }
        cost = sum(getattr(weights, name) * terms[name] for name in TERMS)
        yield TermScores(station=view.station.code, column=column, terms=terms, cost=cost)


def topic_shares(index: ProblemIndex, view: StationView, column: str) -> dict[str, float]:
    """Wished share of each first-level topic that has an eligible segment; in sum 1."""
    present = index.eligible_topics(view, column)
    weights = {topic: weight for topic, weight in index.topic_weight.items() if topic in present}
    total = sum(weights.values())
    if total <= 0:
        return {topic: 1 / len(weights) for topic in weights}
    return {topic: weight / total for topic, weight in weights.items()}


def week_shares(index: ProblemIndex, view: StationView) -> dict[int, float]:
    """Share of each ISO week of the month in the dates on which the station broadcasts."""
    days = Counter(index.weeks[day] for day in view.broadcast_dates)
    total = sum(days.values())
    return {week: days[week] / total if total else 0.0 for week in dict.fromkeys(index.weeks.values())}


def _topics(index: ProblemIndex, view: StationView, column: str, laid: list[LaidSlot], total: int) -> float:
    if not total:
        return 1.0
    airtime: dict[str, int] = defaultdict(int)
    for each in laid:
        for segment, duration in zip(each.counted, each.durations, strict=True):
            airtime[index.first_level[segment.topic]] += duration
    shares = topic_shares(index, view, column)
    return sum(abs(airtime[topic] / total - share) for topic, share in shares.items()) / 2


def _spread(index: ProblemIndex, view: StationView, laid: list[LaidSlot], total: int) -> float:
    if not total or not view.broadcast_dates:
        return 1.0
    airtime: dict[int, int] = defaultdict(int)
    for each in laid:
        airtime[index.weeks[each.date]] += each.airtime_ms
    return sum(abs(airtime[week] / total - share) for week, share in week_shares(index, view).items()) / 2


def _repetition(laid: list[LaidSlot]) -> float:
    items = [segment.id for each in laid for segment in each.counted]
    return (len(items) - len(set(items))) / len(items) if items else 0.0


def _age(laid: list[LaidSlot]) -> float:
    ages = [age(each.date, segment.valid_from) for each in laid for segment in each.counted]
    return sum(ages) / len(ages) if ages else 0.0


def _languages(view: StationView, laid: list[LaidSlot], total: int) -> float:
    shares = view.station.language_shares
    if not shares:
        return 0.0
    if not total:
        return 1.0
    airtime: dict[str, int] = defaultdict(int)
    for each in laid:
        for segment, duration in zip(each.counted, each.durations, strict=True):
            airtime[segment.language] += duration
    return min(1.0, sum(max(0.0, share - airtime[name] / total) for name, share in shares.items()))


def _reach(view: StationView, laid: list[LaidSlot], total: int) -> float:
    if view.reached is None:
        return 0.0
    if not total:
        return 1.0
    passed_on = sum(each.airtime_ms for each in laid if is_reached(view, each.start_ms, each.end_ms))
    return 1 - passed_on / total


def is_reached(view: StationView, start_ms: int, end_ms: int) -> bool:
    """Whether a slot there lies wholly within an occurrence of a session that relays this station."""
    return any(first <= start_ms and end_ms <= last for first, last in view.reached or ())


def _change(index: ProblemIndex, view: StationView, column: str, laid: list[LaidSlot]) -> float:
    before = [slot for slot in index.published_after_freeze(view.station.code) if slot.column == column]
    if not before:
        return 0.0
    there = {_content(each.slot) for each in laid}
    return sum(_content(slot) not in there for slot in before) / len(before)


def _content(slot: Slot) -> tuple[object, ...]:
    return (slot.start, slot.length_ms, slot.items)
