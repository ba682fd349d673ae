"""Each request has a name, by which an administrator finds it: a trusted proxy's, else one of ours."""

import asyncio
import re

import httpx
import pytest

from server.api.doorway import Doorway
from server.api.request_ids import request_id
from server.app import create_app
from tests.server.api.conftest import BASE, Client
from tests.server.api.test_forwarded import PROXY, STRANGER, door, scope
from tests.server.worlds import World

OURS = re.compile("[0-9a-f]{16}")


def test_answers_problems_and_error_pages_tell_it(reader: Client) -> None:
    answer = reader.get("/api/v1/stations/none")
    named = answer.headers["x-request-id"]
    assert OURS.fullmatch(named)
    assert answer.json()["request"] == named
    page = reader.get("/bai/khong-co")
    assert f"<code>{page.headers['x-request-id']}</code>" in page.text
    assert OURS.fullmatch(reader.get("/health/live").headers["x-request-id"])


def test_who_is_turned_away_at_the_door_is_told_it_too(reader: Client) -> None:
    answer = reader.get("/thang/2026-12", headers={"Host": "example.com"})
    assert (answer.status_code, answer.json()["request"]) == (403, answer.headers["x-request-id"])


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (["req-0123456789"], True),
        (["4bf92f3577b34da6a3ce929d0e0e4736"], True),
        (["short"], False),
        (["a" * 65], False),
        (["has a space"], False),
        (["line\nbreak-12345"], False),
        (["<script>1234"], False),
        (["req-0123456789", "req-0123456789"], False),
        ([], False),
    ],
)
def test_a_trusted_proxys_name_is_taken_where_it_is_sane(said: list[str], *, believed: bool) -> None:
    asked = scope(PROXY, [("X-Request-Id", each) for each in said])
    found = request_id(asked, trusted=door().trusts(asked))
    assert found == said[0] if believed else OURS.fullmatch(found)


def test_nobody_else_names_requests() -> None:
    asked = scope(STRANGER, {"X-Request-Id": "req-0123456789"})
    assert OURS.fullmatch(request_id(asked, trusted=door().trusts(asked)))
    assert not Doorway().trusts(asked)


def test_a_request_that_was_named_outside_is_told_by_that_name(world: World) -> None:
    app = create_app(world.context, doorway=door())

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(PROXY, 4711))  # type: ignore[arg-type]  # it is one
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.get("/health/live", headers={"X-Request-Id": "req-0123456789"})

    assert asyncio.run(ask()).headers["x-request-id"] == "req-0123456789"
