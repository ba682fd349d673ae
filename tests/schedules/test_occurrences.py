"""Occurrences: the edges of months and days first."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from schedules.months import Month
from schedules.occurrences import Occurrence, occurrences
from schedules.problem import Blackout, SessionException
from tests.schedules.builders import ZONE, at, session, station

DECEMBER = Month.parse("2026-12")


def found(month: str = "2026-12", **given: Any) -> tuple[Occurrence, ...]:
    return occurrences(station(**given), Month.parse(month), ZONE)


def test_a_session_before_seven_belongs_to_the_utc_day_before_and_still_to_its_own_month() -> None:
    first = found(sessions=(session(start="05:00", end="06:30"),))[0]
    assert first.start == datetime(2026, 11, 30, 22, tzinfo=UTC)
    assert first.date == date(2026, 12, 1)


def test_a_session_to_the_end_of_the_last_day_ends_with_the_month() -> None:
    last = found(sessions=(session(start="23:00", end="24:00"),))[-1]
    assert last.end == DECEMBER.bounds(ZONE)[1]
    assert last.end.isoformat() == "2027-01-01T00:00:00+07:00"


def test_a_session_from_midnight_begins_with_the_month() -> None:
    assert found(sessions=(session(start="00:00", end="00:30"),))[0].start == DECEMBER.bounds(ZONE)[0]


@pytest.mark.parametrize(("month", "times"), [("2026-12", 31), ("2026-02", 28), ("2028-02", 29)])
def test_a_daily_session_occurs_on_each_date(month: str, times: int) -> None:
    assert len(found(month)) == times


def test_weekdays_are_iso_and_bounds_inclusive() -> None:
    mondays = found(sessions=(session(weekdays=(1,), from_date=date(2026, 12, 7), to_date=date(2026, 12, 21)),))
    assert [each.date.day for each in mondays] == [7, 14, 21]


def test_an_exception_cancels_or_moves_only_what_the_pattern_has() -> None:
    exceptions = (
        SessionException(session="morning", date=date(2026, 12, 7)),
        SessionException(session="morning", date=date(2026, 12, 14), start="06:00", end="07:00"),
        SessionException(session="morning", date=date(2026, 12, 15), start="06:00", end="07:00"),
    )
    mondays = found(sessions=(session(weekdays=(1,)),), exceptions=exceptions)
    assert [(each.date.day, each.start.hour) for each in mondays] == [(14, 6), (21, 5), (28, 5)]


def test_a_blackout_cuts_an_occurrence_into_pieces_of_one() -> None:
    dark = Blackout(from_time=at(1, 5, 30), to_time=at(1, 6))
    first = found(blackouts=(dark,))[0]
    assert first.piece_times == ((at(1, 5), at(1, 5, 30)), (at(1, 6), at(1, 6, 30)))
    assert not first.holds(first.start_ms, first.end_ms)


def test_what_a_blackout_covers_wholly_is_no_occurrence() -> None:
    dark = Blackout(from_time=at(1, 4), to_time=at(2, 6, 30))
    assert found(blackouts=(dark,))[0].date == date(2026, 12, 3)


def test_blackouts_that_touch_or_overlap_count_as_one() -> None:
    darks = (
        Blackout(from_time=at(1, 5, 10), to_time=at(1, 5, 40)),
        Blackout(from_time=at(1, 5, 20), to_time=at(1, 5, 30)),
        Blackout(from_time=at(1, 5, 40), to_time=at(1, 7)),
    )
    assert found(blackouts=darks)[0].piece_times == ((at(1, 5), at(1, 5, 10)),)
