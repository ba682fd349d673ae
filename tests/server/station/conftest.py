"""A small district whose sounds are real and short, published for December 2026, and served on the loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.services.plans import make_plan, publish_plan
from tests.server.homes import copy_home
from tests.server.serving import served
from tests.server.station.stations import Station, with_light_copies
from tests.server.worlds import BEFORE, MONTH, World, build_world, open_world


@pytest.fixture(scope="session")
def station_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_world(tmp_path_factory.mktemp("homes") / "stations", tone=True)
    with_light_copies(world)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    world.context.close()
    return world


@pytest.fixture
def world(station_home: World, tmp_path: Path) -> Iterator[World]:
    """A test's own copy; its clock stands at 20 November 2026."""
    copy = open_world(copy_home(station_home.context.home, tmp_path / "home"), now=BEFORE, keys=dict(station_home.keys))
    yield copy
    copy.context.close()


@pytest.fixture
def loa(world: World) -> Iterator[str]:
    """The address of the service."""
    with served(world.context) as address:
        yield address


@pytest.fixture
def station(world: World, loa: str, tmp_path: Path) -> Iterator[Station]:
    """The district's, whose clock is right."""
    own = Station.of(world, loa, tmp_path / "đài")
    yield own
    own.close()
