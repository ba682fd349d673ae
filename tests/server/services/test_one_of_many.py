"""What a station is told, says and is shown reads as many rows where it is one of many as where there are few."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import event
from sqlmodel import select

from server.api.cookies import SESSION_COOKIE
from server.app import create_app
from server.db.accounts import Credential
from server.db.delivering import StationCheckIn
from server.db.library import Segment
from server.db.proof_rows import planned_segments
from server.db.registry import BroadcastSession, Station, Unit, UnitVersion
from server.services import credentials, proofs
from server.services.as_run import Said, say
from server.services.check_ins import Said as OfItself
from server.services.check_ins import check_in
from server.services.context import Context
from server.services.credential_issuing import issue_token
from server.services.exports import ExportCache, ManifestOrder, PlaylistOrder
from server.services.hidden import hash_of
from server.services.local_time import local_today
from server.services.playlists import slots_on_air
from server.services.rows import identity
from server.services.station_changes import black_out
from server.services.stored_plans import published_of
from tests.server.people import add_person
from tests.server.worlds import MONTH, World, local

STATION = "x24490"
MANY = 60


def rows_read(context: Context, work: Callable[[], object]) -> int:
    """By all queries of it, which are asked again to be counted."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    engine = context.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with context.database.read() as session:
        return sum(len(session.connection().exec_driver_sql(*each).all()) for each in asked)


def add_many(world: World) -> None:
    """Stations in a district of their own, each with sessions, a token and a program that says how it is; and segments
    that anybody may air."""
    far = world.add_unit("999", "Huyện xa", level="district", kind="Huyện", parent="66")
    with world.change() as session:
        there = session.exec(select(Segment)).first()
        assert there is not None
        facts = there.model_dump(exclude={"id", "code"})
        session.add_all(Segment(code=f"moi-{number}", **facts) for number in range(MANY))
        units = [Unit() for _ in range(MANY)]
        session.add_all(units)
        session.flush()
        for number, unit in enumerate(units):
            name = f"Xã số {number}"
            session.add(
                UnitVersion(
                    unit_id=identity(unit),
                    code=f"9{number:04d}",
                    level="commune",
                    kind="Xã",
                    name=name,
                    parent_id=far,
                    search=name,
                    sort_key=name,
                )
            )
        stations = [
            Station(
                code=f"x9{number:04d}",
                tier="commune",
                unit_id=identity(unit),
                name=f"Đài xã số {number}",
                languages=["vi"],
                language_shares={},
                technology="fm",
                search="",
                sort_key="",
            )
            for number, unit in enumerate(units)
        ]
        session.add_all(stations)
        session.flush()
        for row in map(identity, stations):
            session.add(
                BroadcastSession(
                    station_id=row, code="s1", name="Sáng", weekdays=[1, 2, 3, 4, 5, 6, 7], starts="05:00", ends="06:30"
                )
            )
            session.add(StationCheckIn(station_id=row, at=world.now, program="loa"))
            session.add(
                Credential(
                    kind="station",
                    secret_hash=f"{row:064d}",
                    hint="",
                    name="máy phát",
                    station_id=row,
                    created_at=world.now,
                    created_by="test",
                )
            )


@pytest.fixture
def in_december(published: World) -> World:
    published.now = local("2026-12-20 08:00")
    return published


def uses(world: World) -> dict[str, Callable[[], object]]:
    """What a station's machine and its officer do all day."""
    context = world.context
    secret = issue_token(context, STATION, "máy phát").secret
    machine = credentials.who_of(context, hash_of(secret)).who
    as_machine = replace(context, who=machine)
    officer = add_person(context, "can-bo", ["operator"], unit_id=world.keys["24490"])
    with context.database.read() as session:
        slots = slots_on_air(session, STATION, MONTH)
    browser = TestClient(create_app(context), base_url="http://127.0.0.1:8000")
    browser.cookies.set(SESSION_COOKIE, officer.secret)

    def page(path: str) -> Callable[[], object]:
        def shown() -> None:
            assert browser.get(path).status_code == 200

        return shown

    said: list[str] = []

    def aired() -> object:
        said.append(f"lan-{len(said)}")
        line = Said(line=1, slot=slots[0], external_id=said[-1])
        outcome = say(as_machine, [line], source="api", station=STATION)
        assert outcome.count("new") == 1
        return outcome

    return {
        "playlist": lambda: ExportCache(context).make(
            "", PlaylistOrder(code=STATION, month=MONTH, format="m3u8", audio_url=str)
        ),
        "token": lambda: credentials.who_of(context, hash_of(secret)),
        "all tokens after a commit": lambda: credentials.ground_of_stations(context),
        "check-in": lambda: check_in(as_machine, STATION, OfItself(program="loa", now=world.now)),
        "as-run": aired,
        "verdicts": lambda: proofs.station_proof(context, STATION, MONTH),
        "first page": page("/"),
        "today": page(f"/dai/{STATION}/hom-nay"),
        "calendar": page(f"/dai/{STATION}/2026-12/lich"),
        "evidence": page(f"/dai/{STATION}/2026-12/phat-song"),
        "figures": page(f"/thang/2026-12/dai/{STATION}"),
    }


def test_a_station_reads_as_many_rows_among_many_as_among_few(in_december: World) -> None:
    works = uses(in_december)
    few = _after_a_commit(in_december, works)
    add_many(in_december)
    many = _after_a_commit(in_december, works)
    # What was said between the two is among what some of them show.
    assert {name: count for name, count in many.items() if count > few[name] + 2} == {}


def _after_a_commit(world: World, works: dict[str, Callable[[], object]]) -> dict[str, int]:
    found = {}
    for name, work in works.items():
        with world.change():
            pass  # what is kept only until somebody commits is read anew
        found[name] = rows_read(world.context, work)
    return found


def test_a_statement_is_held_against_what_it_names_alone(in_december: World) -> None:
    aired = uses(in_december)["as-run"]
    aired()
    first = rows_read(in_december.context, aired)
    for _ in range(10):
        aired()
    assert rows_read(in_december.context, aired) == first


def test_a_manifest_outlives_what_befalls_another_station(in_december: World) -> None:
    context = in_december.context
    cache = ExportCache(context)
    day = local_today(context)
    cache.make("", ManifestOrder(code=STATION, today=day))
    black_out(
        context, "x24502", starts_at=in_december.now, ends_at=in_december.now + timedelta(hours=3), reason="Mất điện"
    )
    cache.look_at_ground(version := 1)
    assert cache.tag_at_hand(STATION, day, version) is not None


def test_the_segments_of_a_plan_are_those_of_its_slots(in_december: World) -> None:
    with in_december.context.database.read() as session:
        revision = published_of(session, MONTH)
        assert revision is not None
        found = planned_segments(session, identity(revision))
    proof = proofs.station_proof(in_december.context, "h654", MONTH)
    assert found == {item.segment for slot in proof.slots for item in slot.items}
