"""The page on which the monitor closes a month, without script."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schedules.months import Month
from server.services.plans import make_plan
from tests.server.api.conftest import Client, client_of
from tests.server.errands import Waiting
from tests.server.people import add_person
from tests.server.web.reading import words
from tests.server.worlds import World

NEW_YEAR = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
AIRED = "/thang/2026-12/phat-song"
PAGE = "/thang/2026-12/chot"


@pytest.fixture
def monitor(world: World) -> Client:
    world.now = NEW_YEAR
    return client_of(world.context, who=add_person(world.context, "giam-sat", ["monitor"]))


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_month_that_is_over_is_closed_and_its_page_says_when_and_by_which_hash(monitor: Client) -> None:
    assert f'href="{PAGE}"' in monitor.get(AIRED).text
    page = monitor.get(PAGE).text
    assert "Tháng này chưa chốt." in words(page)
    after = monitor.post(PAGE, data={"csrf": csrf(page)})
    assert after.status_code == 200
    assert "Đã chốt lúc 00:00 Thứ Sáu 01/01/2027" in words(after.text)
    assert "Người chốt: Người giam-sat." in words(after.text)
    found = re.search(r"<code>([0-9a-f]{64})</code>", after.text)
    assert found is not None
    assert "Đài Truyền thanh - Truyền hình huyện Krông Pắc" in words(after.text)
    aired = monitor.get(AIRED).text
    assert "Đã chốt lúc 00:00 Thứ Sáu 01/01/2027" in words(aired)
    assert found[1][:16] in aired


def test_what_is_refused_says_why_and_keeps_what_was_typed(monitor: Client, world: World) -> None:
    world.now = NEW_YEAR - timedelta(minutes=1)
    assert f'href="{PAGE}"' not in monitor.get(AIRED).text
    page = monitor.get(PAGE).text
    early = monitor.post(PAGE, data={"csrf": csrf(page), "reason": "Sớm"})
    assert early.status_code == 409
    assert "chưa hết" in words(early.text)
    world.now = NEW_YEAR
    monitor.post(PAGE, data={"csrf": csrf(page)})
    again = monitor.post(PAGE, data={"csrf": csrf(page), "reason": "Sửa «<i>»"})
    assert again.status_code == 409
    assert 'value="Sửa «&lt;i&gt;»"' in again.text


def test_a_past_month_without_a_published_plan_says_so_beforehand_and_who_plans(monitor: Client, world: World) -> None:
    add_person(world.context, "lap-lich", ["planner"])
    page = monitor.get("/thang/2026-10/chot").text
    assert "không có lịch nào được công bố, nên chưa chốt được" in words(page)
    assert "Lập lịch: Cơ quan" in words(page)
    assert 'action="/thang/2026-10/chot"' not in page
    assert 'action="/thang/2026-10/lap-lich"' not in page
    both = client_of(world.context, who=add_person(world.context, "ca-hai", ["monitor", "planner"]))
    assert 'action="/thang/2026-10/lap-lich"' in both.get("/thang/2026-10/chot").text


def test_a_past_month_whose_plan_is_a_draft_is_to_be_published_first_not_planned_anew(
    monitor: Client, world: World
) -> None:
    make_plan(world.context, Month(2026, 11))
    page = monitor.get("/thang/2026-11/chot").text
    assert "mới là bản nháp" in words(page)
    assert 'href="/thang/2026-11/cong-bo"' in page
    refused = monitor.post("/thang/2026-11/chot", data={"csrf": csrf(page)})
    assert (refused.status_code, "chưa được công bố" in words(refused.text)) == (404, True)


def test_who_may_not_close_a_month_sees_no_form(monitor: Client, world: World) -> None:
    page = monitor.get(PAGE).text
    monitor.post(PAGE, data={"csrf": csrf(page)})
    officer = client_of(
        world.context, who=add_person(world.context, "can-bo", ["operator"], unit_id=world.keys["24490"])
    )
    seen = officer.get(PAGE).text
    assert f'action="{PAGE}"' not in seen
    assert "Đài truyền thanh xã Ea Yông" in words(seen)
    assert "Ea Kly" not in seen
    assert officer.get(f"{PAGE}?number=7").status_code == 404


def test_a_month_of_very_many_stations_is_followed_and_cancelled_on_its_page(world: World) -> None:
    world.now = NEW_YEAR
    waiting = Waiting()
    world.context = replace(world.context, few_stations=0)
    monitor = client_of(world.context, who=add_person(world.context, "giam-sat", ["monitor"]))
    monitor.app.state.context.jobs = waiting
    page = monitor.get(PAGE).text
    monitor.post(PAGE, data={"csrf": csrf(page)})
    waiting.next(monitor.app.state.context)
    waiting.next(monitor.app.state.context)
    page = monitor.get(PAGE).text
    assert "1 trên 3 phần" in words(page)
    assert "Đang chốt tháng 12/2026" in words(page)
    assert "chưa chốt" not in words(page)
    assert "Người chốt: Người giam-sat, từ" in words(page)
    assert 'http-equiv="refresh"' in page
    run = re.search(r'name="run" value="([^"]+)"', page)
    assert run is not None
    monitor.post(f"{PAGE}/huy", data={"csrf": csrf(page), "run": run[1]})
    waiting.all(monitor.app.state.context)
    assert "Tháng này chưa chốt." in words(monitor.get(PAGE).text)
    address = "/api/v1/closings/2026-12"
    token = {"X-CSRF-Token": csrf(monitor.get(PAGE).text)}
    begun = monitor.post(address, json={}, headers=token)
    assert begun.status_code == 202
    waiting.all(monitor.app.state.context)
    assert monitor.get(begun.headers["location"]).json()["state"] == "done"
    assert "Đã chốt lúc" in words(monitor.get(PAGE).text)
