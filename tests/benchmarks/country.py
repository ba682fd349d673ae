"""The country, and beside it a province, each in a database of one PostgreSQL whose commits survive a power cut.

11,366 stations (63 provinces' stations are not counted: each district and commune has one), 2,000 segments, the published
plans of a year, a million as-run entries in its last month with their batches and lines of the trail, a token and a
check-in for every station. All of it is sample data, and made anew for each run: about two minutes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select
from sqlmodel import Session

from server.database_settings import database_place
from server.db.dump import set_counters
from server.services.context import Context, open_context
from tests.benchmarks.aired_month import SLOTS, fill
from tests.benchmarks.bulk_rows import put_rows
from tests.benchmarks.manifest_polling import issue_tokens
from tests.postgresql import PostgresqlServer, running_postgresql

# 20:00 on the last day but one, local: nearly all is aired and said, and stations still play by the month's manifest.
NOW = datetime(2026, 12, 30, 13, 0, tzinfo=UTC)
MONTHS_BEFORE = 11
UNUSUAL = 20
_AT = "2026-12-30 12:00:00.000000"


@dataclass(frozen=True, kw_only=True)
class Size:
    stations: int
    entries: int
    segments: int


PROVINCE = Size(stations=199, entries=17_500, segments=300)
COUNTRY = Size(stations=11_366, entries=1_000_000, segments=2_000)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A home and its database, which other processes open by the same name."""

    home: Path
    server: PostgresqlServer
    name: str

    def open(self) -> Context:
        return open_context(home=self.home, server=self.server.place(self.name), clock=lambda: NOW)

    def size(self) -> int:
        """Of the database, in bytes."""
        context = self.open()
        with context.database.read() as session:
            found = session.connection().scalar(select(func.pg_database_size(func.current_database())))
        context.close()
        return int(found or 0)

    @property
    def settings(self) -> dict[str, str]:
        """For a process of the service's."""
        return {"LOA_HOME": str(self.home), "LOA_DATABASE_URL": self.server.url(self.name)}


def open_place(home: Path, url: str) -> Context:
    """The same in a process of its own, from what `Place.settings` say."""
    return open_context(home=home, server=database_place({"LOA_DATABASE_URL": url}), clock=lambda: NOW)


@contextmanager
def places(*, months_before: int = MONTHS_BEFORE, **sizes: Size) -> Iterator[dict[str, Place]]:
    """By the names that were given, all on one server."""
    with running_postgresql(durable=True) as server, TemporaryDirectory() as folder:
        found = {name: Place(home=Path(folder, name), server=server, name=name) for name in sizes}
        for name, size in sizes.items():
            server.create(name)
            context = found[name].open()
            make(context, size, months_before=months_before)
            context.close()
        yield found


def make(context: Context, size: Size, *, months_before: int = MONTHS_BEFORE) -> None:
    fill(
        context,
        stations=size.stations,
        entries=size.entries,
        unusual=UNUSUAL,
        segments=size.segments,
        months_before=months_before,
    )
    issue_tokens(context, size.stations)
    with context.database.write() as session:
        _trail(session, size.stations)
        _check_ins(session, size.stations)
        set_counters(session.connection())
    with context.database.write() as session:
        session.connection().exec_driver_sql("ANALYZE")


def _trail(session: Session, stations: int) -> None:
    """A line for each log that stations sent; their hashes are of nothing, since nobody verifies them here."""
    put_rows(
        session,
        "audit_entry",
        ("at", "actor", "origin", "action", "subject", "facts", "hash"),
        (
            (
                _AT,
                f"station:h{number}/máy phát",
                "api",
                "airing.said",
                f"h{number}",
                '{"source": "api", "new": 4}',
                "0" * 64,
            )
            for _ in range(SLOTS)
            for number in range(stations)
        ),
    )


def _check_ins(session: Session, stations: int) -> None:
    put_rows(
        session,
        "station_check_in",
        ("station_id", "at", "program", "lacking", "trouble"),
        ((number + 1, _AT, "loa 0.9", 0, "") for number in range(stations)),
    )
