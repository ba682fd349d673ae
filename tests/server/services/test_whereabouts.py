"""A segment's month: which stations air it, or why none does."""

from datetime import date

import pytest

from server.services.plans import make_plan
from server.services.refusals import NoDraft, UnknownSegment
from server.services.whereabouts import planned_months, segment_month
from tests.server.worlds import MONTH, World, local


def test_where_a_segment_is_aired_is_told_by_station(published: World) -> None:
    aired = [segment_month(published.context, f"b{number:04d}", MONTH) for number in range(1, 7)]
    found = next(each for each in aired if each.airings)

    assert found.why is None
    assert found.airings == sum(len(each.starts) for each in found.stations)
    assert {each.station for each in found.stations} <= {"h654", "x24490", "x24502"}


def test_why_nowhere_is_told_of_each_state(published: World) -> None:
    published.add_segment("cu", valid_to=date(2026, 11, 29))
    published.add_segment("rad", language="rad")
    published.add_segment("moi")
    make_plan(published.context, MONTH)

    def why(code: str) -> tuple[str, str]:
        found = segment_month(published.context, code, MONTH)
        assert found.why is not None
        return found.why.code, found.why.sentence

    assert why("cu") == ("not_valid_this_month", "Bài không có hiệu lực vào ngày nào trong tháng.")
    assert why("rad") == ("no_such_language", "Không đài nào phát tiếng Ê Đê.")


def test_a_segment_that_came_in_after_the_plan_says_so(published: World) -> None:
    published.now = local("2026-11-21 08:00")
    published.add_segment("moi")
    found = segment_month(published.context, "moi", MONTH)

    assert found.why is not None
    assert found.why.code == "newer_than_plan"


def test_a_withdrawn_segment_tells_its_reason(published: World) -> None:
    published.add_segment("rut")
    published.withdraw("rut")
    found = segment_month(published.context, "rut", MONTH)

    assert found.why is not None
    assert found.why.sentence == "Bài đã rút lúc 08:00 20/11/2026: Số liệu sai."


def test_a_month_without_a_plan_says_so(district: World) -> None:
    found = segment_month(district.context, "b0001", MONTH)

    assert (found.revision, found.stations) == (None, [])
    assert found.why is not None
    assert found.why.sentence == "Tháng này chưa có lịch."
    assert planned_months(district.context) == []
    with pytest.raises(NoDraft):
        segment_month(district.context, "b0001", MONTH, draft=True)
    with pytest.raises(UnknownSegment):
        segment_month(district.context, "nobody", MONTH)
