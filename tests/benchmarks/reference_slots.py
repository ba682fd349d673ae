"""H1–H7 of one station's month as a CP-SAT model: one Boolean per segment and slot that might be.

Kept and relayed slots are given. A date has as many places for new slots of a column as the column allows; a
published slot that may still change is a place of its own that is taken as it was or not at all. Where the
model is not exact it is the stricter: sessions that overlap count a slot for the maxima of both, a slot
answers an urgent debt only if it ends within the time, and the frame of a slot that only repeats counts.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ortools.sat.python import cp_model

from tests.benchmarks.reference_room import Debt, Gap, debts, gaps, without_needless
from tests.checker.counting import counted, periods_of
from tests.checker.facts import MINUTE_MS, Json, Segment, Slot, World
from tests.checker.hard import airings, faults, monthly_limit, separation
from tests.checker.wishes import aims

Expression = cp_model.LinearExpr | int


@dataclass(slots=True, kw_only=True)
class Place:
    """A slot that might be; `published`: taken as it was, or not at all. `starts` are minutes since the date's first."""

    date: dt.date
    column: str
    used: cp_model.IntVar
    items: dict[str, cp_model.IntVar]
    choices: list[tuple[Gap, cp_model.IntVar]] = field(default_factory=list)
    starts: cp_model.IntVar | None = None
    published: Slot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Airing:
    segment: str
    place: Place
    literal: cp_model.IntVar

    @property
    def date(self) -> dt.date:
        return self.place.date

    @property
    def column(self) -> str:
        return self.place.column


class StationModel:
    def __init__(self, world: World, station: str, fixed: Sequence[Slot]) -> None:
        self.world, self.station, self.fixed = world, station, list(fixed)
        self.model = cp_model.CpModel()
        self.heard = airings(world, fixed)
        self.aimed = {column: target for (code, column), target in aims(world).items() if code == station}
        self.rules = [r for r in world.rules if r["kind"] != "target" and world.applies(r, station)]
        self.debts = debts(world, station, fixed)
        self.segments = [
            s for s in world.segments.values() if world.meant_for(s, station) and world.valid_this_month(s)
        ]
        self.places: list[Place] = []
        self._published()
        for date in world.dates:
            self._date(date)
        self.airings = [
            Airing(segment=code, place=place, literal=literal)
            for place in self.places
            for code, literal in place.items.items()
        ]
        self.by_segment: dict[str, list[Airing]] = defaultdict(list)
        for airing in self.airings:
            self.by_segment[airing.segment].append(airing)
        self._separations()
        for rule in self.rules:
            if rule["kind"] == "max":
                self._maximum(rule)
        self.short_ms = [self._short(rule) for rule in self.rules if rule["kind"] == "min"]
        self.missed = [self._missed(n, debt) for n, debt in enumerate(self.debts)]
        self.sound_changed = [
            1 - p.used for p in self.places if p.published is not None and p.published.id in self.sound
        ]

    def _published(self) -> None:
        """Published slots that may change, where they may stay; `sound` are those that break nothing."""
        world, kept = self.world, self.world.kept
        before = [
            s
            for s in world.published
            if s.station == self.station and s.start >= world.freeze and s.relayed_from is None and s.id not in kept
        ]
        broken = (
            {s.id for fault in faults(world, self.station, [*self.fixed, *before]) for s in fault.slots}
            if before
            else set()
        )
        self.sound = {s.id for s in before} - broken
        for slot in before:
            if any(slot in f.slots for f in faults(world, self.station, [*self.fixed, slot])):
                continue
            used = self.model.new_bool_var(f"as published {slot.id}")
            items = {i.segment: used for i in slot.items}
            date = world.date_of(slot.start)
            self.places.append(
                Place(
                    date=date,
                    column=slot.column,
                    used=used,
                    items=items,
                    choices=[(_gap(self, slot, date), used)],
                    published=slot,
                )
            )

    def _date(self, date: dt.date) -> None:
        world = self.world
        stay = [p for p in self.places if p.date == date]
        today = [s for s in self.fixed if world.date_of(s.start) == date]
        free = {
            code: column["max_slots_per_day"] - sum(s.column == code for s in today)
            for code, column in world.columns.items()
        }
        for code, most in free.items():
            staying = [p.used for p in stay if p.column == code]
            if len(staying) > most >= 0:
                self.model.add(sum(staying) <= most)
        fitting = {
            code: self._fitting(code, date) for code, most in free.items() if most > 0 and self._wanted(code, date)
        }
        fitting = {code: some for code, some in fitting.items() if some}
        longest = {code: -(-int(world.columns[code]["slot_max_ms"]) // MINUTE_MS) * MINUTE_MS for code in fitting}
        together = sum(free[code] * longest[code] for code in fitting)
        found = gaps(world, self.station, date, self.fixed, self.debts)
        if not any(s.priority == "urgent" for some in fitting.values() for s in some):
            found = [g for g in found if not g.urgent]
        found = without_needless(found, together)
        if not found or not fitting:
            return
        timed = bool(stay) or any(g.end - g.start < together for g in found) or _overlapping(found)
        made: list[Place] = []
        for code, some in fitting.items():
            earlier: Place | None = None
            for n in range(free[code]):
                place = self._place(date, code, n, some, found, timed=timed)
                if earlier is not None:
                    self.model.add_implication(place.used, earlier.used)
                earlier = place
                made.append(place)
            used = [p.used for p in [*stay, *made] if p.column == code]
            if stay:
                self.model.add(sum(used) <= free[code])
        for segment in {s.id for some in fitting.values() for s in some} | {c for p in stay for c in p.items}:
            self.model.add_at_most_one([p.items[segment] for p in [*stay, *made] if segment in p.items])
        if timed:
            self._apart(date, made, stay)
        self.places += made

    def _wanted(self, column: str, date: dt.date) -> bool:
        """New slots of a column that nothing asks for are for what is owed alone."""
        return column in self.aimed or any(
            self.world.segments[d.segment].column in {None, column} and d.since <= date for d in self.debts
        )

    def _fitting(self, column: str, date: dt.date) -> list[Segment]:
        """H3, and H4 beside the fixed and other months' airings."""
        world, about = self.world, self.world.columns[column]
        found = []
        for segment in self.segments:
            if segment.column not in {None, column} or not segment.valid_on(date):
                continue
            if segment.duration_ms + world.frame_ms(column) > about["slot_max_ms"]:
                continue
            aired = self.heard.get(segment.id, ())
            columns = {slot.column for slot, _ in aired} | {column}
            if len(aired) >= monthly_limit(world, segment, columns):
                continue
            days = separation(world, segment, columns)
            if any(abs((world.date_of(slot.start) - date).days) < days for slot, _ in aired):
                continue
            days = separation(world, segment, {column})
            if not any(abs((d - date).days) < days for d in world.aired.get((self.station, segment.id), ())):
                found.append(segment)
        return found

    def _place(
        self, date: dt.date, column: str, number: int, some: Sequence[Segment], found: Sequence[Gap], *, timed: bool
    ) -> Place:
        model, about, name = self.model, self.world.columns[column], f"{date} {column} {number}"
        used = model.new_bool_var(name)
        items = {s.id: model.new_bool_var(f"{name} {s.id}") for s in some}
        place = Place(date=date, column=column, used=used, items=items)
        filled = sum(self.world.segments[code].duration_ms * x for code, x in items.items())
        frame = self.world.frame_ms(column)
        model.add(filled <= (about["slot_max_ms"] - frame) * used)
        model.add(filled >= max(0, about["slot_min_ms"] - frame) * used)
        for x in items.values():
            model.add_implication(x, used)
        model.add_bool_or([*items.values(), ~used])
        if len(found) == 1:
            place.choices = [(found[0], used)]
        else:
            place.choices = [(gap, model.new_bool_var(f"{name} in {n}")) for n, gap in enumerate(found)]
            model.add(sum(chosen for _, chosen in place.choices) == used)
        for gap, chosen in place.choices:
            if gap.urgent:
                urgent = [x for code, x in items.items() if self.world.segments[code].priority == "urgent"]
                model.add_bool_or([*urgent, ~chosen])
        if column not in self.aimed:
            owed = [
                x
                for code, x in items.items()
                if self.world.segments[code].priority != "normal" or self.world.segments[code].must_air is not None
            ]
            model.add_bool_or([*owed, ~used])
        if timed:
            day = self.world.at(date)
            place.starts = model.new_int_var(0, 24 * 60, f"{name} starts")
            for gap, chosen in place.choices:
                model.add(place.starts * MINUTE_MS >= gap.start - day).only_enforce_if(chosen)
                model.add(place.starts * MINUTE_MS + filled + frame <= gap.end - day).only_enforce_if(chosen)
        return place

    def _apart(self, date: dt.date, made: Sequence[Place], stay: Sequence[Place]) -> None:
        model, day = self.model, self.world.at(date)
        intervals = []
        for place in made:
            assert place.starts is not None
            about = self.world.columns[place.column]
            minutes = model.new_int_var(0, -(-int(about["slot_max_ms"]) // MINUTE_MS), "minutes")
            filled = sum(self.world.segments[code].duration_ms * x for code, x in place.items.items())
            model.add(minutes * MINUTE_MS >= filled + self.world.frame_ms(place.column)).only_enforce_if(place.used)
            ends = model.new_int_var(0, 2 * 24 * 60, "ends")
            intervals.append(model.new_optional_interval_var(place.starts, minutes, ends, place.used, "slot"))
        for place in stay:
            assert place.published is not None
            start = (place.published.start - day) // MINUTE_MS
            minutes_there = -(-place.published.length // MINUTE_MS)
            intervals.append(
                model.new_optional_fixed_size_interval_var(start, minutes_there, place.used, "as published")
            )
        model.add_no_overlap(intervals)

    def _separations(self) -> None:
        """H4 among new airings; a segment of no column keeps the stricter limits of the columns it airs in."""
        for code, some in self.by_segment.items():
            segment = self.world.segments[code]
            there = {slot.column for slot, _ in self.heard.get(code, ())}
            possible = {a.column for a in some}
            for column in sorted(possible | there):
                days = separation(self.world, segment, {column})
                most = monthly_limit(self.world, segment, {column}) - len(self.heard.get(code, ()))
                if column in there or len(possible | there) == 1:
                    self._limits(code, some, days, most, None)
                else:
                    airs_there = self.model.new_bool_var(f"{code} in {column}")
                    for airing in some:
                        if airing.column == column:
                            self.model.add_implication(airing.literal, airs_there)
                    self._limits(code, some, days, most, airs_there)

    def _limits(
        self, code: str, some: Sequence[Airing], days: int, most: int, enforced: cp_model.IntVar | None
    ) -> None:
        by_date: dict[dt.date, list[cp_model.IntVar]] = defaultdict(list)
        for airing in some:
            by_date[airing.date].append(airing.literal)
        there = [self.world.date_of(slot.start) for slot, _ in self.heard.get(code, ())]
        constraints = []
        if len(by_date) > most:
            constraints.append(self.model.add(sum(a.literal for a in some) <= max(0, most)))
        last: list[cp_model.IntVar] = []
        for n, date in enumerate(dates := sorted(by_date)):
            window = [x for d in dates[n:] if (d - date).days < days for x in by_date[d]]
            if days > 1 and len(window) > 1 and not set(map(id, window)) <= set(map(id, last)):
                constraints.append(self.model.add(sum(window) <= 1))
                last = window
            if enforced is not None and any(abs((date - other).days) < days for other in there):
                constraints.append(self.model.add(sum(by_date[date]) == 0))
        if enforced is not None:
            for constraint in constraints:
                constraint.only_enforce_if(enforced)

    def counts(self, rule: Json, airing: Airing) -> bool:
        languages = rule.get("languages")
        return airing.column == rule["column"] and (
            languages is None or self.world.segments[airing.segment].language in languages
        )

    def ms(self, airing: Airing) -> int:
        return self.world.segments[airing.segment].duration_ms

    def _short(self, rule: Json) -> cp_model.IntVar:
        parts = counted(self.world, rule, self.fixed)
        before = sum(parts.values())
        some = [a for a in self.airings if self.counts(rule, a)]
        new: list[Expression] = []
        if rule.get("repeats", True):
            new += [self.ms(a) * a.literal for a in some]
            firsts = {id(a): a.literal for a in some}
        else:
            heard = {i.segment for slot in parts for i in slot.items}
            some = [a for a in some if a.segment not in heard]
            firsts = self._firsts(some)
            new += [self.ms(a) * firsts[id(a)] for a in some]
        if rule.get("count_frame", False):
            new += [self.world.frame_ms(rule["column"]) * x for x in self._framed(some, firsts)]
        short = self.model.new_int_var(0, max(0, rule["ms"]), f"short of {rule['id']}")
        self.model.add(short >= rule["ms"] - before - sum(new))
        return short

    def _firsts(self, some: Iterable[Airing]) -> dict[int, cp_model.IntVar]:
        """By airing, whether it may count as its segment's first."""
        firsts: dict[int, cp_model.IntVar] = {}
        by_segment: dict[str, list[Airing]] = defaultdict(list)
        for airing in some:
            by_segment[airing.segment].append(airing)
        for code, theirs in by_segment.items():
            for airing in theirs:
                first = self.model.new_bool_var(f"first of {code}")
                self.model.add_implication(first, airing.literal)
                for other in theirs:
                    if other.date < airing.date:
                        self.model.add_implication(first, ~other.literal)
                firsts[id(airing)] = first
            self.model.add_at_most_one([firsts[id(a)] for a in theirs])
        return firsts

    def _framed(self, some: Iterable[Airing], counting: dict[int, cp_model.IntVar]) -> list[cp_model.IntVar]:
        """Of each place, whether something of it is counted, so that its frame is."""
        by_place: dict[int, list[cp_model.IntVar]] = defaultdict(list)
        for airing in some:
            by_place[id(airing.place)].append(counting[id(airing)])
        framed = []
        for literals in by_place.values():
            frame = self.model.new_bool_var("frame counts")
            self.model.add_bool_or([*literals, ~frame])
            framed.append(frame)
        return framed

    def _maximum(self, rule: Json) -> None:
        world = self.world
        parts = counted(world, rule, self.fixed)
        before = {
            name: sum(parts[s] for s in group) for name, group in periods_of(world, rule, self.station, parts).items()
        }
        heard: dict[str, dt.date] = {}
        if not rule.get("repeats", True):
            for slot in parts:
                for item in slot.items:
                    heard.setdefault(item.segment, world.date_of(slot.start))
        groups: dict[str, list[tuple[Place, cp_model.IntVar]]] = defaultdict(list)
        for place in self.places:
            if place.column == rule["column"]:
                for name, chosen in self._periods(rule, place):
                    groups[name].append((place, chosen))
        for name, places in groups.items():
            total: list[Expression] = []
            for place, chosen in places:
                total += self._adds(rule, place, chosen, heard)
            self.model.add(sum(total) <= max(0, rule["ms"] - before.get(name, 0)))

    def _periods(self, rule: Json, place: Place) -> list[tuple[str, cp_model.IntVar]]:
        if rule["period"] == "month":
            return [(self.world.raw["month"], place.used)]
        if rule["period"] == "day":
            return [(str(place.date), place.used)]
        return [(group, chosen) for gap, chosen in place.choices for group in gap.groups]

    def _adds(self, rule: Json, place: Place, chosen: cp_model.IntVar, heard: dict[str, dt.date]) -> list[Expression]:
        """What a place adds to a maximum where it is chosen to stand in its period."""
        counting = []
        for code, x in place.items.items():
            airing = Airing(segment=code, place=place, literal=x)
            again = code in heard and (rule["period"] == "month" or heard[code] < place.date)
            if self.counts(rule, airing) and not again:
                counting.append((self._counted_first(rule, airing), self.ms(airing)))
        if not counting:
            return []
        added: list[Expression] = [ms * x for x, ms in counting]
        if rule.get("count_frame", False):
            frame = self.model.new_bool_var("frame counts")
            for x, _ in counting:
                self.model.add_implication(x, frame)
            added.append(self.world.frame_ms(rule["column"]) * frame)
        if chosen is place.used:
            return added
        part = self.model.new_int_var(0, self.world.columns[place.column]["slot_max_ms"], "counted there")
        self.model.add(part >= sum(added)).only_enforce_if(chosen)
        return [part]

    def _counted_first(self, rule: Json, airing: Airing) -> cp_model.IntVar:
        if rule.get("repeats", True):
            return airing.literal
        first = self.model.new_bool_var("counted first")
        earlier = [
            p.items[airing.segment]
            for p in self.places
            if p.date < airing.date and p.column == airing.column and airing.segment in p.items
        ]
        self.model.add(first >= airing.literal - sum(earlier))
        return first

    def _missed(self, number: int, debt: Debt) -> cp_model.IntVar:
        answering: list[Expression] = []
        for airing in self.by_segment.get(debt.segment, ()):
            good = [chosen for gap, chosen in airing.place.choices if number in gap.answers]
            if len(good) == len(airing.place.choices):
                answering.append(airing.literal)
            elif good:
                answers = self.model.new_bool_var("answers")
                self.model.add_implication(answers, airing.literal)
                self.model.add_bool_or([*good, ~answers])
                answering.append(answers)
        missed = self.model.new_int_var(0, debt.times, f"missed of {debt.segment}")
        self.model.add(missed >= debt.times - sum(answering))
        return missed


def _gap(about: StationModel, slot: Slot, date: dt.date) -> Gap:
    """The stretch of a slot that stays where it is."""
    world = about.world
    theirs = [o for occurrences in world.relayers.get(about.station, {}).values() for o in occurrences]
    return Gap(
        start=slot.start,
        end=slot.end,
        urgent=False,
        reach=any(o.holds(slot) for o in theirs),
        groups=frozenset(f"{o.session} {o.date}" for o in world.occurrences[about.station] if o.holds(slot)),
        answers=frozenset(n for n, d in enumerate(about.debts) if d.since <= date and slot.start < d.until),
    )


def _overlapping(found: Sequence[Gap]) -> bool:
    ordered = sorted(found, key=lambda g: g.start)
    return any(later.start < earlier.end for earlier, later in pairwise(ordered))
