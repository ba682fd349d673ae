"""One file, many at once: readers see one state, writers lose nothing, what was published stays."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, select

from server.db.library import ProgrammeColumn, Segment
from server.db.plans import AirtimeRule, CalendarEvent, MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.records import AuditEntry, Fact
from server.db.registry import Station
from server.services.context import Context
from tests.server.homes import NOW, copy_home, open_home


def pragma(context: Context, name: str) -> object:
    with context.database.read() as session:
        return session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.of_sqlite("its settings")
def test_the_database_is_in_wal_mode_with_foreign_keys_on_and_durable(empty: Context) -> None:
    names = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
    assert [pragma(empty, name) for name in names] == ["wal", 1, 2, 10_000]


def test_a_key_that_leads_nowhere_is_refused(empty: Context) -> None:
    with pytest.raises(IntegrityError), empty.database.write() as session:
        session.add(MonthPlan(station_id=1, month="2026-11", digest="0"))


def test_an_error_tells_no_value_for_it_is_logged_and_may_be_a_secret(empty: Context) -> None:
    with pytest.raises(IntegrityError) as caught, empty.database.write() as session:
        session.add(MonthPlan(station_id=1, month="2026-11", digest="only-the-two-of-us-know-this"))
    assert "only-the-two-of-us-know-this" not in str(caught.value)


def test_what_fails_inside_a_write_is_not_written(empty: Context) -> None:
    def fail(session: Session) -> None:
        session.add(Fact(name="a", value="1"))
        session.flush()
        raise LookupError

    with pytest.raises(LookupError), empty.database.write() as session:
        fail(session)
    with empty.database.read() as session:
        assert session.get(Fact, "a") is None


def test_twenty_writers_at_once_lose_nothing(empty: Context) -> None:
    with empty.database.write() as session:
        session.add(Fact(name="count", value="0"))

    def count(_: int) -> None:
        with empty.database.write() as session:
            fact = session.exec(select(Fact).where(Fact.name == "count")).one()
            fact.value = str(int(fact.value) + 1)

    with ThreadPoolExecutor(20) as writers:
        list(writers.map(count, range(20)))
    with empty.database.read() as session:
        assert session.exec(select(Fact.value).where(Fact.name == "count")).one() == "20"


def test_a_reader_sees_one_state_and_does_not_wait_for_a_writer(empty: Context) -> None:
    with empty.database.write() as writer:
        writer.add(Fact(name="a", value="1"))
        writer.flush()
        with empty.database.read() as reader:
            assert reader.get(Fact, "a") is None
    with empty.database.read() as reader:
        assert reader.get(Fact, "b") is None
        with empty.database.write() as writer:
            writer.add(Fact(name="b", value="1"))
        assert reader.exec(select(Fact).where(Fact.name == "b")).first() is None


def test_the_watch_sees_commits_of_others_and_only_those(empty: Context) -> None:
    watch = empty.database.watch()
    before = watch.version()
    with empty.database.read() as session:
        session.get(Fact, "a")
    assert watch.version() == before
    with empty.database.write() as session:
        session.add(Fact(name="a", value="1"))
    assert watch.version() != before
    watch.close()


@pytest.mark.parametrize(
    "given",
    [
        datetime(2026, 11, 30, 17, 0, tzinfo=UTC),
        datetime(2026, 12, 1, 0, 0, tzinfo=timezone(timedelta(hours=7))),
        datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=7))),
    ],
)
def test_times_come_back_aware_and_equal(empty: Context, given: datetime) -> None:
    with empty.database.write() as session:
        session.add(AuditEntry(at=given, actor="a", origin="cli", action="x", subject="y", facts={}))
    with empty.database.read() as session:
        found = session.exec(select(AuditEntry.at)).one()
    assert found == given
    assert found.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(empty: Context) -> None:
    naive = datetime(2026, 12, 1)  # noqa: DTZ001 (what is refused)
    with pytest.raises(StatementError, match="without a zone"), empty.database.write() as session:
        session.add(AuditEntry(at=naive, actor="a", origin="cli", action="x", subject="y", facts={}))


def row(session: Session, made: Any) -> int:
    session.add(made)
    session.flush()
    key: int = made.id
    return key


def plan_of(session: Session, *, number: int | None) -> None:
    """A revision with one slot of one item on one station: published where it has a number."""
    [station] = session.exec(select(Station).where(Station.code == "h654")).all()
    [column] = session.exec(select(ProgrammeColumn)).all()
    [segment] = session.exec(select(Segment).where(Segment.code == "b0001")).all()
    assert station.id is not None
    assert column.id is not None
    assert segment.id is not None
    plan = row(session, MonthPlan(station_id=station.id, month="2026-11", digest=str(number)))
    slot = row(session, Slot(month_plan_id=plan, key="1", column_id=column.id, starts_at=NOW, length_ms=1))
    row(
        session,
        SlotItem(
            slot_id=slot, position=0, segment_id=segment.id, title="A", start_ms=0, duration_ms=1, rendition_sha256="0"
        ),
    )
    revision = PlanRevision(month="2026-11", status="draft", as_of=NOW, made_at=NOW, summary={})
    key = row(session, revision)
    row(session, PlanEntry(revision_id=key, station_id=station.id, month_plan_id=plan, verdicts=[], terms=[]))
    if number is not None:
        revision.status, revision.number = "published", number
        session.flush()
        row(
            session,
            CalendarEvent(
                station_id=station.id,
                month="2026-11",
                key="1",
                uid="1",
                sequence=0,
                created_at=NOW,
                modified_at=NOW,
                cancelled=False,
                starts_at=NOW,
                length_ms=1,
                column_name="A",
                items=[],
            ),
        )


@pytest.fixture(scope="module")
def published(province_home: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    context = open_home(copy_home(province_home, tmp_path_factory.mktemp("published") / "home"))
    with context.database.write() as session:
        plan_of(session, number=1)
        plan_of(session, number=None)
    yield context
    context.close()


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE audit_entry SET actor = 'nobody'", "audit entries never change"),
        ("DELETE FROM audit_entry", "audit entries are never deleted"),
        ("UPDATE plan_revision SET number = 2 WHERE status = 'published'", "a published revision never changes"),
        ("UPDATE plan_revision SET status = 'draft', number = NULL", "a published revision never changes"),
        ("DELETE FROM plan_revision WHERE status = 'published'", "a published revision is never deleted"),
        ("UPDATE plan_entry SET verdicts = '[1]'", "a published revision never changes"),
        ("DELETE FROM plan_entry", "a published revision never changes"),
        ("UPDATE month_plan SET digest = 'x'", "a month plan never changes"),
        ("UPDATE slot SET length_ms = 2", "a month plan never changes"),
        ("DELETE FROM slot", "a published revision never changes"),
        ("UPDATE slot_item SET title = 'B'", "a month plan never changes"),
        ("DELETE FROM slot_item", "a published revision never changes"),
        (
            (
                "INSERT INTO plan_entry (revision_id, station_id, month_plan_id, verdicts, terms)"
                " SELECT revision_id, station_id + 1, month_plan_id, '[]', '[]' FROM plan_entry"
            ),
            "a published revision never changes",
        ),
        (
            (
                "INSERT INTO slot (month_plan_id, key, column_id, starts_at, length_ms, locked)"
                " SELECT month_plan_id, 'x', column_id, starts_at, 1, false FROM slot"
            ),
            "a published revision never changes",
        ),
        (
            (
                "INSERT INTO slot_item (slot_id, position, segment_id, title, start_ms, duration_ms, rendition_sha256)"
                " SELECT slot_id, 9, segment_id, 'B', 0, 1, '0' FROM slot_item"
            ),
            "a published revision never changes",
        ),
        ("DELETE FROM calendar_event", "calendar events are cancelled, never deleted"),
    ],
)
def test_the_database_itself_keeps_what_was_published_and_done(published: Context, statement: str, why: str) -> None:
    with pytest.raises(IntegrityError, match=why), published.database.write() as session:
        session.connection().exec_driver_sql(statement)


@pytest.mark.parametrize("table", ["month_plan", "station", "segment", "programme_column"])
def test_what_a_published_plan_stands_on_is_not_deleted(published: Context, table: str) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), published.database.write() as session:
        session.connection().exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 (a name from this list)


def test_a_draft_can_be_thrown_away(own_province: Context) -> None:
    with own_province.database.write() as session:
        plan_of(session, number=None)
    with own_province.database.write() as session:
        for table in ("plan_entry", "plan_revision", "slot_item", "slot", "month_plan"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 (a name from this list)
    with own_province.database.read() as session:
        assert session.exec(select(PlanRevision)).all() == []


def test_a_month_has_one_revision_of_a_number(published: Context) -> None:
    with pytest.raises(IntegrityError), published.database.write() as session:
        row(
            session,
            PlanRevision(month="2026-11", status="published", number=1, as_of=NOW, made_at=NOW, summary={}),
        )


@pytest.mark.parametrize(("status", "number"), [("draft", 1), ("published", None), ("gone", None)])
def test_published_revisions_are_numbered_and_drafts_are_not(empty: Context, status: str, number: int | None) -> None:
    with pytest.raises(IntegrityError), empty.database.write() as session:
        row(session, PlanRevision(month="2026-11", status=status, number=number, as_of=NOW, made_at=NOW, summary={}))


def test_values_that_are_none_of_the_known_are_refused(empty: Context) -> None:
    station: dict[str, Any] = {
        "unit_id": 1,
        "name": "x",
        "languages": [],
        "language_shares": {},
        "search": "",
        "sort_key": "",
    }
    rule: dict[str, Any] = {"name": "r", "ms": 1, "column_id": 1, "legal_ground": ""}
    for wrong in (
        Station(code="x", tier="province", technology="fm", **station),
        Station(code="x", tier="commune", technology="smoke", **station),
        AirtimeRule(code="r", kind="min", period="day", **rule),
        AirtimeRule(code="r", kind="about", period="month", **rule),
    ):
        with pytest.raises(IntegrityError, match=r"(?i)check"), empty.database.write() as session:
            row(session, wrong)
