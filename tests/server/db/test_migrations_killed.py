"""An upgrade that is killed at any of its writes is finished by the next start, with all that was there, on both databases."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.db import migrate
from server.db.engine import Database
from server.db.place import DATABASE_FILE, DatabasePlace
from server.services.backup_checks import load_backup
from server.services.backup_making import backup_before_upgrade
from server.services.backup_sealing import Sealing
from server.services.backups import read_backup
from server.services.context import Context
from server.services.context import open_context as open_where
from server.services.trail import verify
from tests.postgresql import running_postgresql
from tests.server.databases import dump
from tests.server.db.test_upgrades import home_of
from tests.server.killing import is_killed

pytestmark = pytest.mark.of_sqlite("it takes both kinds itself")
# An upgrade has some hundred writes; which of them is the last is found out.
MOMENTS = (1, 2, 3, 8, 20, 45, 80, 120, 170, 230, 300, 400)
Anew = Callable[[int], DatabasePlace]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the first release left it."""
    return home_of(tmp_path_factory.mktemp("old") / "home", "0001")


@pytest.fixture(params=["sqlite", "postgresql"])
def anew(request: pytest.FixtureRequest, old: Path, tmp_path: Path) -> Iterator[Anew]:
    """Each time another copy of it."""
    if request.param == "sqlite":

        def copy(number: int) -> DatabasePlace:
            folder = tmp_path / f"{number}"
            shutil.copytree(old, folder)
            return DatabasePlace.file(folder / DATABASE_FILE)

        yield copy
        return
    made: list[str] = []
    shutil.copytree(old, tmp_path / "first")

    def keep(context: Context, schema: str) -> None:
        made.append(backup_before_upgrade(context, tmp_path / "backups", Sealing(None), schema).name)

    open_where(home=tmp_path / "first", before_upgrade=keep).close()
    with running_postgresql() as server:
        server.create("first")
        database = Database(server.place("first"))
        load_backup(database, tmp_path / "backups", read_backup(tmp_path / "backups", made[0]), Sealing(None))
        database.close()

        def create(number: int) -> DatabasePlace:
            server.create(f"n{number}", template="first")
            return server.place(f"n{number}")

        yield create


def upgraded(place: DatabasePlace, home: Path) -> Context:
    return open_where(home=place.path.parent if place.path else home, server=None if place.path else place)


def test_an_upgrade_killed_at_any_write_is_finished_by_the_next_start(anew: Anew, tmp_path: Path) -> None:
    undisturbed = upgraded(anew(0), tmp_path / "home")
    expected = dump(undisturbed)
    undisturbed.close()
    killed = 0
    for moment in MOMENTS:
        place = anew(moment)
        if not is_killed(lambda place=place: Database(place), migrate.upgrade, at=moment):  # type: ignore[misc]
            break
        killed += 1
        context = upgraded(place, tmp_path / "home")
        assert migrate.schema_version(place) == migrate.HEAD
        assert dump(context) == expected, moment
        assert verify(context).whole
        context.close()
    assert killed > 5
