"""The terms of each station and column with a minimum or target, and `uncovered`."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from tests.checker.facts import Item, Slot, World

TERMS = ("topics", "spread", "repetition", "age", "target", "languages", "reach", "change")


def target_ms(world: World, station: str, column: str) -> float:
    """The largest target rule, else 1.1 × the largest minimum; 0 is none."""
    rules = [r for r in world.rules if r["column"] == column and world.applies(r, station)]
    target = max((r["ms"] for r in rules if r["kind"] == "target"), default=0)
    if target:
        return float(target)
    return 1.1 * max((r["ms"] for r in rules if r["kind"] == "min"), default=0)


def aims(world: World) -> dict[tuple[str, str], float]:
    """(station, column) → target, for those with a minimum or target."""
    wanted = {(s, c): target_ms(world, s, c) for s in world.stations for c in world.columns}
    return {pair: target for pair, target in wanted.items() if target > 0}


def terms(world: World, station: str, column: str, slots: Sequence[Slot]) -> dict[str, float]:
    """`slots` are all of the station's."""
    slots = [s for s in slots if s.column == column]
    items = [(slot, item) for slot in slots for item in slot.items if world.counts(slot, item)]
    airtime = sum(item.duration_ms for _, item in items)
    target = target_ms(world, station, column)
    return {
        "topics": _topics(world, station, column, items, airtime),
        "spread": _spread(world, station, items, airtime),
        "repetition": (len(items) - len({i.segment for _, i in items})) / len(items) if items else 0.0,
        "age": sum(_age(world, slot, item) for slot, item in items) / len(items) if items else 0.0,
        "target": abs(airtime - target) / target,
        "languages": _languages(world, station, items, airtime),
        "reach": _reach(world, station, items, airtime),
        "change": _change(world, station, column, slots),
    }


def _topics(world: World, station: str, column: str, items: Sequence[tuple[Slot, Item]], airtime: int) -> float:
    if airtime == 0:
        return 1.0
    roots = {
        world.roots[segment.topic]
        for segment in world.segments.values()
        if segment.column in {None, column} and world.meant_for(segment, station) and world.valid_this_month(segment)
    }
    weights = {k: world.topic_weights[k] for k in roots}
    total = sum(weights.values())
    wanted = {k: w / total if total else 1 / len(roots) for k, w in weights.items()}
    heard: Counter[str] = Counter()
    for _, item in items:
        heard[world.roots[world.segments[item.segment].topic]] += item.duration_ms
    return sum(abs(heard[k] / airtime - share) for k, share in wanted.items()) / 2


def _spread(world: World, station: str, items: Sequence[tuple[Slot, Item]], airtime: int) -> float:
    days: Counter[tuple[int, int]] = Counter(week_of(date) for date in {o.date for o in world.occurrences[station]})
    total = sum(days.values())
    if airtime == 0 or total == 0:
        return 1.0
    heard: Counter[tuple[int, int]] = Counter()
    for slot, item in items:
        heard[week_of(world.date_of(slot.start))] += item.duration_ms
    return sum(abs(heard[w] / airtime - days[w] / total) for w in heard.keys() | days.keys()) / 2


def week_of(date: dt.date) -> tuple[int, int]:
    iso = date.isocalendar()
    return iso.year, iso.week


def _age(world: World, slot: Slot, item: Item) -> float:
    days = (world.date_of(slot.start) - world.segments[item.segment].valid_from).days
    return max(0.0, min(1.0, days / 28))


def _languages(world: World, station: str, items: Sequence[tuple[Slot, Item]], airtime: int) -> float:
    shares = world.stations[station].get("language_shares") or {}
    if not shares:
        return 0.0
    if airtime == 0:
        return 1.0
    heard: Counter[str] = Counter()
    for _, item in items:
        heard[world.segments[item.segment].language] += item.duration_ms
    return min(1.0, sum(max(0.0, float(share) - heard[code] / airtime) for code, share in shares.items()))


def _reach(world: World, station: str, items: Sequence[tuple[Slot, Item]], airtime: int) -> float:
    if station not in world.relayers:
        return 0.0
    if airtime == 0:
        return 1.0
    theirs = [o for occurrences in world.relayers[station].values() for o in occurrences]
    reaching: dict[Slot, bool] = {}
    for slot, _ in items:
        if slot not in reaching:
            reaching[slot] = any(o.holds(slot) for o in theirs)
    return 1 - sum(item.duration_ms for slot, item in items if reaching[slot]) / airtime


def _change(world: World, station: str, column: str, slots: Sequence[Slot]) -> float:
    before = [s for s in world.published if s.station == station and s.column == column and s.start >= world.freeze]
    if not before:
        return 0.0
    now = {s.content for s in slots}
    return sum(s.content not in now for s in before) / len(before)


def cost(world: World, values: Mapping[str, float]) -> float:
    return sum(float(world.weights[name]) * values[name] for name in TERMS)


def mean_cost(costs: Mapping[tuple[str, str], float]) -> float:
    """Fine print 14."""
    sums: dict[str, float] = defaultdict(float)
    for (station, _), value in costs.items():
        sums[station] += value
    return sum(sums.values()) / len(sums) if sums else 0.0


def uncovered(world: World, slots: Sequence[Slot]) -> float:
    eligible = {
        s.id
        for s in world.segments.values()
        if world.valid_this_month(s) and any(world.meant_for(s, code) for code in world.stations)
    }
    heard = {item.segment for slot in slots for item in slot.items if world.counts(slot, item)}
    return len(eligible - heard) / len(eligible) if eligible else 0.0
