"""Calendar months as values: the period that airtime is planned, counted and reported in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from schedules.refusals import ScheduleRefusal

_WRITTEN = re.compile(r"(19\d\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(kw_only=True, eq=False)
class InvalidMonth(ScheduleRefusal):
    """The text is not a month written YYYY-MM between 1900-01 and 2199-12."""

    code: ClassVar[str] = "month.invalid"

    text: str


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month of the proleptic Gregorian calendar, 1900-01 to 2199-12, without a zone."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1900 <= self.year <= 2199 and 1 <= self.number <= 12):
            raise InvalidMonth(text=f"{self.year:04d}-{self.number:02d}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Accepts exactly YYYY-MM; anything else is refused with InvalidMonth."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise InvalidMonth(text=text)
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The month of a date; of an aware datetime, the month in its own zone."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first_date(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_date(self) -> date:
        if self.number == 12:
            return date(self.year, 12, 31)
        return date(self.year, self.number + 1, 1) - timedelta(days=1)

    def dates(self) -> Iterator[date]:
        """Each date of the month, first to last."""
        day, last = self.first_date, self.last_date
        while day <= last:
            yield day
            day += timedelta(days=1)

    def next(self) -> Self:
        return type(self)(self.year + self.number // 12, self.number % 12 + 1)

    def previous(self) -> Self:
        return type(self)(self.year - (self.number == 1), 12 if self.number == 1 else self.number - 1)

    def neighbours(self) -> tuple[Self, ...]:
        """The months before and after, without those that lie outside 1900-01 to 2199-12."""
        before = () if (self.year, self.number) == (1900, 1) else (self.previous(),)
        after = () if (self.year, self.number) == (2199, 12) else (self.next(),)
        return before + after

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Half-open: local midnight of the first date, and of the date after the last, both in `zone`.

        In Asia/Ho_Chi_Minh the month begins at 17:00 UTC of the day before.
        """
        after = self.last_date + timedelta(days=1)
        return (
            datetime.combine(self.first_date, time.min, zone),
            datetime.combine(after, time.min, zone),
        )
