"""Whoever can decide on a recording whose time runs out gets a letter, through a real mail server; its maker does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from server.db.accounts import Account
from server.services import vetting
from server.services.mail import send_due
from server.services.rights import Role
from server.services.vetting_queue import remind_due
from tests.server.mailboxes import Mailbox, open_mailbox
from tests.server.people import Person, acting, add_person
from tests.server.vetted import add_draft, lead_topics
from tests.server.worlds import BEFORE, World, build_world

CODE = "b0001"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = build_world(tmp_path / "home", segments=0)
    lead_topics(made)
    yield made
    made.context.close()


@pytest.fixture
def post() -> Iterator[Mailbox]:
    with open_mailbox() as server:
        yield server


def _with_address(world: World, person: Person) -> None:
    with world.change() as session:
        account = session.get_one(Account, person.key)
        account.email = f"{person.login}@tinh.example"
        session.add(account)


def test_leads_with_an_address_get_one_letter_a_day(world: World, post: Mailbox) -> None:
    maker = add_person(world.context, "nguoi-gui", [Role.PRODUCER, Role.LEAD], organisation="snv")
    lead = add_person(world.context, "chu-tri", [Role.LEAD], organisation="snv")
    add_person(world.context, "khong-thu", [Role.LEAD], organisation="snv")
    foreign = add_person(world.context, "so-khac", [Role.LEAD], organisation="stp")
    for person in (maker, lead, foreign):
        _with_address(world, person)
    add_draft(world, CODE, made_by="nguoi-gui")
    vetting.submit(acting(world.context, maker), CODE)
    world.now = BEFORE + timedelta(hours=47)
    writing = replace(world.context, mail=post.server)
    assert remind_due(writing) == [CODE]
    assert remind_due(writing) == []
    send_due(writing, post.server)
    [letter] = post.letters
    assert letter["To"] == "chu-tri@tinh.example"
    assert CODE in letter.get_content()
    assert letter["Subject"] == f"Chờ duyệt: Bài {CODE}"


def test_without_a_mail_server_the_queue_alone_tells(world: World) -> None:
    lead = add_person(world.context, "chu-tri", [Role.LEAD], organisation="snv")
    _with_address(world, lead)
    add_draft(world, CODE)
    vetting.submit(
        acting(world.context, add_person(world.context, "nguoi-gui", [Role.PRODUCER], organisation="snv")), CODE
    )
    world.now = BEFORE + timedelta(hours=47)
    assert remind_due(world.context) == [CODE]
