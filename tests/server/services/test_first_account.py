"""The first administrator: by a link on the console, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlmodel import select

from server.db.accounts import Account
from server.services import one_time_links, sessions
from server.services.account_refusals import (
    AdministratorExists,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    PasswordRefused,
)
from server.services.accounts import get_account
from server.services.context import Context
from server.services.first_account import FirstAccount, first_link, look_at_first_link, make_first_account
from server.services.hidden import hash_of
from server.services.who import NOBODY
from tests.server.databases import open_context
from tests.server.homes import copy_home
from tests.server.people import add_person

PHRASE = "ngựa pin ghim đúng"


def asked(context: Context) -> Context:
    return replace(context, who=replace(NOBODY, address="10.0.0.1"), origin="web")


def link_of(context: Context) -> str:
    path = first_link(context)
    assert path is not None
    return path.rpartition("/")[2]


def make(context: Context, secret: str, login: str = "an.nv", password: str = PHRASE) -> str:
    given = FirstAccount(
        login=login, name="Nguyễn Văn An", organisation="snv", organisation_name="Sở Nội vụ", password=password
    )
    return make_first_account(asked(context), secret, given, address="10.0.0.1", agent="x")


def test_the_link_makes_an_administrator_who_is_signed_in(empty: Context) -> None:
    secret = link_of(empty)
    session = make(empty, secret)
    known = sessions.who_of(empty, hash_of(session))
    assert known is not None
    assert [grant.role for grant in known.who.grants] == ["administrator"]
    assert get_account(empty, "an.nv").created_by == "an.nv"
    assert first_link(empty) is None
    with pytest.raises(LinkUsed):
        make(empty, secret, "khac")


def test_each_start_makes_a_new_link_and_ends_the_one_before(empty: Context) -> None:
    first, second = link_of(empty), link_of(empty)
    with pytest.raises(LinkExpired):
        look_at_first_link(empty, first)
    look_at_first_link(empty, second)


def test_it_holds_for_a_day(empty_home: Path, tmp_path: Path) -> None:
    now = [datetime(2026, 11, 24, tzinfo=UTC)]
    context = open_context(home=copy_home(empty_home, tmp_path / "home"), clock=lambda: now[0])
    secret = link_of(context)
    now[0] += timedelta(hours=24)
    with pytest.raises(LinkExpired):
        make(context, secret)
    context.close()


def test_of_two_with_the_same_link_one_is_first_and_the_other_is_told(empty: Context) -> None:
    secret = link_of(empty)
    ready = Barrier(2)
    came: list[str] = []

    def come(login: str) -> None:
        ready.wait()
        try:
            make(empty, secret, login)
            came.append("made")
        except LinkUsed:
            came.append("told")

    both = [Thread(target=come, args=(login,)) for login in ("mot1", "hai2")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(came) == ["made", "told"]
    with empty.database.read() as session:
        assert len(session.exec(select(Account)).all()) == 1


def test_what_is_refused_uses_nothing_up(empty: Context) -> None:
    secret = link_of(empty)
    with pytest.raises(PasswordRefused):
        make(empty, secret, "an.nv", "ngắn")
    make(empty, secret)


def test_it_is_no_link_of_another_kind_nor_they_it(empty: Context) -> None:
    first = link_of(empty)
    add_person(empty, "hoa.nt")
    reset = one_time_links.issue_link(empty, "hoa.nt").path.rpartition("/")[2]
    with pytest.raises(LinkUnknown):
        one_time_links.use_link(empty, first, PHRASE)
    with pytest.raises(LinkUnknown):
        make(empty, reset)
    with pytest.raises(LinkUnknown):
        make(empty, first[:-1])


def test_an_administrator_made_elsewhere_ends_its_use(empty: Context) -> None:
    secret = link_of(empty)
    add_person(empty, "quan-tri", ["administrator"])
    look_at_first_link(empty, secret)  # one without a password cannot sign in
    assert first_link(empty) is not None
    secret = link_of(empty)
    one_time_links.use_link(empty, one_time_links.issue_link(empty, "quan-tri").path.rpartition("/")[2], PHRASE)
    with pytest.raises(AdministratorExists):
        make(empty, secret)
    assert first_link(empty) is None
