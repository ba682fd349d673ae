"""Links that set a password, by e-mail: asked for by who forgot theirs, sent by an administrator, tried by a command."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from litestar.testing import TestClient
from sqlmodel import select

from server.app import create_app
from server.db.accounts import Account, OneTimeLink
from server.db.records import AuditEntry
from server.services.mail import send_due
from server.services.passwords import hashed
from server.services.rights import Role
from tests.server.api.conftest import BASE, Client, client_of
from tests.server.mailboxes import Mailbox, open_mailbox
from tests.server.people import Person, add_person
from tests.server.web.reading import words
from tests.server.worlds import World

ADDRESS = "/quen-mat-khau"
LINK = re.compile(rf"{BASE}(/mat-khau/\S+)")


@pytest.fixture
def mailbox(world: World) -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        world.context.mail = opened.server
        yield opened


@pytest.fixture
def lan(world: World) -> Person:
    person = add_person(world.context, "chi-lan", [Role.PRODUCER])
    change(world, person, email="lan@tinh.example", password_hash=hashed("bốn từ rời nhau"), password_set_at=world.now)
    return person


def change(world: World, person: Person, **fields: object) -> None:
    with world.change() as session:
        account = session.get_one(Account, person.key)
        for name, value in fields.items():
            setattr(account, name, value)
        session.add(account)


@pytest.fixture
def nobody(world: World) -> Client:
    """Without its start-up no round sends what the tests look for."""
    return TestClient(create_app(world.context), base_url=BASE, raise_server_exceptions=False)


def ask(client: Client, login: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/dang-nhap").text)
    assert found is not None
    answer = client.post(ADDRESS, data={"csrf": found[1], "login": login})
    assert answer.status_code in {200, 201}, answer.text
    return words(answer.text)


def letters(world: World, mailbox: Mailbox) -> list[str]:
    send_due(world.context, mailbox.server)
    return [str(letter["to"]) for letter in mailbox.letters]


def test_who_forgot_gets_a_link_that_sets_a_new_password(
    world: World, mailbox: Mailbox, lan: Person, nobody: Client
) -> None:
    assert "đang được gửi" in ask(nobody, " Chi-Lan ")
    assert letters(world, mailbox) == ["lan@tinh.example"]
    text = mailbox.letters[0].get_content()
    assert "chi-lan" in text
    link = LINK.search(text)
    assert link is not None
    page = nobody.get(link[1])
    assert page.status_code == 200
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None
    new = {"csrf": csrf[1], "password": "năm từ thật rời nhau", "again": "năm từ thật rời nhau"}
    assert nobody.post(link[1], data=new, follow_redirects=False).status_code == 303
    with world.context.database.read() as session:
        trail = session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert session.get_one(Account, lan.key).password_set_at == world.now
    done = [(entry.actor, entry.action) for entry in trail if entry.subject == "chi-lan"]
    assert done[:2] == [("loa", "link.issued"), ("loa", "link.mailed")]
    assert link[1] not in str([entry.facts for entry in trail])


def test_the_link_holds_for_an_hour(world: World, mailbox: Mailbox, lan: Person, nobody: Client) -> None:
    ask(nobody, lan.login)
    letters(world, mailbox)
    link = LINK.search(mailbox.letters[0].get_content())
    assert link is not None
    world.now += timedelta(hours=1)
    assert nobody.get(link[1]).status_code in {403, 404, 410}


@pytest.mark.parametrize("login", ["khong-co", "", "a b", "x" * 5000, "chi-lan\r\nx", "đ"])
def test_the_answer_is_the_same_where_nobody_has_the_login(
    world: World, mailbox: Mailbox, lan: Person, nobody: Client, login: str
) -> None:
    said = ask(nobody, lan.login)
    mailbox.letters.clear()
    assert letters(world, mailbox) == ["lan@tinh.example"]
    assert ask(nobody, login) == said
    assert len(letters(world, mailbox)) == 1


@pytest.mark.parametrize(
    "fields", [{"state": "disabled"}, {"email": None}, {"email": "lan@tỉnh"}, {"password_hash": None}]
)
def test_an_account_that_cannot_get_a_link_gets_none_and_the_answer_is_the_same(
    world: World, mailbox: Mailbox, lan: Person, nobody: Client, fields: dict[str, object]
) -> None:
    said = ask(nobody, "khong-co")
    change(world, lan, **fields)
    assert ask(nobody, lan.login) == said
    assert letters(world, mailbox) == []
    with world.context.database.read() as session:
        assert session.exec(select(OneTimeLink)).all() == []


def test_nobody_can_be_flooded_with_letters(world: World, mailbox: Mailbox, lan: Person, nobody: Client) -> None:
    said = {ask(nobody, lan.login) for _each in range(5)}
    assert len(said) == 1
    assert len(letters(world, mailbox)) == 3


def test_one_place_asks_ten_times_and_then_waits(mailbox: Mailbox, nobody: Client) -> None:
    for number in range(10):
        ask(nobody, f"khong-co-{number}")
    found = re.search(r'name="csrf" value="([^"]+)"', nobody.get("/dang-nhap").text)
    assert found is not None
    answer = nobody.post(ADDRESS, data={"csrf": found[1], "login": "khong-co"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert mailbox.letters == []


def test_without_a_mail_server_the_page_names_who_can_help(world: World, lan: Person, nobody: Client) -> None:
    page = nobody.get(ADDRESS)
    assert "xin quản trị" in words(page.text)
    assert "<form" not in page.text
    assert "xin quản trị" in ask(nobody, lan.login)
    with world.context.database.read() as session:
        assert session.exec(select(OneTimeLink)).all() == []


def test_the_way_there_stands_on_the_page_of_signing_in(nobody: Client) -> None:
    assert f'href="{ADDRESS}"' in nobody.get("/dang-nhap").text


def test_a_form_of_another_site_asks_for_nothing(mailbox: Mailbox, lan: Person, nobody: Client) -> None:
    assert nobody.post(ADDRESS, data={"login": lan.login}).status_code == 403
    assert mailbox.letters == []


def test_an_administrator_can_have_a_link_sent(world: World, mailbox: Mailbox, lan: Person) -> None:
    boss = add_person(world.context, "quan-tri", [Role.ADMINISTRATOR])
    office = client_of(world.context, who=boss)
    address = f"/quan-tri/tai-khoan/{lan.login}"
    assert "Cấp và gửi tới lan@tinh.example" in words(office.get(address).text)
    done = office.post(f"{address}/lien-ket", data={"hours": "24", "mail": "1"})
    assert "đang được gửi tới lan@tinh.example" in words(done.text)
    assert letters(world, mailbox) == ["lan@tinh.example"]
    shown = LINK.search(done.text)
    sent = LINK.search(mailbox.letters[0].get_content())
    assert shown is not None
    assert sent is not None
    assert sent[1] == shown[1].partition("<")[0]


def test_a_link_that_cannot_be_sent_is_shown_with_the_reason(world: World, mailbox: Mailbox, lan: Person) -> None:
    change(world, lan, email=None)
    boss = add_person(world.context, "quan-tri", [Role.ADMINISTRATOR])
    office = client_of(world.context, who=boss)
    done = office.post(f"/quan-tri/tai-khoan/{lan.login}/lien-ket", data={"hours": "24", "mail": "1"})
    assert done.status_code == 409
    assert "chưa có địa chỉ thư" in words(done.text)
    assert LINK.search(done.text)
    assert letters(world, mailbox) == []


def test_a_running_service_sends_what_is_due_by_itself(world: World, mailbox: Mailbox, lan: Person) -> None:
    ask(TestClient(create_app(world.context), base_url=BASE), lan.login)
    with TestClient(create_app(world.context), base_url=BASE) as running:
        while not mailbox.letters:
            assert running.get("/dang-nhap").status_code == 200
    assert str(mailbox.letters[0]["to"]) == "lan@tinh.example"
