"""The second factor: set up with a phone's app, asked for, lost, taken away."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlmodel import select

from server.db.accounts import Account, RecoveryCode
from server.db.records import AuditEntry
from server.services import second_factor
from server.services.account_refusals import TooManyTries, WrongPassword
from server.services.accounts import remove_second_factor
from server.services.passwords import hashed
from server.services.rights import Role
from server.services.second_factor import (
    confirm,
    count_try,
    enrol,
    enrolment_again,
    forgive_tries,
    remove,
    standing,
    verify,
)
from server.services.second_factor_refusals import (
    SecondFactorAbsent,
    SecondFactorPresent,
    SecondFactorStale,
    SecondFactorUnreadable,
    SecondFactorWrong,
)
from tests.server.people import Person, acting, add_person
from tests.server.worlds import World

STEP = timedelta(seconds=30)


class Phone:
    """An app that scanned the code."""

    def __init__(self, world: World, uri: str) -> None:
        self._world = world
        parts = urlsplit(uri)
        self.fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.secret = self.fields["secret"]

    def code(self, *, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self._world.now + steps * STEP)


def set_up(world: World, login: str = "chi-lan") -> tuple[Person, Phone, list[str]]:
    person = add_person(world.context, login, [Role.PRODUCER])
    shown = enrol(world.context, person.key)
    phone = Phone(world, shown.uri)
    codes = confirm(acting(world.context, person), person.key, shown.pending, phone.code())
    world.now += STEP
    return person, phone, codes


def is_right(world: World, person: Person, code: str) -> bool:
    count_try(world.context, person.key)
    with world.context.database.write() as session:
        good = verify(session, world.context, session.get_one(Account, person.key), code)
    if good:
        forgive_tries(world.context, person.key)
    return good


def test_an_app_is_told_the_secret_by_a_picture_and_by_letters(district: World) -> None:
    person = add_person(district.context, "chi-lan")
    shown = enrol(district.context, person.key)
    phone = Phone(district, shown.uri)
    assert shown.uri.startswith("otpauth://totp/Loa:chi-lan?")
    assert phone.fields["issuer"] == "Loa"
    assert len(phone.secret) == 32
    assert shown.key.replace(" ", "") == phone.secret
    assert shown.qr.startswith("<svg")
    assert "style=" not in shown.qr
    assert phone.secret not in shown.pending


def test_nothing_is_asked_for_until_a_first_code_was_right(district: World) -> None:
    person = add_person(district.context, "chi-lan")
    shown = enrol(district.context, person.key)
    assert not standing(district.context, person.key).on
    with pytest.raises(SecondFactorWrong):
        confirm(district.context, person.key, shown.pending, "000000")
    assert not standing(district.context, person.key).on
    codes = confirm(district.context, person.key, shown.pending, Phone(district, shown.uri).code())
    assert standing(district.context, person.key) == second_factor.Standing(on=True, recovery_codes_left=10)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", code) for code in codes)


def test_what_was_shown_can_be_shown_again_with_the_time_that_was_left(district: World) -> None:
    person = add_person(district.context, "chi-lan")
    shown = enrol(district.context, person.key)
    assert enrolment_again(district.context, person.key, shown.pending) == shown
    district.now += timedelta(minutes=10)
    with pytest.raises(SecondFactorStale):
        enrolment_again(district.context, person.key, shown.pending)


def test_what_was_shown_is_good_for_ten_minutes_and_for_one_account(district: World) -> None:
    person = add_person(district.context, "chi-lan")
    other = add_person(district.context, "anh-minh")
    shown = enrol(district.context, person.key)
    phone = Phone(district, shown.uri)
    with pytest.raises(SecondFactorStale):
        confirm(district.context, other.key, shown.pending, phone.code())
    with pytest.raises(SecondFactorStale):
        confirm(district.context, person.key, shown.pending[:-4] + "AAAA", phone.code())
    district.now += timedelta(minutes=10)
    with pytest.raises(SecondFactorStale):
        confirm(district.context, person.key, shown.pending, phone.code())


def test_a_second_one_needs_the_first_to_go(district: World) -> None:
    person, _phone, _codes = set_up(district)
    with pytest.raises(SecondFactorPresent):
        enrol(district.context, person.key)


def test_a_pending_one_of_another_tab_does_not_replace_what_was_set(district: World) -> None:
    person = add_person(district.context, "chi-lan")
    first, second = enrol(district.context, person.key), enrol(district.context, person.key)
    confirm(district.context, person.key, first.pending, Phone(district, first.uri).code())
    with pytest.raises(SecondFactorPresent):
        confirm(district.context, person.key, second.pending, Phone(district, second.uri).code())


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(district: World, steps: int, right: bool) -> None:  # noqa: FBT001 (a table)
    person, phone, _codes = set_up(district)
    district.now += 5 * STEP
    assert is_right(district, person, phone.code(steps=steps)) is right


def test_a_code_counts_once(district: World) -> None:
    person, phone, _codes = set_up(district)
    assert is_right(district, person, phone.code())
    assert not is_right(district, person, phone.code())
    assert not is_right(district, person, phone.code(steps=-1))
    assert is_right(district, person, phone.code(steps=1))


def test_the_code_that_set_it_up_signs_nobody_in(district: World) -> None:
    person, phone, _codes = set_up(district)
    assert not is_right(district, person, phone.code(steps=-1))


def test_a_code_is_taken_as_people_copy_it(district: World) -> None:
    person, phone, codes = set_up(district)
    code = phone.code()
    assert is_right(district, person, f" {code[:3]} {code[3:]} ")
    assert is_right(district, person, codes[0].replace("-", " ").upper())


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "0" * 16, "0" * 5000, "\x00", "-1"])
def test_what_is_no_code_is_wrong(district: World, code: str) -> None:
    person, _phone, _codes = set_up(district)
    assert not is_right(district, person, code)


def test_a_recovery_code_stands_in_once(district: World) -> None:
    person, _phone, codes = set_up(district)
    assert is_right(district, person, codes[3])
    assert not is_right(district, person, codes[3])
    assert standing(district.context, person.key).recovery_codes_left == 9
    assert is_right(district, person, codes[4])


def test_recovery_codes_of_one_are_none_of_another(district: World) -> None:
    person, _phone, _codes = set_up(district)
    _other, _their_phone, their_codes = set_up(district, "anh-minh")
    assert not is_right(district, person, their_codes[0])


def test_new_recovery_codes_replace_the_old(district: World) -> None:
    person, phone, codes = set_up(district)
    fresh = second_factor.new_recovery_codes(acting(district.context, person), person.key, phone.code())
    assert not is_right(district, person, codes[0])
    assert is_right(district, person, fresh[0])


def test_after_five_tries_none_is_looked_at(district: World) -> None:
    person, phone, codes = set_up(district)
    other, their_phone, _their_codes = set_up(district, "anh-minh")
    for _each in range(5):
        assert not is_right(district, person, "000000")
    for code in (phone.code(), codes[0]):
        with pytest.raises(TooManyTries):
            is_right(district, person, code)
    assert is_right(district, other, their_phone.code())


def test_a_code_that_was_right_makes_room_for_five_more_tries(district: World) -> None:
    person, phone, _codes = set_up(district)
    for _round in range(3):
        for _each in range(4):
            assert not is_right(district, person, "000000")
        assert is_right(district, person, phone.code())
        district.now += STEP


def test_neither_the_secret_nor_a_recovery_code_can_be_read_from_the_database(district: World) -> None:
    person, phone, codes = set_up(district)
    assert is_right(district, person, codes[0])
    with district.context.database.read() as session:
        account = session.get_one(Account, person.key)
        assert account.totp_secret is not None
        assert phone.secret not in account.totp_secret
    district.context.database.close()
    everything = b"".join(path.read_bytes() for path in district.context.home.glob("loa.sqlite*"))
    for secret in (phone.secret, *codes, *(code.replace("-", "") for code in codes)):
        assert secret.encode() not in everything


def test_a_secret_put_into_another_account_opens_nothing(district: World) -> None:
    person, _phone, _codes = set_up(district)
    other, their_phone, _their_codes = set_up(district, "anh-minh")
    with district.change() as session:
        own, theirs = session.get_one(Account, person.key), session.get_one(Account, other.key)
        own.totp_secret = theirs.totp_secret
        session.add(own)
    with pytest.raises(SecondFactorUnreadable):
        is_right(district, person, their_phone.code())


def test_whoever_has_one_can_take_it_away_with_a_code(district: World) -> None:
    person, phone, _codes = set_up(district)
    own = acting(district.context, person)
    for nothing in ("000000", ""):
        with pytest.raises(SecondFactorWrong):
            remove(own, person.key, code=nothing)
    remove(own, person.key, code=phone.code())
    assert standing(district.context, person.key) == second_factor.Standing(on=False, recovery_codes_left=0)
    with pytest.raises(SecondFactorAbsent):
        remove(own, person.key, code=phone.code(steps=1))


def test_or_with_the_password_where_the_phone_is_lost(district: World) -> None:
    person, _phone, _codes = set_up(district)
    own = acting(district.context, person)
    with pytest.raises(WrongPassword):
        remove(own, person.key, password="bốn từ rời nhau")  # noqa: S106 (of a test)
    with district.change() as session:
        account = session.get_one(Account, person.key)
        account.password_hash = hashed("bốn từ rời nhau")
        session.add(account)
    with pytest.raises(WrongPassword):
        remove(own, person.key, password="ba từ rời nhau")  # noqa: S106 (of a test)
    assert standing(district.context, person.key).on
    remove(own, person.key, password="bốn từ rời nhau")  # noqa: S106 (of a test)
    assert not standing(district.context, person.key).on


def test_an_administrator_can_take_away_that_of_another_and_the_trail_says_so(district: World) -> None:
    person, phone, codes = set_up(district)
    boss = add_person(district.context, "quan-tri", [Role.ADMINISTRATOR])
    office = acting(district.context, boss)
    remove_second_factor(office, "chi-lan")
    with pytest.raises(SecondFactorAbsent):
        remove_second_factor(office, "chi-lan")
    assert not is_right(district, person, phone.code())
    assert not is_right(district, person, codes[0])
    with district.context.database.read() as session:
        assert session.exec(select(RecoveryCode)).all() == []
        entries = session.exec(select(AuditEntry).where(AuditEntry.subject == "chi-lan")).all()
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("chi-lan", "second_factor.set"),
        ("quan-tri", "second_factor.removed"),
    ]


def test_a_recovery_code_leaves_a_trace(district: World) -> None:
    person, _phone, codes = set_up(district)
    assert is_right(district, person, codes[0])
    with district.context.database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "second_factor.recovery_code_used")).one()
    assert (entry.actor, entry.subject, entry.facts) == ("chi-lan", "chi-lan", {"left": 9})
