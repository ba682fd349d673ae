"""One station's own slots: from what is fixed and published to the best draft found."""

from random import Random

from schedules.breaks import shared_breaks, single_breaks
from schedules.evaluation import verdicts_of
from schedules.laid_slots import LaidSlot, lay
from schedules.owed import missed_airings, owed_airings
from schedules.planner.building import add_slots, place_owed
from schedules.planner.improving import Search
from schedules.planner.replanning import hold_published, mend, release
from schedules.planner.shortfall import fill_shortfall
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables
from schedules.problem import Slot
from schedules.problem_index import StationView

_WORTH_ADDING = 0.02
"""Gain of the wishes from which re-planning adds a slot to a station that something else changed."""


_TRIES_LEAST = 600
"""Tries of the local search where re-planning may change few slots."""


def plan_station(tables: Tables, view: StationView, fixed_slots: list[Slot], tries: int, variant: int) -> StationDraft:
    """The draft with the slots to stand beside the kept and relayed ones.

    The same for stations with the same inputs and `variant`, which picks another way of the search.
    """
    index = tables.index
    fixed = lay(index, view, fixed_slots)
    rng = Random(f"{index.instance.seed}:{variant}")  # noqa: S311 - a seeded search, nothing secret
    published = index.published_after_freeze(view.station.code)
    own_published = [slot for slot in view.open_published if slot.relayed_from is None]
    draft = StationDraft(tables, view, fixed, list(owed_airings(index, view, fixed)), published)
    if index.instance.replan == "least" and index.published_of(view.station.code):
        # few slots may change, so a short search sees all there is to see
        tries = min(tries, _TRIES_LEAST)
        broken = broken_slots(tables, view, fixed_slots, own_published)
        changed = hold_published(draft, own_published, broken, rng)
        if not changed and not draft.short() and not draft.missed():
            return draft
        _settle(draft, rng, tries, least_gain=_WORTH_ADDING)
        if release(draft, rng):
            Search(draft, rng).run(tries)
        return draft
    for slot in own_published:
        if not draft.wishes[tables.column_number[slot.column]].active:
            continue
        made = draft.tables_slot(slot)
        if made is None or not draft.put(made):
            mend(draft, slot, rng)
    _settle(draft, rng, tries, least_gain=1e-9)
    return draft


def _settle(draft: StationDraft, rng: Random, tries: int, least_gain: float) -> None:
    place_owed(draft, rng)
    for column in range(len(draft.wishes)):
        add_slots(draft, column, rng, least_gain)
    fill_shortfall(draft, rng)
    Search(draft, rng).run(tries)
    fill_shortfall(draft, rng)
    place_owed(draft, rng)


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
