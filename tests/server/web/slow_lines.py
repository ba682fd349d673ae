"""A phone on a slow line, and a slot whose sounds are as long as real ones."""

import subprocess
from datetime import UTC, timedelta
from time import monotonic

from playwright.sync_api import Browser, Page
from sqlmodel import select

from media.ffmpeg import Ffmpeg
from server.api.cookies import SESSION_COOKIE
from server.db.library import Rendition
from server.services.proofs import station_proof
from server.services.station_today import station_today
from tests.server.people import Person
from tests.server.web.conftest import PHONE
from tests.server.worlds import MONTH, World

STATION = "h654"
PAGE = f"/dai/{STATION}/hom-nay"
# What browsers' own tools call slow 3G: 400 kbit/s, two seconds until anything comes back.
SLOW = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


def before_a_slot(world: World) -> None:
    """Sets the clock an hour before a slot of two items."""
    world.now = station_proof(world.context, STATION, MONTH).slots[1].starts_at.astimezone(UTC) - timedelta(hours=1)


def add_light_copies(world: World, *, opening_s: int, item_s: int) -> None:
    """Of the first two sounds of the next slot, in Opus, as long as that."""
    for sound, seconds in zip(station_today(world.context, STATION).sounds, (opening_s, item_s), strict=False):
        path = world.context.scratch / "light.opus"
        noise = f"anoisesrc=c=pink:r=24000:a=0.1:d={seconds}"
        coded = ["-c:a", "libopus", "-b:a", "28k", "-frame_duration", "60", str(path)]
        encoder = Ffmpeg.find().executable
        subprocess.run([encoder, "-v", "error", "-y", "-nostdin", "-f", "lavfi", "-i", noise, *coded], check=True)
        stored = world.context.store.take(path)
        with world.change() as session:
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


def open_phone(browser: Browser, site: str, person: Person, *, scripts: bool = True) -> Page:
    """A new browser of that person's, who is signed in."""
    page = browser.new_context(base_url=site, viewport=PHONE, locale="vi-VN", java_script_enabled=scripts).new_page()
    signed_in(page, site, person)
    return page


def signed_in(page: Page, site: str, person: Person) -> None:
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": person.secret, "url": site}])


def seconds_to_sound(page: Page) -> float:
    """From the link to the first sound of the slot, on a slow line with nothing kept from before."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    began = monotonic()
    page.goto(PAGE, wait_until="commit")
    page.get_by_role("button", name="Nghe").click()
    sounding(page, 0)
    took = monotonic() - began
    line.send("Network.disable")
    return took


def sounding(page: Page, number: int) -> None:
    """Waits until that sound of the slot is heard."""
    page.locator("audio").nth(number).evaluate(
        """sound => new Promise(done => {
            const look = () => (sound.currentTime > 0 ? done() : setTimeout(look, 50));
            look();
        })"""
    )
