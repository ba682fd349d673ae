"""What a report is of: a month, a quarter or a year; the province, a district, or what one organisation leads."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from schedules.months import InvalidMonth, Month
from server.services.refusals import BadField

_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """`text` as in addresses: 2026-12, 2026-Q4 or 2026."""

    text: str
    kind: Literal["month", "quarter", "year"]
    words: str
    months: tuple[Month, ...]

    @property
    def first(self) -> date:
        return self.months[0].first_date

    @property
    def last(self) -> date:
        return self.months[-1].last_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """`code` is a district's, or that of an organisation which leads topics; "" for the province."""

    kind: Literal["province", "district", "lead"]
    code: str = ""

    @property
    def text(self) -> str:
        """As it is kept: province, district:654, lead:so-noi-vu."""
        return f"{self.kind}:{self.code}" if self.code else self.kind

    @property
    def name_part(self) -> str:
        return f"-{self.code}" if self.code else ""


def extent_of(*, district: str | None = None, lead: str | None = None) -> Extent:
    """Raises BadField where both are given."""
    if district and lead:
        raise BadField(field="lead", value=lead, expected="district | lead")
    if lead:
        return Extent(kind="lead", code=lead)
    return Extent(kind="district", code=district) if district else Extent(kind="province")


def kept_extent(text: str) -> Extent:
    """What `Extent.text` made."""
    kind, _, code = text.partition(":")
    return extent_of(**{kind: code} if kind in {"district", "lead"} else {})


def period_of(text: str) -> Period:
    """Raises BadField."""
    found = _PERIOD.fullmatch(text)
    expected = BadField(field="period", value=text, expected="2026-12, 2026-Q4, 2026")
    if found is None:
        raise expected
    try:
        year = int(found[1])
        if found[3]:
            month = Month.parse(text)
            words = f"tháng {month.number:02d}" if month.number < 3 else f"tháng {month.number}"
            return Period(text=text, kind="month", words=f"{words} năm {year}", months=(month,))
        if found[2]:
            quarter = int(found[2])
            months = tuple(Month(year, 3 * quarter - 2 + each) for each in range(3))
            roman = ("I", "II", "III", "IV")[quarter - 1]
            return Period(text=text, kind="quarter", words=f"quý {roman} năm {year}", months=months)
        return Period(text=text, kind="year", words=f"năm {year}", months=tuple(Month(year, n) for n in range(1, 13)))
    except InvalidMonth as error:
        raise expected from error
