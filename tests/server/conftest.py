"""Homes that tests of the server share. What is shared is only read; a test that changes something takes its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from server.services.context import Context
from tests.server import air
from tests.server.databases import drop_databases
from tests.server.homes import copy_home, open_home, sample_home
from tests.server.stores import drop_stores
from tests.server.worlds import World, open_world


@pytest.fixture(autouse=True)
def _no_databases_left(request: pytest.FixtureRequest) -> Iterator[None]:
    folder: Path | None = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder is not None:
        drop_databases(folder)
        drop_stores(folder)


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("homes") / "empty"
    open_home(home).close()
    return home


@pytest.fixture
def empty(empty_home: Path, tmp_path: Path) -> Iterator[Context]:
    """A test's own home with nothing in it but the schema."""
    yield from _opened(copy_home(empty_home, tmp_path / "home"))


@pytest.fixture(scope="session")
def sample_cache(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = request.config.cache
    return cache.mkdir("loa-sample") if cache else tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def province_home(sample_cache: Path, empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_home(sample_cache, tmp_path_factory.mktemp("homes") / "2021", empty=empty_home, structure="2021")


@pytest.fixture(scope="session")
def province_2025_home(sample_cache: Path, empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_home(sample_cache, tmp_path_factory.mktemp("homes") / "2025", empty=empty_home, structure="2025")


@pytest.fixture(scope="session")
def both_home(sample_cache: Path, empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_home(sample_cache, tmp_path_factory.mktemp("homes") / "both", empty=empty_home, structure="both")


@pytest.fixture(scope="session")
def province(province_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """The sample with the structure of 2021 in this month, without plans: to be read only."""
    yield from _shared(copy_home(province_home, tmp_path_factory.mktemp("shared") / "2021"))


@pytest.fixture(scope="session")
def province_2025(province_2025_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """The sample with the 102 communes of 2025: to be read only."""
    yield from _shared(copy_home(province_2025_home, tmp_path_factory.mktemp("shared") / "2025"))


@pytest.fixture(scope="session")
def both(both_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """The sample with both structures at their real dates: to be read only."""
    yield from _shared(copy_home(both_home, tmp_path_factory.mktemp("shared") / "both"))


@pytest.fixture
def own_province(province_home: Path, tmp_path: Path) -> Iterator[Context]:
    """A test's own copy of the sample with the structure of 2021."""
    yield from _opened(copy_home(province_home, tmp_path / "home"))


@pytest.fixture
def own_both(both_home: Path, tmp_path: Path) -> Iterator[Context]:
    """A test's own copy of the sample with both structures."""
    yield from _opened(copy_home(both_home, tmp_path / "home"))


@pytest.fixture(scope="session")
def spoken_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A small district whose segments are spoken, with December published: to be copied."""
    world = air.spoken_world(tmp_path_factory.mktemp("homes") / "spoken")
    world.context.close()
    return world


@pytest.fixture
def spoken(spoken_home: World, tmp_path: Path) -> Iterator[World]:
    """A test's own copy after the month, with nothing said about it yet."""
    home = copy_home(spoken_home.context.home, tmp_path / "spoken")
    world = open_world(home, now=air.AFTERWARDS, keys=dict(spoken_home.keys))
    yield world
    world.context.close()


def _shared(home: Path) -> Iterator[Context]:
    """For tests that only read: whoever writes would decide how others end, by the order of the day."""
    context = open_home(home)
    if context.database.kind == "sqlite":
        event.listen(context.database.engine, "connect", _refuse_writing)
    else:
        with context.database.engine.begin() as connection:
            name = connection.engine.url.database
            connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    context.database.engine.dispose()
    yield context
    context.close()


def _refuse_writing(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.cursor().execute("PRAGMA query_only = ON")


def _opened(home: Path) -> Iterator[Context]:
    context = open_home(home)
    yield context
    context.close()
