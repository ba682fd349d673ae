"""Text goes compressed to whoever takes that, and to nobody else."""

import gzip
import re

import pytest

from tests.server.api.conftest import Client

PAGE = "/thang/2026-12"


def sent(client: Client, address: str, accepted: str, **headers: str) -> tuple[dict[str, str], bytes]:
    """The headers, and the bytes as they crossed the line."""
    with client.stream("GET", address, headers={"accept-encoding": accepted, **headers}) as answer:
        assert answer.status_code in {200, 206}
        return dict(answer.headers), b"".join(answer.iter_raw())


@pytest.mark.parametrize("accepted", ["gzip", "deflate, GZIP;q=0.5, br", "*", "br;q=0, *;q=0.1", "gzip ; q=1.0"])
def test_text_is_sent_small_to_who_takes_it(reader: Client, accepted: str) -> None:
    headers, body = sent(reader, PAGE, accepted)
    assert headers["content-encoding"] == "gzip"
    assert headers["content-length"] == str(len(body))
    assert headers["vary"] == "Cookie, Accept-Encoding"
    plain = gzip.decompress(body)
    assert len(plain) > 3 * len(body)
    assert "Krông Pắc" in plain.decode()


@pytest.mark.parametrize("accepted", ["", "identity", "br, deflate", "gzip;q=0, *", "gzip;q=0.000", "x-gzip-like"])
def test_who_does_not_take_it_gets_it_plain(reader: Client, accepted: str) -> None:
    headers, body = sent(reader, PAGE, accepted)
    assert "content-encoding" not in headers
    assert "Krông Pắc" in body.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/static/loa.css",
        "/static/loa.js",
        "/api/v1/segments",
        "/api/v1/openapi.json",
        "/api/v1/calendars/stations/h654.ics",
    ],
)
def test_all_kinds_of_text_are_told_apart_from_sound(reader: Client, address: str) -> None:
    headers, body = sent(reader, address, "gzip")
    assert headers["content-encoding"] == "gzip"
    whole, plain = sent(reader, address, "identity")
    assert gzip.decompress(body) == plain
    if "etag" in whole:
        # The same content in other bytes; who has it is told so.
        assert headers["etag"] == "W/" + whole["etag"].removeprefix("W/")
        known = {"accept-encoding": "gzip", "if-none-match": headers["etag"]}
        again = reader.get(address, headers=known)
        assert (again.status_code, again.headers["etag"]) == (304, headers["etag"])


def test_sound_parts_and_small_answers_go_as_they_are(reader: Client) -> None:
    letters = "/static/be-vietnam-pro-latin-400-normal.woff2"
    for address, more in (("/health", {}), (letters, {})):
        headers, body = sent(reader, address, "gzip", **more)
        assert "content-encoding" not in headers
        assert headers["content-length"] == str(len(body))


def test_only_the_headers_are_those_of_the_same_answer(reader: Client) -> None:
    asked = reader.head("/static/loa.css", headers={"accept-encoding": "gzip"})
    headers, body = sent(reader, "/static/loa.css", "gzip")
    assert asked.headers["content-length"] == headers["content-length"] == str(len(body))
    assert asked.content == b""


def test_what_guards_forms_is_another_on_each_page_and_all_are_good(api: Client) -> None:
    """Else somebody who can choose a part of a page could learn it from the page's length."""
    tokens = {re.findall(r'name="csrf" content="([^"]+)"', api.get(PAGE).text)[0] for _ in range(3)}
    assert len(tokens) == 3
    del api.headers["x-csrf-token"]
    for token in tokens:
        assert api.post("/tai-len", data={"csrf": token}, follow_redirects=False).status_code != 403
    assert api.post("/dang-xuat", data={"csrf": "x." + tokens.pop().partition(".")[2]}).status_code == 403
