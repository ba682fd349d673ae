"""One station's own slots: from what is fixed and published to the best draft found."""

import zlib
from random import Random

from schedules.breaks import shared_breaks, single_breaks
from schedules.evaluation import verdicts_of
from schedules.laid_slots import LaidSlot, lay
from schedules.owed import missed_airings, owed_airings
from schedules.planner.arrays import STRICT, Penalties, StationArrays
from schedules.planner.bounds import unavoidable
from schedules.planner.mending import hold_published, mend
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables
from schedules.problem import Slot
from schedules.problem_index import StationView

_WORTH_ADDING = 0.02
"""What a slot more must gain the wishes where re-planning changes a station."""

_EASY = Penalties(1 / 30_000, 3.0, 0.0)
"""For a while half a minute short weighs as much as a third of an airing missed: the way to the best plan may lead
through worse ones."""

_HOT = 0.5
"""The temperature to start with meanwhile."""

_TURNS = 3
"""Of easier and strict searches while anything is short or missed."""

_A_START = 180_000
"""Tries of one of several searches from the start."""

_SEEDS_APART = 1000
_SAME = 1e-9

_GONE = 30.0
"""Of a published slot let go: more than wishes are, less than one airing missed."""


def plan_station(tables: Tables, view: StationView, fixed_slots: list[Slot], tries: int, variant: int) -> StationDraft:
    """The draft with the slots to stand beside the kept and relayed ones.

    The same for stations with the same inputs and `variant`, which picks another way of the search.
    """
    index = tables.index
    fixed = lay(index, view, fixed_slots)
    seed = zlib.crc32(f"{index.instance.seed}:{variant}".encode())
    rng = Random(seed)  # noqa: S311 - a seeded search, nothing secret
    published = index.published_after_freeze(view.station.code)
    own_published = [slot for slot in view.open_published if slot.relayed_from is None]
    draft = StationDraft(tables, view, fixed, list(owed_airings(index, view, fixed)), published)
    bound = unavoidable(draft)
    least = index.instance.replan == "least" and bool(index.published_of(view.station.code))
    if least:
        broken = broken_slots(tables, view, fixed_slots, own_published)
        changed = hold_published(draft, own_published, broken, rng)
        if not changed and not draft.short() and not draft.missed():
            return draft
    else:
        for slot in own_published:
            if draft.wishes[tables.column_number[slot.column]].active:
                made = draft.tables_slot(slot)
                if made is None or not draft.put(made):
                    mend(draft, slot, rng)
    _search(draft, seed, tries, least=least, bound=bound)
    _drop_unasked(draft)
    return draft


def _search(draft: StationDraft, seed: int, tries: int, *, least: bool, bound: tuple[int, int]) -> None:
    """Looks on, by other ways, while more is short or missed than must be: `bound`."""
    arrays = StationArrays(draft)
    added = _WORTH_ADDING if least else 0.0
    if least:
        arrays.search(seed=seed, tries=tries, added=added)
    else:
        _search_from_start(arrays, seed, tries)
    if draft.score()[:2] <= bound:
        return
    for _ in range(_TURNS):
        seed += 2
        arrays.search(seed=seed - 1, tries=tries, warm=_HOT, penalties=_EASY, added=added, at_once=400_000)
        arrays.search(seed=seed, tries=tries, added=added)
        if draft.score()[:2] <= bound:
            return
    if not least:
        return
    # what is owed comes before what was published: as few of those slots as can be change
    easy, strict = _EASY._replace(gone=0.5), STRICT._replace(gone=_GONE)
    arrays.search(seed=seed + 1, tries=tries, warm=_HOT, penalties=easy, all_rows=True, added=added, at_once=400_000)
    arrays.search(seed=seed + 2, tries=tries, penalties=strict, all_rows=True, added=added)


def _search_from_start(arrays: StationArrays, seed: int, tries: int) -> None:
    """Searches that begin at the same slots and end where they end: the best, or the first that two agree on."""
    draft = arrays.draft
    begun, best, found = list(draft.slots), list(draft.slots), draft.score()
    starts = max(1, tries // _A_START)
    for number in range(starts):
        draft.restore(begun)
        arrays.search(seed=seed + number * _SEEDS_APART, tries=tries // starts)
        score = draft.score()
        if score[:2] == found[:2] and abs(score[2] - found[2]) < _SAME:
            break
        if score < found:
            best, found = list(draft.slots), score
    draft.restore(best)


def _drop_unasked(draft: StationDraft) -> None:
    """Slots of a column that nothing asks for go, where nothing owed is missed for it."""
    for slot in list(draft.slots):
        if slot.held or draft.wishes[slot.column].active:
            continue
        before = draft.score()[:2]
        draft.remove(slot)
        if draft.score()[:2] > before or not draft.holds():
            draft.add(slot)


def broken_slots(tables: Tables, view: StationView, fixed_slots: list[Slot], published: list[Slot]) -> frozenset[str]:
    """Ids of slots with a part in a break beside the fixed slots and the station's other published ones."""
    index = tables.index
    laid = lay(index, view, [*fixed_slots, *published])
    open_ids = {slot.id for slot in published}
    broken = {
        slot
        for each in laid
        if each.slot.id in open_ids and each.own and not each.kept
        for found in single_breaks(index, view, each)
        for slot in found.slots
    }
    broken.update(slot for found in shared_breaks(index, view, laid) for slot in found.slots)
    return frozenset(broken & open_ids)


def untouched(tables: Tables, view: StationView, fixed_slots: list[Slot]) -> list[Slot] | None:
    """The station's published own slots if re-planning has nothing to change in them, else None."""
    index = tables.index
    published = [slot for slot in view.open_published if slot.relayed_from is None]
    # a station of which nothing was published is new: it is planned, not changed
    if index.instance.replan != "least" or not index.published_of(view.station.code):
        return None
    if broken_slots(tables, view, fixed_slots, published):
        return None
    laid: list[LaidSlot] = lay(index, view, [*fixed_slots, *published])
    if any(verdict.short_ms for verdict in verdicts_of(view, laid)):
        return None
    if next(missed_airings(index, view, laid), None) is not None:
        return None
    return published
