"""Downloads of a bundle, and of single sounds, that break off on a real line: nobody reads on for them, and nothing counts as sent."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlmodel import select

from server.db.airing import Delivery
from server.db.library import Rendition
from server.db.plans import SlotItem
from server.services.plans import make_plan, publish_plan
from tests.server.machines import bearer, token
from tests.server.serving import served
from tests.server.worlds import MONTH, World, build_world

PATH = "/api/v1/stations/h654/months/2026-12/bundle.zip?per=item"
EACH = 10_000_000  # more than lines hold on their way


@pytest.fixture
def large(tmp_path: Path) -> Iterator[World]:
    """A district whose sounds are large."""
    world = build_world(tmp_path / "home", segments=4)
    with world.change() as session:
        for row in session.exec(select(Rendition)).all():
            path = world.context.scratch / "noise"
            path.write_bytes(os.urandom(EACH))
            stored = world.context.store.take(path)
            row.sha256, row.size = stored.sha256, stored.size
            session.add(row)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    yield world
    world.context.close()


def delivered(world: World) -> int:
    with world.context.database.read() as session:
        return len(session.exec(select(Delivery)).all())


def broken_off(address: str, secret: str, after: int, path: str = PATH) -> bytes:
    """What came until the line was lost."""
    place = urlsplit(address)
    with socket.create_connection((str(place.hostname), place.port or 0)) as line:
        asked = f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {secret}\r\n\r\n"
        line.sendall(asked.encode())
        came = b""
        while len(came) < after:
            came += line.recv(65_536)
    return came.partition(b"\r\n\r\n")[2]


def test_a_download_that_broke_off_is_resumed_and_counts_when_it_is_whole(large: World) -> None:
    secret = token(large.context)
    with served(large.context) as address:
        first = broken_off(address, secret, 300_000)
    # The server has ended: whatever it was doing for who hung up is done.
    assert delivered(large) == 0
    with served(large.context) as address, httpx.Client(base_url=address, headers=bearer(secret), timeout=60) as line:
        broken_off(address, secret, 300_000)
        size = int(line.head(PATH).headers["content-length"])
        assert size > 4 * EACH
        line.get(PATH, headers={"Range": f"bytes={size - 10}-"})
        assert delivered(large) == 0
        whole = line.get(PATH)
        assert whole.content.startswith(first)
    assert delivered(large) >= 4


def test_a_sound_that_broke_off_counts_when_it_is_whole(large: World) -> None:
    secret = token(large.context)
    with large.context.database.read() as session:
        sha256 = session.exec(select(SlotItem.rendition_sha256)).first()
    path = f"/api/v1/audio/{sha256}.mp3"
    with served(large.context) as address:
        broken_off(address, secret, 300_000, path)
    assert delivered(large) == 0
    with served(large.context) as address, httpx.Client(base_url=address, headers=bearer(secret), timeout=60) as line:
        assert len(line.get(path).content) == EACH
    assert delivered(large) == 1
