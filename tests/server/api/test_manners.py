"""A server that has too much in hand says so at once, and is asked by supervisors all the same."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from litestar.testing import TestClient
from litestar.types import Message, Receive, Scope, Send

from server.api.faults import RequestRefused
from server.api.manners import Manners, lasting
from server.api.problems import problem_of
from server.app import create_app
from server.services.footing_refusals import DatabaseBusy, DatabaseUnreachable
from tests.server.api.conftest import BASE
from tests.server.people import add_person
from tests.server.worlds import World


class Asked:
    """Requests to something that answers when it is told to; `said` are their statuses, or what they were refused by."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.may_answer = asyncio.Event()
        self.begun = 0

    async def ask(self, path: str = "/a", *, first: Callable[[], object] = lambda: None, method: str = "GET") -> str:
        sent: list[str] = []

        async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
            self.begun += 1
            first()
            await self.may_answer.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})

        async def refuse(_scope: Scope, _receive: Receive, _send: Send, error: Exception) -> None:
            assert isinstance(error, RequestRefused)
            assert int(error.headers["Retry-After"]) > 0
            sent.append(error.code)

        async def send(message: Message) -> None:
            sent.append(str(message["status"]) if message["type"] == "http.response.start" else message["type"])

        scope = cast(Scope, {"type": "http", "path": path, "method": method})
        await self.manners.keep(scope, cast(Receive, None), send, answer, refuse)
        return " ".join(sent)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(cast(Any, test()))


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_beyond_what_is_in_hand_and_waits_nobody_is_taken_and_who_waits_is_answered() -> None:
    async def test() -> None:
        asked = Asked(Manners(at_once=2, waiting=3))
        requests = [asyncio.create_task(asked.ask()) for _ in range(7)]
        await settled()
        assert asked.begun == 2
        assert [each.result() for each in requests if each.done()] == ["service.busy"] * 2
        asked.may_answer.set()
        assert [await each for each in requests].count("200") == 5

    run(test)


def test_who_waits_too_long_for_a_place_is_sent_away() -> None:
    async def test() -> None:
        asked = Asked(Manners(at_once=1, longest_wait_s=0))
        first = asyncio.create_task(asked.ask())
        await settled()
        assert await asked.ask() == "service.busy"
        asked.may_answer.set()
        assert await first == "200"
        assert await asked.ask() == "200"

    run(test)


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/metrics", "/static/loa.css"])
def test_supervisors_and_the_files_of_pages_get_through(path: str) -> None:
    async def test() -> None:
        asked = Asked(Manners(at_once=1, waiting=0))
        full = asyncio.create_task(asked.ask())
        await settled()
        assert await asked.ask() == "service.busy"
        through = asyncio.create_task(asked.ask(path))
        await settled()
        asked.may_answer.set()
        assert (await full, await through) == ("200", "200")

    run(test)


def test_what_lasts_leaves_its_place_and_is_bounded_by_itself() -> None:
    async def test() -> None:
        asked = Asked(Manners(at_once=1, waiting=0, lasting=2, longest_s=0.01))
        waiting = [asyncio.create_task(asked.ask(first=lasting)) for _ in range(2)]
        await settled()
        assert await asked.ask(first=lasting) == "service.busy"
        assert await asked.ask() == "service.too_slow"
        assert not any(each.done() for each in waiting)
        asked.may_answer.set()
        assert [await each for each in waiting] == ["200", "200"]
        assert await asked.ask(first=lasting) == "200"

    run(test)


def test_an_answer_that_began_is_not_cut_and_gives_its_place_away() -> None:
    async def test() -> None:
        manners = Manners(at_once=1, waiting=0, longest_s=0.01)
        sent: list[str] = []
        asked = Asked(manners)
        asked.may_answer.set()

        async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            assert await asked.ask() == "200"
            await asyncio.sleep(0.05)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        async def send(message: Message) -> None:
            sent.append(message["type"])

        scope = cast(Scope, {"type": "http", "path": "/", "method": "GET"})
        await manners.keep(scope, cast(Receive, None), send, slow, cast(Any, None))
        assert sent == ["http.response.start", "http.response.body"]

    run(test)


def test_programs_are_told_by_a_problem_and_people_by_a_page(world: World) -> None:
    person = add_person(world.context, "an.nv", ["monitor"])
    hasty = create_app(world.context, manners=Manners(longest_s=0))
    with TestClient(hasty, base_url=BASE) as client:
        client.headers["cookie"] = person.cookie
        told = client.get("/api/v1/segments")
        assert (told.status_code, told.json()["code"]) == (503, "service.too_slow")
        assert int(told.headers["retry-after"]) > 0
        assert "vẫn có thể được thực hiện" in told.json()["detail"]
        shown = client.get("/thang/2026-12")
        assert (shown.status_code, shown.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert "Máy chủ chưa trả lời kịp" in shown.text
        assert int(shown.headers["retry-after"]) > 0
        assert client.get("/health/live").status_code == 200


def test_a_page_that_nobody_got_to_is_asked_for_again_by_a_button_and_signs_nobody_in(world: World) -> None:
    busy = create_app(world.context, manners=Manners(at_once=0, waiting=0))
    with TestClient(busy, base_url=BASE) as client:
        client.headers["cookie"] = add_person(world.context, "an.nv", ["monitor"]).cookie
        told = client.get("/thang/2026-12?tinh-trang=below")
        assert told.status_code == 503
        main = told.text.partition("<main")[2]
        assert '<a class="button" href="/thang/2026-12?tinh-trang=below">Thử lại</a>' in main
        assert "/dang-nhap" not in main
        assert "sau vài phút" not in main  # but after the seconds that it names


def test_who_leaves_soon_is_not_ready_serves_on_and_lets_nobody_stay(world: World) -> None:
    person = add_person(world.context, "an.nv", ["monitor"])
    app = create_app(world.context)
    with TestClient(app, base_url=BASE) as client:
        client.headers["cookie"] = person.cookie
        assert "connection" not in client.get("/api/v1/segments").headers
        app.announce_leave()
        assert client.get("/health/ready").status_code == 503
        answer = client.get("/api/v1/segments")
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")


@pytest.mark.parametrize("refusal", [DatabaseBusy(path="loa.sqlite"), DatabaseUnreachable(place="a", reason="b")])
def test_a_database_that_is_busy_or_away_is_worth_asking_again(refusal: Exception) -> None:
    scope = cast(Scope, {"type": "http", "path": "/api/v1/segments", "query_string": b""})
    problem, headers = problem_of(refusal, scope)
    assert problem.status == 503
    assert int(headers["Retry-After"]) > 0
