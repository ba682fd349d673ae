"""Months: the edges first."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from schedules.months import InvalidMonth, Month

HO_CHI_MINH = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2026-12", datetime(2026, 11, 30, 17, tzinfo=UTC), datetime(2026, 12, 31, 17, tzinfo=UTC)),
        ("2026-01", datetime(2025, 12, 31, 17, tzinfo=UTC), datetime(2026, 1, 31, 17, tzinfo=UTC)),
        ("2026-02", datetime(2026, 1, 31, 17, tzinfo=UTC), datetime(2026, 2, 28, 17, tzinfo=UTC)),
        ("2028-02", datetime(2028, 1, 31, 17, tzinfo=UTC), datetime(2028, 2, 29, 17, tzinfo=UTC)),
    ],
)
def test_a_month_at_utc_plus_7_begins_at_17_utc_the_day_before(text: str, begins: datetime, ends: datetime) -> None:
    assert Month.parse(text).bounds(HO_CHI_MINH) == (begins, ends)


def test_bounds_are_aware_local_midnights() -> None:
    begins, ends = Month.parse("2026-12").bounds(HO_CHI_MINH)
    assert begins.isoformat() == "2026-12-01T00:00:00+07:00"
    assert ends.isoformat() == "2027-01-01T00:00:00+07:00"


@pytest.mark.parametrize(
    ("text", "days"),
    [("2026-01", 31), ("2026-02", 28), ("2028-02", 29), ("2100-02", 28), ("2026-04", 30), ("2199-12", 31)],
)
def test_a_month_has_its_dates_first_to_last(text: str, days: int) -> None:
    month = Month.parse(text)
    dates = list(month.dates())
    assert len(dates) == days
    assert dates[0] == month.first_date
    assert dates[-1] == month.last_date


def test_months_follow_each_other_over_the_year() -> None:
    assert Month.parse("2026-12").next() == Month.parse("2027-01")
    assert Month.parse("2027-01").previous() == Month.parse("2026-12")
    assert Month.parse("2026-11").next() == Month.parse("2026-12")
    assert Month.parse("2026-12").previous() == Month.parse("2026-11")


def test_months_order_and_hash_as_values() -> None:
    assert min(Month.parse("2027-01"), Month.parse("2026-12")) == Month.parse("2026-12")
    assert {Month.parse("2026-12"), Month.of(date(2026, 12, 31))} == {Month(2026, 12)}


def test_a_month_is_written_as_it_is_read() -> None:
    assert str(Month.parse("1900-01")) == "1900-01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-1",
        "2026-13",
        "2026-00",
        "26-12",
        "1899-12",
        "2200-01",
        "2026-12-01",
        " 2026-12",
        "2026-12\n",
        "２０２６-12",
        "2026/12",
        "12-2026",
    ],
)
def test_anything_but_a_written_month_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(InvalidMonth) as refusal:
        Month.parse(text)
    assert refusal.value.code == "month.invalid"
    assert refusal.value.facts == {"text": text}
