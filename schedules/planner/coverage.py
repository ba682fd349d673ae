"""Airing what nobody airs: single exchanges at stations where they cost the wishes least.

Stations that nobody relays, and whose plan re-planning may change, take part here (`relayed_coverage` sees to the
others); the sum of the costs may rise by a little less than the 1 % that the province grants.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from heapq import heapify, heappop
from itertools import count, islice
from math import inf

from schedules.evaluation import eligible_somewhere
from schedules.laid_slots import lay
from schedules.owed import owed_airings
from schedules.planner.own_slots import OwnSlot
from schedules.planner.probe import Probe
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables
from schedules.problem import Slot

_GRANTED = 0.0095
SINGLE = 0.08
"""The most that the cost of one station may rise by for it, as a share."""

_SAME = 1e-9
"""Costs that differ by less are the same, counted in another order."""

_MOST_MISSING = 1000
"""Segments of a very large library looked at: no more find a place within what is granted."""

_MOST_KINDS = 250
"""Stations that are not alike looked at: more change next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A station as planned: alike stations have the same `kind`, own slots and cost."""

    kind: int
    fixed: list[Slot]
    own: list[OwnSlot]
    cost: float


def missing_of(tables: Tables, by_station: dict[str, list[Slot]]) -> set[int]:
    """Eligible segments that are aired nowhere: of very many the newest."""
    views = ((code, tables.index.view(code).meant) for code in by_station)
    aired = {
        item.segment
        for code, meant in views
        for slot in by_station[code]
        for item in slot.items
        if item.segment in meant
    }
    missing = [tables.segment_number[segment] for segment in eligible_somewhere(tables.index) - aired]
    missing.sort(key=lambda number: (-tables.segments[number].valid_from.toordinal(), number))
    return set(missing[:_MOST_MISSING])


def granted_of(planned: dict[str, Planned]) -> float:
    """By how much the costs of all together may rise."""
    return _GRANTED * sum(each.cost for each in planned.values())


def cover(
    tables: Tables, planned: dict[str, Planned], missing: set[int], granted: float
) -> tuple[dict[str, Planned], float]:
    """The stations that were changed, of such as nobody relays, and what is left of `granted`; takes what they air
    out of `missing`."""
    changed: dict[str, Planned] = {}
    if not missing:
        return changed, granted
    alike = _may_take_part(tables, planned)
    drafts = {kind: draft_of(tables, codes[0], planned[codes[0]]) for kind, codes in alike.items()}
    own = {kind: list(draft.slots) for kind, draft in drafts.items()}
    offers = _offers(drafts, missing)
    heapify(offers)
    times = _times_aired(tables, planned)
    kinds = count(1 + max((each.kind for each in planned.values()), default=0))
    while offers and missing:
        price, kind, segment, number, at = heappop(offers)
        if price > granted:
            break
        draft, slot = drafts[kind], own[kind][number]
        if segment not in missing or not alike[kind] or times[slot.items[at]] < 2:
            continue
        before = draft.score()
        other = draft.make(slot.column, slot.day, slot.start, (*slot.items[:at], segment, *slot.items[at + 1 :]))
        if not draft.exchange((slot,), (other,)):
            continue
        # the offer leaves out what the change of a published slot costs
        price = max(0.0, draft.cost - before[2])
        if draft.score()[:2] <= before[:2] and price <= min(granted, SINGLE * before[2]):
            granted -= price
            missing.discard(segment)
            times[slot.items[at]] -= 1
            times[segment] += 1
            code = alike[kind].pop()
            changed[code] = replace(planned[code], kind=next(kinds), own=list(draft.slots), cost=draft.cost)
        draft.undo((slot,), (other,))
    return changed, granted


def _may_take_part(tables: Tables, planned: dict[str, Planned]) -> dict[int, list[str]]:
    """The stations of each kind that may make an exchange."""
    alike: dict[int, list[str]] = defaultdict(list)
    for code, each in planned.items():
        view = tables.index.view(code)
        may_change = tables.index.instance.replan == "free" or not view.open_published
        if view.reached is None and each.own and may_change:
            alike[each.kind].append(code)
    return dict(islice(alike.items(), _MOST_KINDS))


def _offers(drafts: dict[int, StationDraft], missing: set[int]) -> list[tuple[float, int, int, int, int]]:
    """(price, kind, segment, slot, item) of exchanges that may be worth it."""
    offers = []
    for kind, draft in drafts.items():
        # where a published slot may change the price is more, or less, than what is offered
        most = inf if draft.published_contents else SINGLE * draft.cost + _SAME
        for number, slot in enumerate(draft.slots):
            wishes = draft.wishes[slot.column]
            if not wishes.active:
                continue
            segments = airable(draft, slot, missing)
            for at, item in enumerate(slot.items):
                probe = Probe(wishes, slot.day, [(item, slot.day, slot.reached)], reached=slot.reached)
                for segment, cost in zip(segments, probe.costs(segments), strict=True):
                    price = draft.others_cost(slot.column) + cost - draft.cost
                    if price <= most:
                        offers.append((price, kind, segment, number, at))
    return offers


def airable(draft: StationDraft, slot: OwnSlot, segments: set[int]) -> list[int]:
    """Those of the segments that the slot may hold, in their order."""
    fitting = sorted(segments.intersection(draft.pools[slot.column]))
    return [segment for segment in fitting if draft.may_air(segment, slot.day, slot.column)]


def _times_aired(tables: Tables, planned: dict[str, Planned]) -> list[int]:
    times = [0] * len(tables.segments)
    for each in planned.values():
        for own in each.own:
            for segment in own.items:
                times[segment] += 1
        for slot in each.fixed:
            for item in slot.items:
                if item.segment in tables.segment_number:
                    times[tables.segment_number[item.segment]] += 1
    return times


def draft_of(tables: Tables, code: str, planned: Planned) -> StationDraft:
    """The station's draft as it was planned."""
    index = tables.index
    view = index.view(code)
    fixed = lay(index, view, planned.fixed)
    published = index.published_after_freeze(code)
    draft = StationDraft(tables, view, fixed, list(owed_airings(index, view, fixed)), published)
    draft.restore(planned.own)
    return draft
