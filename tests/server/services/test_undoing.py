"""The last change by hand of a station's month, taken back as long as nothing came between."""

import pytest

from schedules.editing import Change
from server.services.plans import make_plan, publish_plan
from server.services.refusals import ChangeBreaks
from server.services.revision_refusals import UndoOutdated
from server.services.slot_candidates import filling_of, new_filling, new_slot_candidates, slot_candidates
from server.services.undoing import last_change, slot_history, undo_change
from tests.server.people import acting, add_person
from tests.server.services.editing import (
    add,
    counted,
    edited,
    free_day,
    in_hand,
    lock,
    move,
    on,
    own_slots,
    refill,
    remove,
)
from tests.server.worlds import MONTH, World

Facts = list[tuple[object, ...]]


def facts(world: World) -> Facts:
    """All but ids: what was removed and added back may have another one."""
    return [
        (slot.starts_at, slot.locked, slot.relayed_from, [item.segment for item in slot.items])
        for code in ("h654", "x24490")
        for slot in in_hand(world, code)
    ]


def undone(world: World) -> None:
    last = last_change(world.context, "h654", MONTH)
    assert last is not None
    undo_change(world.context, "h654", MONTH, last.entry)


@pytest.mark.parametrize("kind", ["move", "refill", "add", "remove", "lock", "unlock"])
def test_each_kind_of_change_is_taken_back_and_then_made_again(published: World, kind: str) -> None:
    slot, day = own_slots(published)[2], free_day(published)
    changes: dict[str, Change] = {
        "move": move(slot, on(slot.starts_at.date(), "17:30")),
        "refill": refill(slot, *reversed([item.segment for item in slot.items])),
        "add": add(on(day), "b0006", "b0002"),
        "remove": remove(slot),
        "lock": lock(slot),
        "unlock": lock(slot, locked=False),
    }
    if kind == "unlock":
        edited(published, lock(slot))
    before = facts(published)
    edited(published, changes[kind])
    changed = facts(published)
    undone(published)
    assert facts(published) == before != changed
    undone(published)
    assert facts(published) == changed


def test_what_was_changed_since_or_published_or_never_changed_is_not_taken_back(published: World) -> None:
    assert last_change(published.context, "h654", MONTH) is None
    slot = own_slots(published)[0]
    edited(published, move(slot, on(slot.starts_at.date(), "17:30")))
    entry = last_change(published.context, "h654", MONTH)
    assert entry is not None
    assert last_change(published.context, "x24490", MONTH) is None
    edited(published, lock(own_slots(published)[1]))
    before = counted(published)
    with pytest.raises(UndoOutdated):
        undo_change(published.context, "h654", MONTH, entry.entry)
    assert counted(published) == before
    edited(published, lock(own_slots(published)[1], locked=False))
    make_plan(published.context, MONTH)  # unlocked, and changed by hand: all of it is planned anew
    edited(published, move(own_slots(published)[0], on(slot.starts_at.date(), "17:40")))
    publish_plan(published.context, MONTH)
    assert last_change(published.context, "h654", MONTH) is None
    make_plan(published.context, MONTH)  # the next draft has the slot as it is published
    assert last_change(published.context, "h654", MONTH) is None


def test_what_no_longer_fits_is_refused_with_the_reason(published: World) -> None:
    slot = own_slots(published)[0]
    edited(published, remove(slot))
    entry = last_change(published.context, "h654", MONTH)
    assert entry is not None
    published.withdraw(slot.items[0].segment)
    with pytest.raises(ChangeBreaks):
        undo_change(published.context, "h654", MONTH, entry.entry)


def test_a_slot_has_its_changes_with_who_made_them(published: World) -> None:
    slot, other = own_slots(published)[:2]
    planner = acting(published.context, add_person(published.context, "lap-lich", ["planner"]))
    edited(published, lock(other))
    edited(published, move(slot, on(slot.starts_at.date(), "17:30")))
    undo_change(planner, "h654", MONTH, last_change(planner, "h654", MONTH).entry)  # type: ignore[union-attr]  # it is there
    history = slot_history(published.context, "h654", MONTH, slot.key)
    assert [(each.actor, each.change) for each in history] == [("lap-lich", "alter"), ("local", "alter")]
    assert history[1].before is not None
    assert history[1].before.starts_at == slot.starts_at


# What a slot could hold


def test_candidates_are_ranked_by_what_the_month_is_then_worth_and_each_is_what_a_trial_says(published: World) -> None:
    slot = own_slots(published)[2]
    for position in (None, 1):
        found = slot_candidates(published.context, "h654", MONTH, slot.key, position=position)
        assert found.candidates
        scores = []
        for each in found.candidates:
            tried = edited(published, refill(slot, *each.segments), store=False).stations[0]
            assert (tried.before, tried.after) == (found.before, each.after)
            assert tried.slots[0].after is not None
            assert tried.slots[0].after.length_ms == each.length_ms
            cost = sum(terms.cost for terms in each.after.terms)
            scores.append((each.after.short_ms, each.after.must_airs_missed, cost))
        assert scores == sorted(scores)
        held = [item.segment for item in slot.items]
        assert found.replaces == (held[0] if position else None)
        assert {each.segment for each in found.candidates}.isdisjoint(held)


def test_a_slot_is_filled_to_a_length_as_near_as_segments_go(published: World) -> None:
    slot = own_slots(published)[2]
    held = [item.segment for item in slot.items]

    def filled(length_ms: int) -> list[str]:
        return filling_of(published.context, "h654", MONTH, slot.key, length_ms=length_ms)

    assert filled(slot.length_ms) == held
    assert filled(slot.length_ms + 20_000) == held
    longer = filled(slot.length_ms + 120_000)
    assert longer[: len(held)] == held
    assert len(longer) == len(held) + 1
    assert filled(1000) == held[:1]
    assert edited(published, refill(slot, *longer), store=False).stations


def test_a_new_slot_is_filled_with_segments_that_may_stand_there(published: World) -> None:
    start = on(free_day(published))
    best = new_slot_candidates(published.context, "h654", MONTH, "cchc", start)
    segments = new_filling(published.context, "h654", MONTH, "cchc", start, length_ms=420_000)
    tried = edited(published, add(start, *segments), store=False).stations[0].slots[0].after
    assert tried is not None
    assert abs(tried.length_ms - 420_000) < 90_000
    assert {each.segment for each in best.candidates}
