"""An instance made ready for computing: everything looked up by code, each station's part of it apart."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import islice
from zoneinfo import ZoneInfo

from schedules.instants import HOUR_MS, to_ms, wall_ms
from schedules.months import Month
from schedules.occurrences import Occurrence, occurrences
from schedules.problem import Column, Instance, Rule, Segment, Slot, Station


@dataclass(slots=True, kw_only=True)
class StationView:
    """What of the instance concerns one station. `kept` holds what stays, `open_published` what may change."""

    station: Station
    occurrences: tuple[Occurrence, ...]
    meant: frozenset[str]
    """Segments whose language and targeting fit the station."""
    targets: dict[str, float]
    """Columns with a minimum or target: wished airtime in milliseconds a month."""
    min_rules: list[Rule]
    max_rules: list[Rule]
    kept: list[Slot]
    open_published: list[Slot]
    aired: dict[str, list[date]]
    reached: list[tuple[int, int]] | None
    """Spans of other stations' sessions that relay this one; None: nobody relays it."""
    parents: tuple[str, ...]
    broadcast_dates: frozenset[date] = field(default=frozenset())


class ProblemIndex:
    """Look-ups of one instance; `view` makes a station's part when it is first asked for."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.month = Month.parse(instance.month)
        self.zone = ZoneInfo(instance.timezone)
        self.first_ms = wall_ms(self.month.first_date, 0, self.zone)
        self.now_ms = to_ms(instance.now)
        # a freeze of more than a year is as good as any: the month is frozen whole
        self.freeze_ms = self.now_ms + int(min(instance.freeze_hours, 1e7) * HOUR_MS)
        self.columns: dict[str, Column] = {column.code: column for column in instance.columns}
        self.segments: dict[str, Segment] = {segment.id: segment for segment in instance.segments}
        self.stations: dict[str, Station] = {station.code: station for station in instance.stations}
        self.first_level = _first_levels(instance)
        self.topic_weight = {topic.code: float(topic.weight) for topic in instance.topics if topic.parent is None}
        self._views: dict[str, StationView] = {}
        self._meant: dict[tuple[object, ...], frozenset[str]] = {}
        self._eligible: dict[tuple[frozenset[str], str], tuple[Segment, ...]] = {}
        self._eligible_topics: dict[tuple[frozenset[str], str], frozenset[str]] = {}
        self._occurrences: dict[tuple[object, ...], tuple[Occurrence, ...]] = {}
        self._sort_by_station()
        self._sort_slots()

    def _sort_by_station(self) -> None:
        instance = self.instance
        self._targeted: dict[str, list[str]] = defaultdict(list)
        for segment in instance.segments:
            for code in segment.stations or ():
                self._targeted[code].append(segment.id)
        self._named_rules: dict[str, list[int]] = defaultdict(list)
        self._open_rules = [index for index, rule in enumerate(instance.rules) if rule.stations is None]
        for index, rule in enumerate(instance.rules):
            for code in dict.fromkeys(rule.stations or ()):
                self._named_rules[code].append(index)
        self.relayed_by: dict[str, list[str]] = defaultdict(list)
        for station in instance.stations:
            for parent in parents_of(station):
                self.relayed_by[parent].append(station.code)
        self._aired: dict[str, dict[str, list[date]]] = defaultdict(lambda: defaultdict(list))
        for airing in instance.aired:
            if airing.segment in self.segments:
                self._aired[airing.station][airing.segment].append(airing.date)

    def _sort_slots(self) -> None:
        instance = self.instance
        self._kept: dict[str, list[Slot]] = defaultdict(list)
        self._published: dict[str, list[Slot]] = defaultdict(list)
        locked_ids = {slot.id for slot in instance.locked}
        for slot in instance.locked:
            self._kept[slot.station].append(slot)
        for slot in instance.published.slots if instance.published is not None else ():
            self._published[slot.station].append(slot)
            if slot.id not in locked_ids and (slot.locked or to_ms(slot.start) < self.freeze_ms):
                self._kept[slot.station].append(slot)
        self.kept_ids = {slot.id for slots in self._kept.values() for slot in slots}

    def view(self, code: str) -> StationView:
        found = self._views.get(code)
        if found is None:
            found = self._views[code] = self._make_view(code)
        return found

    def published_after_freeze(self, code: str) -> list[Slot]:
        """What the term *change* compares with: all published slots from the freeze on, locked ones too."""
        return [slot for slot in self._published.get(code, ()) if to_ms(slot.start) >= self.freeze_ms]

    def published_of(self, code: str) -> list[Slot]:
        return self._published.get(code, [])

    def kept_of(self, code: str) -> list[Slot]:
        return self._kept.get(code, [])

    def eligible(self, view: StationView, column: str) -> tuple[Segment, ...]:
        """Segments that fit station and column and are valid on a date of the month."""
        key = (view.meant, column)
        found = self._eligible.get(key)
        if found is None:
            first, last = self.month.first_date, self.month.last_date
            found = self._eligible[key] = tuple(
                segment
                for segment in self.instance.segments
                if segment.id in view.meant
                and segment.column in {None, column}
                and segment.valid_from <= last
                and (segment.valid_to is None or segment.valid_to >= first)
                and (segment.valid_to is None or segment.valid_to >= segment.valid_from)
            )
        return found

    def eligible_topics(self, view: StationView, column: str) -> frozenset[str]:
        """The first-level topics that have an eligible segment."""
        key = (view.meant, column)
        found = self._eligible_topics.get(key)
        if found is None:
            eligible = self.eligible(view, column)
            found = self._eligible_topics[key] = frozenset(self.first_level[segment.topic] for segment in eligible)
        return found

    @cached_property
    def owed_somewhere(self) -> tuple[Segment, ...]:
        """Those with a must-air or more than the usual priority."""
        segments = self.instance.segments
        return tuple(each for each in segments if each.must_air is not None or each.priority != "normal")

    @cached_property
    def weeks(self) -> dict[date, int]:
        """The ISO week of each date of the month, numbered from 0 in their order."""
        first = self.month.first_date
        return {day: (day.day - 1 + first.weekday()) // 7 for day in self.month.dates()}

    def occurrences_of(self, code: str) -> tuple[Occurrence, ...]:
        station = self.stations[code]
        # neighbours broadcast alike: one computation, and one copy in memory
        alike = (station.sessions, station.exceptions, station.blackouts)
        found = self._occurrences.get(alike)
        if found is None:
            found = self._occurrences[alike] = occurrences(station, self.month, self.zone)
        return found

    def rules_of(self, station: Station) -> list[Rule]:
        """The rules that name the station and its tier, or leave them open, in the instance's order."""
        indexes = sorted(self._open_rules + self._named_rules.get(station.code, []))
        rules = self.instance.rules
        return [
            rules[index]
            for index in indexes
            if rules[index].tiers is None or station.tier in (rules[index].tiers or ())
        ]

    def meant_for(self, station: Station) -> frozenset[str]:
        targeted = frozenset(self._targeted.get(station.code, ()))
        key = (station.tier, frozenset(station.languages), targeted)
        found = self._meant.get(key)
        if found is None:
            found = self._meant[key] = frozenset(
                segment.id
                for segment in self.instance.segments
                if segment.language in station.languages
                and (segment.stations is None or segment.id in targeted)
                and (segment.tiers is None or station.tier in segment.tiers)
            )
        return found

    def _make_view(self, code: str) -> StationView:
        station = self.stations[code]
        rules = self.rules_of(station)
        held = self.occurrences_of(code)
        return StationView(
            station=station,
            occurrences=held,
            meant=self.meant_for(station),
            targets=_targets(rules),
            min_rules=[rule for rule in rules if rule.kind == "min"],
            max_rules=[rule for rule in rules if rule.kind == "max"],
            kept=sorted(self._kept.get(code, ()), key=lambda slot: (slot.start, slot.id)),
            open_published=[slot for slot in self._published.get(code, ()) if slot.id not in self.kept_ids],
            aired=self._aired.get(code, {}),
            reached=self._reached(code),
            parents=tuple(dict.fromkeys(session.relays for session in station.sessions if session.relays is not None)),
            broadcast_dates=frozenset(occurrence.date for occurrence in held),
        )

    def _reached(self, code: str) -> list[tuple[int, int]] | None:
        children = self.relayed_by.get(code)
        if not children:
            return None
        spans = {
            piece
            for child in children
            for occurrence in self.occurrences_of(child)
            if occurrence.relays == code
            for piece in occurrence.pieces
        }
        return sorted(spans)


def starting_from(view: StationView, moment_ms: int) -> Iterator[Occurrence]:
    """Occurrences that start then or later, in order."""
    return islice(view.occurrences, bisect_left(view.occurrences, moment_ms, key=_start), None)


def started_by(view: StationView, moment_ms: int) -> Iterator[Occurrence]:
    """Occurrences that start then or earlier, the last one first."""
    return reversed(view.occurrences[: bisect_right(view.occurrences, moment_ms, key=_start)])


def _start(occurrence: Occurrence) -> int:
    return occurrence.start_ms


def parents_of(station: Station) -> tuple[str, ...]:
    """The stations that its sessions relay, each once."""
    return tuple(dict.fromkeys(session.relays for session in station.sessions if session.relays is not None))


def _targets(rules: list[Rule]) -> dict[str, float]:
    """The largest target rule, else 1.1 × the largest month minimum; 0 is none."""
    wished: dict[str, float] = {}
    least: dict[str, float] = {}
    for rule in rules:
        if rule.kind == "target":
            wished[rule.column] = max(wished.get(rule.column, 0.0), float(rule.ms))
        elif rule.kind == "min":
            least[rule.column] = max(least.get(rule.column, 0.0), 1.1 * rule.ms)
    columns = dict.fromkeys([rule.column for rule in rules if rule.kind != "max"])
    targets = {column: wished.get(column) or least.get(column) or 0.0 for column in columns}
    return {column: ms for column, ms in targets.items() if ms > 0}


def _first_levels(instance: Instance) -> dict[str, str]:
    parents = {topic.code: topic.parent for topic in instance.topics}
    roots: dict[str, str] = {}
    for code in parents:
        root = code
        while (parent := parents[root]) is not None:
            root = parent
        roots[code] = root
    return roots


def age(day: date, valid_from: date) -> float:
    """How stale an airing is: 0 on the first valid date, 1 from four weeks on."""
    return min(1.0, max(0.0, (day - valid_from).days / 28))
