"""What is sealed opens for the same purpose, the same thing, the same installation, and in time."""

from datetime import UTC, datetime, timedelta

import pytest

from server.services.sealed import seal, unseal

KEY = b"k" * 32
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def test_what_was_sealed_opens_again() -> None:
    sealed = seal(KEY, "one", "Buôn Ma Thuột\nhai dòng", bound="7")
    assert unseal(KEY, "one", sealed, bound="7", at=NOW) == "Buôn Ma Thuột\nhai dòng"


def test_the_same_is_never_sealed_alike() -> None:
    assert seal(KEY, "one", "x") != seal(KEY, "one", "x")


@pytest.mark.parametrize(
    ("key", "purpose", "bound"), [(b"l" * 32, "one", "7"), (KEY, "two", "7"), (KEY, "one", "8"), (KEY, "one", "")]
)
def test_it_opens_for_nothing_else(key: bytes, purpose: str, bound: str) -> None:
    assert unseal(key, purpose, seal(KEY, "one", "x", bound="7"), bound=bound, at=NOW) is None


def test_it_opens_until_its_time_is_over() -> None:
    sealed = seal(KEY, "one", "x", until=NOW)
    assert unseal(KEY, "one", sealed, at=NOW - timedelta(microseconds=1)) == "x"
    assert unseal(KEY, "one", sealed, at=NOW) is None


@pytest.mark.parametrize("damaged", ["", "A", "AAAA", "đ", "\udcff", "=" * 40, "A" * 40, "A" * 10_000])
def test_what_was_never_sealed_opens_not(damaged: str) -> None:
    assert unseal(KEY, "one", damaged, at=NOW) is None


def test_one_letter_changed_and_it_opens_not() -> None:
    sealed = seal(KEY, "one", "x" * 20)
    for place in range(len(sealed)):
        other = "A" if sealed[place] != "A" else "B"
        changed = sealed[:place] + other + sealed[place + 1 :]
        assert unseal(KEY, "one", changed, at=NOW) is None
