"""The button that plans a month, and the page on which it is followed and cancelled."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.services.plans import make_plan
from tests.server.api.conftest import Client, client_of
from tests.server.holding import LONGEST_S, HoldingClock, until_ended, without_runs
from tests.server.web.reading import words
from tests.server.worlds import MONTH, World

MONTH_PAGE = "/thang/2027-01"
START = f"{MONTH_PAGE}/lap-lich"
REFRESH = 'http-equiv="refresh"'


@pytest.fixture
def clock(world: World) -> HoldingClock:
    return HoldingClock(world.context.clock)


@pytest.fixture
def held(world: World, clock: HoldingClock) -> Iterator[Client]:
    """Its planning runs wait before the first station."""
    with client_of(replace(world.context, clock=clock)) as client:
        yield client
        clock.go.set()


def actions(page: str) -> list[str]:
    found = re.findall(r'<form[^>]* method="post" action="([^"]+)"', page)
    return [action for action in found if action != "/dang-xuat"]  # which is on every page


def test_a_month_is_planned_from_its_page(held: Client, clock: HoldingClock) -> None:
    before = held.get(MONTH_PAGE).text
    assert actions(before) == [START]
    assert "Lập lịch" in words(before)
    begun = held.post(START, follow_redirects=False)
    assert begun.status_code == 303
    address = begun.headers["location"]
    assert address.startswith(f"{START}/")
    assert clock.waits.wait(LONGEST_S)
    page = held.get(address).text
    assert REFRESH in page
    assert "◔ đang lập" in words(page)
    assert actions(page) == [f"{address}/huy"]
    assert actions(held.get(MONTH_PAGE).text) == []
    assert f'href="{address}"' in held.get(MONTH_PAGE).text
    assert held.post(START, follow_redirects=False).headers["location"] == address
    clock.go.set()
    until_ended("2027-01")
    page = held.get(address).text
    assert REFRESH not in page
    assert re.search(r"✓ đã lập xong : 3 đài, \d+ khung phát\. Không đài nào thiếu so với quy định\.", words(page))
    assert actions(page) == []
    assert "Bản nháp, lập lúc" in words(held.get(MONTH_PAGE).text)


def test_a_run_that_is_cancelled_on_its_page_stores_nothing(held: Client, clock: HoldingClock, world: World) -> None:
    before = without_runs(world.context)
    address = held.post(START, follow_redirects=False).headers["location"]
    assert clock.waits.wait(LONGEST_S)
    page = held.post(f"{address}/huy")
    assert str(page.url).endswith(address)
    clock.go.set()
    until_ended("2027-01")
    page_text = held.get(address).text
    assert "đã hủy : không lưu gì, lịch đang có giữ nguyên." in words(page_text)
    assert actions(page_text) == [START]
    assert without_runs(world.context) == before


def test_a_month_with_a_plan_is_planned_again_and_its_draft_is_warned_of(world: World, held: Client) -> None:
    page = held.get(f"/thang/{MONTH}").text
    assert "Lập lại" in words(page)
    assert "bản nháp hiện có" not in words(page)
    make_plan(world.context, MONTH)
    assert "Lập lại thì bản nháp hiện có được thay" in words(held.get(f"/thang/{MONTH}").text)


def test_the_addresses_of_the_buttons_lead_back(held: Client, clock: HoldingClock) -> None:
    assert held.get(START, follow_redirects=False).headers["location"] == MONTH_PAGE
    clock.go.set()
    address = held.post(START, follow_redirects=False).headers["location"]
    assert held.get(f"{address}/huy", follow_redirects=False).headers["location"] == address
    until_ended("2027-01")


def test_a_run_that_nobody_knows_is_told_as_gone(held: Client) -> None:
    for answer in (held.get(f"{START}/khac"), held.post(f"{START}/khac/huy"), held.get(f"{START}/khac/huy")):
        assert answer.status_code == 404
        assert "Không có lượt lập lịch khac" in words(answer.text)


def test_another_site_can_not_press_the_button(held: Client) -> None:
    assert held.post(START, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
