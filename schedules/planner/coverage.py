"""Airing what nobody airs: single exchanges at stations where they cost the wishes least.

Only stations that nobody relays, and whose plan re-planning may change, take part; the sum of the costs
may rise by a little less than the 1 % that the province grants.
"""

from collections import defaultdict
from dataclasses import dataclass
from heapq import heapify, heappop
from itertools import islice

from schedules.evaluation import eligible_somewhere
from schedules.laid_slots import lay
from schedules.owed import owed_airings
from schedules.planner.own_slots import OwnSlot
from schedules.planner.probe import Probe
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables
from schedules.problem import Slot

_GRANTED = 0.0095
_MOST_KINDS = 250
"""Stations that are not alike looked at: more change next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A station as planned: alike stations have the same `kind`, own slots and cost."""

    kind: int
    fixed: list[Slot]
    own: list[OwnSlot]
    cost: float


def cover(tables: Tables, planned: dict[str, Planned], aired: set[str]) -> dict[str, list[OwnSlot]]:
    """New own slots of the stations that were changed."""
    missing = sorted(tables.segment_number[segment] for segment in eligible_somewhere(tables.index) - aired)
    if not missing:
        return {}
    granted = _GRANTED * sum(each.cost for each in planned.values())
    alike = _may_take_part(tables, planned)
    drafts = {kind: _draft(tables, codes[0], planned[codes[0]]) for kind, codes in alike.items()}
    own = {kind: list(draft.slots) for kind, draft in drafts.items()}
    offers = _offers(drafts, missing)
    heapify(offers)
    times = _times_aired(tables, planned)
    changed: dict[str, list[OwnSlot]] = {}
    open_segments = set(missing)
    while offers and open_segments:
        price, kind, segment, number, at = heappop(offers)
        if price > granted:
            break
        if segment not in open_segments or not alike[kind]:
            continue
        draft, slot = drafts[kind], own[kind][number]
        if times[slot.items[at]] < 2 and tables.segments[slot.items[at]].id in aired:
            continue
        before = draft.score()
        other = draft.make(slot.column, slot.day, slot.start, (*slot.items[:at], segment, *slot.items[at + 1 :]))
        if not draft.exchange((slot,), (other,)):
            continue
        # the offer leaves out what the change of a published slot costs
        price = max(0.0, draft.cost - before[2])
        if draft.score()[:2] <= before[:2] and price <= granted:
            granted -= price
            open_segments.discard(segment)
            times[slot.items[at]] -= 1
            times[segment] += 1
            changed[alike[kind].pop()] = list(draft.slots)
        draft.undo((slot,), (other,))
    return changed


def _may_take_part(tables: Tables, planned: dict[str, Planned]) -> dict[int, list[str]]:
    """The stations of each kind that may make an exchange."""
    alike: dict[int, list[str]] = defaultdict(list)
    for code, each in planned.items():
        view = tables.index.view(code)
        may_change = tables.index.instance.replan == "free" or not view.open_published
        if view.reached is None and each.own and may_change:
            alike[each.kind].append(code)
    return dict(islice(alike.items(), _MOST_KINDS))


def _offers(drafts: dict[int, StationDraft], missing: list[int]) -> list[tuple[float, int, int, int, int]]:
    """(price, kind, segment, slot, item) of exchanges."""
    offers = []
    for kind, draft in drafts.items():
        for number, slot in enumerate(draft.slots):
            wishes = draft.wishes[slot.column]
            if not wishes.active:
                continue
            fitting = set(draft.pools[slot.column])
            for at, item in enumerate(slot.items):
                probe = Probe(wishes, slot.day, [(item, slot.day, slot.reached)], reached=slot.reached)
                for segment in missing:
                    if segment in fitting and draft.may_air(segment, slot.day, slot.column):
                        price = draft.others_cost(slot.column) + probe.cost(segment) - draft.cost
                        offers.append((price, kind, segment, number, at))
    return offers


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


def _draft(tables: Tables, code: str, planned: Planned) -> StationDraft:
    index = tables.index
    view = index.view(code)
    fixed = lay(index, view, planned.fixed)
    published = index.published_after_freeze(code)
    draft = StationDraft(tables, view, fixed, list(owed_airings(index, view, fixed)), published)
    draft.restore(planned.own)
    return draft
