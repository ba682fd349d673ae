"""Which passwords are taken, and what is kept of them."""

import threading
import unicodedata

import pytest
from argon2 import PasswordHasher

from server.services import passwords
from server.services.account_refusals import PasswordRefused, TooManyAtOnce

GOOD = "ngựa pin ghim đúng"


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "cà phê Buôn Ma Thuột 1975",
        "0905 778 912 364",
        "a" * 5 + "bcdexyzpq rst",
        "k7q-93d-xn2-4hw",
        "🎺 loa phường 🎺 sáng",
    ],
)
def test_length_is_all_that_is_asked_for(password: str) -> None:
    passwords.require_good(password, login="an.nv")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "short"),
        ("mười một ký", "short"),
        ("x7" * 65, "long"),
        ("matkhau12345", "common"),
        ("Matkhau@123456", "common"),
        ("MẬT KHẨU 2026!!", "common"),
        ("Anhyeuem@2026", "common"),
        ("QuanTri@123456", "common"),
        ("password1234", "common"),
        ("123456789012", "common"),
        ("qwertyuiopas", "common"),
        ("aaaaaaaaaaaaaa", "common"),
        ("abababababab", "common"),
        ("abc123abc123", "common"),
        ("toi la AN.NV day", "login"),
    ],
)
def test_what_is_short_long_common_or_holds_the_login_is_refused(password: str, reason: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        passwords.require_good(password, login="an.nv")
    assert refused.value.reason == reason
    assert not password or password not in str(refused.value)


def test_length_is_counted_in_characters_as_people_see_them() -> None:
    decomposed = unicodedata.normalize("NFD", "ờ" * 11)
    assert len(decomposed) > passwords.LEAST
    with pytest.raises(PasswordRefused):
        passwords.require_good(decomposed, login="an.nv")


def test_a_password_fits_however_its_marks_were_typed() -> None:
    kept = passwords.hashed(unicodedata.normalize("NFC", GOOD))
    assert passwords.fits(kept, unicodedata.normalize("NFD", GOOD))
    assert not passwords.fits(kept, GOOD.upper())


def test_what_is_kept_is_argon2id_with_a_salt_of_its_own() -> None:
    one, two = passwords.hashed(GOOD), passwords.hashed(GOOD)
    assert one != two
    assert one.startswith(f"$argon2id$v=19$m={passwords.MEMORY_KIB},t={passwords.PASSES},p={passwords.LANES}$")


@pytest.mark.parametrize("given", [GOOD, "", "x" * 1_000_000, "\ud800", "\0"])
def test_nothing_fits_where_no_password_is_kept_or_another(given: str) -> None:
    assert not passwords.fits(None, given)
    assert not passwords.fits(passwords.hashed("một mật khẩu khác hẳn"), given)


def test_a_damaged_hash_fits_nothing() -> None:
    assert not passwords.fits("$argon2id$garbage", GOOD)


def test_a_hash_made_with_other_parameters_is_outdated() -> None:
    assert not passwords.is_outdated(passwords.hashed(GOOD))
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    assert passwords.is_outdated(weak)
    assert passwords.fits(weak, GOOD)


def test_who_comes_when_the_line_is_full_is_told_to_come_again() -> None:
    turns = passwords.Turns(waiting=0)
    working, done = threading.Event(), threading.Event()

    def work() -> None:
        with turns.one():
            working.set()
            done.wait()

    first = threading.Thread(target=work)
    first.start()
    working.wait()
    with pytest.raises(TooManyAtOnce) as refused, turns.one():
        pass
    assert refused.value.seconds > 0
    done.set()
    first.join()
    with turns.one():
        pass
