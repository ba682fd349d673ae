"""The page of an emergency call fills as stations answer, while somebody reads it and types."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from server.services import vetting
from tests.server.machines import bearer, token
from tests.server.people import everybody
from tests.server.serving import served
from tests.server.vetted import add_draft, approve, lead_topics
from tests.server.web.conftest import cookie
from tests.server.web.looking import DESK
from tests.server.worlds import World


@pytest.fixture
def called(world: World) -> World:
    lead_topics(world)
    add_draft(world, "b0900", priority="urgent", tone=True)
    vetting.submit(world.context, "b0900")
    approve(world.context, "b0900")
    return world


@pytest.fixture
def address(called: World) -> Iterator[str]:
    with served(called.context) as at:
        yield at


@pytest.fixture
def page(browser: Browser, called: World, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport=DESK, locale="vi-VN")
    context.add_cookies([cookie(everybody(called.context), address)])
    yield context.new_page()
    context.close()


def answers(called: World, address: str, station: str) -> None:
    now = called.now.isoformat()
    said = {
        "program": "tests",
        "now": now,
        "emergencies": [{"number": 1, "received_at": now, "played_at": now}],
    }
    answer = httpx.post(
        f"{address}/api/v1/stations/{station}/check-in",
        json=said,
        headers=bearer(token(called.context, station)),
        timeout=60,
    )
    assert answer.status_code == 200


def test_the_page_fills_as_stations_answer_and_what_is_typed_stays(called: World, address: str, page: Page) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/khan-cap/1")
    lead = page.locator(".lead")
    expect(lead).to_contain_text("đã phát 0 / 3")
    page.get_by_label("Lý do").fill("Bão đang")
    answers(called, address, "h654")
    expect(lead).to_contain_text("đã phát 1 / 3", timeout=20_000)
    answers(called, address, "x24490")
    expect(lead).to_contain_text("đã phát 2 / 3", timeout=20_000)
    expect(page.get_by_role("row").filter(has_text="xã Ea Yông")).to_contain_text("đã phát")
    expect(page.get_by_label("Lý do")).to_have_value("Bão đang")
    page.get_by_label("Lý do").fill("Bão đã tan")
    page.get_by_role("button", name="Kết thúc phát khẩn cấp").click()
    expect(lead).to_contain_text("đã kết thúc", timeout=20_000)
    assert complaints == []
