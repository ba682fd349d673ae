"""Which breaks a change of some slots adds: a plan may be broken already, and that alone refuses no change."""

from collections.abc import Iterable, Mapping

from schedules.breaks import Break
from schedules.laid_slots import LaidSlot

# What is counted over many slots: the fact that says how much. More of it is a new break, less or as much is none.
_COUNTED = {"too_many_a_day": 2, "too_often": 1, "above_maximum": -2}

# What a slot breaks by its contents, wherever it stands.
_ANYWHERE = frozenset(
    {"not_in_a_row", "length", "too_short", "too_long", "empty", "unknown_segment", "other_column", "not_meant"}
    | {"not_whole"}
)

# What is as broken at any time of the same dates.
_ON_A_DATE = frozenset({"not_valid", "too_near"})

Key = tuple[object, ...]
Weighed = dict[Key, tuple[int, Break]]
"""Breaks by what they are about, each with how bad it is."""


def weighed(found: Iterable[Break], laid: Iterable[LaidSlot]) -> Weighed:
    """`laid` are the slots of the station that broke something: a slot that moved breaks a thing anew."""
    places = {each.slot.id: each for each in laid}
    return {key: (amount, each) for each in found for key, amount in [_key(each, places)]}


def is_counted(each: Break) -> bool:
    """Whether the break is of many slots together, changed ones and others."""
    return each.what in _COUNTED


def by_contents(each: Break) -> bool:
    """Whether the slot breaks this at every other place too."""
    return each.what in _ANYWHERE


def added(after: Weighed, before: Weighed, untouched: Weighed) -> list[Break]:
    """Those of `after` that are in neither of the others, or there less badly.

    `untouched` is what the slots that the change leaves alone break among themselves: some of it may have been hidden
    behind the slots that it takes away. What is counted over many slots is compared with `before` alone.
    """
    found = []
    for key, (amount, each) in after.items():
        bases = (before,) if is_counted(each) else (before, untouched)
        known = [base[key][0] for base in bases if key in base]
        if not known or amount > max(known):
            found.append(each)
    return found


def _key(each: Break, laid: Mapping[str, LaidSlot]) -> tuple[Key, int]:
    about: Key = (each.station, each.code, each.what)
    if each.what in _COUNTED:
        place = _COUNTED[each.what]
        subject = each.facts[:place]
        return (*about, *subject), int(each.facts[place])
    if each.what in {"too_short", "too_long"}:
        length = int(each.facts[0])
        return (*about, *each.slots), length if each.what == "too_long" else -length
    if each.what in _ANYWHERE:
        return (*about, *each.slots, *each.facts), 0
    there = [laid[slot] for slot in each.slots if slot in laid]
    if each.what in _ON_A_DATE:
        # how far apart two airings must be may change with the columns: they are too near all the same
        return (*about, *((slot.slot.id, slot.date) for slot in there), each.facts[0]), 0
    return (*about, *each.slots, *(slot.start_ms for slot in there), *each.facts), 0
