"""Whom the door believes: trusted proxies, of what the client is; nobody else, of anything."""

import asyncio
import ipaddress

import httpx
import pytest
from litestar.types import HTTPScope

from server.api.doorway import Doorway
from server.api.forwarded import address_in, client_of
from server.app import create_app
from server.services.public_url import PublicUrl
from tests.server.people import everybody
from tests.server.worlds import World

PUBLIC = PublicUrl(scheme="https", host="loa.example.gov.vn")
TRUSTED = tuple(map(ipaddress.ip_network, ("10.0.0.0/24", "127.0.0.1/32", "fd00::/64")))
PROXY, STRANGER = "10.0.0.2", "203.0.113.9"


def scope(
    peer: str | None, headers: dict[str, str] | list[tuple[str, str]], *, path: str = "/", scheme: str = "http"
) -> HTTPScope:
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    return {  # type: ignore[typeddict-item]  # what the door looks at
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "scheme": scheme,
        "client": (peer, 4711) if peer is not None else None,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs],
        "state": {},
    }


def door(**changed: object) -> Doorway:
    usual: dict[str, object] = {"public_url": PUBLIC, "trusted": TRUSTED}
    return Doorway(**usual | changed)  # type: ignore[arg-type]  # a table of changes


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        (PROXY, [STRANGER], STRANGER),
        (PROXY, [f"1.2.3.4, {STRANGER}"], STRANGER),  # whatever stands left of it is the client's own invention
        (PROXY, [f"1.2.3.4, {STRANGER}, 10.0.0.3"], STRANGER),
        (PROXY, ["1.2.3.4", f"{STRANGER},10.0.0.3"], STRANGER),  # two lines are one list
        (PROXY, ["10.0.0.9, 10.0.0.3"], "10.0.0.9"),  # all are ours: the furthest
        (PROXY, [f"{STRANGER}:51234"], STRANGER),
        (PROXY, [f'"{STRANGER}"'], STRANGER),
        (PROXY, ["[2001:db8::7]:443"], "2001:db8::7"),
        (PROXY, ["2001:db8::7"], "2001:db8::7"),
        (PROXY, ["2001:0DB8:0:0::7"], "2001:db8::7"),
        (PROXY, ["::ffff:203.0.113.9"], STRANGER),
        (PROXY, ["::ffff:10.0.0.3"], "10.0.0.3"),
        (PROXY, ["fe80::1%eth0"], PROXY),
        (PROXY, ["không phải"], PROXY),
        (PROXY, ["unknown"], PROXY),
        (PROXY, [f"{STRANGER}, unknown"], PROXY),  # what is left of nonsense is not looked at
        (PROXY, [f"{STRANGER}, unknown, 10.0.0.3"], "10.0.0.3"),
        (PROXY, [""], PROXY),
        (PROXY, [","], PROXY),
        (PROXY, ["203.0.113.9, "], PROXY),
        (PROXY, ["203.0.113.999"], PROXY),
        (PROXY, ["1" * 100_000], PROXY),
        (PROXY, [", ".join([STRANGER] * 10_000)], STRANGER),
        (PROXY, [], PROXY),
        ("fd00::5", [STRANGER], STRANGER),
        ("::ffff:10.0.0.2", [STRANGER], STRANGER),
        (STRANGER, ["1.2.3.4"], STRANGER),
        (STRANGER, ["127.0.0.1"], STRANGER),
        ("10.0.1.2", ["1.2.3.4"], "10.0.1.2"),
        ("testclient", ["1.2.3.4"], "testclient"),
        ("", ["1.2.3.4"], ""),
    ],
)
def test_the_client_is_the_right_most_address_that_is_no_trusted_proxy(peer: str, said: list[str], client: str) -> None:
    shown = door().seen_through(
        scope(peer, [("Host", PUBLIC.host), *(("X-Forwarded-For", one.encode().decode("latin-1")) for one in said)])
    )
    assert door().address_of(shown) == client


def test_without_trusted_proxies_nobody_is_believed() -> None:
    headers = [(b"x-forwarded-for", b"1.2.3.4")]
    assert client_of("127.0.0.1", headers, ()) == "127.0.0.1"


def test_what_is_said_of_the_client_is_heard_by_nobody_further_in() -> None:
    forged = {
        "Host": "127.0.0.1",
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=1.2.3.4",
    }
    for peer in (PROXY, STRANGER, "127.0.0.1"):
        assert [name for name, _ in door().seen_through(scope(peer, forged))["headers"]] == [b"host"]


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        (PROXY, "https", "https"),
        (PROXY, "HTTPS", "https"),
        (PROXY, "http, https", "https"),
        (PROXY, "https, http", "http"),
        (PROXY, "ftp", "http"),
        (PROXY, "", "http"),
        (STRANGER, "https", "http"),
        ("127.0.0.2", "https", "http"),
    ],
)
def test_the_scheme_is_what_a_trusted_proxy_says(peer: str, said: str, scheme: str) -> None:
    shown = door(public_url=None).seen_through(scope(peer, {"Host": "127.0.0.1", "X-Forwarded-Proto": said}))
    assert shown["scheme"] == scheme


def test_the_public_name_is_always_on_its_own_scheme() -> None:
    assert door().seen_through(scope(PROXY, {"Host": PUBLIC.host}))["scheme"] == "https"
    assert door().seen_through(scope(PROXY, {"Host": "127.0.0.1"}))["scheme"] == "http"


@pytest.mark.parametrize(
    ("peer", "headers", "passes"),
    [
        (PROXY, {"Host": "10.0.0.1:8000", "X-Forwarded-Host": "loa.example.gov.vn"}, True),
        (PROXY, {"Host": "10.0.0.1:8000", "X-Forwarded-Host": "evil.example"}, False),
        (PROXY, {"Host": "loa.example.gov.vn", "X-Forwarded-Host": "evil.example"}, False),
        (PROXY, {"Host": "loa.example.gov.vn", "X-Forwarded-Host": "evil.example, loa.example.gov.vn"}, True),
        (PROXY, {"Host": "10.0.0.1:8000"}, False),
        (STRANGER, {"Host": "10.0.0.1:8000", "X-Forwarded-Host": "loa.example.gov.vn"}, False),
        (STRANGER, {"Host": "LOA.example.gov.vn"}, True),
        (STRANGER, {"Host": "loa.example.gov.vn:443"}, True),
        (STRANGER, {"Host": "loa.example.gov.vn.evil.example"}, False),
        (STRANGER, {"Host": "localhost"}, False),  # this machine's names are this machine's
        (STRANGER, {"Host": "127.0.0.1", "X-Forwarded-For": "127.0.0.1"}, False),
        ("127.0.0.1", {"Host": "localhost:8000"}, True),
        ("127.0.0.1", {"Host": "localhost:8000", "X-Forwarded-For": STRANGER}, False),
        ("::1", {"Host": "[::1]:8000"}, True),
    ],
)
def test_only_known_names_are_answered(peer: str, headers: dict[str, str], passes: bool) -> None:  # noqa: FBT001  # a column of the table
    checked = door()
    assert (checked.inspect(checked.seen_through(scope(peer, headers))) is None) is passes


def test_load_balancers_ask_for_health_by_any_name_and_for_nothing_else() -> None:
    checked = door()
    for path, passes in (("/health", True), ("/api/v1/health", True), ("/", False), ("/health/x", False)):
        assert (checked.inspect(scope(STRANGER, {"Host": "10.0.0.1:8000"}, path=path)) is None) is passes
    alone = Doorway()
    assert alone.inspect(scope("127.0.0.1", {"Host": "evil.example"}, path="/health")) is not None


@pytest.mark.parametrize("text", ["1.2.3.4", "1.2.3.4:80", "[::1]", "[::1]:80", "::1", " 1.2.3.4 "])
def test_addresses_are_read_as_proxies_write_them(text: str) -> None:
    assert address_in(text) is not None


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "[1.2.3.4", "::1]:80", "1.2.3.4:", "1.2.3.4:abc", "0x7f.1", "１.2.3.4", "a" * 99]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert address_in(text) is None


def test_behind_tls_cookies_are_bound_to_it_and_playlists_name_it(world: World) -> None:
    person = everybody(world.context)
    app = create_app(world.context, doorway=door())

    async def asked(peer: str, path: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(peer, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.1:8000") as client:
            return await client.get(path, headers={"Cookie": f"{person.cookie}; __Host-{person.cookie}", **headers})

    proxied = {"X-Forwarded-Host": PUBLIC.host, "X-Forwarded-Proto": "https", "X-Forwarded-For": STRANGER}
    answer = asyncio.run(asked(PROXY, "/api/v1/stations/h654/months/2026-12/playlist.m3u8", **proxied))
    assert answer.status_code == 200, answer.text
    assert "https://loa.example.gov.vn/api/v1/audio/" in answer.text
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    forged = asyncio.run(asked(STRANGER, "/bai", **proxied))
    assert (forged.status_code, forged.json()["code"]) == (403, "request.foreign_host")
    assert "strict-transport-security" not in forged.headers
    plain = asyncio.run(asked("127.0.0.1", "/bai", Host="localhost"))
    assert plain.status_code == 200
    assert "strict-transport-security" not in plain.headers
