"""A station's officer with a phone and a slow line, in a real browser, with script and without."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, timedelta
from time import monotonic

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from media.ffmpeg import Ffmpeg
from server.api.gate import SESSION_COOKIE
from server.db.library import Rendition
from server.services.proofs import station_proof
from server.services.sessions import end_all
from server.services.station_today import station_today
from tests.server.api.conftest import sounding_home, world  # noqa: F401  # fixtures of the same small district
from tests.server.people import Person, add_person
from tests.server.serving import served
from tests.server.web.conftest import PHONE
from tests.server.worlds import MONTH, World

PAGE = "/dai/h654/hom-nay"
# What browsers' own tools call slow 3G: 400 kbit/s, two seconds until anything comes back.
SLOW = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@pytest.fixture
def december(world: World) -> World:  # noqa: F811  # the fixture above
    """An hour before a slot of two items."""
    world.now = station_proof(world.context, "h654", MONTH).slots[1].starts_at.astimezone(UTC) - timedelta(hours=1)
    return world


@pytest.fixture
def long_sounds(december: World) -> None:
    """Light copies of what begins the slot, some seconds and some minutes long."""
    opening, item = station_today(december.context, "h654").sounds[:2]
    for sound, seconds in ((opening, 2), (item, 180)):
        path = december.context.scratch / "light.opus"
        noise = f"anoisesrc=c=pink:r=24000:a=0.1:d={seconds}"
        coded = ["-c:a", "libopus", "-b:a", "28k", "-frame_duration", "60", str(path)]
        encoder = Ffmpeg.find().executable
        subprocess.run([encoder, "-v", "error", "-y", "-nostdin", "-f", "lavfi", "-i", noise, *coded], check=True)
        stored = december.context.store.take(path)
        with december.change() as session:
            session.add(
                Rendition(
                    audio_id=session.exec(select(Rendition.audio_id).where(Rendition.sha256 == sound.mp3)).one(),
                    kind="light_opus",
                    sha256=stored.sha256,
                    size=stored.size,
                    media_type="audio/ogg",
                    duration_ms=1000 * seconds,
                    loudness_lufs=-23.0,
                    true_peak_dbtp=-2.0,
                )
            )


@pytest.fixture
def operator(december: World) -> Person:
    return add_person(december.context, "can-bo", ["operator"], unit_id=december.keys["654"])


@pytest.fixture
def site(december: World) -> Iterator[str]:
    with served(december.context) as address:
        yield address


def open_page(browser: Browser, site: str, operator: Person, *, scripts: bool = True) -> Page:
    context = browser.new_context(base_url=site, viewport=PHONE, locale="vi-VN", java_script_enabled=scripts)
    page = context.new_page()
    signed_in(page, site, operator.secret)
    return page


def signed_in(page: Page, site: str, secret: str) -> None:
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": site}])


def sounding(page: Page, number: int) -> None:
    """Waits until that sound of the slot is heard."""
    page.locator("audio").nth(number).evaluate(
        """sound => new Promise(done => {
            const look = () => (sound.currentTime > 0 ? done() : setTimeout(look, 50));
            look();
        })"""
    )


@pytest.mark.usefixtures("long_sounds")
def test_on_a_slow_line_the_slot_is_heard_soon_and_its_sounds_follow_each_other(
    browser: Browser, site: str, operator: Person, pytestconfig: pytest.Config
) -> None:
    page = open_page(browser, site, operator)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    began = monotonic()
    page.goto(PAGE, wait_until="commit")
    page.get_by_role("button", name="Nghe").click()
    sounding(page, 0)
    seconds = monotonic() - began
    kept = pytestconfig.cache.mkdir("loa-today") / "slow-3g.txt"
    kept.write_text(f"from the link to sound: {seconds:.1f} s\n")
    line.send("Network.disable")
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
    page = open_page(browser, site, operator)
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
    signed_in(page, site, add_person(december.context, "can-bo").secret)
    page.goto(PAGE)
    expect(page.get_by_label("Lý do").first).to_have_value("Mất điện từ 16:00, đang chờ")
    # The key at the end of a phone's keyboard.
    page.get_by_label("Lý do").first.press("Enter")
    expect(page.get_by_role("status").filter(has_text="đã ghi cho khung")).to_contain_text("✕ không phát")
    assert page.evaluate("sessionStorage.length") == 0
    page.context.close()


def test_without_script_each_sound_has_its_player_and_telling_is_a_form(
    browser: Browser, site: str, operator: Person, december: World
) -> None:
    december.now += timedelta(minutes=90)
    page = open_page(browser, site, operator, scripts=False)
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
