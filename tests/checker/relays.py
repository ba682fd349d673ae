"""H7: which slots a station has from its parents, and which of the plan's slots are those."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.checker.facts import Item, Slot, World

Content = tuple[str, int, int, tuple[Item, ...]]
Relayed = tuple[str, Content]


def owed_relays(world: World, slots_of: Mapping[str, Sequence[Slot]]) -> dict[str, Counter[Relayed]]:
    """Station → (parent, content) of each of its parents' slots that lies within a relaying occurrence."""
    owed: dict[str, Counter[Relayed]] = {code: Counter() for code in world.stations}
    for parent, stations in world.relayers.items():
        for station, occurrences in stations.items():
            for slot in slots_of.get(parent, ()):
                if any(o.holds(slot) for o in occurrences):
                    owed[station][parent, slot.content] += 1
    return owed


def match(
    owed: Counter[Relayed], slots: Sequence[Slot], kept: Mapping[str, Slot]
) -> tuple[list[Slot], list[Slot], list[Relayed]]:
    """A station's relayed slots that are owed, those that are not, and what is owed but missing.

    Kept slots answer first, so that a second copy beside a kept one is the one too many.
    """
    left = owed.copy()
    right, wrong = [], []
    relayed = [s for s in slots if s.relayed_from is not None]
    for slot in sorted(relayed, key=lambda s: s.id not in kept):
        key = (str(slot.relayed_from), slot.content)
        if left[key] > 0:
            left[key] -= 1
            right.append(slot)
        else:
            wrong.append(slot)
    return right, wrong, sorted(left.elements(), key=repr)
