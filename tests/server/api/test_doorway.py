"""Who may come in, and what every answer carries."""

import pytest

from server.api.language import of_cookie, preferred
from tests.server.api.conftest import Client


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1234", "[::1]:8000", "127.0.0.1"])
def test_the_names_of_this_machine_are_answered(reader: Client, host: str) -> None:
    assert reader.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "",
        "10.0.0.1",
        "127.0.0.1:x",
        "127.0.0.1:99999",
    ],
)
@pytest.mark.parametrize("path", ["/", "/health", "/api/v1/stations", "/nowhere"])
def test_a_foreign_name_is_turned_away_everywhere(reader: Client, host: str, path: str) -> None:
    answer = reader.get(path, headers={"Host": host}, follow_redirects=False)
    assert answer.status_code == 403
    assert answer.json()["code"] == "request.foreign_host"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Origin": "http://127.0.0.1:8000"}, True),
        ({"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://127.0.0.1:9999"}, False),
        ({"Origin": "https://127.0.0.1:8000"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_a_change_is_made_for_this_site_or_a_program_only(
    reader: Client,
    headers: dict[str, str],
    allowed: bool,  # noqa: FBT001  # a column of the table
) -> None:
    answer = reader.post("/api/v1/segments/b9999/withdraw", json={"reason": "sai"}, headers=headers)
    assert answer.status_code == (404 if allowed else 403)
    assert answer.json()["code"] == ("segment.unknown" if allowed else "request.cross_site")


def test_reading_is_open_to_links_from_elsewhere(reader: Client) -> None:
    answer = reader.get("/api/v1/topics", headers={"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/health", "/nowhere", "/thang/2026-12", "/api/v1/stations?limit=0", "/static/loa.css"]
)
def test_every_answer_keeps_browsers_strict(reader: Client, path: str) -> None:
    headers = reader.get(path).headers
    assert "'unsafe-inline'" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "vi"),
        ("vi", "vi"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("en;q=0.8,vi;q=0.7", "en"),
        ("en;q=0.7,vi;q=0.8", "vi"),
        ("en,vi", "vi"),
        ("fr,de;q=0.5", "vi"),
        ("*", "vi"),
        ("en;q=0", "vi"),
        ("en;q=abc", "vi"),
        (";;,,", "vi"),
    ],
)
def test_english_only_where_it_is_clearly_preferred(header: str, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize(
    ("cookies", "language"),
    [("", "vi"), ("lang=en", "en"), ("a=b; lang=en", "en"), ("lang=fr", "vi"), ("slang=en", "vi")],
)
def test_pages_follow_the_choice_kept_in_the_cookie(cookies: str, language: str) -> None:
    assert of_cookie(cookies) == language


@pytest.mark.parametrize(
    "path", ["/health", "/thang/2026-12", "/nowhere", "/api/v1/nowhere", "/static/loa.css", "/api/v1/topics"]
)
def test_head_is_known_wherever_get_is(reader: Client, path: str) -> None:
    got, head = reader.get(path), reader.head(path)
    assert head.content == b""
    assert got.headers.pop("x-request-id") != head.headers.pop("x-request-id")
    assert (head.status_code, dict(head.headers)) == (got.status_code, dict(got.headers))
