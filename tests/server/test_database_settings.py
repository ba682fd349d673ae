"""The address of a database's server as people write it, and what is refused of it without showing a password."""

import pytest

from server.database_settings import database_place
from server.services.refusals import BadSetting


def test_nothing_is_the_file_in_the_home() -> None:
    assert database_place({}) is None
    assert database_place({"LOA_DATABASE_URL": ""}) is None


def test_an_address_with_all_its_parts() -> None:
    place = database_place({"LOA_DATABASE_URL": "postgresql://lo%40a:m%2Fk@db.tinh.vn:6432/loa?sslmode=verify-full"})
    assert place is not None
    url = place.url
    assert (url.username, url.password, url.host, url.port, url.database) == ("lo@a", "m/k", "db.tinh.vn", 6432, "loa")
    assert dict(url.query) == {"sslmode": "verify-full"}
    assert str(place) == "postgresql://db.tinh.vn:6432/loa"
    assert "m/k" not in repr(place)


def test_the_password_may_come_in_a_setting_of_its_own() -> None:
    given = {"LOA_DATABASE_URL": "postgresql://loa@127.0.0.1/loa", "LOA_DATABASE_PASSWORD": "mật khẩu"}
    place = database_place(given)
    assert place is not None
    assert place.url.password == "mật khẩu"  # noqa: S105 (of nobody)


def test_another_machine_is_spoken_to_by_tls_unless_it_is_said_not_to() -> None:
    for address, mode in (
        ("postgresql://loa@10.0.0.5/loa", "require"),
        ("postgresql://loa@10.0.0.5/loa?sslmode=disable", "disable"),
        ("postgresql://loa@127.0.0.1/loa", None),
        ("postgresql://loa@/loa?host=/run/postgresql", None),
    ):
        place = database_place({"LOA_DATABASE_URL": address})
        assert place is not None
        assert place.url.query.get("sslmode") == mode, address


@pytest.mark.parametrize(
    "address",
    [
        "mysql://loa:geheim@host/loa",
        "postgresql://loa:geheim@host",
        "postgresql://loa:geheim@host/",
        "postgresql://loa:geheim@host/a/b",
        "postgresql://loa:geheim@host:99999/loa",
        "postgresql://loa:geheim@host:0/loa",
        "postgresql://loa:geheim@host/loa?sslmode=maybe",
        "postgresql://loa:geheim@host/loa?sslmode=require&sslmode=disable",
        "postgresql://loa:geheim@host/loa?options=-cgeheim",
        "postgresql://loa:geheim@host/loa?host=/run/postgresql",
        "postgresql://loa:geheim@/loa",
        "postgresql://loa:geheim@host/loa#x",
        "geheim",
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(BadSetting) as refused:
        database_place({"LOA_DATABASE_URL": address})
    assert refused.value.name == "LOA_DATABASE_URL"
    assert "geheim" not in f"{refused.value} {refused.value.value}"
    assert "sslmode=verify-full" in refused.value.expected
