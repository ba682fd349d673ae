"""The pages in a real browser, over a real server on the loopback."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread
from time import sleep
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from server.api.gate import SESSION_COOKIE
from server.app import create_app
from tests.server.api.conftest import api, reader, sounding_home, world  # noqa: F401  # fixtures of the same small district
from tests.server.homes import copy_home
from tests.server.people import Person, everybody
from tests.server.worlds import BEFORE, World, open_world

PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=900)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running server, and somebody signed in who holds every role."""

    address: str
    person: Person

    @property
    def cookies(self) -> list[Any]:  # Playwright keeps its own type for them to itself
        return [{"name": SESSION_COOKIE, "value": self.person.secret, "url": self.address}]


@pytest.fixture(scope="session")
def site(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:  # noqa: F811  # the fixture above
    """A running server whose data nobody changes."""
    home = copy_home(sounding_home.context.home, tmp_path_factory.mktemp("site") / "home")
    served = open_world(home, now=BEFORE, keys=dict(sounding_home.keys))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(served.context), log_level="warning", access_log=False, ws="none")
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            assert thread.is_alive()
            sleep(0.02)
        yield Site(address=f"http://127.0.0.1:{listener.getsockname()[1]}", person=everybody(served.context))
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
