"""Numbers, lengths and days as documents of the state write them, always in Vietnamese and Vietnam's time."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from schedules.exports.printable import lines

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TIERS = {"district": "Huyện", "commune": "Xã"}
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
SAMPLE = "DỮ LIỆU MẪU"
_WEEK = 7
NOTHING = "–"  # there is nothing to compare with


def number(value: int) -> str:
    """1.234.567"""
    return f"{value:,}".replace(",", ".")


def length(ms: int) -> str:
    """15:00, or 1:15:00 from an hour on; rounded down, so that what is short never reads as met."""
    hours, seconds = divmod(ms // 1000, 3600)
    minutes, seconds = divmod(seconds, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def missing(ms: int) -> str:
    """The same for what is short, rounded up: with what counted it makes what is required."""
    return length(-(-ms // 1000) * 1000)


def spoken(ms: int) -> str:
    """14 phút 59 giây, rounded down as `length` is."""
    minutes, seconds = divmod(ms // 1000, 60)
    if not minutes:
        return f"{seconds} giây"
    return f"{number(minutes)} phút {seconds:02d} giây" if seconds else f"{number(minutes)} phút"


def spoken_missing(ms: int) -> str:
    """The same for what is short, rounded up."""
    return spoken(-(-ms // 1000) * 1000)


def percent(tenths: int | None) -> str:
    """Tenths of a percent as 99,8."""
    return NOTHING if tenths is None else f"{number(tenths // 10)},{tenths % 10}"


def full_day(value: date) -> str:
    """ "ngày 05 tháng 3 năm 2021": days under 10 and months under 3 have a zero, so that none is added by hand."""
    return f"ngày {value.day:02d} tháng {month_number(value.month)} năm {value.year}"


def month_number(month: int) -> str:
    return f"{month:02d}" if month < 3 else str(month)


def blank_day(year: int) -> str:
    """For the hand that signs."""
    gap = "\u00a0" * 6
    return f"ngày{gap}tháng{gap}năm {year}"


def day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def weekday(value: date) -> str:
    return WEEKDAYS[value.weekday()]


def clock(value: datetime) -> str:
    return f"{value.astimezone(ZONE):%H:%M}"


def moment(value: datetime) -> str:
    return f"{value.astimezone(ZONE):%H:%M} {day(local_day(value))}"


def period_words(first: date, last: date) -> str:
    """ "tháng 12/2026 từ ngày … đến ngày …", or "tuần từ ngày …"."""
    of_a_week = (last - first).days < _WEEK
    when = "tuần" if of_a_week else f"tháng {first.month}/{first.year}"
    return f"{when} từ ngày {day(first)} đến ngày {day(last)}"


def local_day(value: datetime) -> date:
    return value.astimezone(ZONE).date()


def text(given: str) -> str:
    """What people wrote, as every format can hold it: composed letters, no control characters, lines kept."""
    return lines(given)
