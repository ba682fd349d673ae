"""What a server does to whoever works with it, and a file does not: it is away, comes back, cuts lines, is not fit."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier, Thread
from time import monotonic

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InternalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import select

from server.db import migrate
from server.db.engine import Database
from server.db.place import DatabasePlace
from server.db.records import Fact
from server.db.server_locks import holders_of, kept_lock, most_connections, server_lock
from server.jobs.life import Life, living
from server.services.connection_room import EACH, with_room
from server.services.context import open_context
from server.services.disk import disk_refusals
from server.services.footing_refusals import (
    DatabaseBusy,
    DatabaseCrowded,
    DatabaseTooNew,
    DatabaseUnfit,
    DatabaseUnreachable,
    SecretOther,
)
from server.services.installation_secret import require_same_secret
from tests.postgresql import PostgresqlServer, running_postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    """Of this module alone: it is stopped and started."""
    with running_postgresql() as found:
        found.create("model")
        database = Database(found.place("model"))
        migrate.upgrade(database)
        database.close()
        yield found


@pytest.fixture
def database(server: PostgresqlServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    name = f"t{abs(hash(request.node.nodeid))}"
    server.create(name, template="model")
    found = Database(server.place(name))
    yield found
    found.close()
    server.drop(name)


def count(database: Database) -> int:
    with database.read() as session:
        return int(session.exec(select(Fact.value).where(Fact.name == "count")).first() or 0)


def add_one(database: Database) -> None:
    with database.write() as session:
        fact = session.get(Fact, "count") or Fact(name="count", value="0")
        fact.value = str(int(fact.value) + 1)
        session.add(fact)


def test_thirty_writers_that_read_first_lose_nothing(database: Database) -> None:
    together = Barrier(30)

    def write() -> None:
        together.wait()
        add_one(database)

    writers = [Thread(target=write) for _ in range(30)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert count(database) == 30


def test_a_server_that_is_started_anew_is_worked_with_again_and_has_all_that_was_promised(
    server: PostgresqlServer, database: Database
) -> None:
    watch = database.watch()
    add_one(database)
    before = watch.version()

    def cut_off() -> None:
        with database.write() as session:
            session.merge(Fact(name="half", value="1"))
            session.flush()
            server.stop()
            session.merge(Fact(name="other half", value="1"))

    with pytest.raises(DatabaseUnreachable), disk_refusals(Path("here")):
        cut_off()
    with pytest.raises(DatabaseUnreachable), disk_refusals(Path("here")):
        count(database)
    server.start()
    assert count(database) == 1
    add_one(database)
    assert watch.version() == before + 1
    with database.read() as session:
        assert session.get(Fact, "half") is None
    watch.close()


def test_a_line_that_is_cut_is_made_anew_for_the_next(server: PostgresqlServer, database: Database) -> None:
    watch = database.watch()
    add_one(database)
    other = Database(server.place("postgres"))
    with other.engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
            ),
            {"name": database.place.url.database},
        )
    other.close()
    add_one(database)
    assert (count(database), watch.version()) == (2, 2)
    watch.close()


def test_who_waits_too_long_for_a_turn_is_told_that_the_database_is_busy(database: Database) -> None:
    impatient = Database(database.place)

    @event.listens_for(impatient.engine, "connect")
    def hurry(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        connection.commit()

    with database.write(), pytest.raises(DatabaseBusy), disk_refusals(Path("here")):
        add_one(impatient)
    add_one(impatient)
    assert count(database) == 1
    impatient.close()


def test_what_is_written_apart_waits_for_no_turn_and_is_told_to_nobody(database: Database) -> None:
    watch = database.watch()
    before = watch.version()
    other = Database(database.place)
    with database.write():
        with other.write_apart() as session:
            session.add(Fact(name="apart", value="1"))
        with other.read() as session:
            assert session.get(Fact, "apart") is not None
        assert watch.version() == before
    other.close()
    watch.close()


def test_who_only_reads_changes_nothing(database: Database) -> None:
    with database.read() as session:
        session.add(Fact(name="a", value="1"))
        with pytest.raises(InternalError, match="read-only"):
            session.commit()
    assert count(database) == 0


def test_a_lock_by_name_is_one_holders_and_ends_with_its_line(server: PostgresqlServer, database: Database) -> None:
    place = database.place
    with server_lock(place, "a", waits=False) as first, server_lock(place, "a", waits=False) as second:
        assert (first, second) == (True, False)
        with server_lock(place, "b", waits=True) as other:
            assert other
    with kept_lock(place, "a") as first:
        with kept_lock(place, "a") as second:
            assert (first, second) == (True, True)
        with server_lock(place, "a", waits=False) as alone:
            assert not alone
    with server_lock(server.place("model"), "a", waits=False) as first, server_lock(place, "a", waits=False) as second:
        assert (first, second) == (True, True)  # of two databases


def test_a_process_that_may_find_no_connection_under_load_is_told_so_at_its_start(
    database: Database, tmp_path: Path
) -> None:
    context = open_context(home=tmp_path / "home", server=database.place)
    with database.read() as session:
        most = most_connections(session)
    with ExitStack() as held:
        for _ in range(most // EACH):
            held.enter_context(with_room(context))
        with pytest.raises(DatabaseCrowded) as refused, with_room(context):
            pass
        held.close()
        held.enter_context(with_room(context))
    assert (refused.value.processes, refused.value.most) == (most // EACH + 1, most)
    context.close()


def test_a_worker_holds_its_name_again_after_the_server_was_started_anew(
    server: PostgresqlServer, database: Database, tmp_path: Path
) -> None:
    context = open_context(home=tmp_path / "home", server=database.place)
    life = Life(context, "a")

    def is_taken_for_dead() -> bool:
        with living(context, "a") as died:
            return died

    assert is_taken_for_dead()
    life.hold()
    assert not is_taken_for_dead()
    server.stop()
    server.start()
    life.hold()
    assert not is_taken_for_dead()
    life.end()
    assert is_taken_for_dead()
    context.close()


def test_a_database_that_keeps_or_sorts_texts_in_another_way_is_refused_and_left_empty(
    server: PostgresqlServer, tmp_path: Path
) -> None:
    other = Database(server.place("postgres"))
    with other.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"))
    other.close()
    with pytest.raises(DatabaseUnfit) as refused:
        open_context(home=tmp_path / "home", server=server.place("ascii"))
    assert (refused.value.encoding, refused.value.collation) == ("SQL_ASCII", "C")
    assert migrate.schema_version(server.place("ascii")) is None


def test_a_name_that_was_let_go_is_free_at_once(database: Database) -> None:
    for _ in range(50):
        with server_lock(database.place, "work", waits=False) as mine:
            assert mine


def test_processes_with_different_secrets_do_not_serve_one_database(database: Database, tmp_path: Path) -> None:
    told = [
        open_context(home=tmp_path / str(number), server=database.place, secret=secret)
        for number, secret in enumerate((b"1" * 32, b"1" * 32, b"2" * 32, None))
    ]
    for same in told[:2]:
        require_same_secret(same)
    for other in told[2:]:
        with pytest.raises(SecretOther):
            require_same_secret(other)
    with database.read() as session:
        assert b"1" * 32 not in session.get_one(Fact, "secret").value.encode()
    for context in told:
        context.close()


def test_a_newer_schema_is_refused_and_left_alone(database: Database, tmp_path: Path) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew) as refused:
        open_context(home=tmp_path / "home", server=database.place)
    assert refused.value.found == "9999"


def test_a_server_that_is_not_there_is_named_without_its_password(server: PostgresqlServer, tmp_path: Path) -> None:
    nowhere = DatabasePlace(server.place("none").url.set(password="geheim", port=1))  # noqa: S106 (of nobody)
    with pytest.raises(DatabaseUnreachable) as refused:
        open_context(home=tmp_path / "home", server=nowhere)
    assert "geheim" not in str(refused.value)
    assert "geheim" not in repr(nowhere)
    with pytest.raises(DatabaseUnreachable):
        open_context(home=tmp_path / "home", server=server.place("none"))


def test_two_that_start_at_once_take_turns(server: PostgresqlServer, tmp_path: Path) -> None:
    server.create("fresh")
    faults: list[BaseException] = []

    def start(number: int) -> None:
        try:
            open_context(home=tmp_path / str(number), server=server.place("fresh")).close()
        except (DBAPIError, AssertionError) as fault:
            faults.append(fault)

    starters = [Thread(target=start, args=(number,)) for number in range(3)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert faults == []
    assert migrate.schema_version(server.place("fresh")) == migrate.HEAD


def test_a_lock_that_a_process_has_while_it_lives_is_taken_again_from_a_server_that_forgot_it(
    database: Database,
) -> None:
    place = database.place
    with kept_lock(place, "all the time", look_every_s=0.02) as mine:
        assert mine
        with database.engine.begin() as connection:
            connection.execute(
                # Waited for: as long as it is there it holds the lock.
                text(
                    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
                    "WHERE application_name = 'loa all the time'"
                )
            )
        end = monotonic() + 60
        while monotonic() < end:
            with database.read() as session:
                if holders_of(session, "all the time"):
                    break
        with server_lock(place, "all the time", waits=False) as alone:
            assert not alone
    with server_lock(place, "all the time", waits=False) as alone:
        assert alone
