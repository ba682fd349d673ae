"""A planner's way from the matrix to a published month in a real browser, by keyboard alone, on a desk and a phone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from server.services.plans import list_revisions
from tests.server.people import everybody
from tests.server.services.editing import edited, free_day, lock, move, on, own_slots, remove
from tests.server.serving import served
from tests.server.web.conftest import cookie
from tests.server.web.looking import DESK, faults
from tests.server.worlds import MONTH, World

MATRIX = "/thang/2026-12/ke-hoach"


@pytest.fixture
def planner(browser: Browser, world: World) -> Iterator[Page]:
    """In front of a draft with a slot of every kind."""
    gone, moved, locked = own_slots(world)[:3]
    for change in (lock(locked), move(moved, on(free_day(world))), remove(gone)):
        edited(world, change)
    person = everybody(world.context)
    with served(world.context) as address:
        context = browser.new_context(base_url=address, viewport=DESK, locale="vi-VN")
        context.add_cookies([cookie(person, address)])
        yield context.new_page()
        context.close()


def at(page: Page) -> str:
    """Where the focus is: an address or what is said of an element."""
    found: str = page.evaluate(
        "(one => (one.getAttribute('href') || one.name || one.textContent).trim())(document.activeElement)"
    )
    return found


def tab_to(page: Page, what: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if re.search(what, at(page)):
            return
    raise AssertionError(what)


def test_from_the_matrix_to_a_published_month_by_keyboard(
    planner: Page, world: World, pytestconfig: pytest.Config
) -> None:
    complaints: list[str] = []
    planner.on("console", lambda message: complaints.append(message.text))
    planner.on("pageerror", lambda error: complaints.append(str(error)))
    first = next(slot for slot in own_slots(world) if slot.locked).starts_at.date()

    planner.goto(MATRIX)
    expect(planner.get_by_role("grid")).to_be_visible()
    # one stop for the whole grid, from which the arrows lead to every cell
    tab_to(planner, "/dai/h654/2026-12/lich$")
    for _ in range(first.day):
        planner.keyboard.press("ArrowRight")
    assert at(planner) == f"/dai/h654/2026-12/lich?ngay={first}"
    box, head = planner.locator(":focus").bounding_box(), planner.locator(".matrix thead").bounding_box()
    assert box is not None
    assert head is not None
    assert box["y"] >= head["y"] + head["height"] - 1, "what has the focus is not behind the head"
    planner.keyboard.press("ArrowDown")
    assert at(planner) == f"/dai/x24502/2026-12/lich?ngay={first}"
    planner.keyboard.press("End")
    assert at(planner).endswith("#tot-den-dau")
    planner.keyboard.press("Control+Home")
    assert at(planner) == "/dai/h654/2026-12/lich"
    planner.keyboard.press("Tab")
    assert not at(planner).startswith("/dai/"), "the grid is left by one key"

    planner.goto(MATRIX)
    tab_to(planner, "/cong-bo$")
    planner.keyboard.press("Enter")
    expect(planner.locator("h1")).to_have_text("Công bố lịch tháng 12/2026")
    tab_to(planner, "^Công bố bản số 2$")
    planner.keyboard.press("Enter")
    expect(planner.get_by_role("status")).to_contain_text("Đã công bố bản số 2.")
    assert [each.number for each in list_revisions(world.context, MONTH)] == [2, 1]
    assert complaints == []

    pictures = pytestconfig.cache.mkdir("loa-pages")
    found = {"published": faults(planner, pictures, "after-publishing")}
    edited(world, remove(own_slots(world)[0]))
    for address in ("ke-hoach", "cong-bo", "thay-doi", "ban", "ban/1"):
        planner.goto(f"/thang/2026-12/{address}")
        found[address] = faults(planner, pictures, f"draft-{address.replace('/', '-')}")
    assert {address: seen for address, seen in found.items() if seen} == {}
