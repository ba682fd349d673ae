"""Numbers, lengths and times as people here write them. Given times are shown in the station's zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from schedules.months import Month
from server.texts import _


def number(value: float, *, decimals: int = 0) -> str:
    """1.234.567,5"""
    grouped = f"{value:,.{decimals}f}"
    return grouped.replace(",", "\0").replace(".", ",").replace("\0", ".")


def decimal(value: float) -> str:
    """With the places that it needs, two at most: 4 or 2,5."""
    return number(value, decimals=2).rstrip("0").rstrip(",")


def length(ms: int) -> str:
    """Minutes and seconds, rounded down, for example 16:42; more than an hour stays in minutes: 75:00."""
    seconds = ms // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"


def short_length(ms: int) -> str:
    """The same for what is short, rounded up: with what counted it makes what is required."""
    return length(-(-ms // 1000) * 1000)


def length_in_words(ms: int) -> str:
    """For example «4 phút 30 giây»."""
    minutes, seconds = divmod(ms // 1000, 60)
    if minutes and seconds:
        return _("{minutes} phút {seconds} giây", minutes=minutes, seconds=seconds)
    return _("{minutes} phút", minutes=minutes) if minutes else _("{seconds} giây", seconds=seconds)


def short_length_in_words(ms: int) -> str:
    """The same for what is short, rounded up."""
    return length_in_words(-(-ms // 1000) * 1000)


def day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def weekday(value: date) -> str:
    names = (_("Thứ Hai"), _("Thứ Ba"), _("Thứ Tư"), _("Thứ Năm"), _("Thứ Sáu"), _("Thứ Bảy"), _("Chủ nhật"))
    return names[value.weekday()]


def clock(value: datetime, zone: ZoneInfo) -> str:
    return f"{value.astimezone(zone):%H:%M}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    local = value.astimezone(zone)
    return f"{local:%H:%M} {day(local.date())}"


def month_name(month: Month) -> str:
    return f"{month.number}/{month.year}"


def size(bytes_: int) -> str:
    """5,1 MB; decimal units, as disks are sold."""
    if bytes_ < 1_000_000:
        return f"{number(bytes_ / 1000)} kB"
    if bytes_ < 1_000_000_000:
        return f"{number(bytes_ / 1_000_000, decimals=1)} MB"
    return f"{number(bytes_ / 1_000_000_000, decimals=1)} GB"
