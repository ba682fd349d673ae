"""Passwords: which are taken, and Argon2id over them, one at a time so that no flood takes the machine.

Rules after ASVS 5 (6.2): length alone, no composition, no expiry, refused where many people use it.
"""

import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from schedules.folding import fold
from server.services.account_refusals import PasswordRefused, TooManyAtOnce

LEAST, MOST = 12, 128  # characters
# OWASP's minimum for Argon2id: 19 MiB, two passes, one lane; about 50 ms on a small PC.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
MOST_WAITING = 8
REST = 6.0
RETRY_S = 2  # the queue is empty again by then

_HASHER = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)

# What is left of the passwords that lists of leaks begin with, and of what people here choose, once digits and signs
# are taken away: `Matkhau@123456` is `matkhau`.
_COMMON_WORDS = frozenset(
    [
        "admin",
        "administrator",
        "password",
        "passw",
        "passwrd",
        "pword",
        "letmein",
        "welcome",
        "iloveyou",
        "ilove",
        "qwerty",
        "qwertyuiop",
        "qwertyuiopasdfghjkl",
        "asdfghjkl",
        "zxcvbnm",
        "qazwsxedc",
        "qazwsx",
        "abc",
        "abcd",
        "abcdef",
        "abcdefgh",
        "abcdefghijkl",
        "aabbcc",
        "football",
        "baseball",
        "monkey",
        "dragon",
        "sunshine",
        "princess",
        "superman",
        "changeme",
        "secret",
        "test",
        "testtest",
        "user",
        "guest",
        "root",
        "login",
        "master",
        "hello",
        "matkhau",
        "mat",
        "khau",
        "matkhaumoi",
        "khongcomatkhau",
        "anhyeuem",
        "emyeuanh",
        "yeuem",
        "yeuanh",
        "toiyeuban",
        "toiyeuvietnam",
        "vietnam",
        "vietnamvodich",
        "vodich",
        "hanoi",
        "saigon",
        "tphcm",
        "daklak",
        "dlk",
        "buonmathuot",
        "bmt",
        "quantri",
        "quantrivien",
        "nguoidung",
        "daitruyenthanh",
        "truyenthanh",
        "phatthanh",
        "loa",
        "loaphuong",
        "loatruyenthanh",
        "ubnd",
        "uybannhandan",
        "sotttt",
        "sonoivu",
        "khongbiet",
        "chaoban",
        "xinchao",
        "nguyen",
        "conyeume",
        "giadinh",
        "hanhphuc",
        "tinhyeu",
        "maimaiyeuem",
        "chungtalamotgiadinh",
        "caicachhanhchinh",
        "cchc",
    ]
)
_RUNS = (
    "0123456789012345678901234567890",
    "9876543210987654321098765432109",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
)


class Turns:
    """One hash at a time, `waiting` more in line; who comes then is told to come again.

    After each the door rests `rest` times as long as it took: hashing gets that small a part of one core, however
    many ask, from wherever and under whatever names. Who comes alone waits for nothing.
    """

    def __init__(self, *, waiting: int = MOST_WAITING, rest: float = REST) -> None:
        self._places = 1 + waiting
        self._inside = 0
        self._counting = threading.Lock()
        self._turn = threading.Lock()
        self._rest = rest
        self._open_at = 0.0

    @property
    def is_full(self) -> bool:
        """Asked ahead, it costs nothing."""
        return self._inside >= self._places

    @contextmanager
    def one(self) -> Iterator[None]:
        """Raises TooManyAtOnce."""
        with self._counting:
            if self.is_full:
                raise TooManyAtOnce(seconds=RETRY_S)
            self._inside += 1
        try:
            with self._turn:
                time.sleep(max(0.0, self._open_at - time.monotonic()))
                begun = time.monotonic()
                try:
                    yield
                finally:
                    ended = time.monotonic()
                    self._open_at = ended + self._rest * (ended - begun)
        finally:
            with self._counting:
                self._inside -= 1


TURNS = Turns()  # of this process: what is spared is the machine's, not an application's


def require_good(password: str, *, login: str) -> None:
    """Raises PasswordRefused."""
    text = _composed(password)
    if len(text) < LEAST:
        raise _refused("short")
    if len(text) > MOST:
        raise _refused("long")
    if login.casefold() in text.casefold():
        raise _refused("login")
    if _is_common(text):
        raise _refused("common")


def hashed(password: str) -> str:
    """Argon2id in its usual text, with salt and parameters. Raises TooManyAtOnce."""
    with TURNS.one():
        return _HASHER.hash(_bytes(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether it is the password; without a kept hash no, at the same cost. Within a turn of `TURNS`."""
    too_long = len(password) > MOST  # nobody's password, and no work made of a megabyte
    try:
        _HASHER.verify(kept or _nobodys(), _bytes("" if too_long else password))
    except (Argon2Error, InvalidHashError):
        return False
    return kept is not None and not too_long


def is_outdated(kept: str) -> bool:
    """Whether it was made with other parameters than those in use."""
    return _HASHER.check_needs_rehash(kept)


def rehashed(password: str) -> str:
    """As `hashed`, within a turn of `TURNS`."""
    return _HASHER.hash(_bytes(password))


@cache
def _nobodys() -> str:
    """A hash that no password fits, for logins that nobody has."""
    return _HASHER.hash(b"\xff nobody")  # no text in UTF-8


def _composed(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _bytes(password: str) -> bytes:
    return _composed(password).encode("utf-8", "surrogatepass")


def _refused(reason: str) -> PasswordRefused:
    return PasswordRefused(reason=reason, least=LEAST, most=MOST)


def _is_common(text: str) -> bool:
    plain = fold(text)
    letters = "".join(letter for letter in plain if letter.isalpha())
    if len(set(plain)) < 5 or letters in _COMMON_WORDS:
        return True
    bare = "".join(letter for letter in plain if letter.isalnum())
    halves = {bare[: len(bare) // 2], bare[-(len(bare) // 2) :]}
    return (len(halves) == 1 and len(bare) < 2 * LEAST) or any(bare in run for run in _RUNS)
