from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from media.clocks import place_clock

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
# The last evening of a month, over midnight; before UTC's.
BEGINS = datetime(2026, 8, 31, 23, 30, tzinfo=ZONE)
MINUTE = 60_000


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def planned(*minutes: float, days: tuple[int, ...] = (0,)) -> tuple[int, ...]:
    return tuple(ms(BEGINS + timedelta(days=day, minutes=minute)) for day in days for minute in minutes)


def test_the_beginning_is_told_whatever_the_recorder_says_and_how_many_agree() -> None:
    heard = [(2 * MINUTE, planned(2, 700)), (40 * MINUTE + 3_000, planned(40)), (55 * MINUTE, planned(300))]
    place = place_clock(heard)
    assert place.start_ms is not None
    assert abs(place.start_ms - ms(BEGINS)) <= 3_000
    assert (place.agreeing, place.asked, place.spread_ms, place.rivals) == (2, 3, 3_000, ())


def test_a_programme_of_every_day_leaves_the_day_open_and_says_so() -> None:
    heard = [(2 * MINUTE, planned(2, days=(0, 1))), (9 * MINUTE, planned(9, days=(0, 1)))]
    place = place_clock(heard)
    assert place.start_ms is None
    assert place.rivals == (ms(BEGINS), ms(BEGINS + timedelta(days=1)))


def test_one_item_of_one_day_alone_decides_between_days() -> None:
    heard = [(2 * MINUTE, planned(2, days=(0, 1))), (9 * MINUTE, planned(9, days=(1,)))]
    assert place_clock(heard).start_ms == ms(BEGINS + timedelta(days=1))


def test_without_anything_planned_nothing_is_decided() -> None:
    assert place_clock([]).start_ms is None
    assert (place_clock([(5, ())]).start_ms, place_clock([(5, ())]).asked) == (None, 1)


def test_an_item_aired_twice_in_a_minute_votes_once() -> None:
    place = place_clock([(0, planned(0, 0.5)), (10 * MINUTE, planned(10))])
    assert (place.agreeing, place.asked) == (2, 2)
