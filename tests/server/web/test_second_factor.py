"""Two-step sign-in as people set it up, use it, lose it; and the links that go by e-mail."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import httpx
import pyotp
import pytest
from litestar.testing import TestClient

from server.api.cookies import SESSION_COOKIE
from server.app import create_app
from server.db.accounts import Account
from server.services.passwords import hashed
from server.services.rights import Role
from server.services.second_factor import standing
from tests.server.api.conftest import BASE, Client, client_of
from tests.server.people import Person, add_person
from tests.server.web.reading import words
from tests.server.worlds import World

ADDRESS = "/tai-khoan/hai-buoc"
PASSWORD = "bốn từ rời nhau"  # noqa: S105 (of a test)


@pytest.fixture
def lan(world: World) -> Person:
    person = add_person(world.context, "chi-lan", [Role.PRODUCER])
    with world.change() as session:
        account = session.get_one(Account, person.key)
        account.password_hash = hashed(PASSWORD)
        account.password_set_at = world.now
        account.email = "lan@tinh.example"
        session.add(account)
    return person


@pytest.fixture
def browser(world: World, lan: Person) -> Iterator[Client]:
    with client_of(world.context, who=lan) as client:
        yield client


def field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None, html
    return unescape(found[1])


def set_up(world: World, browser: Client) -> tuple[pyotp.TOTP, list[str]]:
    shown = browser.get(ADDRESS)
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", shown.text)
    assert key is not None
    totp = pyotp.TOTP(key[1].replace(" ", ""))
    done = browser.post(ADDRESS, data={"pending": field(shown.text, "pending"), "code": totp.at(world.now)})
    assert done.status_code in {200, 201}, done.text
    codes = re.findall(r"<code>([a-z2-9-]{19})</code>", done.text)
    assert len(codes) == 10
    world.now += timedelta(seconds=30)
    return totp, codes


def sign_in(world: World, code: str | None = None) -> tuple[Client, httpx.Response]:
    client: Client = TestClient(create_app(world.context), base_url=BASE, raise_server_exceptions=False)
    csrf = field(client.get("/dang-nhap").text, "csrf")
    answer = client.post(
        "/dang-nhap",
        data={"csrf": csrf, "login": "chi-lan", "password": PASSWORD, "tiep": "/bai"},
        follow_redirects=False,
    )
    if code is not None:
        answer = client.post(
            "/dang-nhap/ma",
            data={"csrf": csrf, "pending": field(answer.text, "pending"), "code": code, "tiep": "/bai"},
            follow_redirects=False,
        )
    return client, answer


def test_it_is_set_up_from_the_account_and_asked_for_at_the_next_sign_in(
    world: World, lan: Person, browser: Client
) -> None:
    assert 'href="/tai-khoan/hai-buoc"' in browser.get("/tai-khoan").text
    totp, codes = set_up(world, browser)
    assert "Còn 10 mã dự phòng" in words(browser.get("/tai-khoan").text)
    client, answer = sign_in(world)
    assert SESSION_COOKIE not in client.cookies
    assert "Mã xác nhận" in words(answer.text)
    _client, answer = sign_in(world, "000000")
    assert answer.status_code >= 400
    client, answer = sign_in(world, totp.at(world.now))
    assert (answer.status_code, answer.headers["location"]) == (303, "/bai")
    assert client.get("/bai").status_code == 200
    client, answer = sign_in(world, codes[0])
    assert answer.status_code == 303
    assert standing(world.context, lan.key).recovery_codes_left == 9


def test_nothing_of_it_stays_in_a_browsers_store(browser: Client) -> None:
    assert browser.get(ADDRESS).headers["cache-control"] == "no-store"


def test_the_page_has_no_style_and_no_script_of_its_own(browser: Client) -> None:
    html = browser.get(ADDRESS).text
    assert "<svg" in html
    assert "style=" not in html
    assert "<script>" not in html


def test_a_wrong_first_code_shows_the_same_picture_again(world: World, browser: Client) -> None:
    shown = browser.get(ADDRESS)
    pending = field(shown.text, "pending")
    again = browser.post(ADDRESS, data={"pending": pending, "code": "000000"})
    assert again.status_code == 422
    assert "Mã không đúng" in words(again.text)
    assert field(again.text, "pending") == pending
    assert re.findall(r"<svg.*?</svg>", again.text) == re.findall(r"<svg.*?</svg>", shown.text)
    world.now += timedelta(minutes=10)
    late = browser.post(ADDRESS, data={"pending": pending, "code": "000000"})
    assert late.status_code == 400
    assert field(late.text, "pending") != pending


@pytest.mark.parametrize("data", [{}, {"pending": "x", "code": "1"}, {"pending": "", "code": ""}])
def test_a_form_that_was_made_up_sets_nothing(world: World, lan: Person, browser: Client, data: dict[str, str]) -> None:
    assert browser.post(ADDRESS, data=data or {"x": "y"}).status_code == 400
    assert not standing(world.context, lan.key).on


def test_it_can_be_turned_off_by_a_code_or_the_password(world: World, lan: Person, browser: Client) -> None:
    set_up(world, browser)
    wrong = browser.post(f"{ADDRESS}/bo", data={"code": "", "password": "ba từ rời nhau"})
    assert wrong.status_code in {400, 401, 403, 422}
    assert 'role="alert"' in wrong.text
    assert "ba từ rời nhau" not in wrong.text
    done = browser.post(f"{ADDRESS}/bo", data={"code": "", "password": PASSWORD}, follow_redirects=False)
    assert done.headers["location"] == "/tai-khoan?xong=hai-buoc"
    assert not standing(world.context, lan.key).on
    assert browser.get(f"{ADDRESS}/bo", follow_redirects=False).headers["location"] == ADDRESS


def test_new_recovery_codes_are_shown_once(world: World, browser: Client) -> None:
    totp, codes = set_up(world, browser)
    assert codes[0] not in browser.get(ADDRESS).text
    fresh = browser.post(f"{ADDRESS}/ma-du-phong", data={"code": totp.at(world.now)})
    assert len(re.findall(r"<code>([a-z2-9-]{19})</code>", fresh.text)) == 10
    assert codes[0] not in fresh.text
    assert browser.post(f"{ADDRESS}/ma-du-phong", data={"code": "000000"}).status_code == 422


def test_after_five_wrong_codes_the_page_says_when_to_come_back(world: World, browser: Client) -> None:
    set_up(world, browser)
    for _each in range(5):
        assert browser.post(f"{ADDRESS}/bo", data={"code": "000000"}).status_code == 422
    answer = browser.post(f"{ADDRESS}/bo", data={"code": "000000"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300


def test_an_administrator_turns_it_off_for_who_lost_the_phone(world: World, lan: Person, browser: Client) -> None:
    set_up(world, browser)
    boss = add_person(world.context, "quan-tri", [Role.ADMINISTRATOR])
    with client_of(world.context, who=boss) as office:
        assert "bo-hai-buoc" in office.get("/quan-tri/tai-khoan/chi-lan").text
        assert office.post("/quan-tri/tai-khoan/chi-lan/bo-hai-buoc", follow_redirects=False).status_code == 303
        assert not standing(world.context, lan.key).on
        assert "bo-hai-buoc" not in office.get("/quan-tri/tai-khoan/chi-lan").text
        again = office.delete("/api/v1/accounts/chi-lan/second-factor")
        assert (again.status_code, again.json()["code"]) == (409, "factor.absent")
        assert office.delete("/api/v1/accounts/khong-co/second-factor").status_code == 404
    assert browser.get("/bai", follow_redirects=False).status_code == 303  # signed out


def test_who_is_no_administrator_turns_it_off_for_nobody(world: World, lan: Person, browser: Client) -> None:
    set_up(world, browser)
    other = add_person(world.context, "anh-minh", [Role.PRODUCER])
    with client_of(world.context, who=other) as client:
        assert client.delete("/api/v1/accounts/chi-lan/second-factor").status_code == 403
        assert client.post("/quan-tri/tai-khoan/chi-lan/bo-hai-buoc").status_code == 403
    assert standing(world.context, lan.key).on
