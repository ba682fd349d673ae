"""A database server that takes every byte and says nothing any more: the service lives, says so, and recovers by itself."""

import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from server.db.place import DatabasePlace
from server.db.records import Fact
from server.services.context import Context, open_context
from tests.postgresql import PostgresqlServer, running_postgresql
from tests.server.databases import server as shared_server
from tests.server.people import add_person
from tests.server.serving import served
from tests.silent_line import SilentLine, silent_line

LONGEST_S = 30


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    found = shared_server()
    if found is not None:
        yield found
        return
    with running_postgresql() as own:
        yield own


@pytest.fixture(scope="module")
def line(server: PostgresqlServer) -> Iterator[SilentLine]:
    with silent_line(server.folder / ".s.PGSQL.5432") as found:
        yield found


@pytest.fixture(scope="module")
def context(server: PostgresqlServer, line: SilentLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    server.drop("silent")
    server.create("silent")
    url = server.place("silent").url.set(host="127.0.0.1", port=line.port)
    context = open_context(home=tmp_path_factory.mktemp("silent"), server=DatabasePlace(url))
    context.database.longest_look_s = 0.3
    yield context
    line.come_back()
    context.close()
    server.drop("silent")


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def wait_until_well(client: httpx.Client, cookie: dict[str, str]) -> None:
    """On a busy machine a server that is well may be silent for so short a time too."""
    wait_for(lambda: client.get("/api/v1/segments", headers=cookie).status_code == 200)


def test_meanwhile_it_lives_others_are_told_to_come_back_and_then_all_goes_on(
    context: Context, line: SilentLine
) -> None:
    person = add_person(context, "an.nv", ["monitor"])
    with served(context) as address, httpx.Client(base_url=address, timeout=LONGEST_S) as client:
        cookie = {"cookie": person.cookie}
        wait_until_well(client, cookie)
        line.fall_silent()
        refused: list[httpx.Response] = []
        asking = [
            Thread(
                target=lambda path=path: refused.append(httpx.get(address + path, headers=cookie, timeout=LONGEST_S))
            )
            for path in ("/api/v1/segments", "/thang", "/api/v1/stations")
        ]
        for each in asking:
            each.start()
        while any(each.is_alive() for each in asking):
            assert client.get("/health/live").status_code == 200
        for each in asking:
            each.join()
        assert [each.status_code for each in refused] == [503] * 3
        assert all(int(each.headers["retry-after"]) > 0 for each in refused)
        assert {each.headers["content-type"].partition(";")[0] for each in refused} == {
            "application/problem+json",
            "text/html",
        }
        line.come_back()
        wait_until_well(client, cookie)


def test_who_waits_on_a_line_that_was_forgotten_for_ever_is_told_once_another_is_answered(
    context: Context, line: SilentLine
) -> None:
    person = add_person(context, "an.nv", ["monitor"])
    with served(context) as address, httpx.Client(base_url=address, timeout=LONGEST_S) as client:
        cookie = {"cookie": person.cookie}
        wait_until_well(client, cookie)
        under_way, forgotten = Event(), Event()
        ended: list[type[Exception]] = []

        def ask_twice() -> None:
            try:
                with context.database.read() as session:
                    session.exec(select(Fact)).all()
                    under_way.set()
                    forgotten.wait(LONGEST_S)
                    session.exec(select(Fact)).all()
            except OperationalError as error:
                ended.append(type(error))

        stuck = Thread(target=ask_twice)
        stuck.start()
        under_way.wait(LONGEST_S)
        line.forget_lines()
        forgotten.set()
        wait_until_well(client, cookie)
        stuck.join(LONGEST_S)
        assert ended == [OperationalError]


def test_lines_that_were_opened_since_are_left_alone_when_old_ones_are_cut(context: Context) -> None:
    database = context.database
    database.engine.dispose()  # else the second line may be one that was at rest, as old as the first
    with database.engine.connect() as before:
        before.exec_driver_sql("SELECT 1")
        database.note_silence()
        with database.engine.connect() as since:
            since.exec_driver_sql("SELECT 1")
            database.cut_silent_lines()
            assert since.exec_driver_sql("SELECT 2").scalar() == 2
            with pytest.raises(OperationalError):
                before.exec_driver_sql("SELECT 2")
            before.invalidate()
    database.cut_silent_lines()
    with database.engine.connect() as again:
        assert again.exec_driver_sql("SELECT 3").scalar() == 3
