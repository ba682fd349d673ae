"""Signing in: who gets in, who does not, what it costs, and what the trail says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlmodel import col, select

from server.db.accounts import Account, CountedTry, LoginSession
from server.db.records import AuditEntry
from server.services import passwords, sessions, signing_in
from server.services.account_refusals import (
    AccountDisabled,
    SignInStale,
    TooManyTries,
    WrongCode,
    WrongLogin,
)
from server.services.accounts import disable_account, enable_account
from server.services.context import Context
from server.services.counted_tries import LONGEST, Allowance
from server.services.hidden import hash_of
from server.services.login_tries import LoginTries, TryLimits, network_of
from server.services.who import NOBODY
from tests.server.databases import open_context
from tests.server.homes import copy_home
from tests.server.people import Person, add_person, give_second_factor

PHRASE = "ngựa pin ghim đúng"
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("an")

HERE, ELSEWHERE = "10.0.0.1", "10.9.9.9"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(empty_home: Path, tmp_path: Path, clock: Clock) -> Iterator[Context]:
    opened = open_context(home=copy_home(empty_home, tmp_path / "home"), clock=clock, origin="web")
    yield replace(opened, who=replace(NOBODY, address=HERE))
    opened.close()


@pytest.fixture
def an(context: Context) -> Person:
    person = add_person(context, "an.nv", ["monitor"])
    with context.database.write() as session:
        row = session.get_one(Account, person.key)
        row.password_hash, row.password_set_at = passwords.hashed(PHRASE), NOW
        session.add(row)
    return person


def enter(context: Context, tries: LoginTries, login: str, password: str, address: str = HERE) -> signing_in.SignedIn:
    return signing_in.sign_in(context, tries, login, password, address=address, agent="Firefox/140.0")


def fail(context: Context, tries: LoginTries, login: str = "an.nv", address: str = HERE) -> None:
    with pytest.raises(WrongLogin):
        enter(context, tries, login, "không phải mật khẩu", address)


def trail(context: Context) -> list[AuditEntry]:
    with context.database.read() as session:
        return list(session.exec(select(AuditEntry).order_by(col(AuditEntry.id))))


def test_the_right_password_begins_a_session(context: Context) -> None:
    done = enter(context, LoginTries(), " An.NV ", PHRASE)
    assert done.secret is not None
    assert done.pending is None
    known = sessions.who_of(context, hash_of(done.secret))
    assert known is not None
    assert known.who.name == "an.nv"
    entry = trail(context)[-1]
    assert (entry.action, entry.subject, entry.actor, entry.address) == ("session.begun", "an.nv", "an.nv", HERE)


@pytest.mark.parametrize("login", ["an.nv", "khong.co", "", "AN NV'; --", "a" * 100_000, "\0\ud800"])
def test_a_wrong_login_and_a_wrong_password_are_told_alike(context: Context, login: str) -> None:
    with pytest.raises(WrongLogin) as refused:
        enter(context, LoginTries(), login, "không phải mật khẩu")
    assert refused.value.facts == {}
    entry = trail(context)[-1]
    assert entry.action == "session.refused"
    assert len(entry.subject) < 300
    assert "mật khẩu" not in str(entry.model_dump())


def test_an_account_without_a_password_lets_nobody_in(context: Context) -> None:
    add_person(context, "chua.co", ["monitor"])
    for password in ("", PHRASE):
        with pytest.raises(WrongLogin):
            enter(context, LoginTries(), "chua.co", password)


def test_only_who_knows_the_password_learns_that_the_account_is_disabled(context: Context) -> None:
    disable_account(context, "an.nv")
    fail(context, LoginTries())
    with pytest.raises(AccountDisabled):
        enter(context, LoginTries(), "an.nv", PHRASE)
    enable_account(context, "an.nv")
    assert enter(context, LoginTries(), "an.nv", PHRASE).secret


def test_after_a_few_failures_not_even_the_right_password_is_looked_at(context: Context) -> None:
    tries = LoginTries()
    for _ in range(5):
        fail(context, tries)
    entries = len(trail(context))
    for password in (PHRASE, "không phải mật khẩu"):
        with pytest.raises(TooManyTries) as refused:
            enter(context, tries, "an.nv", password)
        assert 0 < refused.value.seconds <= 300
    assert len(trail(context)) == entries  # and nothing is written for it


def test_failures_that_come_at_once_are_counted_one_by_one(context: Context) -> None:
    tries = LoginTries()
    seen: list[str] = []

    def guess() -> None:
        try:
            enter(context, tries, "an.nv", "không phải mật khẩu")
        except Exception as error:  # noqa: BLE001 (what it was is what is looked at)
            seen.append(type(error).__name__)

    guesses = [Thread(target=guess) for _ in range(40)]
    for each in guesses:
        each.start()
    for each in guesses:
        each.join()
    assert len(seen) == 40
    assert seen.count("WrongLogin") == 5
    assert set(seen) <= {"WrongLogin", "TooManyTries", "TooManyAtOnce"}


def test_while_a_login_is_attacked_from_one_address_its_owner_gets_in_from_another(context: Context) -> None:
    tries = LoginTries()
    for _ in range(5):
        fail(context, tries)
    assert enter(context, tries, "an.nv", PHRASE, ELSEWHERE).secret


def test_an_address_that_tries_many_logins_is_slowed_down_others_are_not(context: Context) -> None:
    tries = LoginTries(TryLimits(address=Allowance(3, timedelta(minutes=5))))
    for login in ("a1b", "a2b", "a3b"):
        fail(context, tries, login)
    with pytest.raises(TooManyTries):
        enter(context, tries, "an.nv", PHRASE)
    assert enter(context, tries, "an.nv", PHRASE, ELSEWHERE).secret


def test_a_login_that_is_tried_from_everywhere_is_slowed_down_too(context: Context) -> None:
    tries = LoginTries(TryLimits(login=Allowance(3, timedelta(minutes=60))))
    for number in range(3):
        fail(context, tries, address=f"10.1.0.{number}")
    with pytest.raises(TooManyTries):
        enter(context, tries, "an.nv", PHRASE, ELSEWHERE)


def test_one_address_alone_cannot_use_up_what_is_borne_of_a_login() -> None:
    limits = TryLimits()
    rounds = limits.login.within / limits.pair.within
    assert limits.pair.most * rounds < limits.login.most


def test_getting_in_forgives_what_was_mistyped(context: Context) -> None:
    tries = LoginTries()
    for _ in range(3):
        for _ in range(4):
            fail(context, tries)
        assert enter(context, tries, "an.nv", PHRASE).secret


def test_the_wait_ends(context: Context, clock: Clock) -> None:
    tries = LoginTries(TryLimits(pair=Allowance(1, timedelta(seconds=30))))
    fail(context, tries)
    with pytest.raises(TooManyTries) as refused:
        enter(context, tries, "an.nv", PHRASE)
    clock.now += timedelta(seconds=refused.value.seconds)
    assert enter(context, tries, "an.nv", PHRASE).secret


def test_what_failed_at_one_server_counts_at_every_other(context: Context) -> None:
    other = open_context(home=context.home, clock=context.clock, origin="web")
    for number in range(5):
        fail((context, other)[number % 2], LoginTries())
    for each in (context, other):
        with pytest.raises(TooManyTries):
            enter(each, LoginTries(), "an.nv", PHRASE)
    other.close()


def test_a_clock_that_is_put_back_locks_nobody_out(context: Context, clock: Clock) -> None:
    clock.now += timedelta(days=300)
    for _ in range(5):
        fail(context, LoginTries())
    clock.now = NOW
    assert enter(context, LoginTries(), "an.nv", PHRASE).secret


def test_tries_are_forgotten_after_an_hour(context: Context, clock: Clock) -> None:
    fail(context, LoginTries())
    clock.now += LONGEST
    fail(context, LoginTries(), "khac.nv")
    with context.database.read() as session:
        assert {row.at for row in session.exec(select(CountedTry)).all()} == {clock.now}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_one_subscriber_of_ipv6_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_session_that_the_browser_had_ends(context: Context) -> None:
    first = enter(context, LoginTries(), "an.nv", PHRASE).secret or ""
    known = sessions.who_of(context, hash_of(first))
    assert known is not None
    second = enter(replace(context, who=known.who), LoginTries(), "an.nv", PHRASE).secret or ""
    assert first != second
    assert sessions.who_of(context, hash_of(first)) is None
    assert sessions.who_of(context, hash_of(second)) is not None
    assert [entry.action for entry in trail(context)[-2:]] == ["session.ended", "session.begun"]


def test_signing_out_ends_the_session_once(context: Context, an: Person) -> None:
    known = sessions.who_of(context, hash_of(an.secret))
    assert known is not None
    own = replace(context, who=known.who)
    signing_in.sign_out(own)
    signing_in.sign_out(own)
    signing_in.sign_out(context)  # nobody
    assert sessions.who_of(context, hash_of(an.secret)) is None
    assert [entry.action for entry in trail(context)].count("session.ended") == 1


def test_a_hash_with_old_parameters_is_made_anew_at_the_next_sign_in(context: Context, an: Person) -> None:
    with context.database.write() as session:
        row = session.get_one(Account, an.key)
        row.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PHRASE)
        session.add(row)
    assert enter(context, LoginTries(), "an.nv", PHRASE).secret
    with context.database.read() as session:
        kept = session.get_one(Account, an.key).password_hash or ""
    assert not passwords.is_outdated(kept)
    assert passwords.fits(kept, PHRASE)


def test_a_session_ends_idle_and_at_its_set_age(context: Context, an: Person, clock: Clock) -> None:
    key = hash_of(an.secret)
    idle, longest = context.sessions.idle, context.sessions.longest
    clock.now = NOW + idle - timedelta(seconds=1)
    assert sessions.who_of(context, key)
    clock.now = NOW + idle
    assert sessions.who_of(context, key) is None
    clock.now = NOW
    with context.database.read() as session:
        number = session.exec(select(LoginSession.id)).one() or 0
    for step in range(1, 100):
        clock.now = NOW + step * idle / 2
        if clock.now >= NOW + longest:
            break
        assert sessions.who_of(context, key), clock.now
        sessions.seen(context, {number: clock.now})
    assert sessions.who_of(context, key) is None


def test_a_clock_that_goes_back_neither_ends_nor_breaks_a_session(context: Context, an: Person, clock: Clock) -> None:
    clock.now = NOW - timedelta(hours=5)
    known = sessions.who_of(context, hash_of(an.secret))
    assert known is not None
    assert known.until == NOW + context.sessions.idle
    clock.now = NOW + context.sessions.longest
    assert sessions.who_of(context, hash_of(an.secret)) is None


# The second factor.


@pytest.fixture
def totp(context: Context, an: Person) -> pyotp.TOTP:
    return give_second_factor(context, an)


def finish(context: Context, tries: LoginTries, pending: str | None, code: str) -> str | None:
    return signing_in.finish_sign_in(context, tries, pending or "", code, address=HERE, agent="x").secret


def test_with_a_second_factor_the_password_alone_begins_nothing(context: Context, totp: pyotp.TOTP) -> None:
    tries = LoginTries()
    done = enter(context, tries, "an.nv", PHRASE)
    assert done.secret is None
    with pytest.raises(WrongCode):
        finish(context, tries, done.pending, "000000x")
    assert finish(context, tries, done.pending, totp.at(NOW))
    assert trail(context)[-1].action == "session.begun"


def test_codes_cannot_be_guessed_either(context: Context, totp: pyotp.TOTP) -> None:
    tries = LoginTries()
    pending = enter(context, tries, "an.nv", PHRASE).pending
    for _ in range(5):
        with pytest.raises(WrongCode):
            finish(context, tries, pending, "000000x")
    with pytest.raises(TooManyTries):
        finish(context, tries, pending, totp.at(NOW))


def test_what_waits_for_the_code_ends_after_five_minutes_and_with_the_password(
    context: Context, totp: pyotp.TOTP, an: Person, clock: Clock
) -> None:
    pending = enter(context, LoginTries(), "an.nv", PHRASE).pending
    clock.now = NOW + timedelta(minutes=5)
    with pytest.raises(SignInStale):
        finish(context, LoginTries(), pending, totp.at(clock.now))
    clock.now = NOW + timedelta(minutes=1)
    with context.database.write() as session:
        row = session.get_one(Account, an.key)
        row.password_set_at = clock.now
        session.add(row)
    with pytest.raises(SignInStale):
        finish(context, LoginTries(), pending, totp.at(clock.now))


@pytest.mark.parametrize("pending", ["", "...", "1.9999999999..abc", "x.y.z.w", "1.2", "é.1.2.3"])
def test_what_this_server_did_not_sign_is_refused(context: Context, totp: pyotp.TOTP, pending: str) -> None:
    with pytest.raises(SignInStale):
        finish(context, LoginTries(), pending, totp.at(NOW))


def test_a_pending_sign_in_of_one_account_is_none_of_another(context: Context, totp: pyotp.TOTP) -> None:
    pending = enter(context, LoginTries(), "an.nv", PHRASE).pending or ""
    _account, *rest = pending.split(".")
    with pytest.raises(SignInStale):
        finish(context, LoginTries(), ".".join(["2", *rest]), totp.at(NOW))
