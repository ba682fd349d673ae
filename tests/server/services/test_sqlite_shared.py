"""SQLite's file in the hands of others: somebody who reads for long, and a foreign program that writes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import select

from server.db.place import DATABASE_FILE
from server.db.records import Fact
from server.services.backup_making import make_backup
from server.services.backup_restoring import restore
from server.services.backup_sealing import Sealing
from server.services.backups import read_backup
from server.services.context import Context
from server.services.footing_refusals import DatabaseBusy
from tests.server.api.conftest import client_of
from tests.server.databases import open_context

pytestmark = pytest.mark.of_sqlite("whoever can open a file can lock it")


@contextmanager
def held(context: Context, statement: str) -> Iterator[sqlite3.Connection]:
    """By another program, in a transaction that it does not end."""
    with closing(sqlite3.connect(context.home / DATABASE_FILE, isolation_level=None)) as other:
        other.execute(statement)
        other.execute("SELECT count(*) FROM fact").fetchall()
        yield other
        other.execute("ROLLBACK")


def impatient(context: Context) -> None:
    @event.listens_for(context.database.engine, "connect")
    def hurry(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.cursor().execute("PRAGMA busy_timeout = 50")

    context.database.engine.dispose()


def add(context: Context, name: str) -> None:
    with context.database.write() as session:
        session.merge(Fact(name=name, value="1"))


def test_who_reads_for_long_keeps_nobody_from_writing_and_sees_one_state(empty: Context) -> None:
    with held(empty, "BEGIN") as reader:
        [(before,)] = reader.execute("SELECT count(*) FROM fact")
        for number in range(50):
            add(empty, f"n{number}")
        assert reader.execute("SELECT count(*) FROM fact").fetchall() == [(before,)]
    with empty.database.read() as session:
        assert len(session.exec(select(Fact).where(Fact.name != "")).all()) == before + 50


def test_while_a_foreign_program_writes_people_are_told_to_come_back_and_may_read(empty: Context) -> None:
    impatient(empty)
    with client_of(empty) as client:
        with held(empty, "BEGIN IMMEDIATE"):
            refused = client.post(
                "/api/v1/stations/h654/check-in", json={"program": "a", "now": "2026-11-24T01:00:00Z"}
            )
            assert client.get("/api/v1/stations").status_code == 200
            change = client.post("/dang-xuat")
        assert refused.status_code in {404, 503}
        assert change.status_code == 503
        assert "Retry-After" in change.headers
        assert client.post("/dang-xuat", follow_redirects=False).status_code in {302, 303}


def test_a_restore_is_refused_while_another_has_the_file_open_and_changes_nothing(
    empty: Context, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    make_backup(empty, folder, Sealing(None))
    add(empty, "later")
    impatient(empty)
    with held(empty, "BEGIN"), pytest.raises(DatabaseBusy):
        restore(empty, folder, read_backup(folder), Sealing(None))
    context = open_context(home=empty.home, clock=empty.clock)
    with context.database.read() as session:
        assert session.get(Fact, "later") is not None
    assert not list(empty.home.glob("*.restored*"))
    context.close()
