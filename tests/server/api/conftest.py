"""The API over a small district whose sounds are real and short, published for December 2026."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from server.app import create_app
from server.services.context import Context
from server.services.plans import make_plan, publish_plan
from server.services.session_limits import SessionLimits
from tests.server.homes import copy_home
from tests.server.people import Person, everybody, sign_in
from tests.server.worlds import BEFORE, MONTH, World, build_world, open_world

Client = TestClient[Litestar]
BASE = "http://127.0.0.1:8000"


def client_of(context: Context, base: str = BASE, *, who: Person | None = None) -> Client:
    """As somebody who holds every role, or as `who`."""
    # Clocks of tests jump; a session lasts through it all unless a test is about its end.
    lasting = SessionLimits(idle=timedelta(days=3650), longest=timedelta(days=3650))
    served = context if context.sessions != SessionLimits() else replace(context, sessions=lasting)
    client = TestClient(create_app(served), base_url=base, raise_server_exceptions=False)
    # Lengths and tags are those of what is sent; what compressing makes of them has tests of its own.
    client.headers["accept-encoding"] = "identity"
    sign_in(client, context, who or everybody(context))
    return client


@pytest.fixture(scope="session")
def sounding_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_world(tmp_path_factory.mktemp("homes") / "sounding", tone=True)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    world.context.close()
    return world


@pytest.fixture
def world(sounding_home: World, tmp_path: Path) -> Iterator[World]:
    """A test's own copy; its clock stands at 20 November 2026."""
    copy = open_world(
        copy_home(sounding_home.context.home, tmp_path / "home"), now=BEFORE, keys=dict(sounding_home.keys)
    )
    yield copy
    copy.context.close()


@pytest.fixture
def api(world: World) -> Iterator[Client]:
    with client_of(world.context) as client:
        yield client


@pytest.fixture(scope="session")
def reader(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Shared: for tests that change nothing."""
    home = copy_home(sounding_home.context.home, tmp_path_factory.mktemp("shared") / "sounding")
    shared = open_world(home, now=BEFORE, keys=dict(sounding_home.keys))
    with client_of(shared.context) as client:
        yield client
    shared.context.close()
