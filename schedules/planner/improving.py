"""Local search: random small changes of a station's own slots, by simulated annealing over counted tries.

A change never adds to the shortfall or to what is owed; of the wishes a little is given away early to find
more later, and the best plan met is the one that is left.
"""

from collections.abc import Callable
from math import exp, inf, log
from random import Random

from schedules.planner.building import new_slot
from schedules.planner.column_wishes import Airing
from schedules.planner.own_slots import OwnSlot
from schedules.planner.probe import Probe
from schedules.planner.station_draft import StationDraft

_WARM, _COLD = 0.12, 0.0008
"""Temperatures in units of the weighted terms: at first about one item's worth, at last next to nothing."""

_ROUND = 1000
"""Tries from warm to cold; each next round starts from the best plan met."""

_POLISHES = 4
"""Rounds at the end in which each item and slot is tried with everything that there is."""

_GAIN = 1e-9
"""Less is rounding."""

_WEIGHED = 24
"""Segments weighed for one change."""


class Search:
    """One search on one draft."""

    def __init__(self, draft: StationDraft, rng: Random) -> None:
        self.draft = draft
        self.rng = rng
        self.columns = [number for number, wishes in enumerate(draft.wishes) if wishes.active and draft.pools[number]]
        self.shuffled = [rng.sample(pool, len(pool)) for pool in draft.pools]
        self.days = [day for day in range(len(draft.tables.dates)) if draft.gaps[day]]
        self.allowed = 0.0
        self.moves: list[tuple[float, Callable[[OwnSlot], bool]]] = [
            (0.45, self._replace),
            (0.57, self._shift),
            (0.63, self._trade),
            (0.74, self._join),
            (0.81, self._drop),
            (0.88, self._pass_on),
            (0.99, self._renew),
            (1.0, self._rebuild),
        ]

    def run(self, tries: int) -> None:
        """`tries` changes tried; the draft is left at the best plan met."""
        draft, rng = self.draft, self.rng
        if not self.columns or not self.days:
            return
        best, best_slots = draft.score(), list(draft.slots)
        free = [slot for slot in draft.slots if not slot.held and draft.wishes[slot.column].active]
        round_tries = min(tries, _ROUND)
        cooling = log(_COLD / _WARM) / max(1, round_tries)
        for step in range(tries):
            if step and step % round_tries == 0:
                draft.restore(best_slots)
                free = [slot for slot in draft.slots if not slot.held and draft.wishes[slot.column].active]
            self.allowed = -_WARM * exp(cooling * (step % round_tries)) * log(1 - rng.random())
            if free and rng.random() < 0.93:
                slot = free[int(rng.random() * len(free))]
                kind = rng.random()
                changed = next(move for bound, move in self.moves if kind < bound)(slot)
            else:
                changed = self._new()
            if changed:
                free = [slot for slot in draft.slots if not slot.held and draft.wishes[slot.column].active]
                score = draft.score()
                if score < best:
                    best, best_slots = score, list(draft.slots)
        draft.restore(best_slots)
        self.allowed = 0.0
        for _ in range(_POLISHES):
            before = draft.score()
            for slot in list(draft.slots):
                if not slot.held and draft.wishes[slot.column].active and slot in draft.slots:
                    self._polish(slot)
            if draft.score() >= before:
                break

    def _polish(self, slot: OwnSlot) -> None:
        """All segments weighed for each item, then all dates for the slot: what gains is done."""
        draft, column = self.draft, slot.column
        for at in range(len(slot.items)):
            out = [(slot.items[at], slot.day, slot.reached)]
            probe = Probe(draft.wishes[column], slot.day, out, reached=slot.reached)
            fitting = [
                segment
                for segment in draft.pools[column]
                if segment not in slot.items and draft.may_air(segment, slot.day, column)
            ]
            segment, _ = probe.best(fitting, draft.cost - draft.others_cost(column) - _GAIN)
            if segment is not None and self._with_items(slot, (*slot.items[:at], segment, *slot.items[at + 1 :])):
                return
        for day in self.days:
            if day != slot.day and self._move_to(slot, day):
                return

    def _best(
        self,
        column: int,
        day: int,
        out: list[Airing],
        items: tuple[int, ...],
        *,
        reached: bool,
        least: float | None = None,
    ) -> int | None:
        """Of some segments that may air on the day beside `items` the one that the wishes like best."""
        draft, pool = self.draft, self.shuffled[column]
        probe = Probe(draft.wishes[column], day, out, reached=reached)
        first = int(self.rng.random() * len(pool))
        some = pool[first : first + _WEIGHED]
        if len(some) < _WEIGHED:
            some = some + pool[: min(first, _WEIGHED - len(some))]
        if least is None:
            least = draft.cost + self.allowed - draft.others_cost(column)
        fitting = [segment for segment in some if segment not in items and draft.may_air(segment, day, column)]
        return probe.best(fitting, least)[0]

    def _promises(self, column: int, out: list[Airing], into: list[Airing]) -> bool:
        """Whether the wishes would gain, or lose no more than is allowed now."""
        draft = self.draft
        return draft.others_cost(column) + draft.wishes[column].cost_if(out, into) <= draft.cost + self.allowed

    def _exchange(self, out: tuple[OwnSlot, ...], into: tuple[OwnSlot, ...]) -> bool:
        return self.draft.try_exchange(out, into, worse_by=self.allowed)

    def _with_items(self, slot: OwnSlot, items: tuple[int, ...]) -> bool:
        """The slot with other items at the same start, or where there is room for them on the date."""
        draft = self.draft
        shape = draft.tables.columns[slot.column]
        length = draft.length(slot.column, items)
        if not shape.slot_min_ms <= length <= shape.slot_max_ms:
            return False
        other = draft.make(slot.column, slot.day, slot.start, items)
        if self._exchange((slot,), (other,)):
            return True
        if length <= slot.end - slot.start:
            return False
        draft.remove(slot)
        moved = draft.placed(slot.column, slot.day, items)
        draft.add(slot)
        return moved is not None and moved.start != slot.start and self._exchange((slot,), (moved,))

    def _replace(self, slot: OwnSlot) -> bool:
        """Another segment in place of an item."""
        at = int(self.rng.random() * len(slot.items))
        out = [(slot.items[at], slot.day, slot.reached)]
        segment = self._best(slot.column, slot.day, out, slot.items, reached=slot.reached)
        if segment is None:
            return False
        return self._with_items(slot, (*slot.items[:at], segment, *slot.items[at + 1 :]))

    def _join(self, slot: OwnSlot) -> bool:
        """One more item."""
        segment = self._best(slot.column, slot.day, [], slot.items, reached=slot.reached)
        return segment is not None and self._with_items(slot, (*slot.items, segment))

    def _rebuild(self, slot: OwnSlot) -> bool:
        """Two or three slots make way for as many others, the segment of each the best beside those before."""
        draft, rng = self.draft, self.rng
        out = [slot]
        for _ in range(1 + (rng.random() < 0.3)):
            other = self._other(slot)
            if other is not None and other not in out:
                out.append(other)
        before = draft.score()
        for each in out:
            draft.remove(each)
        made: list[OwnSlot] = []
        for each in out:
            day = each.day if rng.random() < 0.6 else rng.choice(self.days)
            reached = bool(draft.reached_gaps[day])
            segment = self._best(each.column, day, [], (), reached=reached, least=inf)
            other = None if segment is None else new_slot(draft, each.column, day, (segment,), rng)
            if other is None or not draft.put(other):
                break
            made.append(other)
        short, missed, cost = before
        if (
            len(made) == len(out)
            and draft.score() <= (short, missed, cost + self.allowed)
            and (not draft.maxima or draft.holds())
        ):
            return True
        draft.undo(tuple(out), tuple(made))
        return False

    def _drop(self, slot: OwnSlot) -> bool:
        """One item less, or the slot itself."""
        at = int(self.rng.random() * len(slot.items))
        if len(slot.items) == 1 or self.rng.random() < 0.3:
            return self._exchange((slot,), ())
        if not self._promises(slot.column, [(slot.items[at], slot.day, slot.reached)], []):
            return False
        return self._with_items(slot, (*slot.items[:at], *slot.items[at + 1 :]))

    def _shift(self, slot: OwnSlot) -> bool:
        """The same items on another date."""
        return self._move_to(slot, self.rng.choice(self.days))

    def _move_to(self, slot: OwnSlot, day: int) -> bool:
        draft = self.draft
        reached = bool(draft.reached_gaps[day])
        out = [(segment, slot.day, slot.reached) for segment in slot.items]
        into = [(segment, day, reached) for segment in slot.items]
        if not self._promises(slot.column, out, into):
            return False
        draft.remove(slot)
        moved = draft.placed(slot.column, day, slot.items)
        draft.add(slot)
        return moved is not None and self._exchange((slot,), (moved,))

    def _trade(self, slot: OwnSlot) -> bool:
        """Two slots exchange an item each."""
        other = self._other(slot)
        if other is None:
            return False
        at, other_at = int(self.rng.random() * len(slot.items)), int(self.rng.random() * len(other.items))
        one, two = slot.items[at], other.items[other_at]
        if one == two or not self._promises(
            slot.column,
            [(one, slot.day, slot.reached), (two, other.day, other.reached)],
            [(two, slot.day, slot.reached), (one, other.day, other.reached)],
        ):
            return False
        draft = self.draft
        first = draft.make(slot.column, slot.day, slot.start, (*slot.items[:at], two, *slot.items[at + 1 :]))
        second = draft.make(
            slot.column, other.day, other.start, (*other.items[:other_at], one, *other.items[other_at + 1 :])
        )
        return self._exchange((slot, other), (first, second))

    def _pass_on(self, slot: OwnSlot) -> bool:
        """An item moves to another slot."""
        other = self._other(slot)
        if other is None or len(slot.items) < 2:
            return False
        at = int(self.rng.random() * len(slot.items))
        segment = slot.items[at]
        if not self._promises(slot.column, [(segment, slot.day, slot.reached)], [(segment, other.day, other.reached)]):
            return False
        draft = self.draft
        first = draft.make(slot.column, slot.day, slot.start, (*slot.items[:at], *slot.items[at + 1 :]))
        second = draft.make(slot.column, other.day, other.start, (*other.items, segment))
        return self._exchange((slot, other), (first, second))

    def _renew(self, slot: OwnSlot) -> bool:
        """Another slot in place of this one, on any date."""
        draft, rng = self.draft, self.rng
        day = rng.choice(self.days)
        reached = bool(draft.reached_gaps[day])
        out = [(each, slot.day, slot.reached) for each in slot.items]
        segment = self._best(slot.column, day, out, (), reached=reached)
        if segment is None:
            return False
        draft.remove(slot)
        made = None
        if draft.may_air(segment, day, slot.column):
            made = new_slot(draft, slot.column, day, (segment,), rng)
        draft.add(slot)
        return made is not None and self._exchange((slot,), (made,))

    def _new(self) -> bool:
        """One more slot."""
        draft, rng = self.draft, self.rng
        column = rng.choice(self.columns)
        day = rng.choice(self.days)
        if draft.day_counts[column][day] >= draft.tables.columns[column].max_slots_per_day:
            return False
        segment = self._best(column, day, [], (), reached=bool(draft.reached_gaps[day]))
        if segment is None:
            return False
        made = new_slot(draft, column, day, (segment,), rng)
        return made is not None and self._exchange((), (made,))

    def _other(self, slot: OwnSlot) -> OwnSlot | None:
        others = [
            each for each in self.draft.slots if each.column == slot.column and each is not slot and not each.held
        ]
        return self.rng.choice(others) if others else None
