"""The public holidays of Vietnam: those of Article 112 of the Labour Code of 2019 whose dates no yearly decision moves.

Of Tết the eve and the first three days, which every yearly arrangement has free; of the National Day 2 September. The
lunar calendar is reckoned for UTC+7 by the astronomical rules of Hồ Ngọc Đức (new moons and the sun's longitude after
Jean Meeus, Astronomical Algorithms, 1998), exact enough for 1900 to 2199.
"""

import math
from datetime import date, timedelta
from functools import lru_cache

from schedules.months import Month

_MEAN_MONTH = 29.530588853
_EPOCH = 2415021.076998695  # the mean new moon of 1 January 1900, in Julian days
_DAY_ZERO = 1721424.5  # the Julian day at which proleptic ordinal 0 begins
_HOURS_EAST = 7
_FIXED = {(1, 1): "new_year", (4, 30): "reunification", (5, 1): "labour", (9, 2): "national_day"}


@lru_cache(maxsize=256)
def holidays(month: Month) -> dict[date, str]:
    """The month's holidays by date: new_year, tet, hung_kings, reunification, labour or national_day."""
    found = {day: _FIXED[day.month, day.day] for day in month.dates() if (day.month, day.day) in _FIXED}
    tet = lunar_new_year(month.year)
    moving = {tet + timedelta(days=number): "tet" for number in range(-1, 3)}
    moving[_third_lunar_month(tet) + timedelta(days=9)] = "hung_kings"
    found |= {day: name for day, name in moving.items() if Month.of(day) == month}
    return dict(sorted(found.items()))


def lunar_new_year(year: int) -> date:
    """The first day of the lunar year that begins in `year`."""
    moons, leap = _moons(year)
    # The lunar months are numbered from the 11th, in which the winter solstice falls; a leap month repeats one.
    return moons[3] if leap in {1, 2} else moons[2]


def _third_lunar_month(tet: date) -> date:
    moons, leap = _moons(tet.year)
    first = moons.index(tet)
    return moons[first + 3] if leap in {first + 1, first + 2} else moons[first + 2]


@lru_cache(maxsize=256)
def _moons(year: int) -> tuple[tuple[date, ...], int]:
    """The beginnings of the lunar months from the 11th of the year before on, and which of them is leap; 0: none."""
    number, following = _eleventh(year - 1), _eleventh(year)
    moons = [_new_moon(number + step) for step in range(following - number + 1)]
    leap = 0
    if following - number == 13:
        arcs = [_sun_arc(_new_moon(number + step)) for step in range(14)]
        leap = next(step for step in range(1, 13) if arcs[step] == arcs[step + 1])
    return tuple(moons), leap


def _eleventh(year: int) -> int:
    """The number of the new moon on or before the winter solstice of the year."""
    last = date(year, 12, 31)
    number = math.floor((last.toordinal() + _DAY_ZERO - _EPOCH) / _MEAN_MONTH)
    if _new_moon(number + 1) <= last:
        number += 1
    return number - 1 if _sun_arc(_new_moon(number)) >= 9 else number


def _new_moon(number: int) -> date:
    """The local day of the new moon of that number from 1900 on."""
    century = number / 1236.85
    anomaly = math.radians(359.2242 + 29.10535608 * number - 0.0000333 * century**2 - 0.00000347 * century**3)
    moon = math.radians(306.0253 + 385.81691806 * number + 0.0107306 * century**2 + 0.00001236 * century**3)
    latitude = math.radians(21.2964 + 390.67050646 * number - 0.0016528 * century**2 - 0.00000239 * century**3)
    at = 2415020.75933 + 29.53058868 * number + 0.0001178 * century**2 - 0.000000155 * century**3
    at += 0.00033 * math.sin(math.radians(166.56 + 132.87 * century - 0.009173 * century**2))
    at += (
        (0.1734 - 0.000393 * century) * math.sin(anomaly)
        + 0.0021 * math.sin(2 * anomaly)
        - 0.4068 * math.sin(moon)
        + 0.0161 * math.sin(2 * moon)
        - 0.0004 * math.sin(3 * moon)
        + 0.0104 * math.sin(2 * latitude)
        - 0.0051 * math.sin(anomaly + moon)
        - 0.0074 * math.sin(anomaly - moon)
        + 0.0004 * math.sin(2 * latitude + anomaly)
        - 0.0004 * math.sin(2 * latitude - anomaly)
        - 0.0006 * math.sin(2 * latitude + moon)
        + 0.0010 * math.sin(2 * latitude - moon)
        + 0.0005 * math.sin(anomaly + 2 * moon)
    )
    # From dynamical to universal time.
    at -= -0.000278 + 0.000265 * century + 0.000262 * century**2
    return date.fromordinal(math.floor(at + _HOURS_EAST / 24 - _DAY_ZERO))


def _sun_arc(day: date) -> int:
    """In which twelfth of its way, from the vernal equinox on, the sun stands at the local day's beginning."""
    century = (day.toordinal() + _DAY_ZERO - _HOURS_EAST / 24 - 2451545.0) / 36525
    anomaly = math.radians(357.52910 + 35999.05030 * century - 0.0001559 * century**2)
    longitude = 280.46645 + 36000.76983 * century + 0.0003032 * century**2
    longitude += (1.914600 - 0.004817 * century - 0.000014 * century**2) * math.sin(anomaly)
    longitude += (0.019993 - 0.000101 * century) * math.sin(2 * anomaly) + 0.000290 * math.sin(3 * anomaly)
    return int(longitude % 360 // 30)
