"""The whole check: breaks of the plan, the recount, and where the plan's own statements differ from it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.checker import counting, owed, wishes
from tests.checker.facts import Json, Slot, World, slot_of
from tests.checker.hard import Fault, faults
from tests.checker.relays import match, owed_relays

TOLERANCE = 1e-6
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """`code`: H1 … H7, "now" (fine print 6), "aim" (own slots where nothing asks for them), "form"."""

    code: str
    station: str
    slot: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the plan states of itself against the recount; None: not stated, or not counted."""

    about: str
    where: tuple[str, ...]
    stated: object
    counted: object


@dataclass(slots=True, kw_only=True)
class Report:
    breaks: list[Break] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    verdicts: dict[Pair, counting.Verdict] = field(default_factory=dict)
    terms: dict[Pair, dict[str, float]] = field(default_factory=dict)
    costs: dict[Pair, float] = field(default_factory=dict)
    missed: dict[Pair, int] = field(default_factory=dict)
    conflicts: set[Pair] = field(default_factory=set)
    """(slot id, code) that must be listed"""
    sound: list[Pair] = field(default_factory=list)
    """(station, id) of published own slots after the freeze that break nothing (fine print 17)"""
    sound_changed: list[Pair] = field(default_factory=list)
    """those of them that are not as they were"""
    uncovered: float = 0.0
    mean_cost: float = 0.0

    @property
    def shortfall_ms(self) -> int:
        return sum(v.short_ms for v in self.verdicts.values())

    @property
    def ok(self) -> bool:
        return not self.breaks and not self.differences


def check(instance: Json, plan: Json) -> Report:
    """Both are what `json.loads` gives; the instance is taken as valid."""
    world = World(instance)
    report = Report()
    slots = _known(world, plan, report)
    slots_of: dict[str, list[Slot]] = {code: [] for code in world.stations}
    for slot in slots:
        slots_of[slot.station].append(slot)
    kept = _kept(world, slots, report)
    owing = owed_relays(world, slots_of)
    fixed_of: dict[str, list[Slot]] = {}
    required: set[Pair] = set()
    allowed: set[Pair] = set()
    for station, theirs in slots_of.items():
        relayed, wrong, missing = match(owing[station], theirs, kept)
        for slot in wrong:
            if slot.id in kept:
                required.add((slot.id, "H7"))
            else:
                why = f"{slot.relayed_from} has no such slot in a session that relays it"
                report.breaks.append(Break(code="H7", station=station, slot=slot.id, why=why))
        for parent, content in missing:
            why = f"{parent}'s slot of {content[0]} at {_clock(world, content[1])} is not relayed"
            report.breaks.append(Break(code="H7", station=station, slot="", why=why))
        right = {s.id for s in relayed}
        fixed = [s for s in theirs if s.id in kept or s.id in right]
        fixed_of[station] = fixed
        new = {s.id for s in theirs if s.id not in kept and s.relayed_from is None}
        report.breaks.extend(_hard(faults(world, station, theirs), station, new))
        report.breaks.extend(_beginnings(world, [s for s in theirs if s.id in new]))
        for fault in faults(world, station, fixed):
            _note_conflict(fault, kept, required, allowed)
        sound = _sound(world, station, fixed)
        there = {s.content for s in theirs}
        report.sound.extend((station, s.id) for s in sound)
        report.sound_changed.extend((station, s.id) for s in sound if s.content not in there)
    report.conflicts = required
    _recount(world, slots_of, fixed_of, report)
    report.breaks.extend(_aimless(world, slots, kept))
    report.differences.extend(_compare(plan, report, allowed))
    return report


def _clock(world: World, moment: int) -> str:
    minutes = (moment - world.at(world.date_of(moment))) // 60_000
    return f"{world.date_of(moment)} {minutes // 60:02}:{minutes % 60:02}"


def _known(world: World, plan: Json, report: Report) -> list[Slot]:
    """The slots that can be judged at all; the others are breaks of form."""

    def refuse(slot: str, station: str, why: str) -> None:
        report.breaks.append(Break(code="form", station=station, slot=slot, why=why))

    if plan["format"] != "loa-plan/1" or plan["month"] != world.raw["month"]:
        refuse("", "", "not a plan of this month")
    seen: set[str] = set()
    slots = []
    for raw in plan["slots"]:
        if raw["id"] in seen:
            refuse(raw["id"], raw["station"], "id is not unique")
        elif raw["station"] not in world.stations or raw["column"] not in world.columns:
            refuse(raw["id"], raw["station"], "unknown station or column")
        else:
            slots.append(slot_of(raw))
            if not world.month_start <= slots[-1].start < world.month_end:
                refuse(raw["id"], raw["station"], "starts outside the month")
        seen.add(raw["id"])
    return slots


def _kept(world: World, slots: Sequence[Slot], report: Report) -> dict[str, Slot]:
    """Kept slots that are in the plan as they were; the others are breaks of H5."""
    by_id = {s.id: s for s in slots}
    kept = {}
    for slot in world.kept.values():
        now = by_id.get(slot.id)
        if now is None:
            why = "a kept slot is missing"
        elif (now.station, now.content, now.relayed_from) != (slot.station, slot.content, slot.relayed_from):
            why = "a kept slot was altered"
        else:
            kept[slot.id] = now
            continue
        report.breaks.append(Break(code="H5", station=slot.station, slot=slot.id, why=why))
    return kept


def _hard(found: Iterator[Fault], station: str, new: set[str]) -> Iterator[Break]:
    for fault in found:
        for slot in fault.slots:
            if slot.id in new:
                yield Break(code=fault.code, station=station, slot=slot.id, why=fault.why)


def _beginnings(world: World, new: Sequence[Slot]) -> Iterator[Break]:
    for slot in new:
        if slot.start < world.now:
            why = "a new slot starts before now"
        elif slot.start < world.freeze and not any(
            item.segment in world.segments and world.segments[item.segment].priority == "urgent" for item in slot.items
        ):
            why = "a new slot before the freeze holds nothing urgent"
        else:
            continue
        yield Break(code="now", station=slot.station, slot=slot.id, why=why)


def _aimless(world: World, slots: Sequence[Slot], kept: Mapping[str, Slot]) -> Iterator[Break]:
    """Own slots of a station and column with neither minimum nor target, but for must-airs."""
    wanted = wishes.aims(world)
    published = {(s.station, s.content) for s in world.published}
    for slot in slots:
        if (slot.station, slot.column) in wanted or slot.id in kept or slot.relayed_from is not None:
            continue
        held = [world.segments[i.segment] for i in slot.items if i.segment in world.segments]
        owed_one = any(s.priority != "normal" or s.must_air is not None for s in held)
        if not owed_one and (slot.station, slot.content) not in published:
            why = f"neither minimum nor target asks for {slot.column}, and nothing in it must air"
            yield Break(code="aim", station=slot.station, slot=slot.id, why=why)


def _note_conflict(fault: Fault, kept: Mapping[str, Slot], required: set[Pair], allowed: set[Pair]) -> None:
    """A relayed slot's place, shape and fit are its parent's affair: they may be listed here or not."""
    for slot in fault.slots:
        alone = len(fault.slots) == 1 and fault.code in {"H1", "H2", "H3"}
        if alone and slot.relayed_from is not None and slot.id not in kept:
            allowed.add((slot.id, fault.code))
        else:
            required.add((slot.id, fault.code))
    for slot in fault.beside:
        allowed.add((slot.id, fault.code))
    if fault.code == "H1" and len(fault.slots) == 2:
        allowed.update((slot.id, "H7") for slot in fault.slots)


def _sound(world: World, station: str, fixed: Sequence[Slot]) -> list[Slot]:
    """Only the station's own slots: relayed ones follow their parent."""
    before = [
        s
        for s in world.published
        if s.station == station and s.start >= world.freeze and s.relayed_from is None and s.id not in world.kept
    ]
    broken = {s.id for fault in faults(world, station, [*fixed, *before]) for s in fault.slots} if before else set()
    return [s for s in before if s.id not in broken]


def _recount(
    world: World,
    slots_of: Mapping[str, Sequence[Slot]],
    fixed_of: Mapping[str, Sequence[Slot]],
    report: Report,
) -> None:
    report.verdicts = counting.verdicts(world, slots_of)
    for station, column in wishes.aims(world):
        values = wishes.terms(world, station, column, slots_of[station])
        report.terms[station, column] = values
        report.costs[station, column] = wishes.cost(world, values)
    report.mean_cost = wishes.mean_cost(report.costs)
    report.missed = owed.missed(world, slots_of, fixed_of)
    report.uncovered = wishes.uncovered(world, [s for slots in slots_of.values() for s in slots])


def _compare(plan: Json, report: Report, allowed: set[Pair]) -> Iterator[Difference]:
    stated_verdicts = {
        (v["rule"], v["station"]): (v["required_ms"], v["planned_ms"], v["short_ms"]) for v in plan["verdicts"]
    }
    verdicts = {k: (v.required_ms, v.planned_ms, v.short_ms) for k, v in report.verdicts.items()}
    yield from _unequal("verdict", stated_verdicts, verdicts)
    if len(plan["verdicts"]) != len(stated_verdicts):
        yield Difference(about="verdict", where=(), stated="a rule and station twice", counted=None)
    yield from _compare_terms(plan, report)
    stated_missed: Counter[Pair] = Counter()
    for entry in plan["must_air_missed"]:
        stated_missed[entry["segment"], entry["station"]] += entry["missed"]
    yield from _unequal("must_air_missed", stated_missed, report.missed)
    stated_conflicts = {(c["slot"], c["code"]) for c in plan["conflicts"]}
    for pair in sorted(report.conflicts - stated_conflicts):
        yield Difference(about="conflict", where=pair, stated=None, counted="listed")
    for pair in sorted(stated_conflicts - report.conflicts - allowed):
        yield Difference(about="conflict", where=pair, stated="listed", counted=None)
    if abs(plan["uncovered"] - report.uncovered) > TOLERANCE:
        yield Difference(about="uncovered", where=(), stated=plan["uncovered"], counted=report.uncovered)


def _compare_terms(plan: Json, report: Report) -> Iterator[Difference]:
    stated: dict[Pair, dict[str, float]] = defaultdict(dict)
    for entry in plan["terms"]:
        stated[entry["station"], entry["column"]] = entry["terms"] | {"cost": entry["cost"]}
    for pair in sorted(stated.keys() | report.terms.keys()):
        if pair not in stated or pair not in report.terms:
            yield Difference(about="terms", where=pair, stated=stated.get(pair), counted=report.terms.get(pair))
            continue
        recount = report.terms[pair] | {"cost": report.costs[pair]}
        for name, value in recount.items():
            said = stated[pair].get(name)
            if said is None or abs(said - value) > TOLERANCE * max(1.0, abs(value)):
                yield Difference(about=name, where=pair, stated=said, counted=value)


def _unequal(about: str, stated: Mapping[Pair, object], counted: Mapping[Pair, object]) -> Iterator[Difference]:
    for pair in sorted(stated.keys() | counted.keys()):
        if stated.get(pair) != counted.get(pair):
            yield Difference(about=about, where=pair, stated=stated.get(pair), counted=counted.get(pair))
