"""A disk that is full under a service that runs: what can't be kept is refused in clear words, what is there is served, and
it goes on by itself once there is room.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from server.db.records import Fact
from server.services.context import Context
from server.services.context import open_context as open_where
from server.services.disk import disk_refusals
from server.services.footing_refusals import DatabaseUnreachable, DiskFull
from server.services.trail import verify
from tests.postgresql import PostgresqlServer
from tests.server.api.conftest import client_of
from tests.server.disks import filled, small_disk
from tests.server.homes import copy_home
from tests.server.sounds import wav
from tests.server.worlds import World, open_world


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", mib=24) as place:
        yield place


@pytest.mark.of_sqlite("its file lies on the small disk")
def test_a_full_disk_under_the_file_refuses_changes_and_serves_what_is_there(sounding_home: World, disk: Path) -> None:
    home = copy_home(sounding_home.context.home, disk / "home")
    world = open_world(home, now=sounding_home.now, keys=dict(sounding_home.keys))
    said = {"program": "loa", "now": world.now.isoformat(), "trouble": "x" * 400}
    with client_of(world.context) as client:
        assert client.post("/api/v1/stations/h654/check-in", json=said).status_code == 200
        with filled(disk):
            codes = [client.post("/api/v1/plans/2026-12", json={}) for _ in range(3)]
            assert {(each.status_code, each.json()["code"]) for each in codes} == {(507, "disk.full")}
            assert client.get("/api/v1/stations").status_code == 200
            assert client.get("/api/v1/stations/h654/months/2026-12/playlist.json").status_code == 200
            assert client.get("/health/live").status_code == 200
            assert client.get("/health/ready").status_code == 503
        assert client.post("/api/v1/plans/2026-12", json={}).status_code == 201
    assert verify(world.context).whole
    world.context.close()


def test_a_full_disk_under_the_store_takes_no_recording_and_loses_none(
    sounding_home: World, tmp_path: Path, disk: Path
) -> None:
    home = copy_home(sounding_home.context.home, tmp_path / "home")
    for name in ("store", "incoming"):
        place = disk / name
        (home / name).rename(tmp_path / name)
        place.mkdir()
        (home / name).symlink_to(place)
    world = open_world(home, now=sounding_home.now, keys=dict(sounding_home.keys))
    source = wav(tmp_path / "bài.wav")
    form = {"title": "Bài", "topic": "mot-cua", "language": "vi", "column": ""}
    with client_of(world.context) as client:
        with filled(disk), source.open("rb") as file:
            answer = client.post("/api/v1/segments", data=form, files={"file": ("a.wav", file)})
            assert answer.status_code == 507, answer.text
        with source.open("rb") as file:
            answer = client.post("/api/v1/segments", data=form, files={"file": ("a.wav", file)})
        assert answer.status_code == 201, answer.text
    world.context.close()


@pytest.mark.of_sqlite("it has a server of its own")
def test_a_full_disk_under_a_server_of_postgresqls_loses_nothing_that_was_promised(tmp_path: Path) -> None:
    # The path of a socket may have a hundred letters.
    with TemporaryDirectory(prefix="loa-full-") as short, small_disk(Path(short) / "disk", mib=160) as place:
        Path(short).chmod(0o755)  # a server runs as somebody else where tests run as root
        server = PostgresqlServer(place / "pg")
        server.initialise()
        server.start()
        server.create("full")
        context = open_where(home=tmp_path / "home", server=server.place("full"))
        try:
            _promised(server, context, place)
        finally:
            context.close()
            server.stop(at_once=True)


def _promised(server: PostgresqlServer, context: Context, disk: Path) -> None:
    promised = []

    def write(number: int) -> None:
        with disk_refusals(disk), context.database.write() as session:
            session.add(Fact(name=f"{number}", value="x" * 100_000))
        promised.append(number)

    def write_many() -> None:
        for number in range(1, 1000):
            write(number)

    write(0)
    with filled(disk), pytest.raises((DiskFull, DatabaseUnreachable)):
        write_many()
    # PostgreSQL itself stops where it can't write its own log; whoever looks after it starts it anew.
    server.stop(at_once=True)
    server.start()
    with context.database.read() as session:
        assert all(session.get(Fact, f"{number}") is not None for number in promised)
    write(1001)
