"""The month of all stations, day by day, against what was published before."""

import pytest

from server.services.board_orders import Order
from server.services.month_matrix import MatrixSlot, MonthMatrix, month_matrix
from server.services.plans import make_plan, publish_plan
from server.services.refusals import BadField, UnknownRevision
from tests.server.services.editing import edited, free_day, lock, move, on, own_slots, remove
from tests.server.services.plan_reading import darken
from tests.server.worlds import MONTH, World


def cells(matrix: MonthMatrix, code: str) -> dict[int, list[MatrixSlot]]:
    [row] = [each for each in matrix.rows.items if each.row.station.code == code]
    return {cell.day.day: cell.slots for cell in row.days if cell.slots}


def shown(matrix: MonthMatrix) -> list[str]:
    return [each.row.station.code for each in matrix.rows.items]


def test_a_draft_is_shown_by_days_with_what_it_changes_of_what_is_published(published: World) -> None:
    gone, moved, locked = own_slots(published)[:3]
    day = free_day(published)
    edited(published, lock(locked))
    edited(published, move(moved, on(day)))
    edited(published, remove(gone))
    matrix = month_matrix(published.context, MONTH)
    assert (matrix.revision and matrix.revision.number, matrix.before and matrix.before.number) == (None, 1)

    own = cells(matrix, "h654")
    [removed] = own[gone.starts_at.day]
    assert (removed.kinds, removed.key) == (("removed",), gone.key)
    [there] = own[day.day]
    assert (there.kinds, there.was, there.locked) == (("moved",), moved.starts_at, False)
    assert moved.starts_at.day not in own
    [kept] = own[locked.starts_at.day]
    assert (kept.kinds, kept.locked, kept.relayed_from, kept.items) == ((), True, None, len(locked.items))
    assert {slot.relayed_from for slots in cells(matrix, "x24490").values() for slot in slots} == {"h654"}

    # a slot moved out of the evening is lost to those who relay it; a lock alone is no change
    assert matrix.stations_changed == 3
    assert matrix.slots_changed == 6
    assert [each.changed for each in matrix.rows.items] == [True] * 3


def test_what_is_published_and_each_earlier_revision_can_be_asked_for(published: World) -> None:
    gone = own_slots(published)[0]
    edited(published, remove(gone))
    publish_plan(published.context, MONTH)
    second = month_matrix(published.context, MONTH)
    assert (second.revision and second.revision.number, second.before and second.before.number) == (2, 1)
    assert [slot.kinds for slot in cells(second, "h654")[gone.starts_at.day]] == [("removed",)]
    first = month_matrix(published.context, MONTH, shown=1)
    assert first.before is None
    assert [slot.kinds for slot in cells(first, "h654")[gone.starts_at.day]] == [()]
    assert month_matrix(published.context, MONTH, shown="draft").revision is None
    with pytest.raises(UnknownRevision):
        month_matrix(published.context, MONTH, shown=7)
    with pytest.raises(BadField):
        month_matrix(published.context, MONTH, shown="khac")


def test_days_and_slots_off_the_air_are_marked(published: World) -> None:
    slot = own_slots(published)[0]
    day = slot.starts_at.date()
    darken(published, "h654", f"{day} 12:00", f"{day} 20:00")
    darken(published, "h654", "2026-12-30 00:00", "2026-12-30 12:00")
    darken(published, "h654", "2026-12-30 12:00", "2026-12-31 00:00")
    matrix = month_matrix(published.context, MONTH)
    [row] = [each for each in matrix.rows.items if each.row.station.code == "h654"]
    assert {cell.day.day: cell.off for cell in row.days if cell.off} == {day.day: "part", 30: "whole"}
    assert [each.off for each in cells(matrix, "h654")[day.day]] == [True]
    assert not any(each.off for slots in cells(matrix, "x24490").values() for each in slots)


def test_rows_are_filtered_sorted_by_terms_and_paged(published: World) -> None:
    context = published.context
    own = own_slots(published)[0]
    assert shown(month_matrix(context, MONTH, only="changed")) == []
    edited(published, remove(own))
    assert shown(month_matrix(context, MONTH, only="changed")) == ["h654", "x24502", "x24490"]
    short = month_matrix(context, MONTH, only="short")
    assert shown(short) == ["h654"]
    assert short.rows.items[0].row.short_ms > 0
    assert shown(month_matrix(context, MONTH, order=Order(q="EA YÔNG"))) == ["x24490"]
    assert shown(month_matrix(context, MONTH, order=Order(tier="commune", district="654"))) == ["x24502", "x24490"]
    by_topics = month_matrix(context, MONTH, order=Order(sort="-topics"))
    values = [each.terms["topics"] for each in by_topics.rows.items]
    assert values == sorted(values, reverse=True)
    past = month_matrix(context, MONTH, offset=5000)
    assert (past.rows.offset, past.rows.total, len(past.rows.items)) == (0, 3, 3)
    with pytest.raises(BadField):
        month_matrix(context, MONTH, order=Order(sort="khac"))
    with pytest.raises(BadField):
        month_matrix(context, MONTH, only="khac")


def test_a_month_without_a_plan_has_stations_and_nothing_else(district: World) -> None:
    matrix = month_matrix(district.context, MONTH)
    assert (matrix.revision, matrix.before, matrix.revisions, matrix.stations_changed) == (None, None, [], 0)
    assert len(matrix.everyone) == 3
    make_plan(district.context, MONTH)
    first = month_matrix(district.context, MONTH)
    assert first.before is None
    assert {slot.kinds for slots in cells(first, "h654").values() for slot in slots} == {()}
