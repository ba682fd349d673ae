"""Signing in and out over HTTP: cookies, forms, links, and where one is sent on to."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from litestar.testing import TestClient

from server.api.cookies import FORM_COOKIE, SESSION_COOKIE
from server.app import create_app
from server.db.accounts import Account
from server.services import accounts, one_time_links, passwords
from server.services.first_account import first_link
from server.services.role_grants import end_role
from server.web.going_on import place_within
from tests.server.api.conftest import BASE, Client
from tests.server.databases import open_context
from tests.server.homes import copy_home
from tests.server.people import Person, add_person, give_second_factor
from tests.server.web.reading import words
from tests.server.worlds import BEFORE, World

PHRASE, OTHER = "ngựa pin ghim đúng", "bốn con cá vàng bơi"


@pytest.fixture
def small(empty_home: Path, tmp_path: Path) -> Iterator[World]:
    """Nothing but people; `now` moves the clock."""
    world = World(
        context=open_context(home=copy_home(empty_home, tmp_path / "home"), clock=lambda: world.now), now=BEFORE
    )
    yield world
    world.context.close()


@pytest.fixture
def client(small: World) -> Iterator[Client]:
    """A browser that nobody has signed in with."""
    with TestClient(create_app(small.context), base_url=BASE, raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client


@pytest.fixture
def an(small: World) -> Person:
    person = add_person(small.context, "an.nv", ["administrator"])
    with small.change() as session:
        row = session.get_one(Account, person.key)
        row.password_hash, row.password_set_at = passwords.hashed(PHRASE), BEFORE
        session.add(row)
    return person


def form_of(client: Client, address: str = "/dang-nhap") -> dict[str, str]:
    """The hidden fields of the page's last form."""
    forms = re.findall(r'<form class="narrow-form".*?</form>', client.get(address).text, re.DOTALL)
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', forms[-1]))


def enter(client: Client, login: str = "an.nv", password: str = PHRASE, **more: str) -> "object":
    return client.post("/dang-nhap", data={**form_of(client), "login": login, "password": password, **more})


def session_of(client: Client) -> str | None:
    return client.cookies.get(SESSION_COOKIE)


@pytest.mark.usefixtures("an")
def test_who_is_not_known_is_sent_to_sign_in_and_back(client: Client) -> None:
    sent = client.get("/quan-tri/tai-khoan?q=hòa bình")
    assert sent.status_code == 303
    form = form_of(client, sent.headers["location"])
    assert form["tiep"] == "/quan-tri/tai-khoan?q=h%C3%B2a%20b%C3%ACnh"
    done = client.post("/dang-nhap", data={**form, "login": "an.nv", "password": PHRASE})
    assert (done.status_code, done.headers["location"]) == (303, "/quan-tri/tai-khoan?q=h%C3%B2a%20b%C3%ACnh")
    assert client.get(done.headers["location"]).status_code == 200
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_strangers_see_no_menu(client: Client) -> None:
    page = client.get("/dang-nhap")
    assert "<nav" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "Đăng xuất" not in page.text


@pytest.mark.usefixtures("an")
def test_the_id_changes_at_each_sign_in_and_the_old_one_ends(client: Client) -> None:
    enter(client)
    first = session_of(client)
    enter(client)
    second = session_of(client)
    assert first
    assert second
    assert first != second
    client.cookies.set(SESSION_COOKIE, first)
    assert client.get("/tai-khoan").status_code == 303


@pytest.mark.parametrize("planted", ["attacker-chosen", "a" * 43, "", "é"])
@pytest.mark.usefixtures("an")
def test_an_id_that_the_server_did_not_make_is_never_taken(client: Client, planted: str) -> None:
    headers = {"Cookie": f"{SESSION_COOKIE}={planted}".encode()}
    page = client.get("/dang-nhap", headers=headers)
    token = re.findall(r'name="csrf" value="([^"]*)"', page.text)[-1]
    form_cookie = client.cookies.get(FORM_COOKIE)
    both = {"Cookie": f"{SESSION_COOKIE}={planted}; {FORM_COOKIE}={form_cookie}".encode()}
    done = client.post("/dang-nhap", data={"csrf": token, "login": "an.nv", "password": PHRASE}, headers=both)
    assert done.status_code == 303
    made = re.findall(rf"{SESSION_COOKIE}=([^;]*)", done.headers["set-cookie"])
    assert len(made[0]) == 43
    assert made[0] != planted
    assert client.get("/tai-khoan", headers=headers).status_code == 303


@pytest.mark.usefixtures("an")
def test_a_form_without_its_token_is_refused(client: Client) -> None:
    for data in ({}, {"csrf": "x"}, {"csrf": ""}):
        refused = client.post("/dang-nhap", data={"login": "an.nv", "password": PHRASE, **data})
        assert refused.status_code == 403
        assert "Biểu mẫu này không còn dùng được" in words(refused.text)
    assert session_of(client) is None


@pytest.mark.usefixtures("an")
def test_a_token_of_another_browser_is_refused(small: World, client: Client) -> None:
    with TestClient(create_app(small.context), base_url=BASE) as other:
        foreign = form_of(other)
    form_of(client)
    refused = client.post("/dang-nhap", data={**foreign, "login": "an.nv", "password": PHRASE})
    assert refused.status_code == 403


@pytest.mark.usefixtures("an")
def test_what_is_wrong_is_told_and_what_was_typed_stays_but_the_password(client: Client) -> None:
    for login in ("an.nv", "khong.co"):
        refused = client.post("/dang-nhap", data={**form_of(client), "login": login, "password": OTHER, "tiep": "/bai"})
        assert refused.status_code == 403
        assert "Tên đăng nhập hoặc mật khẩu không đúng" in refused.text
        assert f'value="{login}"' in refused.text
        assert 'value="/bai"' in refused.text
        assert OTHER not in refused.text
    assert session_of(client) is None


@pytest.mark.usefixtures("an")
def test_guessing_is_answered_with_a_wait(client: Client) -> None:
    form = form_of(client)
    answers = [
        client.post("/dang-nhap", data={**form, "login": "an.nv", "password": f"đoán lần {n}"}) for n in range(50)
    ]
    assert [each.status_code for each in answers] == [403] * 5 + [429] * 45
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "Đã nhập sai quá nhiều lần" in answers[-1].text


@pytest.mark.usefixtures("an")
def test_a_form_that_is_sent_twice_signs_in_once_more_and_breaks_nothing(client: Client) -> None:
    form = {**form_of(client), "login": "an.nv", "password": PHRASE}
    stranger = {"Cookie": f"{FORM_COOKIE}={client.cookies.get(FORM_COOKIE)}"}
    first = client.post("/dang-nhap", data=form, headers=stranger)
    second = client.post("/dang-nhap", data=form, headers=stranger)
    assert (first.status_code, second.status_code) == (303, 303)
    assert client.get("/tai-khoan").status_code == 200


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        " /bai",
        "bai",
        "",
        "/dang-xuat",
        "/dang-nhap?tiep=/dang-nhap",
        "/" + "a" * 3000,
    ],
)
@pytest.mark.usefixtures("an")
def test_nobody_is_sent_on_to_another_site(client: Client, onward: str) -> None:
    done = client.post("/dang-nhap", data={**form_of(client), "login": "an.nv", "password": PHRASE, "tiep": onward})
    assert (done.status_code, done.headers["location"]) == (303, "/")


def test_places_of_ours_stay_as_they_are() -> None:
    for place in ("/", "/thang/2026-12?tier=district&q=a%20b", "/dai/h654#x"):
        assert place_within(place) == place or "%" in place
    assert place_within("/bai?q=krông pắc") == "/"  # a space in an address is none of ours
    assert place_within("/bai?q=krông") == "/bai?q=kr%C3%B4ng"


@pytest.mark.usefixtures("an")
def test_signing_out_is_a_change_and_ends_the_session(client: Client) -> None:
    enter(client)
    secret = session_of(client) or ""
    assert client.get("/dang-xuat").status_code == 302
    assert client.post("/dang-xuat").status_code == 403
    token = re.findall(
        r'action="/dang-xuat"><input type="hidden" name="csrf" value="([^"]*)"', client.get("/tai-khoan").text
    )
    done = client.post("/dang-xuat", data={"csrf": token[0]})
    assert done.headers["location"] == "/dang-nhap?xong=ra"
    assert not session_of(client)
    assert "Đã đăng xuất" in client.get(done.headers["location"]).text
    client.cookies.set(SESSION_COOKIE, secret)
    assert client.get("/tai-khoan").status_code == 303


@pytest.mark.usefixtures("an")
def test_sessions_end_idle_and_at_their_age(small: World, client: Client) -> None:
    enter(client)
    small.now += small.context.sessions.idle - timedelta(seconds=1)
    assert client.get("/tai-khoan").status_code == 200
    small.now += timedelta(seconds=1)
    assert client.get("/tai-khoan").status_code == 303


@pytest.mark.usefixtures("an")
def test_who_is_disabled_is_out_at_once(small: World, client: Client) -> None:
    other = add_person(small.context, "hai.tt", ["monitor"])
    client.cookies.set(SESSION_COOKIE, other.secret)
    assert client.get("/tai-khoan").status_code == 200
    accounts.disable_account(small.context, "hai.tt")
    assert client.get("/tai-khoan").status_code == 303


@pytest.mark.usefixtures("an")
def test_whose_role_ended_is_told_who_has_it(small: World, client: Client) -> None:
    other = add_person(small.context, "hai.tt", ["administrator"])
    client.cookies.set(SESSION_COOKIE, other.secret)
    assert client.get("/quan-tri/tai-khoan").status_code == 200
    [role] = accounts.get_account(small.context, "hai.tt").roles
    end_role(small.context, "hai.tt", role.id)
    refused = client.get("/quan-tri/tai-khoan")
    assert refused.status_code == 403
    assert "Bạn chưa có quyền «Quản lý tài khoản và vai trò»" in words(refused.text)
    assert client.get("/").headers["location"] == "/tai-khoan"


def test_a_second_factor_is_asked_for_on_a_page_of_its_own(small: World, client: Client, an: Person) -> None:
    totp = give_second_factor(small.context, an)
    page = client.post(
        "/dang-nhap", data={**form_of(client), "login": "an.nv", "password": PHRASE, "tiep": "/tai-khoan"}
    )
    assert page.status_code == 200
    assert "Mã xác nhận" in page.text
    assert session_of(client) is None
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    wrong = client.post("/dang-nhap/ma", data={**hidden, "code": "1"})
    assert wrong.status_code == 403
    assert "Mã xác nhận không đúng" in wrong.text
    done = client.post("/dang-nhap/ma", data={**hidden, "code": totp.at(small.now)})
    assert (done.status_code, done.headers["location"]) == (303, "/tai-khoan")
    assert client.get("/tai-khoan").status_code == 200
    assert client.post("/dang-nhap/ma", data={"code": "1"}).status_code == 403
    assert client.get("/dang-nhap/ma").headers["location"] == "/dang-nhap"


@pytest.mark.usefixtures("an")
def test_a_link_shows_a_form_and_works_once(small: World, client: Client) -> None:
    path = one_time_links.issue_link(small.context, "an.nv").path
    form = form_of(client, path)
    short = client.post(path, data={**form, "password": "ngắn"})
    assert short.status_code == 400
    assert "Mật khẩu quá ngắn" in short.text
    done = client.post(path, data={**form, "password": OTHER})
    assert done.headers["location"] == "/dang-nhap?xong=mat-khau"
    again = client.post(path, data={**form, "password": PHRASE})
    assert again.status_code == 410
    assert "Liên kết đã dùng lúc" in words(again.text)
    assert client.get(path).status_code == 410
    assert client.get(path[:-3]).status_code == 404
    small.now += timedelta(days=8)
    late = one_time_links.issue_link(small.context, "an.nv", hours=1).path
    small.now += timedelta(hours=1)
    assert "Liên kết đã hết hạn lúc" in words(client.get(late).text)
    enter(client, password=OTHER)
    assert session_of(client)


def test_the_first_account_is_made_on_a_page_and_signed_in(small: World, client: Client) -> None:
    path = first_link(small.context) or ""
    form = form_of(client, path)
    typed = {"login": "an.nv", "name": "Nguyễn Văn An", "organisation_code": "snv", "organisation_name": "Sở Nội vụ"}
    refused = client.post(path, data={**form, **typed, "password": "ngắn"})
    assert refused.status_code == 400
    assert 'value="Sở Nội vụ"' in refused.text
    done = client.post(path, data={**form, **typed, "password": PHRASE})
    assert (done.status_code, done.headers["location"]) == (303, "/quan-tri/tai-khoan")
    assert client.get("/quan-tri/tai-khoan").status_code == 200
    late = client.get(path)
    assert late.status_code == 410


@pytest.mark.parametrize("path", ["/mat-khau/x", "/bat-dau/x", "/bat-dau/%00", "/mat-khau/%F0%9F%8E%BA"])
def test_links_that_nobody_made_are_unknown(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Liên kết không đúng" in words(answer.text)


def test_who_waits_for_a_turn_to_sign_in_is_in_nobodys_way(small: World, an: Person) -> None:
    async def story() -> tuple[int, list[int]]:
        app = create_app(small.context)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as browser:
            page = await browser.get("/dang-nhap")
            token = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert token is not None
            said = {"csrf": token[1], "login": an.login, "password": OTHER}
            with passwords.TURNS.one():
                waiting = [asyncio.create_task(browser.post("/dang-nhap", data=said)) for _ in range(8)]
                await asyncio.sleep(0.2)
                other = await browser.get("/dang-nhap")  # served by the threads that all share
                assert not any(each.done() for each in waiting)
            return other.status_code, [answer.status_code for answer in await asyncio.gather(*waiting)]

    seen, refused = asyncio.run(story())
    assert seen == 200
    assert set(refused) <= {403, 429}
