"""Every page in a real browser: as whoever may do everything, and as each role where its pages are other ones.

The pictures are kept in pytest's cache (`d/loa-pages`), for somebody to look at one by one.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from playwright.sync_api import Browser, BrowserContext, Page, expect

from server.routing import routing
from server.services.rights import Role
from server.web import static_files
from tests.server.web.addresses import ELSEWHERE, OPEN_PAGES, PAGES, REFUSALS
from tests.server.web.conftest import Site, cookie
from tests.server.web.looking import DESK, PHONE, faults


@pytest.fixture(scope="module")
def pictures(request: pytest.FixtureRequest) -> Path | None:
    return request.config.cache.mkdir("loa-pages") if request.config.cache else None


@pytest.fixture(scope="module")
def room(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """One for all: a new one for each page would cost more than the page."""
    context = browser.new_context(base_url=site.address, viewport=DESK, locale="vi-VN")
    yield context
    context.close()


@pytest.fixture(scope="module")
def looked_at() -> set[frozenset[str]]:
    """The shapes of pages that some role was shown, whichever came first."""
    return set()


@pytest.fixture
def page(room: BrowserContext, site: Site) -> Iterator[Page]:
    room.clear_cookies()
    room.add_cookies(site.cookies)
    page = room.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("address", [*PAGES, *REFUSALS])
def test_nothing_keeps_anybody_out(page: Page, address: str, pictures: Path | None) -> None:
    complaints: list[str] = []
    refused = address in REFUSALS
    page.on("console", lambda message: complaints.append(message.text) if not refused else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == REFUSALS.get(address, 200)
    assert faults(page, pictures, quote(address.strip("/"), safe="").replace("%", "-")) == []
    assert complaints == []


@pytest.mark.parametrize("role", [*Role, "nobody"])
def test_no_role_meets_a_page_that_keeps_it_out(
    page: Page,
    site: Site,
    role: str,
    pictures: Path | None,
    looked_at: set[frozenset[str]],
) -> None:
    """Most pages of a role are a part of what was looked at above: only those that are not are looked at again."""
    page.context.clear_cookies()
    if role != "nobody":
        page.context.add_cookies([cookie(site.people[role], site.address)])
    headers = {"Cookie": site.people[role].cookie} if role != "nobody" else {}
    found: dict[str, list[str]] = {}
    with (
        httpx.Client(base_url=site.address, headers=headers, timeout=60) as theirs,
        httpx.Client(base_url=site.address, headers={"Cookie": site.person.cookie}, timeout=60) as whole,
    ):
        for address in PAGES if role != "nobody" else OPEN_PAGES:
            answer = theirs.get(address)
            assert answer.status_code in {200, 403}, address
            shape = shape_of(answer.text)
            if (answer.status_code == 200 and shape == shape_of(whole.get(address).text)) or shape in looked_at:
                continue
            looked_at.add(shape)
            page.goto(address)
            seen = faults(page, None, "")
            if seen:
                found[address] = seen
    page.goto("/dang-nhap" if role == "nobody" else "/thiet-ke")
    found["menu"] = faults(page, pictures, f"as-{role}")
    assert {address: seen for address, seen in found.items() if seen} == {}
    assert page.locator(".top").bounding_box()["height"] < 110  # type: ignore[index]  # it is seen


class Shape(HTMLParser):
    """The kinds of elements of the main part, and its headings in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: set[str] = set()
        self.headings = ""
        self._in_main = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_main = self._in_main or tag == "main"
        if self._in_main:
            self.kinds.add(f"{tag}.{dict(attrs).get('class') or ''}")
            if re.fullmatch("h[1-6]", tag):
                self.headings += tag

    def handle_endtag(self, tag: str) -> None:
        self._in_main = self._in_main and tag != "main"


def shape_of(html: str) -> frozenset[str]:
    parser = Shape()
    parser.feed(html)
    return frozenset({*parser.kinds, parser.headings})


def test_no_page_is_left_out() -> None:
    tried = [address.split("?")[0] for address in PAGES]
    left_out = []
    for route in routing().routes:
        assert isinstance(route, HTTPRoute)
        pages = [
            handler
            for handler in route.route_handlers
            if isinstance(handler, HTTPRouteHandler)
            and "GET" in handler.http_methods
            and handler.media_type == MediaType.HTML
        ]
        pattern = re.sub(
            r"\\{\w+:(\w+)\\}", lambda kind: r"\d+" if kind[1] == "int" else "[^/]+", re.escape(route.path)
        )
        if pages and route.path not in ELSEWHERE and not any(re.fullmatch(pattern, address) for address in tried):
            left_out.append(route.path)
    assert left_out == []


def test_the_menu_is_one_row_at_a_desk_and_two_on_a_phone_and_opens_without_script(scriptless: Page) -> None:
    scriptless.goto("/thiet-ke")
    menu, person = scriptless.locator(".menu > summary").all()
    assert scriptless.locator(".top").bounding_box()["height"] < 64  # type: ignore[index]  # it is seen
    expect(scriptless.get_by_role("link", name="Nhật ký")).to_be_hidden()
    menu.click()
    expect(scriptless.get_by_role("link", name="Nhật ký")).to_be_visible()
    expect(scriptless.get_by_role("link", name="Bài của tôi", exact=True).first).to_be_visible()
    scriptless.set_viewport_size(PHONE)
    expect(scriptless.locator(".menu").first.get_by_role("link", name="Bài của tôi")).to_be_visible()
    menu.click()
    assert scriptless.locator(".top").bounding_box()["height"] < 110  # type: ignore[index]  # it is seen
    person.click()
    scriptless.get_by_role("link", name="Tài khoản của tôi").click()
    expect(scriptless).to_have_url(re.compile("/tai-khoan$"))


def test_the_letters_come_from_here_and_ede_has_its_own_file(page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if ".woff2" in request.url else None)
    page.goto("/dang-nhap")
    page.evaluate("document.fonts.ready")
    parts = {found[1] for url in fetched if (found := re.search(r"pro-(.+)-normal\.woff2\?v=", url))}
    assert parts == {"latin-400", "latin-600", "vietnamese-400", "vietnamese-600"}
    assert page.evaluate("document.fonts.check('16px \"Be Vietnam Pro\"', 'Đắk Lắk, Krông Pắc')")
    page.goto("/thiet-ke")
    page.evaluate("document.fonts.ready")
    assert any("latin-ext-400" in url for url in fetched)


def test_nothing_moves_while_the_letters_come(page: Page) -> None:
    for address in ("/thang/2026-12", "/thiet-ke"):
        page.goto(address)
        page.evaluate("document.fonts.ready")
        assert page.evaluate(_SHIFT) < 0.05, address


_SHIFT = """() => new Promise(told => new PerformanceObserver(list => told(
    list.getEntries().reduce((sum, one) => sum + one.value, 0))).observe({type: "layout-shift", buffered: true})
    || setTimeout(() => told(0), 500))"""


def test_every_file_of_styles_is_served() -> None:
    folder = Path(static_files.__file__).parent / "styles"
    assert {file.stem for file in folder.glob("*.css")} == set(static_files.STYLES)


def test_skipping_leads_past_the_menu(page: Page) -> None:
    page.goto("/thang/2026-12")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_reader_in_forced_colours_and_one_who_wants_no_motion_are_heeded(page: Page) -> None:
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.goto("/thiet-ke")
    fill = "getComputedStyle(document.querySelector('.bar .fill.met')).fill"
    assert page.evaluate(fill) != "rgb(27, 97, 53)"
    page.emulate_media(forced_colors="none")
    assert page.evaluate(fill) == "rgb(27, 97, 53)"
