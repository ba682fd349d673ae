"""One recording's way to the air by keyboard alone: sent, vetted, planned, published, checked, by four people."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from server.services.rights import Role
from tests.server.homes import copy_home
from tests.server.people import add_person
from tests.server.serving import served
from tests.server.sounds import wav
from tests.server.vetted import lead_topics
from tests.server.web.conftest import cookie
from tests.server.web.looking import DESK
from tests.server.worlds import BEFORE, World, open_world

# A recording is on its way for seconds, for minutes where a machine does much else.
LONG_MS = 200_000


@pytest.fixture
def place(sounding_home: World, tmp_path: Path) -> Iterator[tuple[World, str]]:
    """A district whose December is published, and its address."""
    home = copy_home(sounding_home.context.home, tmp_path / "home")
    world = open_world(home, now=BEFORE, keys=dict(sounding_home.keys))
    lead_topics(world)
    with served(world.context) as address:
        yield world, address
    world.context.close()


def come(browser: Browser, place: tuple[World, str], login: str, *roles: Role, **scope: int | str) -> Page:
    world, address = place
    person = add_person(world.context, login, roles, **scope)  # type: ignore[arg-type]  # organisation or unit
    room = browser.new_context(base_url=address, viewport=DESK, locale="vi-VN")
    room.set_default_timeout(60_000)
    room.add_cookies([cookie(person, address)])
    page = room.new_page()
    # Nothing of this is done by pointing.
    page.add_init_script("addEventListener('pointerdown', () => { throw new Error('a pointer') }, true)")
    page.goto("/")
    return page


def reach(page: Page, wanted: Locator) -> None:
    """By the Tab key from where one is; its outline is seen there."""
    expect(wanted.first).to_be_visible()
    for _ in range(150):
        if wanted.evaluate_all("found => found.includes(document.activeElement)"):
            assert page.evaluate("document.activeElement.matches(':focus-visible')")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not to be reached by Tab")


def go(page: Page, typed: str, found: str) -> None:
    """Through the palette: what is found comes first."""
    page.keyboard.press("Control+k")
    page.keyboard.type(typed)
    expect(page.locator("dialog [role=option]").first).to_contain_text(found)
    page.keyboard.press("Enter")


def test_a_recording_is_sent_vetted_planned_published_and_checked_by_keyboard_alone(
    browser: Browser, place: tuple[World, str], tmp_path: Path
) -> None:
    producer = come(browser, place, "nguoi-lam", Role.PRODUCER, organisation="snv")
    expect(producer).to_have_title(re.compile("Bài của tôi"))
    reach(producer, producer.locator("input[type=file]"))
    with producer.expect_file_chooser() as choosing:
        producer.keyboard.press("Space")
    choosing.value.set_files(wav(tmp_path / "cap-lai-the.wav", seconds=25, seed=11))
    title = producer.get_by_label("Tên bài").last
    reach(producer, title)
    producer.keyboard.press("Control+a")
    producer.keyboard.type("Cấp lại thẻ ở một cửa")
    reach(producer, producer.locator("li.file select[data-field=topic]"))
    producer.keyboard.press("M")  # the first that begins so
    reach(producer, producer.get_by_role("button", name=re.compile("^Tải lên")))
    producer.keyboard.press("Enter")
    expect(producer.get_by_role("link", name=re.compile("Mở bài"))).to_be_visible(timeout=LONG_MS)

    lead = come(browser, place, "nguoi-duyet", Role.LEAD, organisation="snv")
    expect(lead).to_have_url(re.compile("/cho-duyet$"))
    expect(lead.locator("article.waits").filter(has_text="Cấp lại thẻ ở một cửa")).to_be_visible()
    lead.keyboard.press("j")
    lead.keyboard.press("a")
    expect(lead.get_by_role("main")).to_contain_text("Cấp lại thẻ ở một cửa")
    expect(lead.locator("article.waits").filter(has_text="Cấp lại thẻ ở một cửa")).to_have_count(0)

    planner = come(browser, place, "nguoi-lap", Role.PLANNER)
    go(planner, "12/2026", "12/2026")
    expect(planner).to_have_url(re.compile("/thang/2026-12"))
    reach(planner, planner.get_by_role("button", name=re.compile("^Lập lại")))
    planner.keyboard.press("Enter")
    expect(planner.get_by_role("status").filter(has_text="đã lập xong")).to_be_visible(timeout=LONG_MS)
    reach(planner, planner.get_by_role("link", name=re.compile("Công bố")))
    planner.keyboard.press("Enter")
    expect(planner).to_have_url(re.compile("/cong-bo"))
    reach(planner, planner.get_by_role("button", name=re.compile("^Công bố")))
    planner.keyboard.press("Enter")
    expect(planner.get_by_role("main")).to_contain_text(re.compile("[Bb]ản (công bố )?số 2"))

    monitor = come(browser, place, "nguoi-xem", Role.MONITOR)
    go(monitor, "12/2026", "12/2026")
    expect(monitor.get_by_role("main")).to_contain_text("Bản công bố số 2")
    go(monitor, "cap lai the", "Cấp lại thẻ")
    expect(monitor.get_by_role("heading", level=1)).to_have_text("Cấp lại thẻ ở một cửa")
    expect(monitor.get_by_role("main")).to_contain_text("12/2026")
    for page in (producer, lead, planner, monitor):
        page.context.close()
