"""Signing in by an OpenID provider that is really there, and what a hostile one is refused for."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from litestar.testing import TestClient
from sqlmodel import select

from server.api.cookies import SESSION_COOKIE
from server.app import create_app
from server.db.accounts import Account, LoginSession
from server.db.records import AuditEntry
from server.services.openid_provider import OidcProvider
from server.services.second_factor import confirm, enrol
from server.web.single_sign_on import NOTE_COOKIE
from tests.server import openid
from tests.server.api.conftest import BASE, Client
from tests.server.openid import CLIENT_ID, CLIENT_SECRET, Provider
from tests.server.people import add_person
from tests.server.worlds import World

START = "/dang-nhap/oidc"


@pytest.fixture
def provider(world: World) -> Iterator[Provider]:
    with openid.served(Provider(now=lambda: world.now)) as running:
        yield running


@pytest.fixture
def browser(world: World, provider: Provider) -> Iterator[Client]:
    """Nobody's yet."""
    told = OidcProvider(issuer=provider.issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    app = create_app(replace(world.context, oidc=told))
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client


def add_lan(world: World, *, login: str = "lan", email: str | None = "lan@tinh.example", **more: object) -> int:
    person = add_person(world.context, login, ["producer"])
    with world.change() as session:
        account = session.get_one(Account, person.key)
        account.email = email
        for name, value in more.items():
            setattr(account, name, value)
        session.add(account)
    return person.key


def to_provider(browser: Client, address: str = START) -> str:
    """Where the provider sends the person back to."""
    out = browser.get(address, follow_redirects=False)
    assert out.status_code == 303, out.text
    return httpx.get(out.headers["location"], timeout=60).headers["location"]


def come_back(browser: Client, back: str) -> httpx.Response:
    assert back.startswith(f"{BASE}/dang-nhap/oidc/tro-lai?")
    return browser.get(back.removeprefix(BASE), follow_redirects=False)


def sign_on(browser: Client, address: str = START) -> httpx.Response:
    return come_back(browser, to_provider(browser, address))


def is_signed_in(browser: Client) -> bool:
    return SESSION_COOKIE in browser.cookies and browser.get("/bai", follow_redirects=False).status_code == 200


def sessions_of(world: World, key: int) -> int:
    with world.context.database.read() as session:
        return len(session.exec(select(LoginSession).where(LoginSession.account_id == key)).all())


def test_the_page_of_signing_in_shows_the_way_and_where_to_go_on(world: World, browser: Client) -> None:
    assert f'href="{START}?tiep=%2Fbai"' in browser.get("/dang-nhap?tiep=/bai").text
    with TestClient(create_app(world.context), base_url=BASE) as client:
        assert START not in client.get("/dang-nhap").text


def test_an_account_with_two_steps_is_asked_for_the_second_too(world: World, browser: Client) -> None:
    key = add_lan(world)
    shown = enrol(world.context, key)
    totp = pyotp.TOTP(shown.key.replace(" ", ""))
    confirm(world.context, key, shown.pending, totp.at(world.now))
    world.now += timedelta(seconds=30)
    asked = sign_on(browser, f"{START}?tiep=/bai")
    assert asked.status_code == 200
    assert not is_signed_in(browser)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked.text))
    done = browser.post("/dang-nhap/ma", data={**fields, "code": totp.at(world.now)}, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/bai")
    assert is_signed_in(browser)
    with world.context.database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "session.begun")).one()
    assert entry.facts == {"by": "single sign-on and second factor"}


def test_who_has_an_account_with_the_verified_address_gets_in_and_is_linked(
    world: World, provider: Provider, browser: Client
) -> None:
    key = add_lan(world)
    assert browser.get("/bai", follow_redirects=False).status_code == 303
    done = sign_on(browser, f"{START}?tiep=/bai%3Ftim%3Dx")
    assert (done.status_code, done.headers["location"]) == (303, "/bai?tim=x")
    assert "httponly" in done.headers["set-cookie"].lower()
    assert is_signed_in(browser)
    assert NOTE_COOKIE not in browser.cookies
    with world.context.database.read() as session:
        assert session.get_one(Account, key).oidc_subject == f"{provider.issuer} nguoi-1"
        trail = session.exec(select(AuditEntry).where(AuditEntry.actor == "lan")).all()
    assert [entry.action for entry in trail] == ["account.linked", "session.begun"]


def test_whoever_is_linked_gets_in_whatever_their_address_is_by_now(
    world: World, provider: Provider, browser: Client
) -> None:
    key = add_lan(world, email=None, oidc_subject=f"{provider.issuer} nguoi-1")
    provider.email = "khac@tinh.example"
    assert sign_on(browser).status_code == 303
    assert is_signed_in(browser)
    assert sessions_of(world, key) == 2  # one was there before


def test_the_address_is_compared_as_mail_servers_do(world: World, provider: Provider, browser: Client) -> None:
    add_lan(world, email="Lan@Tinh.example")
    provider.email = "LAN@tinh.EXAMPLE"
    assert sign_on(browser).status_code == 303


def test_an_address_that_only_the_user_info_tells_counts_too(world: World, provider: Provider, browser: Client) -> None:
    add_lan(world)
    provider.email_by_user_info = True
    assert sign_on(browser).status_code == 303


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(
    world: World, provider: Provider, browser: Client
) -> None:
    add_lan(world)
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert sign_on(browser).status_code == 303


def test_a_provider_with_several_audiences_says_that_we_asked(
    world: World, provider: Provider, browser: Client
) -> None:
    add_lan(world)
    provider.changed = {"aud": [CLIENT_ID, "khac"], "azp": CLIENT_ID}
    assert sign_on(browser).status_code == 303


def test_every_way_out_has_its_own_state_nonce_and_challenge(provider: Provider, browser: Client) -> None:
    to_provider(browser)
    to_provider(browser)
    first, second = provider.asked
    assert first["tenant"] == "tinh"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "khác"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": [CLIENT_ID, "khac"]},
        {"azp": "another"},
        {"iss": "https://khac.example"},
        {"iss": None},
        {"exp": None},
        {"exp": "hôm nay"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "a\nb"},
        {"sub": "x" * 300},
        {"at_hash": "AAAA"},
    ],
)
def test_a_token_that_says_something_wrong_lets_nobody_in(
    world: World, provider: Provider, browser: Client, changed: dict[str, object]
) -> None:
    key = add_lan(world)
    provider.changed = changed
    answer = sign_on(browser)
    assert answer.status_code == 403
    assert "Giấy báo đăng nhập không đúng" in answer.text
    assert not is_signed_in(browser)
    assert sessions_of(world, key) == 1


def test_a_token_that_has_expired_lets_nobody_in_but_clocks_may_differ_a_little(
    world: World, provider: Provider, browser: Client
) -> None:
    add_lan(world)
    now = int(world.now.timestamp())
    provider.changed = {"exp": now - 30}
    assert sign_on(browser).status_code == 303
    provider.changed = {"exp": now - 61}
    assert sign_on(browser).status_code == 403


def test_a_token_of_the_future_lets_nobody_in(world: World, provider: Provider, browser: Client) -> None:
    add_lan(world)
    provider.changed = {"iat": int(world.now.timestamp()) + 3600, "nbf": int(world.now.timestamp()) + 3600}
    assert sign_on(browser).status_code == 403


@pytest.mark.parametrize(
    "sign",
    [
        openid.by_another_key,
        openid.by_none,
        openid.by_the_public_key_as_a_secret,
        openid.by_the_clients_secret,
        lambda _provider, _claims: "",
        lambda _provider, _claims: "a.b.c",
        lambda _provider, _claims: "đ",
    ],
)
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    world: World, provider: Provider, browser: Client, sign: Callable[[Provider, dict[str, object]], str]
) -> None:
    add_lan(world)
    provider.sign = sign
    assert sign_on(browser).status_code == 403
    assert not is_signed_in(browser)


def test_a_state_that_is_another_lets_nobody_in(world: World, provider: Provider, browser: Client) -> None:
    key = add_lan(world)
    back = to_provider(browser)
    state = parse_qs(urlsplit(back).query)["state"][0]
    answer = come_back(browser, back.replace(state, "A" * len(state)))
    assert answer.status_code == 400
    assert "bắt đầu đăng nhập lại" in answer.text
    assert provider.codes  # the code was not even tried
    assert sessions_of(world, key) == 1


def test_who_did_not_set_out_from_this_browser_does_not_come_back_to_it(world: World, browser: Client) -> None:
    add_lan(world)
    back = to_provider(browser)
    browser.cookies.clear()
    assert come_back(browser, back).status_code == 400
    assert not is_signed_in(browser)


def test_a_note_of_another_installation_or_a_damaged_one_is_none(world: World, browser: Client) -> None:
    add_lan(world)
    back = to_provider(browser)
    browser.cookies.set(NOTE_COOKIE, "A" * 80)
    assert come_back(browser, back).status_code == 400


def test_coming_back_counts_once(world: World, browser: Client) -> None:
    key = add_lan(world)
    back = to_provider(browser)
    note = browser.cookies[NOTE_COOKIE]
    assert come_back(browser, back).status_code == 303
    assert come_back(browser, back).status_code == 400
    browser.cookies.set(NOTE_COOKIE, note)  # somebody kept it: the provider takes its code once
    again = come_back(browser, back)
    assert (again.status_code, "invalid_grant" in again.text) == (502, True)
    assert sessions_of(world, key) == 2


def test_a_failure_is_forgotten_by_the_browser_too(world: World, provider: Provider, browser: Client) -> None:
    add_lan(world)
    provider.changed = {"nonce": "khác"}
    assert sign_on(browser).status_code == 403
    assert NOTE_COOKIE not in browser.cookies


def test_after_ten_minutes_one_sets_out_again(world: World, browser: Client) -> None:
    add_lan(world)
    back = to_provider(browser)
    world.now += timedelta(minutes=10)
    assert come_back(browser, back).status_code == 400


def test_another_provider_that_mixes_itself_in_is_refused(world: World, provider: Provider, browser: Client) -> None:
    add_lan(world)
    back = to_provider(browser).replace(urlsplit(provider.issuer).netloc.replace(":", "%3A"), "khac.example")
    answer = come_back(browser, back)
    assert (answer.status_code, "(iss)" in answer.text) == (403, True)


@pytest.mark.parametrize("verified", [False, None, "true", 1, "yes"])
def test_an_address_that_is_not_verified_links_nobody(
    world: World, provider: Provider, browser: Client, verified: object
) -> None:
    add_lan(world)
    provider.email_verified = verified
    answer = sign_on(browser)
    assert answer.status_code == 403
    assert "địa chỉ thư đã xác minh" in answer.text


def test_without_an_account_nobody_gets_in_and_none_is_made(world: World, browser: Client) -> None:
    answer = sign_on(browser)
    assert answer.status_code == 403
    assert "lan@tinh.example" in answer.text
    with world.context.database.read() as session:
        assert session.exec(select(Account)).all() == []


def test_two_accounts_with_one_address_are_linked_to_nobody(world: World, browser: Client) -> None:
    add_lan(world)
    add_lan(world, login="lan-2")
    assert sign_on(browser).status_code == 403


def test_of_two_accounts_with_one_address_the_one_in_use_counts(world: World, browser: Client) -> None:
    add_lan(world)
    add_lan(world, login="lan-cu", state="disabled")
    assert sign_on(browser).status_code == 303


def test_an_account_that_is_linked_to_another_person_is_not_given_to_a_second(
    world: World, provider: Provider, browser: Client
) -> None:
    key = add_lan(world, oidc_subject=f"{provider.issuer} nguoi-khac")
    assert sign_on(browser).status_code == 403
    with world.context.database.read() as session:
        assert session.get_one(Account, key).oidc_subject == f"{provider.issuer} nguoi-khac"


def test_an_account_that_is_disabled_lets_nobody_in(world: World, provider: Provider, browser: Client) -> None:
    add_lan(world, state="disabled", oidc_subject=f"{provider.issuer} nguoi-1")
    answer = sign_on(browser)
    assert (answer.status_code, "đã ngừng dùng" in answer.text) == (403, True)


def test_what_the_provider_refuses_is_told_in_its_own_word(world: World, browser: Client) -> None:
    add_lan(world)
    state = parse_qs(urlsplit(to_provider(browser)).query)["state"][0]
    answer = browser.get(f"{START}/tro-lai?error=access_denied&state={state}", follow_redirects=False)
    assert (answer.status_code, "access_denied" in answer.text) == (502, True)


@pytest.mark.parametrize("onward", ["//khac.example", "https://khac.example", "/\\khac.example", "javascript:x", ""])
def test_nobody_is_sent_on_to_another_site(world: World, browser: Client, onward: str) -> None:
    add_lan(world)
    done = sign_on(browser, str(httpx.URL(START, params={"tiep": onward})))
    assert (done.status_code, done.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://khac.example"},
        {"authorization_endpoint": "http://khac.example/authorize"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "javascript:x"},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_gone_to(
    provider: Provider, browser: Client, metadata: dict[str, object]
) -> None:
    provider.metadata = metadata
    assert browser.get(START, follow_redirects=False).status_code == 502


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
def test_neither_code_nor_secret_goes_over_an_open_line(
    world: World, provider: Provider, browser: Client, name: str
) -> None:
    add_lan(world)
    back = to_provider(browser)
    provider.metadata = {name: "http://khac.example/x"}
    assert come_back(browser, back).status_code == 502


@pytest.mark.parametrize("said", [{}, {"id_token": 7}, {"error": "invalid_grant"}])
def test_an_answer_without_a_token_is_no_proof(
    world: World, provider: Provider, browser: Client, said: dict[str, object]
) -> None:
    add_lan(world)
    provider.token_answer = said
    assert sign_on(browser).status_code == 403


def test_a_provider_that_is_away_is_told_of(world: World) -> None:
    told = OidcProvider(issuer="http://127.0.0.1:9", client_id=CLIENT_ID)
    with TestClient(create_app(replace(world.context, oidc=told)), base_url=BASE) as client:
        answer = client.get(START, follow_redirects=False)
    assert (answer.status_code, "Không gọi được" in answer.text) == (502, True)


def test_without_a_provider_the_address_says_so(world: World) -> None:
    with TestClient(create_app(world.context), base_url=BASE) as client:
        assert client.get(START, follow_redirects=False).status_code == 404
        assert client.get(f"{START}/tro-lai?code=x&state=y", follow_redirects=False).status_code == 400
