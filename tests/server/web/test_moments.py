"""Moments in words: how far, with weekday, in Vietnamese time whatever zone they are given in."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from server.web.moments import distance, full
from tests.server.api.conftest import Client

NOW = datetime(2026, 12, 8, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("apart", "told"),
    [
        (timedelta(0), "vừa xong"),
        (timedelta(seconds=-59), "vừa xong"),
        (timedelta(seconds=59), "ngay bây giờ"),
        (timedelta(minutes=-61), "1 giờ trước"),
        (timedelta(minutes=59, seconds=59), "59 phút nữa"),
        (timedelta(days=-2, hours=-23), "2 ngày trước"),
        (timedelta(days=3), "3 ngày nữa"),
    ],
)
def test_a_moment_is_told_by_how_far_it_is(apart: timedelta, told: str) -> None:
    assert distance(NOW + apart, NOW) == told


def test_the_last_hours_of_a_day_are_the_next_day_in_vietnam() -> None:
    assert full(NOW) == "17:15 Thứ Ba 08/12/2026"
    assert full(NOW.replace(hour=17)) == "00:15 Thứ Tư 09/12/2026"


def test_what_is_near_has_its_date_beside_it_for_people_and_machines(reader: Client) -> None:
    times = re.findall(r'<time datetime="([^"]+)" title="([^"]+)">([^<]+)</time>', reader.get("/tai-khoan").text)
    assert ("2026-11-20T08:00:00+07:00", "08:00 Thứ Sáu 20/11/2026", "vừa xong") in times
