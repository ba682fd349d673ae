from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.exports.calendars import PublishedSlot, SlotEvent, content_digest, revise_events, uid
from tests.schedules_exports.builders import HO_CHI_MINH, bounded

FIRST = datetime(2026, 11, 20, 3, tzinfo=UTC)
SECOND, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=2)
# The last minute of a month and the first of the next, in the station's zone.
_LAST_MINUTE = datetime(2026, 12, 31, 23, 59, tzinfo=HO_CHI_MINH)
_FIRST_MINUTE = datetime(2027, 1, 1, 0, 0, tzinfo=HO_CHI_MINH)


def slot(key: str, starts_at: datetime = _LAST_MINUTE, length_ms: int = 900_000, items: object = "a") -> PublishedSlot:
    return PublishedSlot(key=key, starts_at=starts_at, length_ms=length_ms, digest=content_digest(items))


def test_a_new_slot_is_confirmed_with_sequence_0() -> None:
    (event,) = revise_events([], [slot("k")], FIRST)
    assert (event.key, event.sequence, event.created, event.last_modified, event.cancelled) == (
        "k",
        0,
        FIRST,
        FIRST,
        False,
    )


def test_untouched_slots_stay_exactly_as_they_were() -> None:
    events = revise_events([], [slot("a"), slot("b", _FIRST_MINUTE)], FIRST)
    assert revise_events(events, [slot("b", _FIRST_MINUTE), slot("a")], SECOND) == events


def test_the_same_instant_in_another_zone_is_no_change() -> None:
    events = revise_events([], [slot("a", _FIRST_MINUTE)], FIRST)
    assert revise_events(events, [slot("a", datetime(2026, 12, 31, 17, 0, tzinfo=UTC))], SECOND) == events


@pytest.mark.parametrize(
    "changed",
    [slot("a", _FIRST_MINUTE), slot("a", length_ms=900_001), slot("a", items="b")],
    ids=["moved by a minute into the next month", "a millisecond longer", "other items"],
)
def test_a_changed_slot_goes_one_sequence_up(changed: PublishedSlot) -> None:
    (before,) = revise_events([], [slot("a")], FIRST)
    (after,) = revise_events([before], [changed], SECOND)
    assert (after.sequence, after.last_modified, after.created, after.cancelled) == (1, SECOND, FIRST, False)
    assert (after.starts_at, after.length_ms, after.digest) == (changed.starts_at, changed.length_ms, changed.digest)


def test_a_removed_slot_is_cancelled_once_and_comes_back_confirmed() -> None:
    published = revise_events([], [slot("a")], FIRST)
    (cancelled,) = revise_events(published, [], SECOND)
    assert (cancelled.cancelled, cancelled.sequence, cancelled.last_modified) == (True, 1, SECOND)
    assert cancelled.starts_at == _LAST_MINUTE
    assert revise_events([cancelled], [], THIRD) == [cancelled]
    (back,) = revise_events([cancelled], [slot("a")], THIRD)
    assert (back.cancelled, back.sequence, back.last_modified, back.created) == (False, 2, THIRD, FIRST)


def test_events_come_in_order_of_start() -> None:
    events = revise_events([], [slot("a", _FIRST_MINUTE), slot("c"), slot("b")], FIRST)
    assert [event.key for event in events] == ["b", "c", "a"]


def test_a_key_that_comes_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="one key"):
        revise_events([], [slot("a"), slot("a", _FIRST_MINUTE)], FIRST)


_slots = st.lists(
    st.builds(
        slot,
        st.sampled_from("abcdef"),
        st.sampled_from([_LAST_MINUTE, _FIRST_MINUTE]),
        st.sampled_from([60_000, 900_000]),
        st.sampled_from(["x", "y"]),
    ),
    unique_by=lambda one: one.key,
)


@bounded
@given(st.lists(_slots, min_size=1, max_size=6))
def test_over_any_revisions_no_event_is_lost_and_no_sequence_falls(revisions: list[list[PublishedSlot]]) -> None:
    events: list[SlotEvent] = []
    for number, slots in enumerate(revisions):
        at = FIRST + timedelta(days=number)
        revised = revise_events(events, slots, at)
        after = {event.key: event for event in revised}
        assert set(after) == {event.key for event in events} | {one.key for one in slots}
        assert {event.key for event in revised if not event.cancelled} == {one.key for one in slots}
        for before in events:
            now = after[before.key]
            assert now.sequence == before.sequence + (now != before)
            assert (now.last_modified == at) == (now != before)
            assert now.created == before.created
        assert revise_events(revised, slots, at + timedelta(hours=1)) == revised
        assert msgspec.json.decode(msgspec.json.encode(revised), type=list[SlotEvent]) == revised
        events = revised


def test_a_uid_is_stable_and_differs_by_installation_station_and_slot() -> None:
    assert uid("i", "h654", "s") == "643604dd-1b30-5c5c-ba67-ba2f2b4150dd"
    assert len({uid("i", "h654", "s"), uid("j", "h654", "s"), uid("i", "h655", "s"), uid("i", "h654", "t")}) == 4
    assert uid("a", "bc", "d") != uid("ab", "c", "d")


@bounded
@given(st.text(), st.text(), st.text())
def test_a_uid_is_short_whatever_it_is_made_of(installation: str, station: str, key: str) -> None:
    assert len(uid(installation, station, key)) <= 75


def test_a_digest_tells_order_and_length_apart() -> None:
    assert content_digest([["a", 1], ["b", 2]]) == content_digest([["a", 1], ["b", 2]])
    assert content_digest([["a", 1], ["b", 2]]) != content_digest([["b", 2], ["a", 1]])
    assert content_digest([["a", 1]]) != content_digest([["a", 2]])
