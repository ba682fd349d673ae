"""A station's twelve-month calendar against the same events built with icalendar alone."""

from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from schedules.exports.calendars import CalendarEvent, numbered_items, render_calendar, uid

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_TURNS = 25


def _events() -> list[CalendarEvent]:
    """12 months of 16 slots with 4 items each."""
    published = datetime(2026, 11, 20, 3, tzinfo=UTC)
    items = [
        ("Nhạc hiệu chuyên mục Tuyên truyền CCHC", 12_480),
        ("Một cửa điện tử ở xã Ea Yông: nộp hồ sơ tại nhà, nhận kết quả qua bưu điện", 192_360),
        ("Hỏi đáp về dịch vụ công trực tuyến mức độ 4 ở huyện Krông Pắc", 301_900),
        ("Chấm điểm cải cách hành chính các sở, ban, ngành năm nay", 254_040),
    ]
    return [
        CalendarEvent(
            uid=uid("benchmark", "h654", f"2026-{month:02d}/{slot:02d}"),
            sequence=slot % 3,
            last_modified=published,
            created=published,
            starts_at=datetime(2026, month, 1 + slot, 5 + slot % 2, 10, tzinfo=_ZONE),
            length_ms=sum(length for _, length in items),
            summary="Tuyên truyền CCHC",
            description=numbered_items(items),
            location="Đài Truyền thanh - Truyền hình huyện Krông Pắc",
            categories=["Tuyên truyền CCHC"],
            url=f"http://127.0.0.1:8000/stations/h654/2026-{month:02d}",
        )
        for month in range(1, 13)
        for slot in range(16)
    ]


def _ours(events: list[CalendarEvent]) -> bytes:
    return render_calendar(
        events,
        name="Đài huyện Krông Pắc",
        description="Lịch phát",
        refresh=timedelta(hours=1),
        zone=_ZONE,
        product="-//Loa//Loa//VI",
    )


def _icalendar_alone(events: list[CalendarEvent]) -> bytes:
    """No VTIMEZONE, no names, no refresh: the least that is still the same events."""
    calendar = Calendar()
    calendar.add("prodid", "-//Loa//Loa//VI")
    calendar.add("version", "2.0")
    for event in events:
        entry = Event()
        entry.add("uid", event.uid)
        entry.add("dtstamp", event.last_modified)
        entry.add("created", event.created)
        entry.add("last-modified", event.last_modified)
        entry.add("sequence", event.sequence)
        entry.add("dtstart", event.starts_at)
        entry.add("dtend", event.starts_at + timedelta(milliseconds=event.length_ms))
        entry.add("summary", event.summary)
        entry.add("description", event.description)
        entry.add("location", event.location)
        entry.add("categories", list(event.categories))
        entry.add("url", event.url)
        entry.add("status", "CONFIRMED")
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
    rendered: bytes = calendar.to_ical()
    return rendered


def run() -> list[dict[str, object]]:
    """Both are timed in turns, by the processor's time, since they only compute; the median of the ratios."""
    events = _events()
    assert _ours(events).count(b"BEGIN:VEVENT") == _icalendar_alone(events).count(b"BEGIN:VEVENT") == 192
    ratios = []
    for _ in range(_TURNS):
        start = process_time()
        _ours(events)
        between = process_time()
        _icalendar_alone(events)
        end = process_time()
        ratios.append((between - start) / (end - between))
    return [
        {
            "name": "twelve-month calendar of a station, first time",
            "value": round(median(ratios), 3),
            "unit": "times",
            "limit": 1.3,
            "sense": "at most",
            "ratio_of": "the same 192 events built with icalendar alone",
        }
    ]
