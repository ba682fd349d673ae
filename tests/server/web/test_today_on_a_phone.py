"""A station's officer with a phone and a slow line, in a real browser, with script and without."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from server.services.sessions import end_all
from tests.server.people import Person, add_person
from tests.server.serving import served
from tests.server.web.slow_lines import (
    PAGE,
    add_light_copies,
    before_a_slot,
    open_phone,
    seconds_to_sound,
    signed_in,
    sounding,
)
from tests.server.worlds import World


@pytest.fixture
def december(world: World) -> World:
    before_a_slot(world)
    return world


@pytest.fixture
def long_sounds(december: World) -> None:
    add_light_copies(december, opening_s=2, item_s=180)


@pytest.fixture
def operator(december: World) -> Person:
    return add_person(december.context, "can-bo", ["operator"], unit_id=december.keys["654"])


@pytest.fixture
def site(december: World) -> Iterator[str]:
    with served(december.context) as address:
        yield address


@pytest.mark.usefixtures("long_sounds")
def test_on_a_slow_line_the_slot_is_heard_soon_and_its_sounds_follow_each_other(
    browser: Browser, site: str, operator: Person, pytestconfig: pytest.Config
) -> None:
    page = open_phone(browser, site, operator)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    seconds = seconds_to_sound(page)
    kept = pytestconfig.cache.mkdir("loa-today") / "slow-3g.txt"
    kept.write_text(f"from the link to sound: {seconds:.1f} s\n")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"còn 00:59:\d\d"))
    expect(page.locator("[data-sounds] > li").nth(1)).to_have_attribute("aria-current", "true", timeout=20_000)
    sounding(page, 1)
    expect(page.locator("[data-playing]")).to_contain_text("đang nghe 2/")
    page.get_by_role("button", name="Hỏi đáp số 4: một cửa điện tử").click()
    sounding(page, 2)
    assert page.locator("audio").nth(1).evaluate("each => each.paused")
    page.get_by_role("button", name="Dừng").click()
    expect(page.get_by_role("button", name="Nghe")).to_be_visible()
    assert complaints == []
    page.context.close()


def test_neither_a_lost_line_nor_an_ended_session_takes_what_was_typed(
    browser: Browser, site: str, operator: Person, december: World
) -> None:
    page = open_phone(browser, site, operator)
    page.goto(PAGE)
    page.get_by_text("Không phát được…").first.click()
    page.get_by_label("Lý do").first.fill("Mất điện từ 16:00, đang chờ")
    page.context.set_offline(True)
    expect(page.get_by_text("Máy đang mất mạng.")).to_be_visible()
    page.get_by_role("button", name="Báo không phát được").first.click()
    expect(page.get_by_label("Lý do").first).to_have_value("Mất điện từ 16:00, đang chờ")
    page.context.set_offline(False)
    expect(page.get_by_text("Máy đang mất mạng.")).to_be_hidden()
    with december.change() as session:
        end_all(session, operator.key, at=december.now)
    page.get_by_role("button", name="Báo không phát được").first.click()
    expect(page.get_by_role("main").get_by_role("link", name="Đăng nhập")).to_be_visible()
    signed_in(page, site, add_person(december.context, "can-bo"))
    page.goto(PAGE)
    expect(page.get_by_label("Lý do").first).to_have_value("Mất điện từ 16:00, đang chờ")
    # The key at the end of a phone's keyboard.
    page.get_by_label("Lý do").first.press("Enter")
    expect(page.get_by_role("status").filter(has_text="đã ghi cho khung")).to_contain_text("✕ không phát")
    assert "Mất điện" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.context.close()


def test_without_script_each_sound_has_its_player_and_telling_is_a_form(
    browser: Browser, site: str, operator: Person, december: World
) -> None:
    december.now += timedelta(minutes=90)
    page = open_phone(browser, site, operator, scripts=False)
    page.goto("/")
    assert page.url.endswith(PAGE)
    assert page.locator("audio[controls]").count() >= 3
    expect(page.get_by_role("button", name="Nghe")).to_be_hidden()
    page.get_by_role("button", name="Đã phát").first.click()
    expect(page.locator(".told-once")).to_contain_text("✓ đã phát — đã ghi cho khung 17:00 13/12/2026.")
    page.get_by_text("Không phát được…").first.click()
    page.get_by_label("Lý do").first.fill("Mất điện")
    page.get_by_label("Lý do").first.press("Enter")
    expect(page.locator(".told-once")).to_contain_text("✕ không phát — đã ghi cho khung 17:00 02/12/2026.")
    page.context.close()
