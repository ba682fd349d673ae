"""The month of the province as its monitor works with it by keyboard, in a real browser, with script."""

import re
from datetime import UTC, datetime

from playwright.sync_api import Browser, expect

from tests.server.people import add_person
from tests.server.serving import served
from tests.server.web.conftest import cookie
from tests.server.web.looking import DESK
from tests.server.worlds import World


def test_filters_change_the_table_a_station_opens_beside_it_and_a_view_gets_a_name(
    world: World, browser: Browser
) -> None:
    world.now = datetime(2026, 12, 16, 1, 0, tzinfo=UTC)
    monitor = add_person(world.context, "giam-sat", ["monitor"])
    with served(world.context) as site:
        context = browser.new_context(base_url=site, viewport=DESK, locale="vi-VN")
        context.add_cookies([cookie(monitor, site)])
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/thang/2026-12")
        rows, drawer = page.locator(".board tbody > tr"), page.locator("#ngan")
        page.get_by_label("Tìm đài").focus()
        page.keyboard.insert_text("ea yong")
        expect(rows).to_have_count(1)
        expect(page).to_have_url(re.compile(r"/thang/2026-12\?q=ea%20yong$"))
        expect(page.get_by_label("Tìm đài")).to_be_focused()

        link = rows.locator("th a")
        link.focus()
        page.keyboard.press("Enter")
        expect(drawer.locator("h1")).to_be_focused()
        expect(drawer).to_contain_text("Từng khung đã đến giờ")
        expect(page).to_have_url(re.compile("/thang/2026-12/dai/x24490$"))
        page.keyboard.press("Escape")
        expect(drawer).to_be_hidden()
        expect(link).to_be_focused()
        expect(page).to_have_url(re.compile(r"\?q=ea%20yong$"))
        page.keyboard.press("Enter")
        expect(drawer.locator("h1")).to_be_focused()
        page.go_back()
        expect(drawer).to_be_hidden()
        expect(rows).to_have_count(1)
        rows.get_by_role("link", name="0:00").last.click()
        drawer.get_by_role("link", name="Đóng").click()
        expect(drawer).to_be_hidden()
        page.go_back()
        expect(rows).to_have_count(3)
        page.go_forward()
        expect(rows).to_have_count(1)

        page.get_by_text("Lưu cách xem").first.click()
        page.get_by_label("Tên của cách xem này").fill("Xã Ea Yông")
        page.keyboard.press("Enter")
        expect(page.get_by_role("navigation", name="Cách xem đã lưu")).to_contain_text("Xã Ea Yông")
        page.goto("/thang/2027-01")
        page.goto("/thang/2026-12")
        page.get_by_role("link", name="Xã Ea Yông", exact=True).click()
        expect(rows).to_have_count(1)
        page.get_by_text("Lưu, xóa cách xem").click()
        page.get_by_role("button", name="Xóa Xã Ea Yông").click()
        expect(page.get_by_role("navigation", name="Cách xem đã lưu")).to_have_count(0)
        assert complaints == []
        context.close()
