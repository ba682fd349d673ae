"""A bundle unpacked into a folder and opened from there, by file:// and without any network, in a real browser."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.services.bundle_plans import days_named, read_plan
from server.services.bundle_rendering import render_slots
from server.services.bundles import Bundles
from tests.server.web.looking import DESK, faults
from tests.server.worlds import World

# The first of its slots is of this evening.
DURING = "2026-12-13T17:00:03"


def unpacked(world: World, per: str, folder: Path) -> Path:
    days = days_named("2026-12")
    if per == "slot":
        render_slots(world.context, read_plan(world.context, "h654", days))
    bundles = Bundles(world.context)
    bundle = bundles.make("h654", days, per="slot" if per == "slot" else "item")
    with zipfile.ZipFile(io.BytesIO(b"".join(bundles.read(bundle, 0, bundle.archive.size)))) as opened:
        opened.extractall(folder)
    return folder


@pytest.fixture(params=["slot", "item"])
def stick(world: World, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return unpacked(world, request.param, tmp_path / "USB Đài Krông Pắc 100%")


class Opened:
    def __init__(self, page: Page, stick: Path) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto((stick / "index.html").as_uri())

    def sounding(self) -> str:
        """The name of the file that sounds; waits until one does."""
        self.page.wait_for_function(
            "() => { const one = document.querySelector('audio'); return !one.paused && one.currentTime > 0.1 }"
        )
        return str(self.page.evaluate("decodeURI(document.querySelector('audio').src).split('/').pop()"))


@pytest.fixture
def opened(browser: Browser, stick: Path) -> Iterator[Opened]:
    """At three seconds into a slot, by the clock of the computer; its network is off."""
    context = browser.new_context(viewport=DESK, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
    context.set_offline(True)
    page = context.new_page()
    page.clock.set_fixed_time(f"{DURING}+07:00")
    found = Opened(page, stick)
    yield found
    # Nothing but the folder was asked for, nothing is remembered, nothing went wrong.
    assert [url for url in found.asked if not url.startswith(stick.as_uri())] == []
    assert page.evaluate("[localStorage.length, document.cookie.length]") == [0, 0]
    assert found.complaints == []
    context.close()


def test_it_plays_what_is_on_now_from_the_place_where_it_is(opened: Opened, stick: Path) -> None:
    page = opened.page
    expect(page.locator("#den-gio")).to_have_text(re.compile("Đang đến giờ: 17:00 Chủ nhật 13/12/2026"))
    expect(page.locator("li[aria-current]")).to_contain_text("17:00")
    page.get_by_role("button", name="Phát khung đang đến giờ").click()
    name = opened.sounding()
    assert (stick / "am-thanh" / name).is_file()
    one_file = len(list((stick / "am-thanh").iterdir())) == page.locator("li.slot").count()
    if one_file:
        assert "2026-12-13-1700" in name
        assert page.evaluate("document.querySelector('audio').currentTime") > 2.9
    else:
        assert "hoi-dap" in name
    page.get_by_role("button", name="Dừng").click()
    assert page.evaluate("document.querySelector('audio').paused")


def test_it_plays_a_slot_that_was_chosen_to_its_end_file_after_file(opened: Opened) -> None:
    page = opened.page
    page.get_by_role("button", name="Nghe khung 17:00 Chủ nhật 13/12/2026").click()
    opened.sounding()
    expect(page.locator("#dang-phat")).to_have_text(re.compile("^Đã phát hết: 17:00"), timeout=30_000)


def test_it_begins_by_itself_when_the_time_comes(opened: Opened) -> None:
    page = opened.page
    page.clock.set_fixed_time("2026-12-17T16:59:58+07:00")
    expect(page.locator("#den-gio")).to_have_text(re.compile("Kế tiếp: 17:00 Thứ Năm 17/12/2026"))
    expect(page.locator("#con")).to_have_text("còn 00:00:02")
    page.get_by_label("Tự phát đúng giờ").check()
    assert page.evaluate("document.querySelector('audio').paused")
    page.clock.set_fixed_time("2026-12-17T17:00:00+07:00")
    opened.sounding()
    expect(page.locator("#dang-phat")).to_contain_text("17:00 Thứ Năm 17/12/2026")


def test_after_the_last_slot_it_asks_for_a_new_bundle(opened: Opened) -> None:
    opened.page.clock.set_fixed_time("2027-01-05T17:00:00+07:00")
    expect(opened.page.locator("#den-gio")).to_have_text("Gói này không còn khung nào; hãy lấy gói mới.")


def test_nothing_of_it_keeps_anybody_out(opened: Opened, pytestconfig: pytest.Config) -> None:
    assert faults(opened.page, pytestconfig.cache.mkdir("loa-stick"), "index") == []


def test_a_file_that_is_gone_is_named_and_the_rest_plays(browser: Browser, world: World, tmp_path: Path) -> None:
    stick = unpacked(world, "item", tmp_path / "usb")
    lost = sorted((stick / "am-thanh").glob("*hoi-dap*"))
    for path in lost:
        path.unlink()
    page = browser.new_page(timezone_id="Asia/Ho_Chi_Minh")
    page.goto((stick / "index.html").as_uri())
    page.locator("details").first.evaluate("each => each.open = true")
    page.get_by_role("button", name=re.compile("Nghe khung")).first.click()
    expect(page.locator("#dang-phat")).to_contain_text("✕ Không mở được tệp am-thanh/", timeout=20_000)
    expect(page.locator("#dang-phat")).to_contain_text("Đã phát hết", timeout=20_000)
    page.close()


def test_without_script_each_file_is_a_link(browser: Browser, world: World, tmp_path: Path) -> None:
    stick = unpacked(world, "item", tmp_path / "usb")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((stick / "index.html").as_uri())
    links = [str(each.get_attribute("href")) for each in page.locator("main a").all()]
    assert len(links) > 10
    assert [link for link in links if not (stick / link).is_file()] == []
    assert page.get_by_role("button").count() == 0
    context.close()
