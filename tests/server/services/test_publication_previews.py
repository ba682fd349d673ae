"""What is told before a month is published is what publishing it then does."""

from datetime import UTC, date, datetime, timedelta

import pytest

from server.services.closings import close_month
from server.services.deliveries import note_verified
from server.services.plans import make_plan, publish_plan
from server.services.publishing import preview_publication
from server.services.refusals import DraftChanged, DraftStale, NoDraft
from tests.server.services.editing import edited, free_day, lock, move, on, own_slots, refill, remove, version_of
from tests.server.services.plan_reading import darken, slots_of
from tests.server.worlds import BEFORE, MONTH, World


def test_the_preview_counts_what_publishing_then_tells_the_calendars(published: World) -> None:
    gone, moved = own_slots(published)[:2]
    edited(published, remove(gone))
    edited(published, move(moved, on(free_day(published))))
    told = preview_publication(published.context, MONTH)
    assert (told.number, told.published and told.published.number, told.stale) == (2, 1, False)
    done = publish_plan(published.context, MONTH, version=told.draft.version)
    assert done.revision.number == told.number
    assert (told.calendar.stations, told.calendar.new, told.calendar.changed, told.calendar.cancelled) == (
        done.stations_changed,
        done.slots_new,
        done.slots_changed,
        done.slots_cancelled,
    )
    with pytest.raises(NoDraft):
        preview_publication(published.context, MONTH)


def test_each_station_is_told_its_changes_whom_it_follows_and_what_it_will_have_to_pull(published: World) -> None:
    slot = own_slots(published)[0]
    pulled = [item.sha256 for each in slots_of(published, "x24490") for item in each.items]
    note_verified(published.context, "x24490", pulled)
    published.add_segment("b0009", seconds=200, topic="the-che")
    edited(published, refill(slot, "b0009"))
    told = preview_publication(published.context, MONTH)
    parent, *followers = told.stations
    assert (parent.station, parent.kinds, parent.relays, parent.follows) == ("h654", {"refilled": 1}, [], "")
    assert {(each.station, each.follows) for each in followers} == {("x24490", "h654"), ("x24502", "h654")}
    by_code = {each.station: each for each in told.stations}
    assert (by_code["x24490"].pulled, by_code["x24502"].pulled) == (True, False)
    assert by_code["x24490"].files < by_code["x24502"].files
    assert told.to_pull == 1
    assert by_code["h654"].sequence == 1


def test_changes_that_are_near_and_stations_that_stay_short_are_named(published: World) -> None:
    slot = own_slots(published)[0]
    published.now = slot.starts_at - timedelta(days=2)
    edited(published, remove(slot))
    told = preview_publication(published.context, MONTH)
    assert [(each.station, each.slot.key, each.kinds) for each in told.near] == [("h654", slot.key, ["removed"])]
    assert told.broken == []
    day = own_slots(published)[0].starts_at.date()
    darken(published, "h654", f"{day} 00:00", f"{day} 23:59")
    [broken, *_others] = preview_publication(published.context, MONTH).broken
    assert (broken.station, broken.constraint) == ("h654", "H1")
    assert "ngoài các buổi phát" in broken.sentence
    [short] = told.short
    assert (short.station, short.rule, short.short_ms > 0) == ("h654", "cchc-huyen", True)


def test_only_the_draft_that_was_looked_at_is_published(published: World) -> None:
    edited(published, lock(own_slots(published)[0]))
    looked_at = version_of(published)
    edited(published, remove(own_slots(published)[1]))
    with pytest.raises(DraftChanged) as refused:
        publish_plan(published.context, MONTH, version=looked_at)
    assert (refused.value.given, refused.value.found) == (looked_at, looked_at + 1)
    assert publish_plan(published.context, MONTH, version=looked_at + 1).revision.number == 2
    with pytest.raises(NoDraft):
        publish_plan(published.context, MONTH, version=looked_at + 1)


def test_a_draft_that_time_overtook_is_told_as_stale_before_it_is_refused(published: World) -> None:
    slot = own_slots(published)[0]
    edited(published, remove(slot))
    published.now = slot.starts_at + timedelta(hours=1)
    assert preview_publication(published.context, MONTH).stale
    with pytest.raises(DraftStale):
        publish_plan(published.context, MONTH)


def test_a_first_revision_has_nobody_to_tell_of_changes_and_a_closed_month_says_so(district: World) -> None:
    make_plan(district.context, MONTH)
    told = preview_publication(district.context, MONTH)
    assert (told.number, told.published, told.stations, told.near, told.to_pull) == (1, None, [], [], 0)
    assert told.calendar.new == told.draft.slots
    publish_plan(district.context, MONTH)
    district.now = datetime(2027, 1, 5, tzinfo=UTC)
    close_month(district.context, MONTH)
    make_plan(district.context, MONTH)
    assert preview_publication(district.context, MONTH).closed_at == district.now
    assert district.now.date() > date(2026, 12, 31) > BEFORE.date()
