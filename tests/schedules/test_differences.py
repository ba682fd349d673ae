"""What differs between two plans: every slot that airs otherwise is told once, and nothing else."""

from collections.abc import Iterable, Sequence
from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schedules.differences import Difference, SlotChange, difference
from schedules.problem import Slot
from tests.schedules.builders import at, slot

ITEMS = st.lists(st.sampled_from([("s1", 110), ("s2", 95), ("s3", 60)]), min_size=0, max_size=2)


@st.composite
def slots(draw: st.DrawFn) -> Slot:
    """Of few stations, columns, ids, starts and contents, so that two plans have much in common."""
    start = at(draw(st.sampled_from([1, 2, 31])), draw(st.sampled_from([0, 5, 17])))
    return slot(
        start,
        draw(ITEMS),
        code=draw(st.sampled_from(["a", "b", "c", "d"])),
        on=draw(st.sampled_from(["D", "X"])),
        column=draw(st.sampled_from(["c", "e"])),
        relayed_from=draw(st.sampled_from([None, "P"])),
        locked=draw(st.booleans()),
    )


def key(each: Slot) -> tuple[str, str, str]:
    return each.station, each.column, each.id


PLANS = st.lists(slots(), max_size=8, unique_by=key)


def aired(plan: Iterable[Slot]) -> list[str]:
    """What stations air, whatever slots are called and whether they are locked."""
    return sorted(str(replace(each, id="-", locked=False)) for each in plan)


def applied(before: Sequence[Slot], found: Difference) -> list[Slot]:
    changes = [change for station in found.stations for change in station.changes]
    gone = {key(change.before) for change in changes if change.before is not None}
    new = [change.after for change in changes if change.after is not None]
    return [each for each in before if key(each) not in gone] + new


def only(before: Sequence[Slot], after: Sequence[Slot]) -> SlotChange:
    [station] = difference(before, after).stations
    [change] = station.changes
    return change


@given(PLANS, PLANS)
def test_the_difference_applied_to_the_one_plan_gives_the_other(before: list[Slot], after: list[Slot]) -> None:
    assert aired(applied(before, difference(before, after))) == aired(after)


@given(PLANS, PLANS)
def test_what_is_the_same_is_not_told_and_nothing_is_told_twice(before: list[Slot], after: list[Slot]) -> None:
    found = difference(before, after)
    changes = [change for station in found.stations for change in station.changes]
    for side in ([change.before for change in changes], [change.after for change in changes]):
        told = [key(each) for each in side if each is not None]
        assert len(told) == len(set(told))
    same = {replace(each, locked=False) for each in before} & {replace(each, locked=False) for each in after}
    assert not same & {replace(change.before, locked=False) for change in changes if change.before is not None}
    assert all(station.changes for station in found.stations)
    assert found.slots == len(changes)
    had, has = (sum(item.duration_ms for each in plan for item in each.items) for plan in (before, after))
    assert sum(station.gained_ms for station in found.stations) == has - had


@given(PLANS, st.data())
def test_the_order_in_which_slots_are_given_does_not_matter(before: list[Slot], data: st.DataObject) -> None:
    after = data.draw(PLANS)
    assert difference(before[::-1], data.draw(st.permutations(after))) == difference(before, after)


@given(PLANS)
def test_a_plan_does_not_differ_from_itself_in_another_zone(plan: list[Slot]) -> None:
    assert difference(plan, [replace(each, start=each.start.astimezone(UTC)) for each in plan]).stations == ()


def test_each_kind_of_change_is_named() -> None:
    was = slot(at(1), code="a")
    assert only([was], []).kinds == ("removed",)
    assert only([], [was]).kinds == ("added",)
    assert only([was], [replace(was, start=at(2))]).kinds == ("moved",)
    assert only([was], [slot(at(1), [("s2", 110)], code="a")]).kinds == ("refilled",)
    assert only([was], [slot(at(1), [("s1", 120)], code="a")]).kinds == ("resized",)
    assert only([was], [replace(was, relayed_from="P")]).kinds == ("relay",)
    assert only([was], [slot(at(2), [("s2", 60)], code="a", relayed_from="P")]).kinds == ("moved", "refilled", "relay")


def test_a_slot_that_only_was_locked_airs_the_same() -> None:
    was = slot(at(1))
    assert difference([was], [replace(was, locked=True)]).stations == ()


def test_a_slot_that_only_has_another_name_airs_the_same() -> None:
    was = slot(at(1))
    assert difference([was], [replace(was, id="by-hand")]).stations == ()


def test_the_same_content_at_another_place_is_one_slot_that_moved_to_the_nearest() -> None:
    """From the last minute of a day to the first of the next, not to the week after."""
    was = slot(at(1, 23, 59))
    near, far = slot(at(2, 0, 0)), slot(at(8, 23, 59))
    [station] = difference([was], [far, near]).stations
    assert [(change.kinds, change.before, change.after) for change in station.changes] == [
        (("moved",), was, near),
        (("added",), None, far),
    ]


def test_two_slots_of_one_content_move_without_crossing() -> None:
    first, second = slot(at(1)), slot(at(3))
    later = [slot(at(1, 6)), slot(at(3, 6))]
    [station] = difference([second, first], later).stations
    assert [(change.before, change.after) for change in station.changes] == [(first, later[0]), (second, later[1])]


def test_another_start_with_other_content_is_another_slot() -> None:
    [station] = difference([slot(at(1))], [slot(at(2), [("s2", 60)])]).stations
    assert [change.kinds for change in station.changes] == [("removed",), ("added",)]
    assert (station.airtime_ms, station.gained_ms) == (110_000 + 60_000, 60_000 - 110_000)


def test_changes_stand_by_station_and_time() -> None:
    here = [slot(at(day), [(f"s{day}", 60)], on="X") for day in (31, 1)]
    there = [slot(at(5), on="D")]
    found = difference(here, there)
    assert [station.station for station in found.stations] == ["D", "X"]
    assert [change.slot.start for change in found.stations[1].changes] == [at(1), at(31)]
    assert (found.slots, found.airtime_ms) == (3, 230_000)
    assert found.stations[1].changes[1].slot.start - found.stations[1].changes[0].slot.start == timedelta(days=30)
