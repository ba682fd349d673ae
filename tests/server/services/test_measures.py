"""The service in numbers, as its rows are; asked for often and by many, and never waited for long."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from media.stores.s3 import S3Store
from server.db.accounts import OutgoingMail
from server.db.airing import AsRunBatch, AsRunEntry, MonthClosing, Recording, RecordingMatch
from server.db.errands import Errand
from server.db.intake import SegmentVersion, Upload
from server.db.measuring import time_limited
from server.db.plans import PlanningRun
from server.db.records import Fact
from server.jobs.life import Life
from server.services.backups import BACKUP_FACT
from server.services.check_ins import Said, check_in
from server.services.mail import WAITS
from server.services.measures import Kept, Measured, Stored, Waiting, stored
from server.services.stations_seen import Silence
from tests.server.services.measured import NOWHERE
from tests.server.worlds import World


def found(world: World) -> Stored:
    return stored(world.context.database, world.context.home, world.now)


def add(world: World, *rows: Any) -> None:
    with world.change() as session:
        for row in rows:
            session.add(row)
            session.flush()


def letter(world: World, key: str, **facts: Any) -> OutgoingMail:
    usual = {"queued_at": world.now, "next_try_at": world.now}
    return OutgoingMail(key=key, address="a@example.vn", subject="s", body="b", **usual | facts)


def test_an_installation_that_nobody_uses_has_nothing_to_tell(district: World) -> None:
    told = found(district)
    assert (told.processing, told.unheard, told.unclosed, told.unjudged) == (Waiting(), Waiting(), Waiting(), Waiting())
    assert told.versions == {"ready": 6}
    assert told.stations == Silence(stations=3, with_program=0, silent=0, troubled=0)
    assert (told.workers, told.backup_at) == ([], None)
    assert told.facts.kind == district.context.database.kind
    assert told.facts.size > 100_000
    if told.facts.kind == "postgresql":
        assert told.facts.encoding == "UTF8"
        assert told.facts.connections is not None
        assert told.facts.most_connections is not None
        assert 0 < told.facts.connections <= told.facts.most_connections
        assert told.facts.clock_offset is not None
        assert abs(told.facts.clock_offset) < timedelta(seconds=30)


def test_what_came_in_is_counted_with_the_age_of_the_oldest(district: World) -> None:
    with district.change() as session:
        one, two, three = session.exec(select(SegmentVersion).limit(3)).all()
        for version, hours in ((one, 3), (two, 1)):
            version.state, version.created_at = "processing", district.now - timedelta(hours=hours)
        two.refusal = {"code": "store.unreachable", "facts": {}}
        three.state, three.ended_at = "rejected", district.now - timedelta(hours=1)
    add(
        district,
        *(
            Upload(
                id=f"u{number}",
                state=state,
                file_name="a.wav",
                media_type="audio/wav",
                size=1,
                fields={},
                created_at=district.now,
                expires_at=district.now - timedelta(hours=1),
            )
            for number, state in enumerate(("receiving", "expired", "expired"))
        ),
    )
    told = found(district)
    assert told.processing == Waiting(count=2, oldest_at=district.now - timedelta(hours=3))
    assert (told.troubled, told.refused, told.unfinished) == (1, 1, 2)
    assert told.uploads == {"receiving": 1, "expired": 2}


def test_what_people_asked_for_and_wait_for_is_counted(district: World) -> None:
    then = district.now - timedelta(hours=1)
    facts: dict[str, Any] = {"kind": "close", "asked": {}, "by": "a", "by_kind": "person", "origin": "web"}
    add(
        district,
        Errand(id="1", about="2026-10", started_at=then, **facts),
        Errand(id="2", about="2026-09", started_at=then, ended_at=then, state="done", **facts),
    )
    assert found(district).errands == Waiting(count=1, oldest_at=then)
    earlier = then - timedelta(hours=2)
    run = {"month": "2026-12", "by": "a", "by_kind": "person", "origin": "api", "started_at": earlier}
    add(district, PlanningRun(id="1", **run), PlanningRun(id="2", **run, state="done", ended_at=then))
    assert found(district).errands == Waiting(count=2, oldest_at=earlier)


def test_recordings_of_the_air_and_what_was_heard_in_them_are_counted(district: World) -> None:
    facts: dict[str, Any] = {"station_id": 1, "month": "2026-11", "sha256": "0" * 64, "size": 1, "file_name": "a.mp3"}
    states = {"waiting": 5, "hearing": 6, "heard": 4, "refused": 7}
    add(
        district,
        *(
            Recording(**facts, sent_by="a", sent_at=district.now - timedelta(hours=hours), state=state)
            for state, hours in states.items()
        ),
    )
    with district.change() as session:
        heard = session.exec(select(Recording.id).where(Recording.state == "heard")).one()
    assert heard is not None
    add(
        district,
        *(
            RecordingMatch(
                recording_id=heard,
                segment="b0001",
                title="Bài",
                found=was_found,
                start_ms=0,
                end_ms=1,
                heard_ms=1,
                speed=1,
                confidence=1,
                parts=[],
                state=state,
            )
            for was_found, state in ((True, "proposed"), (True, "confirmed"), (False, "proposed"))
        ),
    )
    told = found(district)
    assert told.recordings == dict.fromkeys(states, 1)
    assert told.unheard == Waiting(count=2, oldest_at=district.now - timedelta(hours=6))
    assert told.unjudged == Waiting(count=1, oldest_at=district.now - timedelta(hours=4))


def test_entries_that_no_closing_judged_are_those_of_past_months(district: World) -> None:
    batch = AsRunBatch(source="page", sha256="0", said_by="a", received_at=district.now, lines=1, new=1)
    add(district, batch)

    def entry(uid: str, month: str, *, days: int) -> AsRunEntry:
        at = district.now - timedelta(days=days)
        return AsRunEntry(
            uid=uid,
            station_id=1,
            month=month,
            batch_id=batch.id or 0,
            grade=2,
            aired=True,
            made_at=at,
            received_at=at,
            said_by="a",
        )

    add(
        district,
        entry("a", "2026-11", days=1),  # of the month that runs
        entry("b", "2026-10", days=25),
        entry("c", "2026-09", days=50),
        entry("d", "2026-09", days=3),  # after the closing
        MonthClosing(
            month="2026-09",
            number=0,
            closed_at=district.now - timedelta(days=40),
            closed_by="a",
            as_of=district.now - timedelta(days=40),
            policy={},
            entries=1,
            entries_hash="",
            figures=0,
            figures_hash="",
            hash="",
        ),
    )
    month_ended = datetime(2026, 10, 31, 17, 0, tzinfo=UTC)
    assert found(district).unclosed == Waiting(count=2, oldest_at=month_ended)
    district.now = datetime(2026, 10, 31, 16, 59, tzinfo=UTC)
    assert found(district).unclosed.count == 1


def test_stations_whose_program_is_silent_for_a_day_are_counted(district: World) -> None:
    said = Said(program="loa station", now=district.now, lacking=0, free_bytes=10**10)
    check_in(district.context, "h654", said)
    check_in(district.context, "x24490", msgspec.structs.replace(said, trouble="đĩa hỏng"))
    assert found(district).stations == Silence(stations=3, with_program=2, silent=0, troubled=1)
    district.now += timedelta(hours=24)
    assert found(district).stations == Silence(stations=3, with_program=2, silent=2, troubled=1)


def test_letters_that_fail_or_were_given_up_are_told_apart(district: World) -> None:
    earlier = district.now - timedelta(hours=2)
    add(
        district,
        letter(district, "sent", sent_at=district.now, tries=1),
        letter(district, "new"),
        letter(district, "failing", tries=2, failure="421", queued_at=earlier),
        letter(district, "lost", tries=len(WAITS) + 1, failure="550"),
        letter(district, "long ago", tries=len(WAITS) + 1, failure="550", queued_at=earlier - timedelta(days=20)),
    )
    going = found(district).letters
    assert going.waiting == Waiting(count=2, oldest_at=earlier)
    assert (going.failing, going.given_up) == (1, 1)


def test_the_last_backup_is_told(district: World) -> None:
    add(district, Fact(name=BACKUP_FACT, value=district.now.isoformat()))
    assert found(district).backup_at == district.now


def test_who_works_is_seen_as_long_as_they_live(district: World) -> None:
    long = f"{'host' * 20}-"
    lives = [Life(district.context, name) for name in ("host-b-2", "host-a-1", f"{long}1", f"{long}2")]
    for life in lives:
        life.hold()
    workers = found(district).workers
    assert workers[:2] == ["host-a-1", "host-b-2"]
    assert [name[-2:] for name in workers[2:]] == ["-1", "-2"]
    for life in lives:
        life.end()
    # A server lets go of a connection a moment after it was closed.
    for _ in range(100):
        if not found(district).workers:
            break
        time.sleep(0.02)
    assert found(district).workers == []


def test_a_look_that_takes_too_long_is_broken_off_and_the_next_one_is_not(district: World) -> None:
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT max(i) FROM n"
    )
    with (
        pytest.raises(DBAPIError),
        district.context.database.read() as session,
        time_limited(session, 0.05),
    ):
        session.connection().execute(text(endless)).one()
    assert found(district).versions == {"ready": 6}


def test_many_who_ask_cost_one_look() -> None:
    looks = []
    kept = Kept(lambda: looks.append(1) or len(looks), "tests")
    with ThreadPoolExecutor(4) as pool:
        assert {each.result() for each in pool.map(lambda _: kept.ask(), range(20))} == {1}
    kept.close()


@pytest.fixture
def hanging() -> Any:
    release = threading.Event()
    yield release
    release.set()


def test_a_database_that_hangs_is_told_of_in_time_and_asked_once(district: World, hanging: threading.Event) -> None:
    asked = []

    def clock() -> datetime:
        if threading.current_thread().name.startswith("loa-measures"):
            asked.append(1)
            hanging.wait()
        return district.now

    measured = Measured(replace(district.context, clock=clock), longest_s=0.05)
    assert [(each.stored, each.fault) for each in (measured.now(), measured.now())] == [(None, "database.slow")] * 2
    assert measured.now().store_answers is True
    hanging.set()
    measured.close()
    assert asked == [1]


def test_a_store_that_does_not_answer_is_told_of_beside_a_database_that_does(district: World, tmp_path: Path) -> None:
    measured = Measured(replace(district.context, store=S3Store(location=NOWHERE, scratch=tmp_path)))
    told = measured.now()
    assert (bool(told.store_answers), told.stored is not None, told.home.free > 0) == (False, True, True)
    measured.close()


def test_a_database_that_is_gone_is_told_of_with_what_was_said(district: World, gone: Callable[[World], None]) -> None:
    gone(district)
    measured = Measured(district.context)
    told = measured.now()
    assert told.stored is None
    assert told.fault
    measured.close()


@pytest.fixture
def gone() -> Callable[[World], None]:
    def take_away(world: World) -> None:
        with world.context.database.engine.begin() as connection:
            connection.execute(text("DROP TABLE recording_match"))

    return take_away
