"""A planner changes a station's month on its calendar, in a real browser: by mouse, by keyboard, by finger, on a bad line."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from server.services.plans import station_month
from server.services.sessions import end_all
from tests.server.people import Person, add_person
from tests.server.services.conftest import published, published_home  # noqa: F401  # fixtures of a small district
from tests.server.services.editing import edited, move, own_slots
from tests.server.serving import served
from tests.server.web.conftest import cookie
from tests.server.web.looking import DESK, PHONE, axe
from tests.server.worlds import MONTH, World

LICH = "/dai/h654/2026-12/lich"
WEEK = f"{LICH}?xem=tuan&ngay=2026-12-15"  # 14 to 20 December: a slot on Saturday, 17:00


@pytest.fixture
def planner(published: World) -> Person:  # noqa: F811  # the fixture above
    return add_person(published.context, "lap-lich", ["planner"])


@pytest.fixture
def site(published: World) -> Iterator[str]:  # noqa: F811
    with served(published.context) as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: str, planner: Person) -> Iterator[Page]:
    context = browser.new_context(base_url=site, viewport=DESK, locale="vi-VN", has_touch=True)
    context.add_cookies([cookie(planner, site)])
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def starts(world: World) -> list[str]:
    """As the draft has them, or what is published."""
    return [f"{slot.starts_at:%d %H:%M}" for slot in own_slots(world)]


def block(page: Page, key: str) -> Locator:
    return page.locator(f'.block[data-slot="{key}"]')


def cell(page: Page, day: int) -> Locator:
    return page.locator(f'[data-on="2026-12-{day:02}"]')


def told(page: Page) -> Locator:
    return page.locator("#tra-loi")


def drag(page: Page, what: Locator, to: Locator) -> None:
    """By the mouse, and not let go yet."""
    what.scroll_into_view_if_needed()
    begin, end = what.bounding_box(), to.bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + begin["width"] / 2, begin["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=5)


def test_a_slot_is_dragged_put_and_put_back(page: Page, published: World) -> None:  # noqa: F811
    first = own_slots(published)[0]
    before = starts(published)
    page.goto(LICH)
    drag(page, block(page, first.key), cell(page, 8))
    expect(told(page)).to_contain_text("Dời khung 17:00 Thứ Sáu 04/12 đến 17:00 Thứ Ba 08/12: được.")
    expect(told(page).get_by_role("listitem").filter(has_text="Ít thay đổi")).to_contain_text("0 % → 20 % ▼ kém hơn")
    expect(told(page)).to_contain_text("Đổi theo ở 2 đài tiếp âm")
    assert starts(published) == before
    page.mouse.up()
    expect(told(page)).to_contain_text("✓ Vừa lưu: Dời khung 17:00 Thứ Sáu 04/12 đến 17:00 Thứ Ba 08/12.")
    expect(cell(page, 8).locator(".block")).to_contain_text("→ dời giờ")
    assert "08 17:00" in starts(published)
    assert axe(page) == []
    page.get_by_role("button", name="Hoàn tác").click()
    expect(cell(page, 4).locator(".block")).to_be_visible()
    expect(told(page)).to_contain_text("Vừa lưu: Dời khung 17:00 Thứ Ba 08/12 đến 17:00 Thứ Sáu 04/12.")
    assert starts(published) == before
    # Escape in the middle leaves all as it was.
    drag(page, block(page, first.key), cell(page, 8))
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(told(page)).to_contain_text("Khung ở lại chỗ cũ.")
    assert starts(published) == before
    # A click that drags nothing still opens the slot.
    block(page, first.key).get_by_role("link").click()
    expect(page).to_have_url(re.compile("/khung/2026-12-04-1700$"))


def test_a_refused_place_stores_nothing_and_the_nearest_one_is_a_button(page: Page, published: World) -> None:  # noqa: F811
    first, second = own_slots(published)[:2]
    before = starts(published)
    page.goto(f"{LICH}?xem=tuan&ngay=2026-12-13")
    # Beyond the session's end: the last quarter of an hour of the afternoon is too short for half of the slot.
    grip = page.get_by_role("button", name="Dời khung 17:00 Chủ nhật 13/12/2026")
    grip.focus()
    page.keyboard.press("Enter")
    expect(told(page)).to_contain_text("Đã nhấc khung 17:00 Chủ nhật 13/12/2026")
    for _ in range(18):
        page.keyboard.press("ArrowDown")
    expect(told(page)).to_contain_text("Đến 18:30 Chủ nhật 13/12")
    expect(told(page).locator(".refused")).to_contain_text("nằm ngoài các buổi phát của đài")
    expect(told(page).locator("li").first).to_contain_text("Chủ nhật 13/12")
    page.keyboard.press("Enter")
    nearest = told(page).get_by_role("button").first
    expect(nearest).to_have_text("18:26 Chủ nhật 13/12")
    expect(nearest).to_be_focused()
    assert starts(published) == before
    nearest.click()
    expect(told(page)).to_contain_text("Vừa lưu: Dời khung 17:00 Chủ nhật 13/12 đến 18:26 Chủ nhật 13/12.")
    assert starts(published) == [before[0], "13 18:26", *before[2:]]
    assert first.key != second.key


def test_a_slot_grows_and_shrinks_by_its_edge_and_by_keyboard(page: Page, published: World) -> None:  # noqa: F811
    slot = own_slots(published)[2]
    page.goto(WEEK)
    edge = block(page, slot.key).locator(".edge")
    edge.scroll_into_view_if_needed()
    place = edge.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 20, place["y"] + 2)
    page.mouse.down()
    page.mouse.move(place["x"] + 20, place["y"] + 2 + 5 * 3, steps=3)
    expect(told(page)).to_contain_text("dài 7:50")
    expect(told(page)).to_contain_text("Kéo dài khung 17:00 Thứ Bảy 19/12 từ 4:50 thành")
    page.mouse.up()
    expect(told(page)).to_contain_text("Vừa lưu: Kéo dài khung")
    longer = own_slots(published)[2]
    assert [item.segment for item in longer.items][:2] == [item.segment for item in slot.items]
    assert longer.length_ms > slot.length_ms
    grip = block(page, slot.key).get_by_role("button")
    expect(grip).to_be_focused()
    page.keyboard.press("m")
    for _ in range(round((longer.length_ms - slot.length_ms) / 60_000)):
        page.keyboard.press("Shift+ArrowUp")
    expect(told(page)).to_contain_text("Rút ngắn khung 17:00 Thứ Bảy 19/12")
    page.keyboard.press("Enter")
    expect(told(page)).to_contain_text("Vừa lưu: Rút ngắn khung")
    assert own_slots(published)[2].items == slot.items


def test_a_lost_line_puts_the_slot_back_and_sends_it_again(page: Page, published: World) -> None:  # noqa: F811
    first = own_slots(published)[0]
    before = starts(published)
    page.goto(LICH)
    drag(page, block(page, first.key), cell(page, 8))
    page.context.set_offline(True)
    page.mouse.up()
    expect(told(page)).to_contain_text("✕ Mất kết nối: chưa lưu gì, khung đã về chỗ cũ.")
    expect(cell(page, 4).locator(".block")).to_be_visible()
    page.get_by_role("button", name="Thử lại").click()
    expect(page.get_by_role("button", name="Thử lại")).to_be_visible()
    assert starts(published) == before
    page.context.set_offline(False)
    page.get_by_role("button", name="Thử lại").click()
    expect(cell(page, 8).locator(".block")).to_be_visible()
    assert starts(published) == ["08 17:00", *before[1:]]

    # An answer that never arrived: what was stored is not stored a second time.
    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(re.compile(f"{LICH}$"), swallow, times=1)
    drag(page, block(page, first.key), cell(page, 9))
    page.mouse.up()
    page.get_by_role("button", name="Thử lại").click()
    expect(told(page)).to_contain_text("Có người vừa sửa lịch tháng này.")
    expect(cell(page, 9).locator(".block")).to_be_visible()
    assert starts(published) == ["09 17:00", *before[1:]]


def test_of_two_people_on_one_slot_the_second_sees_what_the_first_did(page: Page, published: World) -> None:  # noqa: F811
    first = own_slots(published)[0]
    page.goto(LICH)
    edited(published, move(first, first.starts_at + timedelta(days=2)))
    kept = starts(published)
    drag(page, block(page, first.key), cell(page, 8))
    # The planner's answer meanwhile tells it already, and what is shown is the other's.
    expect(told(page)).to_contain_text("Có người vừa sửa lịch tháng này.")
    expect(cell(page, 6).locator(".block")).to_be_visible()
    page.mouse.up()
    assert starts(published) == kept
    # Where it is put before any answer it is refused as well.
    edited(published, move(own_slots(published)[0], first.starts_at + timedelta(days=3)))
    block(page, first.key).get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(told(page)).to_contain_text("không ghi đè gì của người kia")
    expect(cell(page, 7).locator(".block")).to_be_visible()
    assert starts(published)[0] == "07 17:00"


def test_a_session_that_ended_meanwhile_leads_back_here(page: Page, published: World, planner: Person) -> None:  # noqa: F811
    first = own_slots(published)[0]
    before = starts(published)
    page.goto(LICH)
    with published.change() as session:
        end_all(session, planner.key, at=published.now)
    drag(page, block(page, first.key), cell(page, 8))
    page.mouse.up()
    expect(told(page)).to_contain_text("Phiên đăng nhập đã hết: chưa lưu gì.")
    link = told(page).get_by_role("link", name="Đăng nhập rồi trở lại đây")
    expect(link).to_have_attribute("href", "/dang-nhap?tiep=/dai/h654/2026-12/lich")
    assert starts(published) == before


def test_on_a_phone_a_finger_drags_by_the_handle_and_scrolls_elsewhere(page: Page, published: World) -> None:  # noqa: F811
    page.set_viewport_size(PHONE)
    first = own_slots(published)[0]
    page.goto(LICH)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    grip = block(page, first.key).get_by_role("button")
    begin, end = grip.bounding_box(), cell(page, 6).bounding_box()
    assert begin is not None
    assert end is not None
    assert min(begin["width"], begin["height"]) >= 40
    line = page.context.new_cdp_session(page)

    def touch(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", begin["x"] + 20, begin["y"] + 20)
    touch("touchMove", begin["x"] - 20, begin["y"] + 40)
    touch("touchMove", end["x"] + 100, end["y"] + 10)
    expect(told(page)).to_contain_text("đến 17:00 Chủ nhật 06/12: được.")
    touch("touchEnd")
    expect(cell(page, 6).locator(".block")).to_be_visible()
    assert starts(published)[0] == "06 17:00"
    assert station_month(published.context, "x24490", MONTH, draft=True).slots[0].starts_at.day == 6
    page.reload()
    page.get_by_role("button", name="Hoàn tác").tap()
    expect(cell(page, 4).locator(".block")).to_be_visible()
