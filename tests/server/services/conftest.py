"""Small districts, made once for each process: unplanned, published, and with sounds that can be played."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.services.plans import make_plan, publish_plan
from tests.server.homes import copy_home
from tests.server.worlds import BEFORE, MONTH, World, build_world, open_world


@pytest.fixture(scope="session")
def district_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _closed(build_world(tmp_path_factory.mktemp("homes") / "district"))


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_world(tmp_path_factory.mktemp("homes") / "published")
    return _closed(_published(world))


@pytest.fixture(scope="session")
def sounding_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_world(tmp_path_factory.mktemp("homes") / "sounding", tone=True)
    return _closed(_published(world))


@pytest.fixture
def district(district_home: World, tmp_path: Path) -> Iterator[World]:
    """Without a plan, on 20 November 2026."""
    yield from _copied(district_home, tmp_path / "homes" / "district")


@pytest.fixture
def published(published_home: World, tmp_path: Path) -> Iterator[World]:
    """December 2026 published as revision 1 on 20 November."""
    yield from _copied(published_home, tmp_path / "homes" / "published")


@pytest.fixture
def sounding(sounding_home: World, tmp_path: Path) -> Iterator[World]:
    """The same with sounds of some seconds."""
    yield from _copied(sounding_home, tmp_path / "homes" / "sounding")


def _published(world: World) -> World:
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    return world


def _closed(world: World) -> World:
    world.context.close()
    return world


def _copied(world: World, home: Path) -> Iterator[World]:
    copy = open_world(copy_home(world.context.home, home), now=BEFORE, keys=dict(world.keys))
    yield copy
    copy.context.close()
