"""The pages in a real browser, over a real server on the loopback."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Thread
from time import sleep
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from sqlmodel import select

from server.api.cookies import SESSION_COOKIE
from server.app import create_app
from server.db.library import Segment, Topic
from server.db.registry import Organisation, Station, UnitVersion
from server.services import deliveries, vetting
from server.services.campaigns import CampaignChange, add_campaign
from server.services.check_ins import Said, check_in
from server.services.rights import Role
from server.services.rows import identity
from server.services.segments import get_segment, withdraw_segment
from tests.server.api.conftest import api, reader, sounding_home, world  # noqa: F401  # fixtures of the same small district
from tests.server.homes import copy_home
from tests.server.people import Person, add_person, everybody
from tests.server.serving import Announcing
from tests.server.vetted import add_draft, approve
from tests.server.web.looking import DESK, PHONE
from tests.server.worlds import BEFORE, World, open_world

# 300 characters that no page may stumble over: markup, emoji, letters that run the other way, one word without an end.
HARMFUL = "<script>alert(1)</script> 📻👩‍🌾 \u202eđảo\u202c \u05e9\u05dc\u05d5\u05dd &amp; {{ 7 * 7 }} ".ljust(300, "ỗ")


def _name_harmfully(served: World) -> None:
    """A station, a unit and a segment: all pages are walked with them."""
    with served.change() as session:
        station = session.exec(select(Station).where(Station.code == "x24502")).one()
        station.name = f"Đài {HARMFUL}"[:300]
        session.add(station)
        segment = session.exec(select(Segment).where(Segment.code == "b0006")).one()
        segment.title = HARMFUL
        session.add(segment)
        unit = session.exec(select(UnitVersion).where(UnitVersion.code == "24502")).one()
        unit.name = HARMFUL[:200]
        session.add(unit)


def _call_and_recall(served: World) -> None:
    """Something urgent that stations are called to play, and something that one of them still has to remove."""
    add_draft(served, "b0900", priority="urgent", tone=True)
    vetting.submit(served.context, "b0900")
    approve(served.context, "b0900")
    served.add_segment("b0901", title="Số điện thoại đường dây nóng")
    audio = get_segment(served.context, "b0901").audio
    assert audio is not None
    deliveries.note_verified(served.context, "h654", [audio.broadcast_sha256])
    withdraw_segment(served.context, "b0901", reason="Sai số điện thoại")
    said = Said(program="loa station", now=served.now + timedelta(hours=3), lacking=2, free_bytes=10**8)
    check_in(served.context, "x24490", said)


def cookie(person: Person, address: str) -> Any:  # Playwright keeps its own type for them to itself
    return {"name": SESSION_COOKIE, "value": person.secret, "url": address}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running server, somebody signed in who holds every role, and by each role somebody who holds it alone."""

    address: str
    person: Person
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def cookies(self) -> list[Any]:
        return [cookie(self.person, self.address)]


@pytest.fixture(scope="session")
def site(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:  # noqa: F811  # the fixture above
    """A running server whose data nobody changes."""
    home = copy_home(sounding_home.context.home, tmp_path_factory.mktemp("site") / "home")
    served = open_world(home, now=BEFORE, keys=dict(sounding_home.keys))
    add_campaign(served.context, "cchc", CampaignChange(name="Cải cách hành chính", legal_ground="Kế hoạch, mục III"))
    _name_harmfully(served)
    _call_and_recall(served)
    with served.change() as session:
        office = session.exec(select(Organisation).where(Organisation.code == "snv")).one()
        for topic in session.exec(select(Topic)):
            topic.lead_organisation_id = identity(office)
            session.add(topic)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(served.context)
        server = Announcing(uvicorn.Config(app, log_level="warning", access_log=False, ws="none"), app)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            assert thread.is_alive()
            sleep(0.02)
        # An officer of a station is one of a district; the others are of the whole province.
        units = {Role.OPERATOR: served.keys["654"]}
        yield Site(
            address=f"http://127.0.0.1:{listener.getsockname()[1]}",
            person=everybody(served.context),
            people={role: add_person(served.context, f"la-{role}", [role], unit_id=units.get(role)) for role in Role},
        )
        server.should_exit = True
        thread.join()
    served.context.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: while Playwright is open no other test of this process could run an event loop."""
    with sync_playwright() as playwright:
        # As root, as in containers, Chromium starts only without its sandbox.
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.address, viewport=PHONE, locale="vi-VN")
    context.add_cookies(site.cookies)
    yield context.new_page()
    context.close()


@pytest.fixture
def scriptless(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(base_url=site.address, viewport=DESK, locale="vi-VN", java_script_enabled=False)
    context.add_cookies(site.cookies)
    yield context.new_page()
    context.close()
