"""What stands behind the wishes of a station and column: the counts and shares that people know, before any formula.

`schedules.evaluation_terms` makes the terms of the same slots.
"""

from collections import Counter
from dataclasses import dataclass

from schedules.evaluation_terms import is_reached, topic_shares
from schedules.laid_slots import LaidSlot
from schedules.problem_index import ProblemIndex, StationView


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFigure:
    """Airtime of a first-level topic or a language as a share of all, beside the share that is wished."""

    code: str
    share: float
    wished: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TermFigures:
    """Of one station and column; slots own and relayed, items those that count.

    `topics` are those with an eligible segment or airtime, `wished` 0 for one without; `weeks` the ISO weeks of the
    month in which the station broadcasts. `mean_age_days` is None without items. `passed_on_ms` is None where nobody
    relays the station. `published` are the published slots after the freeze, `changed` those that are not there as
    they were.
    """

    station: str
    column: str
    airtime_ms: int
    target_ms: int
    slots: int
    items: int
    segments: int
    weeks: int
    weeks_aired: int
    mean_age_days: float | None
    topics: tuple[ShareFigure, ...]
    languages: tuple[ShareFigure, ...]
    passed_on_ms: int | None
    published: int
    changed: int


def term_figures(index: ProblemIndex, view: StationView, laid: list[LaidSlot]) -> list[TermFigures]:
    """One for each column of the station with a minimum or target, in the instance's order, as terms are."""
    return [_figures(index, view, column, laid) for column in index.columns if column in view.targets]


def _figures(index: ProblemIndex, view: StationView, column: str, laid: list[LaidSlot]) -> TermFigures:
    there = [each for each in laid if each.slot.column == column]
    aired = [
        (each.date, segment, duration)
        for each in there
        for segment, duration in zip(each.counted, each.durations, strict=True)
    ]
    total = sum(duration for _, _, duration in aired)
    topics: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for _, segment, duration in aired:
        topics[index.first_level[segment.topic]] += duration
        languages[segment.language] += duration
    shares = topic_shares(index, view, column)
    weeks = {index.weeks[day] for day in view.broadcast_dates}
    contents = {(each.slot.start, each.slot.length_ms, each.slot.items) for each in there}
    published = [slot for slot in index.published_after_freeze(view.station.code) if slot.column == column]
    ages = [max(0, (day - segment.valid_from).days) for day, segment, _ in aired]
    return TermFigures(
        station=view.station.code,
        column=column,
        airtime_ms=total,
        target_ms=round(view.targets[column]),
        slots=len(there),
        items=len(aired),
        segments=len({segment.id for _, segment, _ in aired}),
        weeks=len(weeks),
        weeks_aired=len(weeks & {index.weeks[day] for day, _, _ in aired}),
        mean_age_days=sum(ages) / len(ages) if ages else None,
        topics=_shares(shares | {topic: shares.get(topic, 0.0) for topic in topics}, topics, total),
        languages=_shares(view.station.language_shares, languages, total),
        passed_on_ms=None
        if view.reached is None
        else sum(each.airtime_ms for each in there if is_reached(view, each.start_ms, each.end_ms)),
        published=len(published),
        changed=sum((slot.start, slot.length_ms, slot.items) not in contents for slot in published),
    )


def _shares(wished: dict[str, float], airtime: Counter[str], total: int) -> tuple[ShareFigure, ...]:
    return tuple(
        ShareFigure(code=code, share=airtime[code] / total if total else 0.0, wished=share)
        for code, share in wished.items()
    )
