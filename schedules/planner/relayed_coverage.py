"""Airing what nobody airs at stations that others relay: an exchange there is one at all of them.

Where a parent's slot gets another item, every station that passes the slot on gets it too. The price is what the
wishes of all of them lose together; it is guessed for every offer, and counted by laying the stations anew before an
exchange is made.
"""

from collections.abc import Callable, Iterator, Mapping
from heapq import heapify, heappop
from itertools import count, islice

from schedules.laid_slots import lay
from schedules.owed import owed_airings
from schedules.planner.coverage import SINGLE, Planned, airable, draft_of
from schedules.planner.own_slots import OwnSlot
from schedules.planner.probe import Probe
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables
from schedules.problem import Slot
from schedules.problem_index import StationView

_MOST_PARENTS = 60
"""Parents looked at: of a whole country's, enough."""

_SAME = 1e-9
"""Costs that differ by less are the same, counted in another order."""

Relayed = Callable[[StationView, Mapping[str, list[Slot]]], list[Slot]]
"""What a station passes on of what the stations that it relays have."""

Made = Callable[[str, OwnSlot], Slot]


class RelayedCoverage:
    """`planned` and `by_station` are changed in place."""

    def __init__(
        self,
        tables: Tables,
        planned: dict[str, Planned],
        by_station: dict[str, list[Slot]],
        relayed: Relayed,
        made: Made,
    ) -> None:
        self.tables, self.planned, self.by_station = tables, planned, by_station
        self.relayed, self.made = relayed, made
        self.drafts: dict[str, StationDraft] = {}
        self.trials: dict[str, StationDraft] = {}
        self.order = {code: number for number, code in enumerate(by_station)}
        """Stations as they were planned: each after what it relays."""
        self.kinds = count(1 + max((each.kind for each in planned.values()), default=0))
        self.may_cost = {code: SINGLE * each.cost for code, each in planned.items()}
        """What each station's own cost may still rise by for exchanges of its own."""

    def cover(self, missing: set[int], granted: float) -> float:
        """Takes what it airs out of `missing`; returns what is left of `granted`, the cost that all may rise by."""
        if not missing:
            return granted
        times = self._times_aired()
        offers = [offer for parent in islice(self._parents(), _MOST_PARENTS) for offer in self._offers(parent, missing)]
        heapify(offers)
        while offers and missing:
            price, parent, segment, out, at = heappop(offers)
            if price > granted:
                break
            slot = next((each for each in self.planned[parent].own if each.content == out), None)
            if segment not in missing or slot is None or times[slot.items[at]] < 2:
                continue
            cost = self._exchange(parent, slot, at, segment, granted)
            if cost is not None:
                granted -= max(0.0, cost)
                missing.discard(segment)
                times[slot.items[at]] -= 1
                times[segment] += 1
        return granted

    def _parents(self) -> Iterator[str]:
        """Stations that others relay, where neither they nor those others keep anything published."""
        index = self.tables.index
        for code in list(self.planned):
            if index.view(code).reached is None or not self.planned[code].own:
                continue
            if all(each in self.planned and self._may_change(each) for each in (code, *self._below(code))):
                yield code

    def _may_change(self, code: str) -> bool:
        index = self.tables.index
        return index.instance.replan == "free" or not index.view(code).open_published

    def _below(self, code: str) -> list[str]:
        """All that relay the station, or one that does, each after what it relays."""
        relayed_by = self.tables.index.relayed_by
        found: set[str] = set()
        open_codes = [code]
        while open_codes:
            new = [each for each in relayed_by.get(open_codes.pop(), ()) if each not in found]
            found.update(new)
            open_codes += new
        return sorted(found, key=self.order.__getitem__)

    def _offers(
        self, parent: str, missing: set[int]
    ) -> Iterator[tuple[float, str, int, tuple[int, int, tuple[int, ...]], int]]:
        """(price, parent, segment, content of the slot, item) of exchanges."""
        draft = self._draft(parent)
        below = self._below(parent)
        for slot in self.planned[parent].own:
            if not draft.wishes[slot.column].active or slot.held:
                continue
            hearing: dict[int, tuple[str, int]] = {}
            for code in (parent, *(code for code in below if self._passes_on(code, slot))):
                kind = self.planned[code].kind
                hearing[kind] = (code, hearing.get(kind, (code, 0))[1] + 1)
            segments = airable(draft, slot, missing)
            for at, item in enumerate(slot.items):
                own = self._guesses(parent, slot, item, segments)
                worth = [segment for segment, more in zip(segments, own, strict=True) if more <= self.may_cost[parent]]
                if not worth:
                    continue
                guesses = [
                    [many * more for more in self._guesses(code, slot, item, worth)] for code, many in hearing.values()
                ]
                for segment, *more in zip(worth, *guesses, strict=True):
                    yield sum(more), parent, segment, slot.content, at

    def _passes_on(self, code: str, slot: OwnSlot) -> bool:
        return any(
            first <= slot.start and slot.end <= last
            for occurrence in self.tables.index.view(code).occurrences
            if occurrence.relays is not None
            for first, last in occurrence.pieces
        )

    def _guesses(self, code: str, slot: OwnSlot, item: int, segments: list[int]) -> list[float]:
        """What the station's wishes lose where it hears the slot with each of the segments in the place of an item."""
        draft, meant = self._draft(code), self.tables.index.view(code).meant
        wishes = draft.wishes[slot.column]
        if not wishes.active:
            return [0.0] * len(segments)
        ids = self.tables.segments
        reached = slot.reached and wishes.relayed_on
        out = [(item, slot.day, reached)] if ids[item].id in meant else []
        now = wishes.cost()
        without = wishes.cost_if(out, []) - now
        costs = Probe(wishes, slot.day, out, reached=reached).costs(segments)
        return [
            cost - now if ids[segment].id in meant else without for segment, cost in zip(segments, costs, strict=True)
        ]

    def _draft(self, code: str) -> StationDraft:
        found = self.drafts.get(code)
        if found is None:
            found = self.drafts[code] = draft_of(self.tables, code, self.planned[code])
        return found

    def _exchange(self, parent: str, slot: OwnSlot, at: int, segment: int, granted: float) -> float | None:
        """Made if nothing breaks, is short or missed for it and it costs no more than is granted: then what it costs."""
        before = self._draft(parent)
        other = before.make(slot.column, slot.day, slot.start, (*slot.items[:at], segment, *slot.items[at + 1 :]))
        if not self._may_be_made(parent, slot, other):
            return None
        own = [other if each is slot else each for each in self.planned[parent].own]
        slots = dict(self.by_station)
        new: dict[str, Planned] = {}
        cost = 0.0
        for code in (parent, *self._below(parent)):
            view = self.tables.index.view(code)
            theirs = own if code == parent else self.planned[code].own
            fixed = self.planned[code].fixed if code == parent else view.kept + self.relayed(view, slots)
            laid = self._laid(view, fixed, theirs)
            if laid is None or laid.score()[:2] > self._draft(code).score()[:2]:
                return None
            more = laid.cost - self._draft(code).cost
            if code == parent and more > self.may_cost[code]:
                return None
            cost += more
            slots[code] = fixed + [self.made(code, each) for each in theirs]
            new[code] = Planned(kind=next(self.kinds), fixed=fixed, own=list(laid.slots), cost=laid.cost)
        if cost > granted:
            return None
        self.may_cost[parent] -= new[parent].cost - before.cost
        for code, planned in new.items():
            self.planned[code] = planned
            self.by_station[code] = slots[code]
            self.drafts.pop(code, None)
            self.trials.pop(code, None)
        return cost

    def _may_be_made(self, parent: str, slot: OwnSlot, other: OwnSlot) -> bool:
        """Whether it can be by the parent itself: laying it and all who relay it anew takes much longer."""
        draft = self.trials.get(parent)
        if draft is None:
            # of its own: what is tried and taken back leaves other rounding in a draft's sums
            draft = self.trials[parent] = draft_of(self.tables, parent, self.planned[parent])
        before = draft.score()
        if not draft.exchange((slot,), (other,)):
            return False
        after = draft.score()
        draft.undo((slot,), (other,))
        return after[:2] <= before[:2] and after[2] - before[2] <= self.may_cost[parent] + _SAME

    def _laid(self, view: StationView, fixed: list[Slot], own: list[OwnSlot]) -> StationDraft | None:
        """The station with these slots, None where they break something."""
        index = self.tables.index
        laid = lay(index, view, fixed)
        published = index.published_after_freeze(view.station.code)
        draft = StationDraft(self.tables, view, laid, list(owed_airings(index, view, laid)), published)
        return draft if all(draft.put(each) for each in own) else None

    def _times_aired(self) -> list[int]:
        times = [0] * len(self.tables.segments)
        for slots in self.by_station.values():
            for slot in slots:
                for item in slot.items:
                    number = self.tables.segment_number.get(item.segment)
                    if number is not None:
                        times[number] += slot.relayed_from is None
        return times
