"""The holidays that a calendar marks, by the dates that were really kept."""

from datetime import date

import pytest

from schedules.holidays import holidays, lunar_new_year
from schedules.months import Month

# As the yearly notices of the Ministry of Labour have them.
TET = {
    1985: "1985-01-21",  # a month before China's
    2007: "2007-02-17",  # a day before China's
    2020: "2020-01-25",
    2021: "2021-02-12",
    2022: "2022-02-01",
    2023: "2023-01-22",
    2024: "2024-02-10",
    2025: "2025-01-29",
    2026: "2026-02-17",
    2027: "2027-02-06",
    2030: "2030-02-02",
    2034: "2034-02-19",  # after a leap eleventh month
}
HUNG_KINGS = ["2020-04-02", "2021-04-21", "2022-04-10", "2023-04-29", "2024-04-18", "2025-04-07", "2026-04-26"]


@pytest.mark.parametrize(("year", "day"), TET.items())
def test_the_lunar_year_begins_when_it_did_in_vietnam(year: int, day: str) -> None:
    assert lunar_new_year(year) == date.fromisoformat(day)


@pytest.mark.parametrize("text", HUNG_KINGS)
def test_the_hung_kings_are_remembered_on_the_tenth_of_the_third_lunar_month(text: str) -> None:
    day = date.fromisoformat(text)
    assert [each for each, name in holidays(Month.of(day)).items() if name == "hung_kings"] == [day]


def test_a_month_has_the_holidays_that_fall_in_it() -> None:
    assert holidays(Month(2026, 12)) == {}
    assert holidays(Month(2027, 1)) == {date(2027, 1, 1): "new_year"}
    assert holidays(Month(2022, 1)) == {date(2022, 1, 1): "new_year", date(2022, 1, 31): "tet"}
    assert list(holidays(Month(2022, 2))) == [date(2022, 2, day) for day in (1, 2, 3)]
    assert holidays(Month(2026, 4)) == {date(2026, 4, 26): "hung_kings", date(2026, 4, 30): "reunification"}
    assert holidays(Month(2026, 9)) == {date(2026, 9, 2): "national_day"}
    assert all(holidays(Month(year, 1)) for year in (1900, 2199))
