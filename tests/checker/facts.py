"""The instance and the plan as small values: instants are epoch milliseconds, dates are local."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DEFAULT_WEIGHTS = {
    "topics": 4.0,
    "spread": 2.0,
    "repetition": 3.0,
    "age": 2.0,
    "target": 2.0,
    "languages": 3.0,
    "reach": 2.0,
    "change": 6.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    segment: str
    start_ms: int
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """`start` and `end` are epoch milliseconds."""

    id: str
    station: str
    column: str
    start: int
    length: int
    items: tuple[Item, ...]
    relayed_from: str | None
    locked: bool

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def content(self) -> tuple[str, int, int, tuple[Item, ...]]:
        """What makes two slots of a station the same broadcast."""
        return (self.column, self.start, self.length, self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A session on a date; `pieces` are what blackouts leave of it, never empty."""

    session: str
    relays: str | None
    date: dt.date
    start: int
    end: int
    pieces: tuple[tuple[int, int], ...]

    def holds(self, slot: Slot) -> bool:
        return any(start <= slot.start and slot.end <= end for start, end in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    id: str
    column: str | None
    duration_ms: int
    topic: str
    language: str
    valid_from: dt.date
    valid_to: dt.date | None
    priority: str
    stations: frozenset[str] | None
    tiers: frozenset[str] | None
    separation_days: int | None
    max_per_month: int | None
    must_air: tuple[int, dt.date, dt.date] | None

    def valid_on(self, date: dt.date) -> bool:
        return self.valid_from <= date and (self.valid_to is None or date <= self.valid_to)


def instant(text: str) -> int:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without offset: {text}")
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)


def day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def names(values: list[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)


def slot_of(raw: Json) -> Slot:
    return Slot(
        id=raw["id"],
        station=raw["station"],
        column=raw["column"],
        start=instant(raw["start"]),
        length=raw["length_ms"],
        items=tuple(
            Item(segment=i["segment"], start_ms=i["start_ms"], duration_ms=i["duration_ms"]) for i in raw["items"]
        ),
        relayed_from=raw.get("relayed_from"),
        locked=bool(raw.get("locked", False)),
    )


def segment_of(raw: Json) -> Segment:
    must = raw.get("must_air")
    return Segment(
        id=raw["id"],
        column=raw.get("column"),
        duration_ms=raw["duration_ms"],
        topic=raw["topic"],
        language=raw["language"],
        valid_from=dt.date.fromisoformat(raw["valid_from"]),
        valid_to=day(raw.get("valid_to")),
        priority=raw["priority"],
        stations=names(raw.get("stations")),
        tiers=names(raw.get("tiers")),
        separation_days=raw.get("separation_days"),
        max_per_month=raw.get("max_per_month"),
        must_air=None
        if must is None
        else (must["times"], dt.date.fromisoformat(must["from"]), dt.date.fromisoformat(must["to"])),
    )


class World:
    """One instance, read once. Stations, columns and rules stay the plain JSON objects they are."""

    def __init__(self, instance: Json) -> None:
        self.raw = instance
        self.zone = ZoneInfo(instance["timezone"])
        year, month = (int(part) for part in instance["month"].split("-"))
        first = dt.date(year, month, 1)
        after = dt.date(year + month // 12, month % 12 + 1, 1)
        self.dates = [first + dt.timedelta(days=n) for n in range((after - first).days)]
        self.first, self.last = self.dates[0], self.dates[-1]
        self.month_start, self.month_end = self.at(first), self.at(after)
        self.now = instant(instance["now"])
        self.freeze = self.now + round(instance.get("freeze_hours", 24) * HOUR_MS)
        self.weights = DEFAULT_WEIGHTS | instance.get("weights", {})
        self.columns: dict[str, Json] = {c["code"]: c for c in instance["columns"]}
        self.stations: dict[str, Json] = {s["code"]: s for s in instance["stations"]}
        self.rules: list[Json] = instance["rules"]
        self.segments = {s["id"]: segment_of(s) for s in instance["segments"]}
        self.published = [slot_of(s) for s in (instance.get("published") or {"slots": []})["slots"]]
        self.locked = [slot_of(s) for s in instance.get("locked", [])]
        self.aired: dict[tuple[str, str], list[dt.date]] = defaultdict(list)
        for airing in instance.get("aired", []):
            self.aired[airing["station"], airing["segment"]].append(dt.date.fromisoformat(airing["date"]))
        self._date_of: dict[int, dt.date] = {}

    def at(self, date: dt.date, minutes: int = 0) -> int:
        """The instant of a local wall clock time; 1440 minutes is the next midnight."""
        date, minutes = (date + dt.timedelta(days=1), 0) if minutes == 1440 else (date, minutes)
        wall = dt.datetime.combine(date, dt.time(minutes // 60, minutes % 60), self.zone)
        return instant(wall.isoformat())

    def date_of(self, moment: int) -> dt.date:
        if moment not in self._date_of:
            utc = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=moment)
            self._date_of[moment] = utc.astimezone(self.zone).date()
        return self._date_of[moment]

    @cached_property
    def kept(self) -> dict[str, Slot]:
        """Fine print 5, by id; `locked` holds over `published`."""
        kept = {s.id: s for s in self.published if s.start < self.freeze or s.locked}
        return kept | {s.id: s for s in self.locked}

    @cached_property
    def roots(self) -> dict[str, str]:
        """Topic → its first-level topic."""
        parents = {t["code"]: t["parent"] for t in self.raw["topics"]}

        def root(code: str) -> str:
            parent = parents[code]
            return code if parent is None else root(parent)

        return {code: root(code) for code in parents}

    @cached_property
    def topic_weights(self) -> dict[str, float]:
        return {t["code"]: t["weight"] for t in self.raw["topics"] if t["parent"] is None}

    @cached_property
    def occurrences(self) -> dict[str, list[Occurrence]]:
        """Of each station, by start."""
        return {code: self._occurrences(station) for code, station in self.stations.items()}

    def _occurrences(self, station: Json) -> list[Occurrence]:
        exceptions = {(e["session"], e["date"]): e for e in station.get("exceptions", [])}
        blackouts = sorted((instant(b["from"]), instant(b["to"])) for b in station.get("blackouts", []))
        found = []
        for session in station["sessions"]:
            begins, ends = day(session.get("from")), day(session.get("to"))
            for date in self.dates:
                if date.isoweekday() not in session["weekdays"]:
                    continue
                if (begins and date < begins) or (ends and ends < date):
                    continue
                clock = session["start"], session["end"]
                exception = exceptions.get((session["id"], date.isoformat()))
                if exception is not None:
                    if exception.get("start") is None or exception.get("end") is None:
                        continue
                    clock = exception["start"], exception["end"]
                start, end = (self.at(date, minutes_of(text)) for text in clock)
                pieces = without(start, end, blackouts)
                if pieces:
                    found.append(
                        Occurrence(
                            session=session["id"],
                            relays=session.get("relays"),
                            date=date,
                            start=start,
                            end=end,
                            pieces=pieces,
                        )
                    )
        return sorted(found, key=lambda o: (o.start, o.end, o.session))

    @cached_property
    def relayers(self) -> dict[str, dict[str, list[Occurrence]]]:
        """Parent → relaying station → the occurrences in which it relays the parent."""
        table: dict[str, dict[str, list[Occurrence]]] = defaultdict(lambda: defaultdict(list))
        for code, station in self.stations.items():
            for session in station["sessions"]:
                if session.get("relays") is not None:
                    occurrences = [o for o in self.occurrences[code] if o.session == session["id"]]
                    table[session["relays"]][code].extend(occurrences)
        return table

    def applies(self, scope: Json, station: str) -> bool:
        """Whether a rule's `stations` and `tiers`, where given, name the station."""
        listed, tiers = scope.get("stations"), scope.get("tiers")
        return (listed is None or station in listed) and (tiers is None or self.stations[station]["tier"] in tiers)

    def meant_for(self, segment: Segment, station: str) -> bool:
        """By targeting and language."""
        about = self.stations[station]
        return (
            segment.language in about["languages"]
            and (segment.stations is None or station in segment.stations)
            and (segment.tiers is None or about["tier"] in segment.tiers)
        )

    def valid_this_month(self, segment: Segment) -> bool:
        return segment.valid_from <= self.last and (
            segment.valid_to is None or max(segment.valid_from, self.first) <= segment.valid_to
        )

    def frame_ms(self, column: str) -> int:
        about = self.columns[column]
        frame: int = about["opening_ms"] + about["closing_ms"]
        return frame

    def counts(self, slot: Slot, item: Item) -> bool:
        """Fine print 4 and 7: unknown segments, and relayed items that do not fit, count nowhere."""
        segment = self.segments.get(item.segment)
        if segment is None:
            return False
        return slot.relayed_from is None or self.meant_for(segment, slot.station)


def minutes_of(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def without(start: int, end: int, cuts: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """What is left of [start, end) outside the sorted, half-open cuts."""
    pieces = []
    for cut_start, cut_end in cuts:
        if cut_end <= start or cut_end <= cut_start:
            continue
        if end <= cut_start:
            break
        if start < cut_start:
            pieces.append((start, cut_start))
        start = cut_end
    if start < end:
        pieces.append((start, end))
    return tuple(pieces)
