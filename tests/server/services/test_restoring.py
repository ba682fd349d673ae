"""Coming back to an earlier revision, and taking back what was drafted."""

from datetime import timedelta

import pytest

from server.services.differences import month_difference
from server.services.drafts import discard_draft
from server.services.plans import list_revisions, make_plan, publish_plan
from server.services.refusals import ChangeBreaks, DraftChanged, NoDraft, NotPublished, UnknownRevision
from server.services.restoring import preview_return, restore_revision
from server.services.revision_history import revision_change, revision_history
from server.services.revision_refusals import NothingToUndo, RevisionInForce
from server.services.undoing import last_change_of_month, undo_last_change
from server.services.views import SlotView
from tests.server.services.editing import add, edited, free_day, in_hand, lock, move, on, own_slots, remove, version_of
from tests.server.services.plan_reading import darken, slots_of
from tests.server.worlds import MONTH, World


def airs(slots: list[SlotView]) -> list[tuple[object, ...]]:
    return [(slot.key, slot.starts_at, tuple(item.segment for item in slot.items), slot.locked) for slot in slots]


@pytest.fixture
def twice(published: World) -> World:
    """A second revision, without the first slot of the first, with the second elsewhere and the third locked."""
    gone, moved, locked = own_slots(published)[:3]
    edited(published, lock(locked))
    edited(published, move(moved, on(free_day(published))))
    edited(published, remove(gone))
    publish_plan(published.context, MONTH)
    return published


def test_a_revision_comes_back_as_it_was_where_nothing_stands_against_it(twice: World) -> None:
    told = preview_return(twice.context, MONTH, 1)
    assert (told.lost, told.in_force, told.draft) == ([], 2, False)
    assert told.back == len([slot for slot in slots_of(twice, "h654", revision=1) if slot.relayed_from is None])
    done = restore_revision(twice.context, MONTH, 1, version=told.version)
    assert (done.differing, done.lost, done.revision.status) == (0, [], "draft")
    for code in ("h654", "x24490", "x24502"):
        was = airs(slots_of(twice, code, revision=1))
        now = airs(in_hand(twice, code))
        # the lock of what is in force holds
        assert [each[:3] for each in now] == [each[:3] for each in was]
    assert publish_plan(twice.context, MONTH, version=done.revision.version).revision.number == 3
    assert [each.number for each in list_revisions(twice.context, MONTH)] == [3, 2, 1]
    assert airs(slots_of(twice, "h654", revision=2)) != airs(slots_of(twice, "h654"))


def test_what_can_not_come_back_is_named_with_its_reason_and_made_good(twice: World) -> None:
    gone, moved = slots_of(twice, "h654", revision=1)[:2]
    darken(twice, "h654", f"{gone.starts_at.date()} 00:00", f"{gone.starts_at.date()} 23:59")
    twice.withdraw(moved.items[0].segment)
    told = preview_return(twice.context, MONTH, 1)
    lost = {each.starts_at: each for each in told.lost}
    assert gone.starts_at in lost
    assert "ngoài các buổi phát" in " ".join(lost[gone.starts_at].sentences)
    assert moved.starts_at in lost
    done = restore_revision(twice.context, MONTH, 1)
    assert [each.starts_at for each in done.lost] == [each.starts_at for each in told.lost]
    draft = own_slots(twice)
    assert all(slot.starts_at.date() != gone.starts_at.date() for slot in draft)
    assert all(moved.items[0].segment not in {item.segment for item in slot.items} for slot in draft)
    assert done.revision.conflicts == 0
    publish_plan(twice.context, MONTH)


def test_what_has_begun_stays_as_it_was_aired(twice: World) -> None:
    first, *_ = slots_of(twice, "h654", revision=1)
    twice.now = first.starts_at + timedelta(days=2)
    aired = [slot for slot in slots_of(twice, "h654") if slot.starts_at < twice.now]
    told = preview_return(twice.context, MONTH, 1)
    assert first.starts_at in {each.starts_at for each in told.lost}
    restore_revision(twice.context, MONTH, 1)
    assert airs([slot for slot in in_hand(twice) if slot.starts_at < twice.now]) == airs(aired)
    publish_plan(twice.context, MONTH)


def test_coming_back_is_refused_where_there_is_nothing_to_come_back_to_or_somebody_was_faster(twice: World) -> None:
    context = twice.context
    with pytest.raises(RevisionInForce):
        restore_revision(context, MONTH, 2)
    with pytest.raises(UnknownRevision):
        restore_revision(context, MONTH, 9)
    with pytest.raises(NotPublished):
        preview_return(context, MONTH.next(), 1)
    looked_at = version_of(twice)
    edited(twice, remove(own_slots(twice)[0]))
    with pytest.raises(DraftChanged):
        restore_revision(context, MONTH, 1, version=looked_at)
    assert preview_return(context, MONTH, 1).hand_changes == 1
    assert restore_revision(context, MONTH, 1, version=looked_at + 1).revision.hand_changes == 0


def test_a_draft_that_is_dropped_never_lends_its_version_to_another(published: World) -> None:
    in_force = airs(slots_of(published, "h654"))
    edited(published, remove(own_slots(published)[0]))
    looked_at = version_of(published)
    with pytest.raises(DraftChanged):
        discard_draft(published.context, MONTH, version=looked_at - 1)
    gone = discard_draft(published.context, MONTH, version=looked_at)
    assert (gone.version, gone.hand_changes) == (looked_at, 1)
    assert airs(in_hand(published)) == in_force
    with pytest.raises(NoDraft):
        discard_draft(published.context, MONTH)
    make_plan(published.context, MONTH)
    assert version_of(published) == looked_at + 1
    with pytest.raises(DraftChanged):
        publish_plan(published.context, MONTH, version=looked_at)


def test_the_last_change_by_hand_is_undone_and_done_again(published: World) -> None:
    before = airs(own_slots(published))
    slot = own_slots(published)[0]
    day = free_day(published)
    for change in (
        lock(slot),
        move(slot, on(day)),
        remove(slot),
        add(on(day), *(item.segment for item in slot.items)),
    ):
        edited(published, change)
        changed = airs(own_slots(published))
        told = last_change_of_month(published.context, MONTH)
        assert told is not None
        assert (told.station, changed != before) == ("h654", True)
        undo_last_change(published.context, MONTH, version=version_of(published))
        assert [each[1:] for each in airs(own_slots(published))] == [each[1:] for each in before]
        undo_last_change(published.context, MONTH)
        assert [each[1:] for each in airs(own_slots(published))] == [each[1:] for each in changed]
        undo_last_change(published.context, MONTH)
    assert month_difference(published.context, MONTH).slots == 0


def test_nothing_else_is_undone_and_never_against_todays_rules(published: World) -> None:
    with pytest.raises(NoDraft):
        undo_last_change(published.context, MONTH)
    make_plan(published.context, MONTH)
    with pytest.raises(NothingToUndo):
        undo_last_change(published.context, MONTH)
    assert last_change_of_month(published.context, MONTH) is None
    slot = own_slots(published)[0]
    edited(published, remove(slot))
    darken(published, "h654", f"{slot.starts_at.date()} 00:00", f"{slot.starts_at.date()} 23:59")
    with pytest.raises(DraftChanged):
        undo_last_change(published.context, MONTH, version=1)
    with pytest.raises(ChangeBreaks):
        undo_last_change(published.context, MONTH)


def test_the_history_tells_who_did_what_on_the_way_to_each_revision(twice: World) -> None:
    restore_revision(twice.context, MONTH, 1)
    draft, second, first = revision_history(twice.context, MONTH)
    assert [each.action for each in draft.done] == ["plan.restored"]
    assert draft.done[0].facts["number"] == 1
    assert [each.action for each in second.done] == ["plan.published", *["plan.edited"] * 3]
    assert [each.action for each in first.done] == ["plan.published", "plan.made"]
    assert draft.changed is None
    assert second.changed is not None
    assert second.changed["slots_cancelled"] > 0
    entry, change = revision_change(twice.context, MONTH, 2)
    assert entry == second
    assert change is not None
    assert (change.published.number, change.draft.number, change.stations) == (1, 2, 3)
    assert revision_change(twice.context, MONTH, 1)[1] is None
    with pytest.raises(UnknownRevision):
        revision_change(twice.context, MONTH, 4)
