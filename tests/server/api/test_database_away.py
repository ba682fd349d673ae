"""A server of PostgreSQL's goes away and comes back under a service that runs: it says so, loses nothing, goes on by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.api.news import News
from server.services.audit import record
from server.services.context import Context
from server.services.context import open_context as open_where
from tests.postgresql import PostgresqlServer, running_postgresql
from tests.server.api.conftest import client_of
from tests.server.waiting import until

pytestmark = pytest.mark.of_sqlite("it has a server of its own, which it stops")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with running_postgresql() as found:
        yield found


@pytest.fixture
def context(server: PostgresqlServer, tmp_path: Path) -> Iterator[Context]:
    name = f"t{abs(hash(tmp_path))}"
    server.create(name)
    found = open_where(home=tmp_path / "home", server=server.place(name))
    yield found
    found.close()
    server.drop(name)


def test_while_the_database_is_away_people_are_told_to_come_back_and_what_needs_nobody_is_served(
    server: PostgresqlServer, context: Context
) -> None:
    with client_of(context) as client:
        assert client.get("/api/v1/stations").status_code == 200
        server.stop(at_once=True)
        told = client.get("/api/v1/stations")
        assert (told.status_code, told.json()["code"]) == (503, "database.unreachable")
        assert client.get("/health/live").status_code == 200
        assert client.get("/health/ready").status_code == 503
        server.start()
        assert client.get("/api/v1/stations").status_code == 200
        assert client.get("/health/ready").status_code == 200


def test_a_service_stops_in_order_while_the_database_is_away(server: PostgresqlServer, context: Context) -> None:
    with client_of(context) as client:
        assert client.get("/api/v1/me").status_code == 200
        server.stop()
    server.start()


def test_whoever_waits_for_news_hears_of_it_after_the_database_was_away(
    server: PostgresqlServer, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(context) as client:
        news: News = client.app.state.news
        server.stop()
        assert until(lambda: "whether there is anything new" in caplog.text)
        server.start()
        before = news.number
        with context.database.write() as session:
            record(session, context, at=context.clock(), action="station.closed", subject="h654")
        assert until(lambda: news.number > before)
