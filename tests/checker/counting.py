"""What a rule counts of a station's slots, and the verdicts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.checker.facts import Json, Slot, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    rule: str
    station: str
    required_ms: int
    planned_ms: int
    short_ms: int


def counted(world: World, rule: Json, slots: Sequence[Slot]) -> dict[Slot, int]:
    """Milliseconds of each slot that the rule counts; slots with nothing counted are left out.

    `repeats: false` counts the first of those airings that the rule would count at all.
    """
    languages = rule.get("languages")
    heard: set[str] = set()
    parts: dict[Slot, int] = {}
    for slot in sorted(slots, key=lambda s: (s.start, s.id)):
        if slot.column != rule["column"]:
            continue
        if slot.relayed_from is not None and not rule.get("relayed", True):
            continue
        total = 0
        for item in slot.items:
            if not world.counts(slot, item):
                continue
            if languages is not None and world.segments[item.segment].language not in languages:
                continue
            if not rule.get("repeats", True) and item.segment in heard:
                continue
            heard.add(item.segment)
            total += item.duration_ms
        if total:
            parts[slot] = total + (world.frame_ms(slot.column) if rule.get("count_frame", False) else 0)
    return parts


def periods_of(world: World, rule: Json, station: str, parts: Mapping[Slot, int]) -> dict[str, list[Slot]]:
    """The counted slots by month, local date, or session occurrence (overlapping ones share slots)."""
    if rule["period"] == "month":
        return {world.raw["month"]: list(parts)} if parts else {}
    groups: dict[str, list[Slot]] = defaultdict(list)
    for slot in parts:
        if rule["period"] == "day":
            groups[str(world.date_of(slot.start))].append(slot)
        else:
            for occurrence in world.occurrences[station]:
                if occurrence.holds(slot):
                    groups[f"{occurrence.session} {occurrence.date}"].append(slot)
    return groups


def verdicts(world: World, slots_of: Mapping[str, Sequence[Slot]]) -> dict[tuple[str, str], Verdict]:
    """By (rule, station); of a `max` rule the fullest period."""
    found = {}
    for rule in world.rules:
        if rule["kind"] == "target":
            continue
        for station in world.stations:
            if not world.applies(rule, station):
                continue
            parts = counted(world, rule, slots_of.get(station, ()))
            if rule["kind"] == "min":
                planned = sum(parts.values())
                short = max(0, rule["ms"] - planned)
            else:
                groups = periods_of(world, rule, station, parts).values()
                planned = max((sum(parts[s] for s in group) for group in groups), default=0)
                short = 0
            found[rule["id"], station] = Verdict(
                rule=rule["id"],
                station=station,
                required_ms=rule["ms"],
                planned_ms=planned,
                short_ms=short,
            )
    return found
