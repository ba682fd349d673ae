"""Calendars read by vobject, which shares nothing with icalendar, and line by line."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from schedules.exports.calendars import CalendarEvent, minutes_and_seconds, numbered_items
from schedules.exports.locations import UnsafeLocation
from schedules.exports.printable import lines, one_line
from tests.schedules_exports.builders import HO_CHI_MINH, NASTY_TITLES, PUBLISHED, bounded, calendar, event, nasty_texts

BOUNDARIES = [
    (datetime(2026, 12, 31, 23, 59, tzinfo=HO_CHI_MINH), 120_000, "20261231T235900", "20270101T000100"),
    (datetime(2027, 1, 1, 0, 0, tzinfo=HO_CHI_MINH), 900_000, "20270101T000000", "20270101T001500"),
    (datetime(2026, 12, 31, 16, 59, tzinfo=UTC), 60_000, "20261231T235900", "20270101T000000"),
    (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), 60_000, "20270101T000000", "20270101T000100"),
    (datetime(2024, 2, 29, 23, 59, tzinfo=HO_CHI_MINH), 60_001, "20240229T235900", "20240301T000001"),
    (datetime(2026, 2, 28, 23, 59, 59, tzinfo=HO_CHI_MINH), 999, "20260228T235959", "20260301T000000"),
    (datetime(2026, 12, 1, 5, 10, 0, 400_000, tzinfo=HO_CHI_MINH), 700, "20261201T051000", "20261201T051002"),
    (datetime(2026, 12, 1, 5, 10, tzinfo=HO_CHI_MINH), 0, "20261201T051000", "20261201T051001"),
]


def _read(rendered: bytes) -> Any:  # vobject's components have no static shape
    return vobject.readOne(rendered.decode("utf-8"))


def _events(rendered: bytes) -> list[Any]:
    return list(_read(rendered).contents.get("vevent", []))


@pytest.mark.parametrize(("starts_at", "length_ms", "start", "end"), BOUNDARIES)
def test_month_ends_and_midnights_are_wall_times_of_the_station(
    starts_at: datetime, length_ms: int, start: str, end: str
) -> None:
    rendered = calendar([event(starts_at=starts_at, length_ms=length_ms)])
    assert f"DTSTART;TZID=Asia/Ho_Chi_Minh:{start}\r\n".encode() in rendered
    assert f"DTEND;TZID=Asia/Ho_Chi_Minh:{end}\r\n".encode() in rendered
    (read,) = _events(rendered)
    assert read.dtstart.value == starts_at.replace(microsecond=0)
    assert read.dtstart.value.utcoffset() == timedelta(hours=7)
    assert read.dtend.value >= starts_at + timedelta(milliseconds=length_ms)
    assert read.dtend.value - starts_at < timedelta(milliseconds=length_ms) + timedelta(seconds=2)


def test_the_zone_is_spelled_out() -> None:
    read = _read(calendar([event()]))
    assert read.vtimezone.tzid.value == "Asia/Ho_Chi_Minh"
    assert b"TZOFFSETTO:+0700\r\n" in calendar([event()])
    assert b"COMMENT" not in calendar([event()])


def test_a_feed_says_its_name_and_when_to_look_again() -> None:
    rendered = calendar([event(), event(uid="b", last_modified=PUBLISHED + timedelta(days=1))])
    head = rendered.partition(b"BEGIN:VTIMEZONE")[0].decode().split("\r\n")
    assert head[0] == "BEGIN:VCALENDAR"
    assert set(head[1:]) == {
        "VERSION:2.0",
        "PRODID:-//Loa//Loa//VI",
        "CALSCALE:GREGORIAN",
        "NAME:Đài huyện Krông Pắc",
        "X-WR-CALNAME:Đài huyện Krông Pắc",
        "DESCRIPTION:Lịch phát\\ncủa đài",
        "X-WR-CALDESC:Lịch phát\\ncủa đài",
        "X-WR-TIMEZONE:Asia/Ho_Chi_Minh",
        "LAST-MODIFIED:20261121T030000Z",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "",
    }


def test_a_feed_is_a_snapshot_without_a_method() -> None:
    assert b"METHOD" not in calendar([event()])


def test_an_event_says_its_revision_and_takes_nobodys_time() -> None:
    (read,) = _events(calendar([event(sequence=3, created=PUBLISHED - timedelta(days=3))]))
    assert read.sequence.value == "3"
    assert read.created.value == PUBLISHED - timedelta(days=3)
    assert read.last_modified.value == read.dtstamp.value == PUBLISHED
    assert (read.status.value, read.transp.value) == ("CONFIRMED", "TRANSPARENT")


def test_a_cancelled_event_stays_in_the_feed_as_cancelled() -> None:
    (read,) = _events(calendar([event(cancelled=True, sequence=1)]))
    assert (read.status.value, read.sequence.value) == ("CANCELLED", "1")
    assert read.uid.value == event().uid


def test_an_empty_feed_is_a_calendar() -> None:
    assert _events(calendar([])) == []
    assert b"BEGIN:VTIMEZONE" in calendar([])


def test_the_same_events_give_the_same_bytes() -> None:
    events = [event(uid=str(number), summary=title, description=title) for number, title in enumerate(NASTY_TITLES)]
    assert calendar(events) == calendar(list(events))


def test_items_stand_in_order_with_minutes_and_seconds() -> None:
    told = numbered_items([("Nhạc hiệu", 12_480), ("Một cửa\nđiện tử", 192_360), ("Bài dài", 3_725_500)])
    assert told == "1. Nhạc hiệu (0:12)\n2. Một cửa điện tử (3:12)\n3. Bài dài (62:06)"
    (read,) = _events(calendar([event(description=f"Trước\n{told}\nSau")]))
    assert read.description.value == f"Trước\n{told}\nSau"


@pytest.mark.parametrize(
    ("duration_ms", "said"), [(0, "0:00"), (499, "0:00"), (500, "0:01"), (59_500, "1:00"), (192_360, "3:12")]
)
def test_durations_are_rounded_to_the_second(duration_ms: int, said: str) -> None:
    assert minutes_and_seconds(duration_ms) == said


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x.vn/a\r\nSTATUS:CANCELLED", "/stations/h654", ""])
def test_a_link_that_is_not_http_is_refused(url: str) -> None:
    with pytest.raises(UnsafeLocation):
        calendar([event(url=url)])


_nasty_events = st.lists(
    st.builds(
        lambda summary, description, location, categories: event(
            summary=summary, description=description, location=location, categories=categories
        ),
        nasty_texts,
        st.lists(nasty_texts, max_size=4).map("\n".join),
        nasty_texts,
        st.lists(nasty_texts, max_size=3),
    ),
    min_size=1,
    max_size=4,
)


@bounded
@given(_nasty_events)
def test_vobject_reads_every_text_as_it_was(events: list[CalendarEvent]) -> None:
    read = _events(calendar(events))
    assert len(read) == len(events)
    for one, given_event in zip(read, events, strict=True):
        assert one.summary.value == one_line(given_event.summary)
        assert ("description" in one.contents) == bool(given_event.description)
        if given_event.description:
            assert one.description.value == lines(given_event.description)
        assert one.status.value == "CONFIRMED"
        assert set(one.contents) <= {
            *("uid", "dtstamp", "created", "last-modified", "sequence", "dtstart", "dtend", "summary"),
            *("description", "location", "categories", "status", "transp"),
        }


@bounded
@given(_nasty_events, nasty_texts)
def test_no_line_is_over_75_octets_or_cuts_a_letter(events: list[CalendarEvent], name: str) -> None:
    rendered = calendar(events, name=name + "ệ" * 80, description=name)
    assert rendered.endswith(b"END:VCALENDAR\r\n")
    physical = rendered[:-2].split(b"\r\n")
    for line in physical:
        assert len(line) <= 75
        assert not any(control in line.decode("utf-8") for control in "\r\n\x00\x0b\x85\u2028")
    assert all(line != b" " or before for before, line in pairwise(physical))
    unfolded = rendered.replace(b"\r\n ", b"").decode().split("\r\n")
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == len(events)
    assert unfolded.count("BEGIN:VCALENDAR") == 1
