"""What only a browser can tell: what it complains of, how wide a page is, whether a sound plays."""

import re
from http.client import HTTPConnection

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.server.web.conftest import Site
from tests.server.web.looking import DESK

HEADS = ["/health", "/thang/2026-12", "/nowhere", "/api/v1/stations/h654/months/2026-12/playlist.m3u8"]


def test_a_segment_plays(phone: Page) -> None:
    phone.goto("/bai/b0001")
    assert (
        phone.evaluate(
            """async () => {
            const audio = document.querySelector("audio");
            audio.muted = true;
            await audio.play();
            await new Promise(done => audio.ontimeupdate = () => audio.currentTime > 0.2 && done());
            return audio.currentTime;
        }"""
        )
        > 0.2
    )
    assert phone.evaluate("document.querySelector('audio').seekable.end(0)") > 1


def test_the_sounds_of_a_slot_play_from_the_page_of_the_station(phone: Page) -> None:
    phone.goto("/dai/h654/2026-12")
    phone.locator(".slot summary").first.click()
    assert (
        phone.evaluate(
            """async () => {
            const audio = document.querySelector(".slot audio");
            audio.muted = true;
            await audio.play();
            await new Promise(done => audio.ontimeupdate = () => audio.currentTime > 0.2 && done());
            return audio.currentTime;
        }"""
        )
        > 0.2
    )


def test_stations_are_filtered_without_script(scriptless: Page) -> None:
    scriptless.goto("/thang/2026-12")
    scriptless.get_by_label("Tìm đài").fill("ea yong")
    scriptless.get_by_role("button", name="Lọc").click()
    expect(scriptless.locator(".board tbody > tr")).to_have_count(1)
    expect(scriptless.locator(".board tbody > tr > th")).to_contain_text("Ea Yông")
    assert "q=ea+yong" in scriptless.url
    scriptless.get_by_role("link", name="Bỏ lọc").click()
    expect(scriptless.locator(".board tbody > tr")).to_have_count(3)
    scriptless.get_by_label("Cấp").select_option("district")
    scriptless.get_by_role("button", name="Lọc").click()
    expect(scriptless.locator(".board tbody > tr")).to_have_count(1)


def test_the_way_from_the_month_to_a_segment_is_links_alone(scriptless: Page) -> None:
    scriptless.goto("/")
    expect(scriptless).to_have_url(re.compile("/thang/2026-11$"))
    scriptless.get_by_role("link", name="12/2026 ›").click()
    scriptless.get_by_role("link", name="Đài Truyền thanh - Truyền hình huyện Krông Pắc").click()
    scriptless.get_by_role("link", name="Lịch của đài").click()
    scriptless.locator(".slot ol a").first.click()
    expect(scriptless.locator("h1")).to_contain_text("một cửa điện tử")
    scriptless.get_by_role("link", name="12/2026", exact=True).click()
    scriptless.get_by_role("link", name="huyện Krông Pắc").first.click()
    expect(scriptless).to_have_url(re.compile("/dai/h654/2026-12"))


def test_a_playlist_is_downloaded_from_beside_its_slot(phone: Page) -> None:
    phone.goto("/dai/h654/2026-12")
    phone.locator(".slot summary").first.click()
    with phone.expect_download() as download:
        phone.locator(".slot").first.get_by_role("link", name="M3U8").click()
    assert re.fullmatch(r"h654-2026-12-[\d-]+\.m3u8", download.value.suggested_filename)


def test_dark_rooms_get_a_dark_page(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.address, viewport=DESK, color_scheme="dark")
    context.add_cookies(site.cookies)
    page = context.new_page()
    page.goto("/thang/2026-12")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(27, 24, 21)"
    context.close()


def test_on_paper_all_stations_are_shown_and_nothing_to_click(phone: Page) -> None:
    phone.goto("/thang/2026-12")
    phone.emulate_media(media="print")
    expect(phone.locator("form.filter")).to_be_hidden()
    expect(phone.get_by_role("link", name="Đài truyền thanh xã Ea Yông")).to_be_visible()


@pytest.mark.parametrize("address", HEADS)
def test_a_connection_lives_on_after_head(site: Site, address: str) -> None:
    line = HTTPConnection(site.address.removeprefix("http://"))
    for method in ("HEAD", "GET", "HEAD", "HEAD", "GET"):
        line.request(method, address, headers={"Cookie": site.person.cookie})
        answer = line.getresponse()
        assert bool(answer.read()) == (method == "GET")
        assert int(answer.headers["content-length"]) > 0
    line.close()
